"""The Pulumi resources, and the provider classes that users' state names.

A dynamic provider is kept in the state as a pickle that holds a module's path and a
class's name, so these never change once released: every provider class says that it
lives here (`__module__`), wherever its code is. A short path also keeps `__provider`
at 80 characters.
"""

from pulumi_cerevox.provider.role_assignment import RoleProvider
from pulumi_cerevox.provider.roster import RosterProvider
from pulumi_cerevox.provider.user import UserProvider

__all__ = ["RoleProvider", "RosterProvider", "UserProvider"]
