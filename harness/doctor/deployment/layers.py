"""How a container's variables are laid over each other: the later one wins, and keeps where it beat another."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.doctor.deployment.workload import Odd, Oddity
from harness.doctor.effective import Effective, Setting
from harness.doctor.reading import Node, Place
from harness.doctor.rule import PlacedSighting
from harness.environment import shown_name

_MOST_BEATEN = 16
_RENDER = "Render the templates first (`helm template`, `envsubst`), and give the result."


@dataclass(slots=True)
class Layers:
    """The layers of one container, lowest first."""

    settings: dict[str, Setting] = field(default_factory=dict)
    odd: list[Oddity] = field(default_factory=list)
    elsewhere: Place | None = None

    def lay(self, name: str, value: str | None, place: Place, origin: str, *, why: str = "") -> None:
        """One more variable; None is a value that lies outside the files, and `why` says more about that."""
        if value is not None and "{{" in value:
            self.note("template-unrendered", place, f"{shown_name(name)} still holds a template.", _RENDER)
            value = None
        beaten = self.settings.get(name)
        beats = () if beaten is None else (*beaten.beats, beaten.place)[-_MOST_BEATEN:]
        self.settings[name] = Setting(value, place, origin, beats, why)

    def leave_open(self, place: Place) -> None:
        """From here come variables that the files do not hold."""
        self.elsewhere = self.elsewhere or place

    def note(self, rule: Odd, place: Place, message: str, action: str) -> None:
        """Something odd, for the rule of this id."""
        self.odd.append(Oddity(rule, PlacedSighting(place, message, action)))

    def effective(self, head: Place) -> Effective:
        """What the layers amount to."""
        return Effective(head, self.settings, elsewhere=self.elsewhere)


def as_text(node: Node | None) -> str:
    """A scalar as a platform written in Go would print it; null is empty."""
    content = node.content if node is not None else None
    if isinstance(content, bool):
        return str(content).lower()
    return "" if content is None else str(content)


def is_scalar(node: Node) -> bool:
    """Whether it is neither a mapping nor a list."""
    return node.content is None or isinstance(node.content, (str, int, float, bool))
