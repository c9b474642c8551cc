"""Worlds by the thousand: forks of one empty world, on one loop in one thread, with every environment read once.

What is kept between worlds decides nothing: a reading of an environment is a value that depends on its variables
alone, and a client of the KMS belongs to one world. Gateways, keyrings, rows and key states are made anew.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple, Unpack, cast

from fake_sombra import settings
from fake_sombra.errors import ConfigurationRefused
from fake_sombra.http import Loopback
from fake_sombra.settings import Settings
from fake_sombra.transcend.blobs import Blobs
from fake_sombra.transcend.holdings import Reader
from harness.artifacts import Artifact
from harness.model import Expectation
from harness.target import CONNECTION_REFUSED, Call, Reply, WorldPlan
from harness.targets.attempts import Attempts, WebhookReceiver
from harness.targets.inprocess import InProcessWorld, Shared, surroundings
from harness.targets.wire import exchange_in_turn

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own in it; a disk would cost as much as the steps
_INSTANCE = "FAKE_SOMBRA_INSTANCE"
_GONE = Expectation(readable=False, cause=CONNECTION_REFUSED)


class _OneThread(asyncio.SelectorEventLoop):
    """An event loop whose blocking calls run where they stand: one order, always the same."""

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run the function now."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  whatever it was belongs to whoever awaits it
            done.set_exception(error)
        return done


class Here:
    """A `Loop` that runs in the thread that asks."""

    def __init__(self) -> None:
        self._loop = _OneThread()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self._loop.run_until_complete(work)

    def straight(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine that never waits, without a task around it; raises RuntimeError when it does wait.

        Blocking calls run where they stand and answers are whole, so nothing in a call through this world waits.
        """
        _running(self._loop)
        try:
            work.send(None)
        except StopIteration as ended:
            return cast("T", ended.value)
        finally:
            _running(None)
        work.close()
        raise RuntimeError("a call waits for another task, and there is none here")

    def close(self) -> None:
        """End the loop."""
        if not self._loop.is_closed():
            self._loop.close()


def _running(loop: asyncio.AbstractEventLoop | None) -> None:
    """Tell asyncio which loop runs here, as every loop does when it begins and ends."""
    asyncio._set_running_loop(loop)  # noqa: SLF001  asyncio exports it for those who drive coroutines themselves


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

    here: Here = field(default_factory=Here)
    readings: Readings = field(default_factory=Readings)
    receiver: WebhookReceiver = field(default_factory=lambda: WebhookReceiver(""))
    _transport: Loopback = field(default_factory=lambda: Loopback(whole=True))
    _reader: Reader = field(init=False)
    _clients: dict[tuple[str | None, ...], Any] = field(default_factory=dict)
    _attempts: dict[str, Attempts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        InProcessWorld.__post_init__(self)
        self._reader = Reader(self.store)

    def exchange(self, calls: Sequence[Call]) -> list[Reply]:
        """The very applications that a socket would reach, one call after the other."""
        return self.here.straight(exchange_in_turn(self._transport, self._origins(), calls))

    def attempt(self, artifacts: Sequence[Artifact]) -> list[Expectation]:
        """Try each artifact on the serving gateway; nothing opens where none lives."""
        serving = next(iter(self._gateways), None)
        if serving is None:
            return [_GONE] * len(artifacts)
        if serving not in self._attempts:
            self._attempts = {serving: Attempts(self._gateways[serving], self.store.blobs, self.receiver)}
        return self.here.straight(self._attempts[serving].all_of(artifacts, self._reader.holdings()))

    def statuses(self) -> Mapping[str, str]:
        """The status of every request that the stand-in holds, by its id."""
        return self._reader.holdings().statuses

    def fork(self) -> ExploredWorld:
        """As every fork in process; what was read of environments and webhook tokens is shared."""
        kms, store = self.kms.fork(), self.store.fork()
        store.blobs = Blobs(Path(tempfile.mkdtemp(dir=self.store.blobs.directory)))  # the empty world has none
        return ExploredWorld(
            self.secrets, kms, store, self.shared, here=self.here, readings=self.readings, receiver=self.receiver
        )

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
            here, receiver = Here(), WebhookReceiver(self.audience)
            self._empty = ExploredWorld(plan.secrets, kms, store, Shared(here, folder), here=here, receiver=receiver)
        return self._empty.fork()

    def close(self) -> None:
        """Let go of the empty world, and with the last fork of everything."""
        if self._empty is not None:
            self._empty.close()
            self._empty = None
