"""Lists by any combination of criteria, in any order, by offset: for callers that page by number and count.

Each noun names the fields it can be searched by. A caller gives criteria (field, operator, value), groups of which one
suffices, and a window. Lists of `app.queries` that page by cursor are the cheaper ones.
"""
