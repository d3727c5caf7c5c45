"""Verbs: each finds, locks, checks, acts, and returns what its caller may want to know.

A command runs in `Runtime.write`, which commits; it may be run again from its beginning. Who acts is `tx.actor`.
"""
