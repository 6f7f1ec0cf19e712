"""Run the plugin: `python -m pulumi_cerevox.plugin`, as the engine does."""

from pulumi_cerevox.plugin import main

main()
