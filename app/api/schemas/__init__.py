"""Shapes at the HTTP door: what is read is checked by pydantic, what is answered is a typed dictionary."""
