"""How an environment becomes a gateway: a boot is a value, built once and never reconfigured."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_sombra import settings as environment
from fake_sombra.clock import Clock
from fake_sombra.gateway.assembly import Parts
from fake_sombra.gateway.control import Control
from fake_sombra.gateway.edge import Edge
from fake_sombra.http import AsgiApp, Transport
from fake_sombra.keyring import FurtherProviders
from fake_sombra.keyring.opening import open_keyring
from fake_sombra.logs import Log, is_heard
from fake_sombra.settings import Settings


@dataclass(slots=True)
class Gateway:
    """One boot: three applications, one provider, until `close`."""

    settings: Settings
    instance: str
    customer: AsgiApp
    transcend: AsgiApp
    control: AsgiApp
    _parts: Parts = field(repr=False)
    _control: Control = field(repr=False)
    _background: asyncio.Task[None] | None = field(default=None, repr=False)

    def state(self) -> dict[str, object]:
        """Return what the control plane shows: fingerprints, never values."""
        return self._control.state()

    async def start(self) -> None:
        """Test the KMS where a failure must refuse the start, then report to Transcend in the background.

        Await it before any port opens. Raises `ConfigurationRefused` when AWS_KMS_THROW_PERMISSIONS_ERRORS
        is true and the KMS denies access or there are no credentials.
        """
        is_tested = await self._parts.refuse_missing_permissions()
        self._background = asyncio.create_task(self._parts.report(is_tested=is_tested))

    async def settled(self) -> None:
        """Wait for the report in the background; it never raises."""
        if self._background is not None:
            await asyncio.wait([self._background])

    @property
    def parts(self) -> Parts:
        """What its applications are built from, for whoever calls the use cases without HTTP around them."""
        return self._parts

    def abandon(self) -> None:
        """End as a killed process does: what runs in the background is cut off, and nothing is let go in order."""
        if self._background is not None:
            self._background.cancel()

    async def close(self) -> None:
        """Stop the report in the background and let go of the keyring; the transport is its owner's."""
        if self._background is not None:
            self._background.cancel()
            (ended,) = await asyncio.gather(self._background, return_exceptions=True)
            if isinstance(ended, Exception):
                self._parts.log("error", "report_crashed", error=type(ended).__name__)
        self._parts.keyring.close()


def boot(
    environ: Mapping[str, str],
    *,
    transport: Transport,
    log: Log,
    random: Callable[[int], bytes] = os.urandom,
    clock_source: Callable[[], float] = time.time,
    kms_client: Any = None,
    further: FurtherProviders = environment.NO_FURTHER,
    read: Callable[[Mapping[str, str]], Settings] | None = None,
) -> Gateway:
    """Build a gateway from an environment; raises `ConfigurationRefused` with every problem at once.

    `read` stands in for the reading of the environment, for who starts the same one thousands of times.
    """
    settings = environment.load(environ, further=further) if read is None else read(environ)
    clock = Clock(settings.clock_offset_s, clock_source)
    instance = settings.instance or f"gateway-{secrets.token_hex(4)}"
    say = _Named(log, instance=instance, clock=clock, lowest=settings.log_level)
    for note in settings.notes:
        say(_LEVEL_OF.get(note.level, "warn"), "configuration", variable=note.variable, message=str(note))
    keyring = open_keyring(
        settings,
        random=random,
        kms_client=kms_client,
        warn=lambda message: say("warn", "kms", message=message),
    )
    parts = Parts(settings, instance, keyring, transport, clock, random, say)
    control = Control(settings, clock, instance, clock.now())
    return Gateway(
        settings=settings,
        instance=instance,
        customer=parts.customer(),
        transcend=parts.transcend(),
        control=Edge(control.routes(), admit=lambda _: None, log=say),
        _parts=parts,
        _control=control,
    )


_LEVEL_OF = {"note": "info", "warning": "warn"}


class _Named:
    """A log whose lines carry this instance's name and its clock's time, from LOG_LEVEL upwards."""

    def __init__(self, log: Log, *, instance: str, clock: Clock, lowest: str) -> None:
        self._log = log
        self._lowest = lowest
        self._instance = instance
        self._clock = clock

    def __call__(self, level: str, event: str, **fields: object) -> None:
        if not is_heard(level, lowest=self._lowest):
            return
        at = round(self._clock.now(), 3)
        self._log(level, event, **{"time": at, "instance": self._instance, **fields})
