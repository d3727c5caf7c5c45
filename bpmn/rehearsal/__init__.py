"""A run of a diagram without a server: in memory, on a clock of its own, with the answers given beforehand.

`python -m bpmn` prints the account of one, for analysts and for bug reports.
"""
