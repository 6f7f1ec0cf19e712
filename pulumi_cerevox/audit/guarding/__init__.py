"""Judging a change before it is applied: two roster files, or a preview. No network.

`two_files` and `previewed` make `Part`s, each a plan with what the guards say of it;
the `GuardResult` they make up is what every report and the exit code are made of.
"""
