"""The REST dialect of Camunda 7 and its heirs: a second translation over the same commands and queries.

What is served and how it differs stands in docs/engine-rest.md, which is made from the routes here.
"""
