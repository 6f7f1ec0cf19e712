import pulumi
import pulumi_cerevox as cerevox

cerevox.Roster("team", members={
    "owner@example.com": {"role": "admin"},
    "Ada@example.com": {"role": "admin", "name": "Ada Lovelace"},
    "bob@example.com": {"name": "Bob Noyce"},
    "eve@example.com": {},
}, guards={
    "min_admins": 2,
    "required_admins": ["ada@example.com"],
    "max_removals": {"count": 2, "fraction": 0.5},
    "allowed_domains": ["example.com"],
}, undeclared="report", on_destroy="remove_created")
