"""Where a failure mode is acted out: a copy of one seeded world, and the files an operator would have in hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from harness.environment import default_rollback
from harness.generated import ARN, before_and_after
from harness.history import History
from harness.progress import Silent
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.seed import Seeder
from harness.runbook import Runbook
from harness.runner import DEFAULT_ACCOUNT
from harness.target import Secrets, Target, WorldPlan

SEED: Final = 7
REQUESTS: Final = 16
"""One in each status."""
BEFORE, AFTER, ROLLBACK = "before", "after", "rollback"


@dataclass(slots=True)
class Stage:
    """One performance: a rehearsal that starts gateways from `files`, which the doctor is shown too.

    The world holds what a Local Sombra made today, and is stopped. `documents` are the deployment's, by kind, and
    `principal` is as whom it calls AWS.
    """

    r: Rehearsal
    files: dict[str, dict[str, str]] = field(repr=False)
    is_planted: bool
    documents: dict[str, str] = field(default_factory=dict, repr=False)
    principal: str | None = None
    seed: int = SEED
    _has_rollback: bool = False
    _older: int = field(init=False)

    def __post_init__(self) -> None:
        self._older = len(self.r.ledger.artifacts)

    @property
    def run(self) -> Runbook:
        """For parts of scenarios that are written for one."""
        return Runbook(self.r, self.seed)

    @property
    def given_files(self) -> tuple[str, ...]:
        """The parts an operator names; without a rollback file the guide's own one counts."""
        return (BEFORE, AFTER, ROLLBACK) if self._has_rollback else (BEFORE, AFTER)

    def edit(self, part: str, **changed: str | None) -> None:
        """Change variables of a file, or remove them with None; the rollback follows `after` until it is edited."""
        variables = {**self.files[part], **changed}
        self.files[part] = {name: value for name, value in variables.items() if value is not None}
        self._has_rollback |= part == ROLLBACK
        if not self._has_rollback:
            self.files[ROLLBACK] = {**self.files[AFTER], "KMS_PROVIDER": "local"}

    def restore(self, part: str, like: str) -> None:
        """Take the whole of another file for a part."""
        self.files[part] = {}
        self.edit(part, **self.files[like])

    def new_work(self) -> None:
        """A request with its files and tokens, and one of every class that hangs on none."""
        seeder = Seeder(self.r, self.seed)
        seeder.requests(("COMPILING",))
        seeder.others(1)

    def try_all(self, moment: str, *kinds: str, through: str | None = None) -> None:
        """Try what was tried before the cutover and all that was made since; of the classes that are named, if any."""
        made = list(self.r.ledger)[self._older :]
        older = [
            self.r.ledger.artifacts[event["artifact"]] for event in self.r.history.of("probe", moment="before-cutover")
        ]
        wanted = dict.fromkeys(each.name for each in (*older, *made) if not kinds or each.kind in kinds)
        self.r.probe(moment, [self.r.ledger.artifacts[name] for name in wanted], through=through)

    def keys(self, part: str) -> list[str]:
        """The entries of JWT_ECDSA_KEY."""
        return self.files[part]["JWT_ECDSA_KEY"].split(",")


@dataclass(slots=True)
class Theatre:
    """One world as a Local Sombra of today leaves it, and an empty one; each performance gets a copy."""

    seeded: Rehearsal
    empty: Rehearsal

    @classmethod
    @contextmanager
    def open(cls, target: Target) -> Iterator[Theatre]:
        """Seed the one world that all performances copy."""
        secrets = Secrets.fresh()
        whole = target.open(WorldPlan((ARN,), DEFAULT_ACCOUNT, secrets))
        try:
            empty = Rehearsal(whole, History(), _files(), secrets, Silent(), requests=REQUESTS)
            empty.record("budget", seconds=7200.0)
            seeded = empty.standstill()
            try:
                _seed(seeded)
                yield cls(seeded, empty)
            finally:
                seeded.world.close()
        finally:
            whole.close()

    @contextmanager
    def stage(self, *, is_planted: bool, is_unseeded: bool = False) -> Iterator[Stage]:
        """A copy for one performance; every gateway in it is stopped at the end."""
        files = _files()
        r = (self.empty if is_unseeded else self.seeded).twin(files)
        try:
            yield Stage(r, files, is_planted)
        finally:
            r.world.close()


def _files() -> dict[str, dict[str, str]]:
    before, after = before_and_after()
    parts = {BEFORE: before, AFTER: after, ROLLBACK: default_rollback(after)}
    return {part: dict(file.variables) for part, file in parts.items()}


def _seed(r: Rehearsal) -> None:
    """As the guide's first steps: everything is there, and everything opens."""
    r.must_start(BEFORE)
    Seeder(r, SEED).everything(REQUESTS)
    r.look_at_health()
    r.probe("before-cutover", r.ledger.sample(each=1))
    r.list_requests("before-cutover")
    r.stop()
    r.read_logs()
