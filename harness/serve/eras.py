"""Under which key each thing was made, in the report's words: `L(old)`, `A(x)`; for showing, never for judging."""

from __future__ import annotations

from collections.abc import Mapping

import jwt

from harness.rehearsal.rehearsal import Rehearsal


def of_context(token: str, names: Mapping[str, str]) -> str:
    """What a context's label says; it is read, not believed, and empty where there is none."""
    try:
        wrap = jwt.decode(token, options={"verify_signature": False}).get("wrap", {})
        return _told(str(wrap["provider"]), str(wrap["key"]), names)
    except (jwt.InvalidTokenError, AttributeError, KeyError, TypeError):
        return ""


def of_integrations(r: Rehearsal, names: Mapping[str, str]) -> Mapping[tuple[str, int], str]:
    """By id and number of the context: known for those that were made here, whose gateway is on record."""
    boots = {event["instance"]: event for event in r.history.of("booted")}
    eras: dict[tuple[str, int], str] = {}
    for made in r.ledger.of("integration"):
        boot, name = boots[made.instance], made.handle["id"]
        count = sum(known == name for known, _ in eras) + 1
        eras[name, count] = _told(boot["provider"], boot["kms_key"] or boot["keys"][0], names)
    return eras


def _told(provider: str, key: str, names: Mapping[str, str]) -> str:
    return f"{'A' if provider == 'AWS' else 'L'}({names.get(key) or key[-8:]})"
