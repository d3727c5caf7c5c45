"""The server: tables, commands, queries and the doors in front of them."""
