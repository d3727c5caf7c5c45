"""The server: three doors, commands and queries, the engine, and the database."""

__version__ = "0.1.0.dev0"
