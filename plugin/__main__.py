"""Run the native provider from this folder, as `pulumi package add ./plugin` does."""

from pulumi_cerevox.plugin import main

main()
