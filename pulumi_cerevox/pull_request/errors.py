"""What may go wrong when a comment is written; every text says what to do next."""

from __future__ import annotations


class CommentError(Exception):
    """The comment was not written.

    Args:
        text: What happened, and what to do; escaped, without the token.
        retry_after: Seconds to wait before another try, where GitHub asked for it.
        passing: Whether another try may work.
    """

    def __init__(
        self, text: str, *, passing: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(text)
        self.passing = passing
        self.retry_after = retry_after


class CommentRefusedError(CommentError):
    """The token is no good, or has not the right to write the comment."""
