"""Scenario files: a line an action, read by people, walked again by `rehearse FILE`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.explore import rules
from harness.explore.action import Action, BadAction
from harness.explore.oracle import Oracle

_LIMIT: Final = 1 << 20
_WIDTH: Final = 116


class BadTranscript(ValueError):
    """A file that is no scenario: where, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The actions of a file, in order, and its name."""

    name: str
    actions: tuple[Action, ...]


def read(path: Path) -> Transcript:
    """Read a scenario file and follow it in the mind; raises `BadTranscript`, and nothing was started."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_LIMIT + 1)
        text = content.decode()
    except OSError as error:
        raise BadTranscript(f"{path} cannot be read ({error.strerror}); name a scenario file") from error
    except UnicodeDecodeError as error:
        raise BadTranscript(f"{path} is not UTF-8 text; name a scenario file") from error
    if len(content) > _LIMIT:
        raise BadTranscript(f"{path} is larger than 1 MiB; name a scenario file")
    return Transcript(path.stem, parse(text.splitlines(), where=str(path)))


def parse(lines: Iterable[str], *, where: str) -> tuple[Action, ...]:
    """The actions of some lines; raises `BadTranscript` with the number of the line that cannot be done."""
    oracle, actions = Oracle(), []
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].strip()
        if not words:
            continue
        try:
            action = Action.parse(words)
            rules.admit(oracle, action)
        except BadAction as error:
            raise BadTranscript(f"{where}:{number}: {error}; correct the line") from error
        rules.follow(oracle, action)
        actions.append(action)
    if not actions:
        raise BadTranscript(f"{where} holds no action, so there is nothing to judge; write one a line")
    return tuple(actions)


def written(actions: Sequence[Action], *, remarks: Iterable[str]) -> str:
    """The text of a scenario file, remarks first."""
    comments = "".join(f"# {' '.join(remark.split())[:_WIDTH]}\n" for remark in remarks)
    return comments + "".join(f"{action}\n" for action in actions)
