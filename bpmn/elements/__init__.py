"""Our SpiffWorkflow task specs: what each element of a diagram does with a token, one file per family."""
