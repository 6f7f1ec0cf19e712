"""The native provider: the resources and functions for every language of Pulumi."""
