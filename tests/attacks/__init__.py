"""Attacks on whatever evaluates text: each is stopped here, and shown to succeed where text is evaluated carelessly."""
