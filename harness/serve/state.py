"""What serve says of its world: who runs, what ran before, what time it is there; fingerprints, never a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from harness.serve.hands_on import HandsOn
from harness.target import control

_OF_THE_GATEWAY = ("instance", "pid", "provider", "keys", "forgotten", "kms_key_arn", "region", "started_at")


@dataclass(frozen=True, slots=True)
class Boot:
    """One start: `outcome` is `serving`, `stopped` or `refused`."""

    instance: str
    environment: str
    provider: str
    keys: tuple[str, ...]
    kms_key: str | None
    outcome: str
    problems: tuple[str, ...]


def boots(hands: HandsOn) -> list[Boot]:
    """Every start so far, the oldest first."""
    return [
        Boot(
            event["instance"],
            event["environment"],
            event["provider"],
            tuple(event["keys"]),
            event["kms_key"],
            "refused" if not event["accepted"] else "serving" if event["instance"] in hands.r.live else "stopped",
            tuple(event["problems"]),
        )
        for event in hands.r.history.of("booted")
    ]


def state(hands: HandsOn) -> dict[str, Any]:
    """`GET /state` of docs/wire.md: the gateway's own state, and the world's round it."""
    gateway = hands.gateway()
    organization, faults = hands.ask(hands.r.cloud("GET", "organization"), control("kms-control", "GET", "/faults"))
    return {
        "is_running": gateway is not None,
        "environment": hands.environment,
        **{name: (gateway or {}).get(name) for name in _OF_THE_GATEWAY},
        "clock_offset_s": hands.clock_offset_s,
        "is_paused": organization.json.get("isPaused", False),
        "faults": faults.json.get("faults", []),
        "boots": [asdict(boot) for boot in boots(hands)],
        "overlay": overlay(hands),
    }


def overlay(hands: HandsOn) -> Mapping[str, str]:
    """The variables that every start sets on top of its env file; credentials of the rehearsal's own are not shown."""
    hidden = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "FAKE_SOMBRA_INGRESS_SECRET")
    shown = hands.r.world.overlay()
    return {name: "(rehearsal)" if name in hidden else value for name, value in shown.items()}
