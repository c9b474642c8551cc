"""How pairs are executed for real: each writer fills the world once, each reader starts once and opens what it must."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from harness.artifacts import Artifact
from harness.generated import ARN, before_and_after
from harness.history import History
from harness.key_material import fresh_key
from harness.matrix.classes import Pair
from harness.matrix.configuration import KEYS, Arn, Configuration, Provider, Region, predicted
from harness.model import CLASSES, Expectation
from harness.progress import Progress
from harness.rehearsal.rehearsal import Rehearsal, StepFailed
from harness.rehearsal.seed import Seeder
from harness.target import AnswerLacks, Secrets, Target, WorldPlan, control

OTHER_KEY = ARN[:-1] + "1"
ALIAS = ARN.partition(":key/")[0] + ":alias/matrix"
_ARNS: Mapping[Arn, str | None] = MappingProxyType(
    {Arn.UNSET: None, Arn.MALFORMED: "not-an-arn", Arn.X: ARN, Arn.Y: OTHER_KEY, Arn.ALIAS: ALIAS}
)
_REGIONS: Mapping[Region, str | None] = MappingProxyType(
    {Region.UNSET: None, Region.SAME: ARN.split(":")[3], Region.OTHER: "us-east-1"}
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One artifact class of one pair: what the model says and what was seen; None where there is nothing to open."""

    pair: Pair
    kind: str
    expected: Expectation | None
    seen: Expectation | None

    @property
    def agrees(self) -> bool:
        """The model and the fake say the same, the cause included."""
        return self.expected == self.seen


@dataclass(frozen=True, slots=True)
class Executed:
    """Every cell of every pair that was executed."""

    cells: tuple[Cell, ...]

    @property
    def disagreements(self) -> list[Cell]:
        """Where the fake is not what the model says."""
        return [cell for cell in self.cells if not cell.agrees]


def execute(pairs: Iterable[Pair], *, target: Target, progress: Progress) -> Executed:
    """Execute pairs in one world of a target; raises `TargetFailed` or `StepFailed` when the world itself fails."""
    wanted = list(dict.fromkeys(pairs))
    secrets = Secrets.fresh()
    world = target.open(WorldPlan((ARN, OTHER_KEY), ARN.split(":")[4], secrets))
    try:
        environments = _Environments()
        writers = list(dict.fromkeys(pair.write for pair in wanted))
        readers: dict[Configuration, list[Pair]] = {}
        for pair in wanted:
            readers.setdefault(pair.read, []).append(pair)
        known = {str(each): environments.of(each) for each in (*writers, *readers)}
        before = next(iter(known.values()))
        r = Rehearsal(world, History(), {"before": before, **known}, secrets, progress)
        r.need("make the alias", [control("kms-control", "POST", "/aliases", {"alias_arn": ALIAS, "key_arn": ARN})])
        written = {write: _written(r, write) for write in writers}
        cells = [cell for read, group in readers.items() for cell in _read(r, read, group, written)]
        return Executed(tuple(cells))
    finally:
        world.close()


@dataclass(slots=True)
class _Environments:
    """Configurations as variables; a key's name is the same key everywhere."""

    _common: Mapping[str, str] = field(default_factory=lambda: before_and_after()[0].variables, repr=False)

    def of(self, configuration: Configuration) -> dict[str, str]:
        variables = {
            "ORGANIZATION_URI": self._common["ORGANIZATION_URI"],
            "INTERNAL_KEY_HASH": self._common["INTERNAL_KEY_HASH"],
            "KMS_PROVIDER": str(configuration.provider),
            "JWT_ECDSA_KEY": ",".join(fresh_key(f"matrix {name}") for name in configuration.keys),
            "AWS_KMS_KEY_ARN": _ARNS[configuration.arn],
            "AWS_REGION": _REGIONS[configuration.region],
        }
        return {name: value for name, value in variables.items() if value is not None}


Written = Mapping[str, Artifact]


def _written(r: Rehearsal, write: Configuration) -> Written | None:
    """One artifact of every class that this writer can make, or as many as it does; None when it does not start."""
    if not r.start(str(write)):
        return None
    first = len(r.ledger.artifacts)
    seeder = Seeder(r, seed=first)
    try:
        if write.makes("request"):
            seeder.requests(["COMPILING"])
        seeder.others(1, integrations=write.makes("integration"))
    except (StepFailed, AnswerLacks) as failure:
        r.record("not-made", under=str(write), why=str(failure))  # what is missing then is a disagreement
    finally:
        r.stop()
    made = list(r.ledger)[first:]
    return {artifact.kind: artifact for artifact in made}


def _read(
    r: Rehearsal, read: Configuration, group: Sequence[Pair], written: Mapping[Configuration, Written | None]
) -> list[Cell]:
    starts = r.start(str(read))
    seen: dict[str, Expectation] = {}
    if starts:
        artifacts = {each.name: each for pair in group for each in (written[pair.write] or {}).values()}
        for observed in r.probe("matrix", artifacts.values()):
            seen[observed.artifact.name] = Expectation(observed.readable, observed.cause, observed.matches)
        r.stop()
    return [_cell(pair, kind, written[pair.write], seen) for pair in group for kind in CLASSES]


def _cell(pair: Pair, kind: str, written: Written | None, seen: Mapping[str, Expectation]) -> Cell:
    artifact = (written or {}).get(kind)
    found = seen.get(artifact.name) if artifact is not None else None
    return Cell(pair, kind, predicted(kind, pair.write, pair.read), found)


__all__ = ["ALIAS", "KEYS", "Cell", "Executed", "Provider", "execute"]
