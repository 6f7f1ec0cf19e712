"""What is raised for a source that can't be used."""

from __future__ import annotations


class SourceError(ValueError):
    """A source can't be used; the text says why, a line for each reason."""
