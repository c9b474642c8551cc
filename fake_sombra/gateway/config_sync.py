"""What a gateway tells Transcend's cloud of itself after its start: provider, keys, one proof for each.

It runs in the background and never gates health (fidelity.md#config-sync-failure, fidelity.md#config-sync-canaries).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

from fake_sombra.clock import Clock
from fake_sombra.crypto import tokens
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import Refusal, UpstreamDown
from fake_sombra.gateway.upstream import Upstream
from fake_sombra.keyring import Keyring
from fake_sombra.logs import Log
from fake_sombra.settings import Provider, Settings

RETRY_AFTER_S = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Waits between attempts while nobody answers: the parts of a world start side by side."""


async def sync(
    settings: Settings,
    *,
    instance: str,
    keyring: Keyring,
    upstream: Upstream,
    clock: Clock,
    log: Log,
) -> None:
    """Report this boot; on failure write one error line and leave the service as it is."""
    if settings.tunnel_key is None:
        log(
            "info",
            "config_sync_skipped",
            message="SOMBRA_REVERSE_TUNNEL_API_KEY is unset; nothing to report with",
        )
        return
    body = _report(settings, instance=instance, label_key=keyring.label.key, clock=clock)
    for wait_s in (*RETRY_AFTER_S, None):
        try:
            await upstream.report(body, authorization=f"Bearer {settings.tunnel_key}")
        except UpstreamDown as refusal:
            if wait_s is None:
                log("error", "config_sync_failed", code=refusal.code, message=refusal.message)
                return
            await asyncio.sleep(wait_s)
        except Refusal as refusal:
            log("error", "config_sync_failed", code=refusal.code, message=refusal.message)
            return
        else:
            log("info", "config_synced")
            return


def _report(settings: Settings, *, instance: str, label_key: str, clock: Clock) -> dict[str, Any]:
    provider = str(settings.provider)
    claims = {"kind": "config", "uri": settings.organization_uri, "provider": provider}
    config = tokens.sign(settings.key_sets, {**claims, "iat": int(clock.now())}, purpose=Purpose.CONTEXT)
    fingerprints = [key_set.signing_key.fingerprint for key_set in settings.key_sets.loaded]
    hashes = [hashlib.sha256(entry).hexdigest() for entry in settings.internal_key_hashes]
    source = "SOMBRA" if settings.provider == Provider.LOCAL else provider
    return {
        "id": settings.sombra_id or instance,
        "uri": settings.organization_uri,
        "configJwt": config,
        "kmsProvider": provider,
        "keySets": [
            _key_set("JWT_ECDSA_PUBLIC_KEY", fingerprints, source="SOMBRA"),
            _key_set("INTERNAL_KEY_HASH", hashes, source="SOMBRA"),
            _key_set("KEY_ENCRYPTION_BASE", [hashlib.sha256(label_key.encode()).hexdigest()], source=source),
        ],
    }


def _key_set(kind: str, values: Sequence[str], *, source: str) -> dict[str, Any]:
    return {
        "keyType": kind,
        "canaries": [
            {"keySource": source, "canaryValue": value, "canaryType": "HASH", "index": index}
            for index, value in enumerate(values)
        ],
    }
