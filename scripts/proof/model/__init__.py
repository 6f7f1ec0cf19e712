"""`make model`: random programs, manual edits and faults against a plain model.

`expectation` says in plain Python what a roster must do. `machines` let hypothesis
edit programs and the account. `stacks` carries the same commands out, on provider
hosts (fast) and on the engine.
"""
