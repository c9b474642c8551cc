"""What a live look establishes besides trouble: who asked, what the key is, how long it takes."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.live.seen import Seen, Unasked
from harness.key_probe import DESCRIBE, RANDOM, UNWRAP, UNWRAP_NAMED, WRAP, Probe
from harness.run import Finding

IDENTITY, FACTS, LATENCY = "live-identity", "live-key-facts", "live-latency"
_CLAIM = "G-09"
_TIMED = (DESCRIBE, RANDOM, WRAP, UNWRAP_NAMED, UNWRAP)


def told(seen: Seen) -> Iterator[Finding]:
    """Notes, as far as something answered."""
    if isinstance(seen.told, Unasked):
        return
    yield _note(seen, IDENTITY, _identity(seen), "Make sure that Sombra runs as the same role; its own is what counts.")
    facts = _facts(seen.told)
    if facts:
        yield _note(seen, FACTS, f"The key is {facts}.", "Compare with what you meant to create.")
    timed = [each for what in _TIMED if (each := seen.told.of(what)) is not None and each.is_ok]
    if timed:
        spans = ", ".join(f"{each.what} {each.took_s * 1000:.0f} ms" for each in timed)
        yield _note(seen, LATENCY, f"From here: {spans}.", "Every file and request costs one such call.")


def _note(seen: Seen, identity: str, message: str, action: str) -> Finding:
    at = seen.place
    return Finding(identity, "note", _CLAIM, at.file, at.line, message, action, at.column)


def _identity(seen: Seen) -> str:
    if not seen.principal:
        return f"The key was asked at {seen.address}; the STS does not tell as whom."
    account = seen.principal.split(":")[4]
    other = "" if account == seen.key.split(":")[4] else f", of another account ({account}) than the key's"
    return f"The key was asked at {seen.address} as {seen.principal}{other}."


def _facts(probe: Probe) -> str:
    described = probe.described
    if described is None:
        return ""
    known = [described.state, described.usage, described.spec]
    if described.is_multi_region is not None:
        known.append("multi-Region" if described.is_multi_region else "of one Region")
    if probe.rotates is not None:
        known.append("rotated automatically" if probe.rotates else "not rotated automatically")
    if described.deletes_on is not None:
        known.append(f"to be deleted on {described.deletes_on.isoformat()}")
    return ", ".join(each for each in known if each)
