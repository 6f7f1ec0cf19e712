"""One check and how it came out."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    NOTE = "note"  # not judged, and why
    WARNING = "warning"
    FAIL = "fail"


class Fault(StrEnum):
    """Whose fault a failure is; the command's exit code follows it."""

    NONE = ""
    KEY = "key"  # no key, a wrong one, or one that may do too little
    API = "api"  # not reachable, or it fails
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a report.

    Attributes:
        name: What was looked at.
        state: How it came out.
        found: What is so, in a sentence; escaped, without secrets.
        mend: What to do about it, in a sentence; empty where nothing is to be done.
        fault: Of a failure.
    """

    name: str
    state: State
    found: str
    mend: str = ""
    fault: Fault = Fault.NONE


def ok(name: str, found: str) -> Check:
    """Give a check that found nothing wrong."""
    return Check(name, State.OK, found)


def note(name: str, found: str) -> Check:
    """Give a check that could not be made, and why."""
    return Check(name, State.NOTE, found)


def warning(name: str, found: str, mend: str) -> Check:
    """Give a check that found something which does not stop anybody."""
    return Check(name, State.WARNING, found, mend)


def fail(name: str, found: str, mend: str, fault: Fault) -> Check:
    """Give a check that found something which must be mended."""
    return Check(name, State.FAIL, found, mend, fault)
