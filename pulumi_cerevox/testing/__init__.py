"""Helpers for people who test their own Pulumi programs against the emulator."""
