"""How what was made is tried: by the gateway's own use cases where a world offers that, and over the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from harness.artifacts import Artifact
from harness.explore.stage import Stage
from harness.model import Expectation
from harness.rehearsal.probes import Prober
from harness.target import World


@runtime_checkable
class Opens(Protocol):
    """A world in this process whose serving gateway opens things without HTTP around every attempt."""

    def attempt(self, artifacts: Sequence[Artifact]) -> list[Expectation]:
        """What the gateway's use cases make of each artifact as the stand-in holds it."""
        ...

    def statuses(self) -> Mapping[str, str]:
        """The status of every request that the stand-in holds, by its id."""
        ...


@dataclass(frozen=True, slots=True)
class Looks:
    """Tries artifacts of a stage by their names; `opens` is None where there is only the wire."""

    stage: Stage
    opens: Opens | None
    prober: Prober

    @classmethod
    def of(cls, stage: Stage) -> Looks:
        """The ways to look that the stage's world has."""
        world: World = stage.r.world
        prober = Prober(stage.r.secrets, stage.r.exchange, stage.r.audience)
        return cls(stage, world if isinstance(world, Opens) else None, prober)

    def by_use_cases(self, names: Sequence[str]) -> list[Expectation]:
        """What the gateway itself makes of them; raises LookupError where there is only the wire."""
        if self.opens is None:
            raise LookupError("this world can be looked at over the wire alone")
        made = self.stage.r.ledger.artifacts
        return self.opens.attempt([made[name] for name in names])

    def over_the_wire(self, names: Sequence[str]) -> list[Expectation]:
        """What a caller sees of them."""
        made = self.stage.r.ledger.artifacts
        seen = self.prober.probe(made[name] for name in names) if names else []
        return [
            Expectation(each.readable, "leaks plaintext" if each.leaked else each.cause, each.matches) for each in seen
        ]

    def statuses(self) -> dict[str, str]:
        """The status of every request by its name; of one that is not there, nothing."""
        requests = self.stage.r.ledger.requests
        held = self.opens.statuses() if self.opens is not None else self._listed()
        return {name: held.get(request.id, "") for name, request in requests.items()}

    def _listed(self) -> dict[str, str]:
        reply = self.stage.ask(self.stage.r.cloud("GET", "requests?first=500"))
        return {str(node["id"]): str(node["status"]) for node in reply.json.get("nodes", [])}
