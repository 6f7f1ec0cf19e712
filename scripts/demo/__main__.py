"""See it work on the real engine: single users, then a whole roster."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.demo.narration import DemoFailedError, Narrator
from scripts.demo.roster_act import RosterAct
from scripts.demo.users_act import UsersAct
from scripts.engine.workspace import Workspace

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def find_engine() -> Path:
    """Find or make the engine, by the script behind `make engine`."""
    run = subprocess.run(
        [sys.executable, "-m", "scripts.engine"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise DemoFailedError("there is no Pulumi engine to run on")
    return Path(run.stdout.splitlines()[-1])


def play(engine: Path, folder: Path, account: EmulatorProcess) -> None:
    """Play both acts, each in a world of its own, and sum up."""
    credentials = {
        "CEREVOX_API_KEY": account.api_key,
        "CEREVOX_BASE_URL": account.url,
    }
    narrator = Narrator()
    # The roster's file is edited on the way: a copy, so that the clone stays clean.
    copy = folder / "roster"
    shutil.copytree(EXAMPLES / "roster", copy, symlinks=True)
    (copy / ".venv").unlink()
    (copy / ".venv").symlink_to(ROOT / ".venv")
    for act, project in ((UsersAct, EXAMPLES / "quickstart"), (RosterAct, copy)):
        home = folder / f"home-{project.name}"
        act(Workspace(engine, project, home, credentials), account, narrator).play()
    sum_up(narrator, account)


def sum_up(narrator: Narrator, account: EmulatorProcess) -> None:
    """Say what was seen, and what it cost the API."""
    print("\nWhat was seen:")
    for number, seen in enumerate(narrator.seen, start=1):
        print(f"  {number}. {seen}")
    requests = Counter(
        f"{request['method']} {request['route']}" for request in account.journal()
    )
    print("Requests that the account's API counted, in all of the above:")
    for request, count in sorted(requests.items()):
        print(f"  {count:3d}  {request}")


def main() -> int:
    """Run the demo in a temporary folder; exit code 0 when every step showed it."""
    try:
        engine = find_engine()
        with (
            tempfile.TemporaryDirectory(prefix="cerevox-demo-") as folder,
            EmulatorProcess(seed="empty", db=Path(folder, "account.db")) as account,
        ):
            print(
                f"An emulated Cerevox account, in a SQLite file: {account.url}\n"
                "    by hand: pulumi-cerevox emulator --seed empty --db account.db\n"
                "    then:    export CEREVOX_BASE_URL and CEREVOX_API_KEY, as in the "
                "line that it prints"
            )
            play(engine, Path(folder), account)
    except DemoFailedError as failure:
        print(f"\nThe demo failed: {failure}", file=sys.stderr)
        return 1
    print("\nDone. State and account were in a temporary folder, now gone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
