"""How much an expression may ask for; every limit is a refusal with a message, never a crash."""

MAX_TEXT = 10_000
"""Characters of one expression text."""

MAX_SCRIPT = 100_000
"""Characters of one script."""

MAX_DEPTH = 100
"""Levels of nesting in one expression: parentheses, operators within operators, prefixes, conditionals."""

MAX_LITERAL_DIGITS = 1_000
"""Digits of a number written in an expression, or of a text that is read as a number."""

MAX_EXPONENT = 6_144
"""Largest power of ten of a decimal number (that of decimal128)."""

MAX_RESULT_DIGITS = 4_000
"""Digits of an integer that an expression computes or writes as text."""

MAX_RESULT_BITS = MAX_RESULT_DIGITS * 10 // 3
"""`MAX_RESULT_DIGITS` in bits, rounded up."""

MAX_LENGTH = 1_000_000
"""Characters of a text, and items of a list (nested ones counted), that an expression puts together."""

MAX_CHARACTERS = 10_000_000
"""Characters of all texts together inside a list that an expression puts together."""

MAX_NESTING = 200
"""Levels of lists and maps inside a list that an expression puts together."""

MAX_STEPS = 500_000
"""Steps of one FEEL evaluation: rounds of loops, items that functions visit, calls of functions."""

MAX_SECONDS = 2
"""Seconds of one FEEL evaluation."""

MAX_CALLS = 60
"""Levels of functions written in FEEL that call each other or themselves."""

MAX_WARNINGS = 20
"""Warnings that a FEEL evaluation keeps."""

MAX_PATTERN = 2_000
"""Instructions of a compiled regular expression."""
