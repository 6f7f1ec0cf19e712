"""`make model`: random programs, hands and faults against a plain model of an account.

`account_model` and `roster_model` say in plain Python what must happen; `machines`
let hypothesis drive them; `host_stack` and `engine_stack` carry the same commands out,
on provider hosts (fast) and on the engine.
"""
