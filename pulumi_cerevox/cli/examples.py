"""The examples at the end of each command's `--help`."""


def examples(*lines: str) -> str:
    r"""Give the `epilog` of a command: a section "Example", one line each.

    The first line must begin with `pulumi-cerevox` and the command; a test walks
    through all commands and demands it. ``\b`` keeps click from joining the lines.
    """
    return "\n".join(["\b", "Example:", *(f"  {line}" for line in lines)])
