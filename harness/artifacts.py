"""What a rehearsal made and will try to open again: handles stay in memory, the history gets names only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Artifact:
    """One thing that was made: a stable name (`file/r03-1`), its class, and the handle to open it again.

    `request` is the request's stable name (`r03`); `instance` made it; `handle` may hold tokens.
    """

    name: str
    kind: str
    instance: str
    request: str | None = None
    handle: Mapping[str, str] = field(default_factory=dict, repr=False)
    plaintext: bytes = field(default=b"", repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the plaintext, in hex."""
        return hashlib.sha256(self.plaintext).hexdigest()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A request as the rehearsal knows it."""

    name: str
    id: str
    status: str
    email: str
    core_identifier: str

    @property
    def found(self) -> str:
        """What enrichment finds: an identifier of the data subject that the submission did not state."""
        return f"found.{self.email}"

    @property
    def others(self) -> str:
        """Every identifier of it but the e-mail, stated or found, with blanks between."""
        return f"{self.core_identifier} {self.loyalty} {self.found}"

    @property
    def stated(self) -> str:
        """Every identifier that its submission stated, with blanks between."""
        return f"{self.email} {self.core_identifier} {self.loyalty}"

    @property
    def loyalty(self) -> str:
        """A custom identifier that the submission states."""
        return f"loyalty-{self.name}"


@dataclass(slots=True)
class Ledger:
    """Every artifact and request of a world, by name; a fork gets a copy.

    `keys` are the content keys that browsers were handed: known so that nobody else may say them.
    """

    artifacts: dict[str, Artifact] = field(default_factory=dict)
    requests: dict[str, Submitted] = field(default_factory=dict)
    keys: list[bytes] = field(default_factory=list, repr=False)

    def add(self, artifact: Artifact) -> Artifact:
        """Keep an artifact; names are made once."""
        if artifact.name in self.artifacts:
            raise ValueError(f"{artifact.name} exists already")
        self.artifacts[artifact.name] = artifact
        return artifact

    def of(self, kind: str) -> list[Artifact]:
        """Every artifact of a class, in the order they were made."""
        return [artifact for artifact in self.artifacts.values() if artifact.kind == kind]

    def of_latest(self, kind: str, environment: str) -> list[Artifact]:
        """Those of the last gateway of an environment that made any: an older one's key may be forgotten (D-05)."""
        made = [each for each in self.of(kind) if each.instance.startswith(f"{environment}-")]
        return [each for each in made if each.instance == made[-1].instance]

    def token(self, kind: str, request: str) -> str:
        """The first token of a class that was made for a request; raises StopIteration where there is none."""
        return next(each.handle["token"] for each in self.of(kind) if each.request == request)

    def sample(self, each: int = 2) -> list[Artifact]:
        """A few of every class and gateway, hence of every era."""
        alike: dict[tuple[str, str], list[Artifact]] = {}
        for artifact in self:
            alike.setdefault((artifact.kind, artifact.instance), []).append(artifact)
        return [artifact for every in alike.values() for artifact in every[:each]]

    def in_status(self, *statuses: str) -> list[Submitted]:
        """Requests that were last set to one of the statuses."""
        return [request for request in self.requests.values() if request.status in statuses]

    def copy(self) -> Ledger:
        """An independent ledger with the same content."""
        return Ledger(dict(self.artifacts), dict(self.requests), list(self.keys))

    def __iter__(self) -> Iterator[Artifact]:
        return iter(self.artifacts.values())
