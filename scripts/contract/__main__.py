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
from scripts.contract.asking import Sender, new_email, read_everything, write_and_undo
from scripts.contract.exchanges import (
    Recording,
    RecordingError,
    read_recording,
    write_recording,
)
from scripts.contract.facts import judge
from scripts.contract.verdicts import Verdict, as_text

KEY_VARIABLES = ("KEY", "CEREVOX_API_KEY")


class _EndedError(Exception):
    """The run ends early."""

    def __init__(self, text: str, code: ExitCode) -> None:
        super().__init__(text)
        self.code = code


def main(words: Sequence[str] | None = None) -> int:
    """Ask or replay, and print the verdicts; return the exit code."""
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
    options = parser.parse_args(words)
    try:
        seen = read_recording(options.replay) if options.replay else _record(options)
    except (RecordingError, ConfigurationError) as error:
        print(f"contract: {error}", file=sys.stderr)
        return ExitCode.BAD_INPUT
    except _EndedError as end:
        print(f"contract: {end}", file=sys.stderr)
        return end.code
    judged = judge(seen)
    print(as_text(seen, judged))
    some_fail = any(one.verdict is Verdict.FAILS for one in judged.values())
    return ExitCode.DRIFT if some_fail else ExitCode.IN_SYNC


def _record(options: argparse.Namespace) -> Recording:
    """Ask the account, and keep what was answered, even where the run ends early."""
    key = next((k for name in KEY_VARIABLES if (k := os.environ.get(name, ""))), "")
    if not key.strip():
        raise _EndedError(
            "no API key: put it into the environment as KEY or CEREVOX_API_KEY",
            ExitCode.AUTHENTICATION,
        )
    sender = Sender(options.url, key.strip(), writes=options.write)
    now = datetime.now(UTC)
    try:
        _ask(sender, now, writes=options.write)
    finally:
        sender.close()
        recorded = now.isoformat(timespec="seconds").replace("+00:00", "Z")
        exchanges = tuple(sender.made)
        seen = Recording(sender.base_url, recorded, options.write, exchanges)
        try:
            write_recording(seen, options.record)
            text = f"{len(exchanges)} exchanges are in {options.record}"
        except OSError as error:
            text = f"could not write {options.record}: {error.strerror}"
        print(f"contract: {text}", file=sys.stderr)
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


if __name__ == "__main__":
    sys.exit(main())
