"""What a fault at the KMS front is: which calls, what happens to them, and when."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import Final, Literal

from fake_sombra.kms.faults.effects import Effect


@dataclass(frozen=True, slots=True)
class Asked:
    """What a fault may know of a call: never a content."""

    operation: str
    region: str
    key: str | None = None
    principal: str = ""
    access_key_id: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """Which calls are meant; `operation` may hold wildcards, None means any."""

    operation: str = "*"
    key: str | None = None
    region: str | None = None
    principal: str | None = None

    def match(self, asked: Asked) -> bool:
        """Whether a call is one of them."""
        return (
            fnmatchcase(asked.operation, self.operation)
            and self.key in {None, asked.key}
            and self.region in {None, asked.region}
            and self.principal in {None, asked.principal, asked.access_key_id}
        )

    def __str__(self) -> str:
        filters = (("key", self.key), ("region", self.region), ("principal", self.principal))
        given = ",".join(f"{name}={value}" for name, value in filters if value is not None)
        return f"{self.operation}[{given}]" if given else self.operation


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a fault strikes, counted over the calls it is meant for; `n` counts from 1, `p` has six decimals."""

    kind: Literal["always", "once", "on_call", "times", "p"] = "always"
    n: int = 1
    p: float = 1.0

    def fires(self, count: int, random: Random) -> bool:
        """Whether it strikes the call with this number."""
        match self.kind:
            case "always":
                return True
            case "once" | "on_call":
                return count == self.n
            case "times":
                return count <= self.n
            case "p":
                return random.random() < self.p

    def __str__(self) -> str:
        match self.kind:
            case "on_call" | "times":
                return f"{self.kind}({self.n})"
            case "p":
                return f"p({self.p:.6f}".rstrip("0").rstrip(".") + ")"
            case _:
                return self.kind


ALWAYS: Final = Trigger()


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; it prints as the spec that makes it (docs/wire.md, "Faults").

    What it draws depends on its seed and the number of the call alone, so a run can be repeated.
    """

    calls: Calls
    effect: Effect
    trigger: Trigger = ALWAYS
    seed: int = 0

    def random(self, count: int) -> Random:
        """The randomness of the call with this number."""
        return Random(f"{self.seed}/{count}")  # noqa: S311  # repeatable on purpose, and no secret

    def __str__(self) -> str:
        when = "" if self.trigger == ALWAYS else f"@{self.trigger}"
        return f"{self.calls}:{self.effect}{when}" + (f"#{self.seed}" if self.seed else "")


def printed(faults: tuple[Fault, ...]) -> str:
    """The spec of several faults."""
    return "; ".join(map(str, faults))
