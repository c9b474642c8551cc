"""What a gateway tells Transcend of itself after its start, where it has a key to tell it with (protocol.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.rehearsal.rehearsal import Rehearsal

TUNNEL = "SOMBRA_REVERSE_TUNNEL_API_KEY"
_SIGNING = "JWT_ECDSA_PUBLIC_KEY"
_FINGERPRINT = re.compile("[0-9a-f]{16}")
_TRIES = 100  # it is told in the background


def look_at_config_sync(r: Rehearsal, environment: str) -> None:
    """Start with a key that Transcend takes, then with one that it does not: health must not depend on it."""
    known = len(_told(r))
    r.must_start(environment, changed={TUNNEL: r.secrets.api_key})
    told = next((each for each in (_told(r) for _ in range(_TRIES)) if len(each) > known), [])
    r.look_at_health()
    r.record(
        "config-sync",
        environment=environment,
        instance=r.serving,
        times=len(told) - known,
        provider=str(told[-1].get("kmsProvider", "")) if told else "",
        keys=_keys(told[-1]) if told else [],
    )
    r.stop()
    r.must_start(environment, changed={TUNNEL: "nobody's key"})
    r.look_at_health()
    r.stop()


def _told(r: Rehearsal) -> list[Mapping[str, Any]]:
    organization = r.exchange([r.cloud("GET", "organization")])[0].json
    return list(organization.get("sombra", {}).get("syncs", []))


def _keys(sync: Mapping[str, Any]) -> list[str]:
    """The fingerprints of the signing keys; what looks like none is not repeated, for it may be a key."""
    canaries = [each for kind in sync["keySets"] if kind["keyType"] == _SIGNING for each in kind["canaries"]]
    values = [str(each["canaryValue"]) for each in canaries]
    return [value if _FINGERPRINT.fullmatch(value) else "?" for value in values]
