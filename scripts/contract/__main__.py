"""`make contract URL=…`: which assumed facts hold on a real account.

Sends GET and logins; with WRITE=1 also makes one user, changes and removes it.
The key comes from the environment alone (KEY or CEREVOX_API_KEY), so that no list of
processes shows it.

Exit codes: 0 no fact was seen to fail, 7 one was, 2 a bad address or file, 3 the key
is missing or refused, 4 nothing answered.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pulumi_cerevox.account import ConfigurationError
from pulumi_cerevox.cli.terminal import ExitCode
from scripts.contract.exchanges import (
    Recording,
    RecordingError,
    read_recording,
    write_recording,
)
from scripts.contract.journey import read_everything
from scripts.contract.sender import Sender
from scripts.contract.verdicts import as_text, judge, some_fail
from scripts.contract.write_journey import new_email, write_and_undo

KEY_VARIABLES = ("KEY", "CEREVOX_API_KEY")


class _EndedError(Exception):
    """The run ends early."""

    def __init__(self, text: str, code: ExitCode) -> None:
        super().__init__(text)
        self.code = code


def main(words: Sequence[str] | None = None) -> int:
    """Ask or replay, and tell the verdicts; return the exit code."""
    options = _options(words)
    try:
        seen = _replayed(options.replay) if options.replay else _recorded(options)
    except _EndedError as end:
        print(f"contract: {end}", file=sys.stderr)
        return end.code
    judged = judge(seen)
    print(as_text(seen, judged))
    return ExitCode.DRIFT if some_fail(judged) else ExitCode.IN_SYNC


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.contract",
        description="Say which assumed facts about the Account API hold.",
        epilog="The API key comes from the environment: KEY or CEREVOX_API_KEY.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--url", help="base URL of the API, such as https://…/v1")
    source.add_argument("--replay", type=Path, metavar="FILE", help="ask nobody")
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        default=Path("contract.jsonl"),
        help="where to keep the exchanges (default: %(default)s)",
    )
    parser.add_argument(
        "--write", action="store_true", help="also make, change and remove one user"
    )
    return parser.parse_args(words)


def _replayed(path: Path) -> Recording:
    try:
        return read_recording(path)
    except RecordingError as error:
        raise _EndedError(str(error), ExitCode.BAD_INPUT) from None


def _recorded(options: argparse.Namespace) -> Recording:
    key = next((k for name in KEY_VARIABLES if (k := os.environ.get(name, ""))), "")
    if not key.strip():
        raise _EndedError(
            "no API key: put it into the environment as KEY or CEREVOX_API_KEY",
            ExitCode.AUTHENTICATION,
        )
    try:
        sender = Sender(options.url, key.strip(), writes=options.write)
    except ConfigurationError as error:
        raise _EndedError(str(error), ExitCode.BAD_INPUT) from None
    now = datetime.now(UTC)
    try:
        _ask(sender, now, writes=options.write)
    finally:
        sender.close()
        seen = Recording(
            sender.base_url,
            now.isoformat(timespec="seconds").replace("+00:00", "Z"),
            options.write,
            tuple(sender.made),
        )
        _keep(seen, options.record)
    return seen


def _ask(sender: Sender, now: datetime, *, writes: bool) -> None:
    token = read_everything(sender, now.date())
    if token is None:
        login = sender.made[-1]
        if login.status is None:
            raise _EndedError(str(login.failure), ExitCode.NOT_READ_IN_FULL)
        raise _EndedError(
            f"the login at {sender.base_url} answered {login.status} and no token: "
            "check the key and the URL",
            ExitCode.AUTHENTICATION,
        )
    if writes:
        email = new_email()
        print(f"contract: making and removing {email}", file=sys.stderr)
        if not write_and_undo(sender, token, email):
            print(
                f"contract: {email} may still be in the account: look, and remove "
                "them by hand",
                file=sys.stderr,
            )


def _keep(seen: Recording, path: Path) -> None:
    try:
        write_recording(seen, path)
    except OSError as error:
        print(f"contract: could not write {path}: {error.strerror}", file=sys.stderr)
        return
    print(f"contract: {len(seen.exchanges)} exchanges are in {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
