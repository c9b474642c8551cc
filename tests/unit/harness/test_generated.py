"""Fresh keys in place of the operator's: nothing is kept, and what was equal stays equal."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

from harness.doctor import refuses_start
from harness.environment import EnvFile
from harness.generated import with_fresh_keys
from harness.key_facts import key_entries
from tests.conformance.startup_rows import local, p384, wrong_items
from tests.unit.harness.doctor.cutovers import file

_INTERNAL = b64encode(b"the internal key").decode()
_HASH = b64encode(sha256(b"the internal key").digest()).decode()
_CONSENT = b64encode(bytes(range(24))).decode()


def _pair() -> tuple[EnvFile, EnvFile]:
    common = {"INTERNAL_KEY_HASH": _HASH, "INTERNAL_KEY": _INTERNAL, "CONSENT_IDENTIFIER_ENCRYPTION_KEY": _CONSENT}
    before = file("before.env", local(**common, JWT_ECDSA_KEY=p384("old")))
    after = file("after.env", local(**common, JWT_ECDSA_KEY=f"{p384('new')},{p384('old')}"))
    return before, after


def test_equal_entries_stay_equal_and_none_is_kept() -> None:
    one, two = with_fresh_keys(*_pair())

    new, old = two.variables["JWT_ECDSA_KEY"].split(",")
    assert one.variables["JWT_ECDSA_KEY"] == old != new
    assert not {new, old} & {p384("new"), p384("old")}
    for name in ("INTERNAL_KEY", "INTERNAL_KEY_HASH", "CONSENT_IDENTIFIER_ENCRYPTION_KEY"):
        assert one.variables[name] == two.variables[name]
        assert one.variables[name] != _pair()[0].variables[name]
    assert len(b64decode(one.variables["CONSENT_IDENTIFIER_ENCRYPTION_KEY"])) == 24
    assert not refuses_start(one)
    assert not refuses_start(two)


def test_an_internal_key_and_its_hash_stay_a_pair() -> None:
    (one, _) = with_fresh_keys(*_pair())

    raw = b64decode(one.variables["INTERNAL_KEY"])
    assert b64encode(sha256(raw).digest()).decode() == one.variables["INTERNAL_KEY_HASH"]


def test_an_entry_that_is_no_key_stays_to_be_found() -> None:
    """Replacing it would hide the very fault a rehearsal is to show."""
    curve = wrong_items()["P-256 SEC1"][0]
    before, _ = _pair()
    (fresh,) = with_fresh_keys(file("b.env", {**before.variables, "JWT_ECDSA_KEY": f"{p384('old')},{curve},"}))

    first, second, third = fresh.variables["JWT_ECDSA_KEY"].split(",")
    assert first != p384("old")
    assert not any(entry.fault for entry in key_entries(first))
    assert (second, third) == (curve, "")
