"""Reads: plain selects that answer in pages. They run in `Runtime.read` and see one state of the database.

Times are milliseconds since the epoch, UTC.
"""
