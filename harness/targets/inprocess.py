"""The whole world inside this process: real services, real cryptography, no sockets. Forks cost a millisecond."""

from __future__ import annotations

import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from botocore.config import Config

from fake_sombra import settings
from fake_sombra.errors import ConfigurationRefused
from fake_sombra.gateway.boot import Gateway, boot
from fake_sombra.http import Loopback
from fake_sombra.keyring import FurtherProviders
from fake_sombra.kms import Kms, control_app
from fake_sombra.kms.door_botocore import client as kms_client
from fake_sombra.logs import Collected
from fake_sombra.settings import Settings
from fake_sombra.transcend.app import Standin, create
from fake_sombra.transcend.store import Store
from harness.target import BootReport, Call, Reply, Secrets, WorldPlan
from harness.targets.drill import DRILL
from harness.targets.loops import Here
from harness.targets.upstreams import behind_the_front
from harness.targets.variables import REMOVED
from harness.targets.wire import exchange_in_turn

CUSTOMER = "http://gateway.fake"
INGRESS = "http://gateway-ingress.fake"
CONTROL = "http://gateway-control.fake"
TRANSCEND = "http://transcend.fake"

OVERLAY = {
    "TRANSCEND_URL": TRANSCEND,
    "AWS_ACCESS_KEY_ID": "rehearsal",
}


@dataclass(slots=True)
class Shared:
    """What a world and its forks have in common: blobs that are never changed."""

    folder: tempfile.TemporaryDirectory[str]
    _users: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def join(self) -> None:
        """One more world; forks may be made by several threads."""
        with self._lock:
            self._users += 1

    def release(self) -> None:
        """One world less; the last takes everything along."""
        with self._lock:
            self._users -= 1
            is_last = self._users == 0
        if is_last:
            self.folder.cleanup()


@dataclass(slots=True)
class InProcessWorld:
    """Gateways by instance name; the first that lives is the one plain calls reach."""

    secrets: Secrets
    kms: Kms
    store: Store
    shared: Shared
    target: str = "inprocess"
    further: FurtherProviders = field(default_factory=dict)
    _here: Here = field(default_factory=Here)
    _transport: Loopback = field(default_factory=lambda: Loopback(whole=True))
    _log: Collected = field(default_factory=Collected)
    _gateways: dict[str, Gateway] = field(default_factory=dict)
    _standin: Standin = field(init=False)

    def __post_init__(self) -> None:
        self.shared.join()
        self._standin = create(
            self.store,
            transport=self._transport,
            gateway_url=INGRESS,
            ingress_secret=self.secrets.ingress_secret,
            api_keys=(self.secrets.api_key,),
            clock=time.time,
            new_id=lambda: str(uuid.uuid4()),
            customer_url=lambda: CUSTOMER,
            tunnel_to=CUSTOMER,
        )
        self._transport.listen(TRANSCEND, self._standin.product)
        self._transport.listen("http://transcend-control.fake", self._standin.control)
        self._transport.listen("http://kms-control.fake", control_app(self.kms))

    def overlay(self) -> Mapping[str, str]:
        """No ports and no endpoint: nothing listens and the KMS client is handed in."""
        secrets = {
            "AWS_SECRET_ACCESS_KEY": self.secrets.aws_secret,
            "FAKE_SOMBRA_INGRESS_SECRET": self.secrets.ingress_secret,
        }
        return {**OVERLAY, **secrets}

    def start(self, environ: Mapping[str, str], *, instance: str) -> BootReport:
        """Boot a gateway; a refused configuration listens nowhere."""
        began = time.monotonic()
        variables = {name: value for name, value in environ.items() if name not in REMOVED}
        variables["FAKE_SOMBRA_INSTANCE"] = instance
        try:
            gateway = self._boot(variables)
            self._here.run(gateway.start())
        except ConfigurationRefused as refused:
            problems = tuple(str(problem) for problem in refused.problems)
            opened = f"customer@{instance}" in self._origins()
            return BootReport(instance, False, 1, problems, opened, time.monotonic() - began)
        except Exception as crash:  # noqa: BLE001  a process that dies of it ends with 1 as well, and so must a wrong one
            problems = (f"the gateway ended with exit code 1: {type(crash).__name__}",)
            return BootReport(instance, False, 1, problems, False, time.monotonic() - began)
        self._gateways[instance] = gateway
        self._listen()
        return BootReport(instance, True, None, (), True, time.monotonic() - began)

    def _boot(self, variables: Mapping[str, str]) -> Gateway:
        client = _Late(partial(self.client_of, variables)) if variables.get("AWS_REGION") else None

        async def booting() -> Gateway:
            return boot(variables, transport=self._transport, log=self._log, kms_client=client, read=self.read)

        return self._here.run(booting())

    def read(self, variables: Mapping[str, str]) -> Settings:
        """What a gateway reads in an environment; raises `ConfigurationRefused`."""
        return settings.load(variables, further=self.further)

    def client_of(self, variables: Mapping[str, str]) -> Any:
        """A client of this world's KMS, as an environment asks for it."""
        return kms_client(
            self.kms,
            region=variables["AWS_REGION"],
            access_key_id=variables.get("AWS_ACCESS_KEY_ID"),
            config=_config(variables),
        )

    def _listen(self) -> None:
        """Plain addresses lead to the oldest gateway; each instance has its own besides."""
        self._transport.hang_up(CUSTOMER)
        self._transport.hang_up(INGRESS)
        self._transport.hang_up(CONTROL)
        for name, gateway in reversed(self._gateways.items()):
            self._transport.listen(CUSTOMER, gateway.customer)
            self._transport.listen(INGRESS, gateway.transcend)
            self._transport.listen(CONTROL, gateway.control)
            self._transport.listen(f"http://{name}.fake", gateway.customer)
            self._transport.listen(f"http://{name}-ingress.fake", gateway.transcend)

    def stop(self, instance: str) -> None:
        """End a gateway; its addresses refuse connections from now on."""
        self._here.run(self._hung_up(instance).close())

    def kill(self, instance: str) -> None:
        """Let a gateway go without closing it, as a killed process goes."""
        gateway = self._hung_up(instance)

        async def abandoning() -> None:
            gateway.abandon()

        self._here.run(abandoning())

    def _hung_up(self, instance: str) -> Gateway:
        gateway = self._gateways.pop(instance)
        self._transport.hang_up(f"http://{instance}.fake")
        self._transport.hang_up(f"http://{instance}-ingress.fake")
        self._listen()
        return gateway

    def _origins(self) -> dict[str, str]:
        origins = {
            "customer": CUSTOMER,
            "ingress": INGRESS,
            "gateway-control": CONTROL,
            "transcend": TRANSCEND,
            "transcend-control": "http://transcend-control.fake",
            "kms-control": "http://kms-control.fake",
        }
        for name in self._gateways:
            origins[f"customer@{name}"] = f"http://{name}.fake"
            origins[f"ingress@{name}"] = f"http://{name}-ingress.fake"
        return origins

    def addresses(self) -> Mapping[str, str]:
        """Names that only this world's own transport knows."""
        return self._origins()

    def private_folder(self) -> Path:
        """Where the stand-in keeps its ciphertexts."""
        return Path(self.shared.folder.name)

    def exchange(self, calls: Sequence[Call]) -> list[Reply]:
        """Every call runs the very applications a socket would reach."""
        return self._here.run(exchange_in_turn(self._transport, self._origins(), calls))

    def logs(self) -> list[Mapping[str, Any]]:
        """Every record of every gateway so far; what a gateway still tests in the background is waited for."""
        for gateway in self._gateways.values():
            self._here.run(gateway.settled())
        return list(self._log.entries)

    def fork(self) -> InProcessWorld:
        """Copy the rows and the key states; ciphertexts and key material are immutable and shared."""
        return InProcessWorld(self.secrets, self.kms.fork(), self.store.fork(), self.shared, further=self.further)

    def drill(self) -> InProcessWorld:
        """A copy in which a gateway may be started under the provider of the drill (G-26)."""
        return InProcessWorld(self.secrets, self.kms.fork(), self.store.fork(), self.shared, further=DRILL)

    def close(self) -> None:
        """Stop what lives; the last of a family of forks takes the blobs along."""
        for instance in tuple(self._gateways):
            self.stop(instance)
        self._here.run(self._transport.close())
        self._here.close()
        self.store.close()
        self.shared.release()


