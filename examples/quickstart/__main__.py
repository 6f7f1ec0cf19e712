"""Three people in a Cerevox account, with their roles."""

import pulumi

import pulumi_cerevox as cerevox

ada = cerevox.User("ada", email="ada@example.com", name="Ada Lovelace", role="admin")
bob = cerevox.User("bob", email="bob@example.com", name="Bob Noyce")
eve = cerevox.User("eve", email="eve@example.com", role="member")

pulumi.export("ada_user_id", ada.user_id)
pulumi.export("account_id", ada.account_id)
