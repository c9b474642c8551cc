"""What the organization's page shows: a pause, and what each gateway said of itself when it started."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from fake_sombra.transcend.requests import instant, is_paused
from fake_sombra.transcend.tables import config_syncs, consent_identifiers, organization

KeySets = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sync:
    """What a gateway reports of itself when it starts (sombra.md 3.15)."""

    instance: str | None
    uri: str
    config_jwt: str
    kms_provider: str
    key_sets: KeySets


def pause(rows: Connection, *, is_paused: bool) -> None:
    """Stop or continue the work on all requests."""
    rows.execute(update(organization).values(is_paused=is_paused))


def add_sync(rows: Connection, sync: Sync, *, at: float) -> None:
    """Append a gateway's report; a change of keys or provider is noted, never refused (sombra.md 9.11)."""
    rows.execute(
        insert(config_syncs).values(
            instance=sync.instance,
            uri=sync.uri,
            config_jwt=sync.config_jwt,
            kms_provider=sync.kms_provider,
            key_sets=sync.key_sets,
            created_at=at,
        )
    )


def numbered(key_sets: KeySets) -> KeySets:
    """Give each canary an id: the same value under the same name has the same id."""
    return [
        {
            **key_set,
            "canaries": [{**canary, "id": _canary_id(key_set, canary)} for canary in key_set["canaries"]],
        }
        for key_set in key_sets
    ]


def view(rows: Connection) -> dict[str, Any]:
    """Return the organization with its gateways' reports, oldest first, without their signed form."""
    found = rows.execute(select(config_syncs).order_by(config_syncs.c.seq)).all()
    syncs = [
        {
            "id": row.instance,
            "uri": row.uri,
            "kmsProvider": row.kms_provider,
            "keySets": row.key_sets,
            "isChanged": before is not None and _proof(row) != _proof(before),
            "createdAt": instant(row.created_at),
        }
        for before, row in zip([None, *found], found, strict=False)
    ]
    latest = found[-1] if found else None
    return {
        "uri": latest.uri if latest else None,
        "isPaused": is_paused(rows),
        "sombra": {
            "provider": latest.kms_provider if latest else None,
            "keys": latest.key_sets if latest else [],
            "syncs": syncs,
        },
    }


def add_consent(rows: Connection, consent_id: str, *, encrypted: str, at: float) -> None:
    """Remember an encrypted consent identifier."""
    rows.execute(insert(consent_identifiers).values(id=consent_id, encrypted=encrypted, created_at=at))


def find_consent(rows: Connection, consent_id: str) -> str | None:
    """Return an encrypted consent identifier, or None."""
    query = select(consent_identifiers.c.encrypted).where(consent_identifiers.c.id == consent_id)
    return rows.execute(query).scalar()


def _proof(row: Any) -> tuple[str, list[tuple[str, str]]]:
    # Only a hash is the same at every boot; a signed or encrypted canary differs although its key does not.
    hashes = [
        (str(key_set["keyType"]), str(canary["canaryValue"]))
        for key_set in row.key_sets
        for canary in key_set["canaries"]
        if canary.get("canaryType") == "HASH"
    ]
    return str(row.kms_provider), hashes


def _canary_id(key_set: dict[str, Any], canary: dict[str, Any]) -> str:
    named = f"{key_set['keyType']}|{canary.get('canaryType')}|{canary['canaryValue']}"
    return hashlib.sha256(named.encode("utf-8", "backslashreplace")).hexdigest()[:16]
