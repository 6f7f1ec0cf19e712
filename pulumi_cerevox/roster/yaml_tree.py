"""Read YAML as plain values, each with its place. Nothing else is ever constructed.

It reads parser events and builds dictionaries, lists, texts, numbers and truth values
itself. It refuses aliases, anchors and tags, so there are no alias bombs and no
objects. Plain words mean what they mean in YAML 1.2 and in editors: `yes` and `no` are
texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from pulumi_cerevox.roster.kinds import Fault, Path, shown
from pulumi_cerevox.text import printable

Mark = tuple[int, int]
"""Line and column, counted from 1."""

MOST_FAULTS = 1000
_DEEPEST = 10

# libyaml, where PyYAML was built with it, is ten times as fast.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = re.compile(r"~|null|Null|NULL|")
_TRUTH = re.compile(r"true|True|TRUE|false|False|FALSE")
# More digits than these are no number that a roster may hold, and slow to read.
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]{1,30}|[0-9]{1,18}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,3})?"
)
_BARE = (
    "cannot start any token",
    "mapping values are not allowed",
    "expected ',' or '}'",
)
"""The messages of YAML for texts that need quotes."""


@dataclass(slots=True)
class Tree:
    """A document as plain values.

    Attributes:
        value: The whole; None for an empty document.
        values: Where the value at each path begins.
        keys: Where the key of each path begins.
        faults: What is wrong with the document as YAML, each with its mark.
        unread: Paths whose value was refused, so that it needs no second fault.
    """

    value: Any = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    faults: list[tuple[Mark, str]] = field(default_factory=list)
    unread: set[Path] = field(default_factory=set)

    def mark(self, fault: Fault) -> Mark:
        """Return where a fault is: at the key, at the value, or where it should be."""
        if fault.at_key and fault.path in self.keys:
            return self.keys[fault.path]
        return self.values.get(fault.path, (1, 1))


class _StopReading(Exception):  # noqa: N818 - ends the reading, is no error
    """The rest of the document is not worth reading."""


def read_tree(text: str) -> Tree:
    """Read one YAML document.

    Args:
        text: Without a byte order mark and without characters that YAML forbids.
    """
    builder = _Builder()
    try:
        builder.read(yaml.parse(text, Loader=LOADER))
    except _StopReading:
        pass
    except yaml.MarkedYAMLError as error:
        builder.fault(_error_mark(error), _error_text(error, text))
    except yaml.YAMLError as error:
        builder.fault((1, 1), f"is no YAML: {printable(str(error))}")
    return builder.tree


class _Builder:
    """Makes a tree of the events of one document."""

    def __init__(self) -> None:
        self.tree = Tree()
        self._depth = 0
        self._documents = 0

    def read(self, events: Iterator[Any]) -> None:
        """Read all events."""
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    text = "a second document begins here; a roster file holds one"
                    self.fault(_mark(event), text)
                    raise _StopReading
                self.tree.value = self._value(next(events), events, ())

    def fault(self, mark: Mark, text: str) -> None:
        """Note a fault; the rest is not read when there are too many."""
        self.tree.faults.append((mark, text))
        if len(self.tree.faults) > MOST_FAULTS:
            raise _StopReading

    def _value(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        """Build the value that begins with *event*."""
        mark = self.tree.values[path] = _mark(event)
        self._refuse_extras(event, mark, path)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.AliasEvent):
            return None
        self._depth += 1
        if self._depth > _DEEPEST:
            self.fault(mark, f"is nested more than {_DEEPEST} levels deep")
            raise _StopReading
        is_list = isinstance(event, yaml.SequenceStartEvent)
        build = self._list if is_list else self._mapping
        value = build(events, path)
        self._depth -= 1
        return value

    def _refuse_extras(self, event: Any, mark: Mark, path: Path) -> None:
        """Refuse what YAML can and a roster needs not."""
        if isinstance(event, yaml.AliasEvent):
            self.tree.unread.add(path)
            self.fault(mark, f"alias *{shown(str(event.anchor))}: write the value out")
            return
        if event.anchor is not None:
            text = f"anchor &{shown(event.anchor)}: a roster file has none"
            self.fault(mark, text)
        if event.tag is not None:
            self.tree.unread.add(path)
            self.fault(mark, f"YAML tag {shown(event.tag)}: a roster file has none")

    def _list(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._value(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, events, path)
            here = (*path, key)
            if key in entries:
                line, column = self.tree.keys[here]
                first = f"line {line}, column {column}"
                text = f'key "{shown(key)}" is there twice; the first is at {first}'
                self.fault(_mark(event), text)
                # The first one counts, for places as well.
                here = (*path, f"{key} again")
                self._value(next(events), events, here)
                continue
            self.tree.keys[here] = _mark(event)
            entries[key] = self._value(next(events), events, here)
        return entries

    def _key(self, event: Any, events: Iterator[Any], path: Path) -> str:
        """Return a key's text as written; a key that is no text is a fault."""
        if isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) else "*"
            self._refuse_extras(event, _mark(event), (*path, key))
            return str(key)
        self.fault(_mark(event), "a key must be a plain word")
        self._value(event, events, (*path, "?"))
        raise _StopReading


def _scalar(event: Any) -> Any:
    """Return what a scalar means: quoted ones are text."""
    text = str(event.value)
    # The pure parser says None for a plain style, libyaml says "".
    if event.style or event.tag is not None:
        return text
    if _NULL.fullmatch(text):
        return None
    if _TRUTH.fullmatch(text):
        return text.lower() == "true"
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _mark(event: Any) -> Mark:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _error_mark(error: yaml.MarkedYAMLError) -> Mark:
    mark = error.problem_mark or error.context_mark
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


def _error_text(error: yaml.MarkedYAMLError, text: str) -> str:
    """Say what YAML does not understand, and what it was reading."""
    line, column = _error_mark(error)
    lines = text.split("\n")
    if line <= len(lines) and lines[line - 1][column - 1 : column] == "\t":
        return "a tab; YAML is indented with spaces alone"
    problem = error.problem or "is no YAML"
    told = printable(problem)
    if error.context is not None and error.context_mark is not None:
        told += f" ({printable(error.context)}, line {error.context_mark.line + 1})"
    is_bare = any(words in problem for words in _BARE)
    return f"{told}; put a text with such characters in quotes" if is_bare else told
