"""Worlds by the thousand: forks of one empty world, in one thread, with every environment read once.

What is kept between worlds decides nothing: a reading of an environment is a value that depends on its variables
alone, and a client of the KMS belongs to one world. Gateways, keyrings, rows and key states are made anew.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fake_sombra import settings
from fake_sombra.errors import ConfigurationRefused
from fake_sombra.settings import Settings
from fake_sombra.transcend.blobs import Blobs
from fake_sombra.transcend.holdings import Reader
from harness.artifacts import Artifact
from harness.model import Expectation
from harness.target import CONNECTION_REFUSED, Call, Reply, WorldPlan
from harness.targets.attempts import Attempts, WebhookReceiver
from harness.targets.inprocess import InProcessWorld, Shared, surroundings
from harness.targets.wire import exchange_in_turn

_MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own in it; a disk would cost as much as the steps
_INSTANCE = "FAKE_SOMBRA_INSTANCE"
_GONE = Expectation(readable=False, cause=CONNECTION_REFUSED)


@dataclass(slots=True)
class Readings:
    """Environments that were read before, by their variables; the name of the instance does not count."""

    _known: dict[tuple[tuple[str, str], ...], Settings | ConfigurationRefused] = field(default_factory=dict, repr=False)

    def of(self, variables: Mapping[str, str]) -> Settings:
        """What the gateway reads in an environment; raises `ConfigurationRefused`."""
        key = tuple(sorted((name, value) for name, value in variables.items() if name != _INSTANCE))
        if key not in self._known:
            try:
                self._known[key] = settings.load(variables)
            except ConfigurationRefused as refused:
                self._known[key] = refused
        found = self._known[key]
        if isinstance(found, ConfigurationRefused):
            raise ConfigurationRefused(found.problems)
        return replace(found, instance=variables.get(_INSTANCE))


@dataclass(slots=True)
class ExploredWorld(InProcessWorld):
    """A world that opens artifacts by its gateway's own use cases, besides over the wire."""

    readings: Readings = field(default_factory=Readings)
    receiver: WebhookReceiver = field(default_factory=lambda: WebhookReceiver(""))
    _reader: Reader = field(init=False)
    _clients: dict[tuple[str | None, ...], Any] = field(default_factory=dict)
    _attempts: dict[str, Attempts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        InProcessWorld.__post_init__(self)
        self._reader = Reader(self.store)

    def exchange(self, calls: Sequence[Call]) -> list[Reply]:
        """The very applications that a socket would reach, one call after the other."""
        return self._here.straight(exchange_in_turn(self._transport, self._origins(), calls))

    def attempt(self, artifacts: Sequence[Artifact]) -> list[Expectation]:
        """Try each artifact on the serving gateway; nothing opens where none lives."""
        serving = next(iter(self._gateways), None)
        if serving is None:
            return [_GONE] * len(artifacts)
        if serving not in self._attempts:
            self._attempts = {serving: Attempts(self._gateways[serving], self.store.blobs, self.receiver)}
        return self._here.straight(self._attempts[serving].all_of(artifacts, self._reader.holdings()))

    def statuses(self) -> Mapping[str, str]:
        """The status of every request that the stand-in holds, by its id."""
        return self._reader.holdings().statuses

    def fork(self) -> ExploredWorld:
        """As every fork in process; what was read of environments and webhook tokens is shared."""
        kms, store = self.kms.fork(), self.store.fork()
        store.blobs = Blobs(Path(tempfile.mkdtemp(dir=self.store.blobs.directory)))  # the empty world has none
        return ExploredWorld(self.secrets, kms, store, self.shared, readings=self.readings, receiver=self.receiver)

    def close(self) -> None:
        """As every world in process; its ciphertexts are its own."""
        InProcessWorld.close(self)
        shutil.rmtree(self.store.blobs.directory, ignore_errors=True)

    def read(self, variables: Mapping[str, str]) -> Settings:
        """As it was read before, if it was."""
        return self.readings.of(variables)

    def client_of(self, variables: Mapping[str, str]) -> Any:
        """One client a world for each way to ask; boto3's clients may be shared, and cost more than a whole step."""
        names = ("AWS_REGION", "AWS_ACCESS_KEY_ID", "FAKE_SOMBRA_KMS_RETRIES")
        asked = tuple(variables.get(name) for name in names)
        if asked not in self._clients:
            self._clients[asked] = InProcessWorld.client_of(self, variables)
        return self._clients[asked]


@dataclass(slots=True)
class Explored:
    """Opens forks of one empty world, whose secrets and KMS keys they share; `close` it at the end."""

    audience: str
    upstream: str | None = None
    name: str = "inprocess"
    _plan: WorldPlan | None = None
    _empty: ExploredWorld | None = None

    def open(self, plan: WorldPlan) -> ExploredWorld:
        """A fork of the empty world, which the first plan decides; raises ValueError for another plan."""
        if self._plan not in {None, plan}:
            raise ValueError("these worlds were planned with other keys or secrets; open others for another plan")
        if self._empty is None:
            self._plan = plan
            kms, store, folder = surroundings(plan, self.upstream, within=_MEMORY if _MEMORY.is_dir() else None)
            receiver = WebhookReceiver(self.audience)
            self._empty = ExploredWorld(plan.secrets, kms, store, Shared(folder), receiver=receiver)
        return self._empty.fork()

    def close(self) -> None:
        """Let go of the empty world, and with the last fork of everything."""
        if self._empty is not None:
            self._empty.close()
            self._empty = None
