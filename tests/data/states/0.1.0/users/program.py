import pulumi
import pulumi_cerevox as cerevox

people = cerevox.Provider("people", api_key_env="PEOPLE_KEY", max_removals=10)
through = pulumi.ResourceOptions(provider=people)
cerevox.User("made", email="ada@example.com", name="Ada Lovelace", role="admin")
bob = cerevox.User("unmanaged", email="Bob@example.com")
cerevox.User("kept", email="eve@example.com", role="member", on_destroy="keep")
cerevox.User(
    "adopted", email="grace@example.com", role="admin", on_existing="adopt"
)
cerevox.User(
    "adopted-name", email="linus@example.com", name="Linus", on_existing="adopt"
)
cerevox.User(
    "secret", email=pulumi.Output.secret("mary@example.com"), name="Mary", opts=through
)
cerevox.RoleAssignment("by-email", email="kay@example.com", role="admin")
cerevox.RoleAssignment("by-id", user_id=bob.user_id, role="admin")
cerevox.RoleAssignment(
    "role-kept", email="tim@example.com", role="admin", on_destroy="keep", opts=through
)
cerevox.Roster("guests", members=pulumi.Output.secret([
    {"email": "joe@example.com", "role": "admin"},
    {"email": "sue@example.com", "name": "Sue"},
]), undeclared="ignore", account_id="acc_states")
