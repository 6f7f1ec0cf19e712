"""`python -m pulumi_cerevox.cli` is the command `pulumi-cerevox`."""

from pulumi_cerevox.cli import main

main(prog_name="pulumi-cerevox")
