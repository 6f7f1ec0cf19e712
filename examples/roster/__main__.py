"""The whole team, from one YAML file."""

import pulumi

import pulumi_cerevox as cerevox

team = cerevox.Roster.from_file("team", "team.yaml")

pulumi.export("counts", team.counts)
pulumi.export("user_ids", team.user_ids)
