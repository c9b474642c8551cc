"""The control plane: what a rehearsal asks of a running gateway, never on a product's port."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.resources import files

from fake_sombra.clock import Clock
from fake_sombra.gateway.calls import Call, Reply, json_reply, text_reply
from fake_sombra.gateway.edge import Route
from fake_sombra.settings import Settings


@dataclass(frozen=True, slots=True)
class Control:
    """Shows what this boot is made of, fingerprints only, and moves its clock."""

    settings: Settings
    clock: Clock
    instance: str
    started_at: float

    def routes(self) -> tuple[Route, ...]:
        """Return the table of docs/wire.md, "Gateway, control plane"."""
        return (
            Route("GET", "/state", self._show, is_open=True),
            Route("POST", "/clock", self._advance, is_open=True),
            Route("GET", "/openapi.yaml", _describe, is_open=True),
        )

    def state(self) -> dict[str, object]:
        """Return provider, fingerprints and clock of this boot."""
        settings, aws = self.settings, self.settings.aws
        return {
            "instance": self.instance,
            "pid": os.getpid(),
            "provider": str(settings.provider),
            "keys": [key_set.signing_key.fingerprint for key_set in settings.key_sets.loaded],
            "forgotten": [key_set.signing_key.fingerprint for key_set in settings.key_sets.forgotten],
            "kms_key_arn": aws.key_arn if aws else None,
            "region": aws.region if aws else None,
            "clock_offset_s": self.clock.offset_s,
            "started_at": self.started_at,
        }

    async def _show(self, call: Call) -> Reply:
        return json_reply(self.state())

    async def _advance(self, call: Call) -> Reply:
        self.clock.advance((await call.json()).seconds("advance_s"))
        return json_reply(self.state())


async def _describe(call: Call) -> Reply:
    """Hand out the OpenAPI document of the customer ingress: here, because real Sombra serves none."""
    return text_reply(files(__package__).joinpath("openapi.yaml").read_text("utf-8"))
