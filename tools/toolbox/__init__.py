"""Typed functions over the warehouse for a model to call: plain arguments in, records out.

Each function's first argument is what it may use (`Sources`); the rest is what the model gives, so
a schema is made from the signature and the docstring (`tools.toolbox.calls`). Each value carries
its source. Errors are `ToolError`s whose message says what was wrong, what was expected and what
to do next.
"""