class _Late:
    """A client that is made when it is first used: it costs as much as a start, and half of all starts are refused."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._made = cache(make)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made(), name)


def _config(variables: Mapping[str, str]) -> Config:
    """The client's settings as the gateway would make them; what it cannot read, its boot refuses."""
    attempts = variables.get("FAKE_SOMBRA_KMS_RETRIES", "")
    mode: Any = variables.get("FAKE_SOMBRA_KMS_RETRY_MODE")
    return Config(
        user_agent=f"rehearsal app/{variables['FAKE_SOMBRA_INSTANCE']}",  # botocore's own is made anew for every call
        retries={
            "mode": mode if mode in {"legacy", "adaptive"} else "standard",
            "total_max_attempts": int(attempts) if attempts.isascii() and attempts.isdigit() and int(attempts) else 2,
        },
    )


@dataclass(frozen=True, slots=True)
class InProcess:
    """Worlds without processes; `--target inprocess`. Without an upstream, the KMS is moto's, embedded."""

    upstream: str | None = None
    name: str = "inprocess"

    def open(self, plan: WorldPlan) -> InProcessWorld:
        """A fresh world with the planned KMS keys."""
        kms, store, folder = surroundings(plan, self.upstream)
        return InProcessWorld(plan.secrets, kms, store, Shared(folder))


def surroundings(
    plan: WorldPlan, upstream: str | None, *, within: Path | None = None
) -> tuple[Kms, Store, tempfile.TemporaryDirectory[str]]:
    """What stands around the gateways of a fresh world, and the folder its ciphertexts lie in."""
    kms = Kms(plan.account, behind_the_front(upstream))
    folder = tempfile.TemporaryDirectory(prefix="sombra-rehearsal-", dir=within)
    store = Store.open("sqlite://", Path(folder.name))
    for arn in plan.kms_keys:
        kms.add_key(arn)
    for key_store in plan.kms_stores:
        kms.add_store(key_store)
    return kms, store, folder


def from_snapshot(
    secrets: Secrets, *, kms: Mapping[str, Any], rows: Mapping[str, Any], upstream: str | None = None
) -> InProcessWorld:
    """A fork of a world that lives in other processes, from what its stand-in and its KMS handed out."""
    folder = tempfile.TemporaryDirectory(prefix="sombra-rehearsal-")
    store = Store.restore("sqlite://", rows["tables"], Path(rows["blobs"]))
    restored = Kms.restore(kms, behind_the_front(upstream))
    return InProcessWorld(secrets, restored, store, Shared(folder))
