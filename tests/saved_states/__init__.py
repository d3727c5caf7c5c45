"""States as each release saved them, which every later release must load and bring to the same end."""
