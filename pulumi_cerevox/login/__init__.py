"""A login that outlives its process, kept in the system's keyring.

For the command alone: `provider` must never import this.
"""

from pulumi_cerevox.login.keyring_store import KeyringStore

__all__ = ["KeyringStore"]
