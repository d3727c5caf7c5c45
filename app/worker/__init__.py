"""The door behind which time passes: due jobs are claimed and done."""
