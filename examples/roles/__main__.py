"""Ada belongs to this program; Bob is owned elsewhere and only gets a role here."""

import pulumi

import pulumi_cerevox as cerevox

ada = cerevox.User("ada", email="ada@example.com", name="Ada Lovelace", role="admin")
bob_admin = cerevox.RoleAssignment("bob-admin", email="bob@example.com", role="admin")

pulumi.export("bob_had_the_role", bob_admin.prior_role)
