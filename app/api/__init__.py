"""The HTTP door: it translates, calls a command or a query, and answers. Nothing of it is known below."""
