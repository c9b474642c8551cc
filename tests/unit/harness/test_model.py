"""The reference model against the survival table of the contract, cell by cell."""

from __future__ import annotations

import pytest

from harness.history import History
from harness.model import Boot, Era, Expectation, KmsState, era_of, expect, fold, judged_probes

OLD, NEW, X, Y = "old", "new", "key-x", "key-y"
READ = (
    Boot("local", (OLD,), None),
    Boot("local", (NEW, OLD), None),
    Boot("local", (OLD, NEW), None),
    Boot("local", (NEW,), None),
    Boot("AWS", (NEW, OLD), X),
    Boot("AWS", (OLD, NEW), X),
    Boot("AWS", (NEW,), X),
    Boot("AWS", (NEW, OLD), Y),
)
CAUSES = {
    "S": "signature_invalid",
    "W": "wrong_provider",
    "I": "kms_incorrect_key",
    "U": "unknown_key",
}
FOUR = ("file", "request", "identifier", "integration")
THREE = ("session", "nonce", "download_key")
# One row of claims.md, "What survives what": classes, the boot they were made under, a letter for each reading boot.
TABLE = (
    (FOUR, READ[0], "+++SWWSW"),
    (FOUR, READ[1], "S+++WWWW"),
    (FOUR, READ[4], "SWWW+++I"),
    (FOUR, READ[5], "WWWS++SI"),
    (THREE, READ[0], "+++S++S+"),
    (THREE, READ[1], "S+++++++"),
    (("webhook_token",), READ[0], "+S+SS+SS"),
    (("webhook_token",), READ[1], "S+S++S++"),
    (("consent_identifier",), READ[0], "+++U++U+"),
    (("consent_identifier",), READ[1], "U+++++++"),
)


@pytest.mark.parametrize(("kind", "made", "row"), [(kind, made, row) for kinds, made, row in TABLE for kind in kinds])
def test_every_cell_of_the_survival_table(kind: str, made: Boot, row: str) -> None:
    era = era_of(kind, made)

    seen = [expect(kind, era, boot, KmsState()) for boot in READ]

    wanted = [(letter == "+", CAUSES.get(letter, "")) for letter in row]
    assert [(each.readable, each.cause) for each in seen] == wanted


def test_without_a_gateway_nothing_is_readable() -> None:
    assert expect("file", Era("L(old)", OLD), None, KmsState()) == Expectation(False, "connection_refused")


def test_the_fifth_key_set_is_forgotten() -> None:
    five = Boot("AWS", ("k5", "k4", "k3", NEW, OLD), X)

    assert expect("nonce", Era(None, OLD), five, KmsState()) == Expectation(False, "forgotten_key")
    assert expect("nonce", Era(None, NEW), five, KmsState()) == Expectation(True)


@pytest.mark.parametrize(
    ("kms", "cause"),
    [
        (KmsState(denied=frozenset({"kms:Decrypt"})), "kms_access_denied"),
        (KmsState(states={X: "Disabled"}), "kms_key_disabled"),
        (KmsState(states={X: "PendingDeletion"}), "kms_key_pending_deletion"),
        (KmsState(credentials=False), "kms_credentials"),
    ],
)
def test_a_kms_in_trouble_refuses_its_own_era_by_cause(kms: KmsState, cause: str) -> None:
    era = Era(f"A({X})", NEW)

    assert expect("file", era, READ[4], KmsState()).readable
    assert expect("file", era, READ[4], kms) == Expectation(False, cause)


def test_a_fork_begins_as_its_parent_stood_but_stopped_and_does_not_change_it() -> None:
    history = History()
    boot = {"accepted": True, "provider": "local", "keys": [OLD], "kms_key": None}
    history.append("trunk", "booted", instance="before-1", **boot)
    history.append("trunk", "artifact", artifact="file/1", **{"class": "file"}, instance="before-1")
    history.append("fork", "forked", parent="trunk", title="a fork")
    history.append("fork", "booted", instance="before-2", **boot)
    history.append("fork", "stopped", instance="before-2")
    history.append("trunk", "listing")

    states = {event.n: state for event, state in fold(history)}

    assert states[3].live == {}
    assert states[3].artifacts == states[2].artifacts
    assert states[5].live == {}
    assert set(states[6].live) == {"before-1"}


def test_a_further_provider_has_a_family_of_its_own() -> None:
    drill, other = Boot("DRILL", (NEW, OLD), "key-1"), Boot("DRILL", (NEW, OLD), "key-2")
    era = era_of("file", drill)

    assert (era.family, era.wrapped_by, str(era)) == ("DRILL", "key-1", "DRILL(key-1) s=new")
    seen = [expect("file", era, boot, KmsState()) for boot in (drill, other, READ[1], READ[4])]
    assert [each.cause for each in seen] == ["", "kms_incorrect_key", "wrong_provider", "wrong_provider"]
    assert expect("file", era_of("file", READ[4]), drill, KmsState()).cause == "wrong_provider"
    assert expect("session", era_of("session", READ[0]), drill, KmsState()).readable


@pytest.mark.parametrize(
    ("wrapped_by", "states", "denied", "cause"),
    [
        (X, {}, (), ""),
        (X, {Y: "Disabled"}, ("kms:Encrypt", "kms:GenerateRandom"), ""),
        (X, {X: "Enabled"}, (), ""),
        (X, {X: "Missing"}, (), "kms_key_not_found"),
        (Y, {X: "Missing"}, ("kms:Decrypt",), "kms_key_not_found"),
        (Y, {X: "WrongRegion"}, (), "kms_key_not_found"),
        (Y, {X: "WrongAccount"}, (), "kms_access_denied"),
        (Y, {X: "Disabled"}, (), "kms_incorrect_key"),
        (Y, {Y: "Missing"}, ("kms:Decrypt",), "kms_incorrect_key"),
        (X, {X: "Disabled"}, ("kms:Decrypt",), "kms_access_denied"),
        (X, {X: "WrongUsage"}, (), "kms_invalid_key_usage"),
        (X, {X: "Creating"}, (), "kms_internal"),
    ],
)
def test_what_the_kms_looks_at_first_names_the_cause(
    wrapped_by: str, states: dict[str, str], denied: tuple[str, ...], cause: str
) -> None:
    era = era_of("request", Boot("AWS", (NEW, OLD), wrapped_by))

    assert expect("request", era, READ[4], KmsState(frozenset(denied), states)) == Expectation(cause == "", cause)


def test_credentials_that_are_missing_come_before_the_provider_but_not_under_local() -> None:
    lost = KmsState(credentials=False)
    local, cloud = era_of("file", READ[1]), era_of("file", READ[4])

    assert expect("file", local, READ[4], lost).cause == "kms_credentials"
    assert expect("file", local, READ[1], lost).readable
    assert expect("file", cloud, READ[1], lost).cause == "wrong_provider"
    assert expect("session", era_of("session", READ[4]), READ[4], lost).readable


def test_changes_of_the_kms_add_up_and_each_leaves_the_others_alone() -> None:
    history = History()
    history.append("trunk", "kms-changed", change="deny", action="kms:Decrypt")
    history.append("trunk", "kms-changed", change="deny", action="kms:Encrypt")
    history.append("trunk", "kms-changed", change="state", key=X, state="Disabled")
    history.append("trunk", "kms-changed", change="state", key=Y, state="Missing")
    history.append("trunk", "kms-changed", change="credentials", present=False)
    history.append("fork", "forked", parent="trunk", title="a fork")
    history.append("fork", "kms-changed", change="allow", action="kms:Decrypt")
    history.append("fork", "kms-changed", change="state", key=X, state="Enabled")
    history.append("fork", "kms-changed", change="credentials", present=True)
    history.append("trunk", "kms-changed", change="another-kind")

    seen = [state.kms for _, state in fold(history)]

    both, states = frozenset({"kms:Decrypt", "kms:Encrypt"}), {X: "Disabled", Y: "Missing"}
    assert seen[0] == KmsState(frozenset({"kms:Decrypt"}))
    assert seen[1:3] == [KmsState(both), KmsState(both, {X: "Disabled"})]
    assert seen[3:6] == [KmsState(both, states), *[KmsState(both, states, credentials=False)] * 2]
    assert seen[6] == KmsState(frozenset({"kms:Encrypt"}), states, credentials=False)
    assert seen[8] == KmsState(frozenset({"kms:Encrypt"}), {X: "Enabled", Y: "Missing"}, credentials=True)
    assert seen[9] == seen[4]


def test_what_did_not_happen_changes_nothing() -> None:
    history = History()
    refused = {"accepted": False, "provider": "local", "keys": [OLD], "kms_key": None}
    history.append("trunk", "booted", instance="before-1", **refused)
    history.append("trunk", "artifact", artifact="file/1", **{"class": "file"}, instance="before-1")
    history.append("orphan", "forked", parent="nobody", title="of a world that never was")
    history.append("late", "booted", instance="late-1", **{**refused, "accepted": True})

    (_, one), (_, two), (_, orphan), (_, late) = fold(history)

    assert (one.live, two.artifacts, orphan.live, orphan.artifacts) == ({}, {}, {}, {})
    assert late.live == {"late-1": Boot("local", (OLD,), None)}


def test_a_probe_is_judged_by_the_gateway_it_names_and_else_by_the_oldest() -> None:
    history = History()
    history.append("trunk", "booted", instance="a", accepted=True, provider="local", keys=[OLD], kms_key=None)
    history.append("trunk", "booted", instance="b", accepted=True, provider="AWS", keys=[NEW, OLD], kms_key=X)
    history.append("trunk", "artifact", artifact="file/1", **{"class": "file"}, instance="a")
    for told in ({}, {"instance": None}, {"instance": "b"}, {"instance": "gone"}):
        history.append("trunk", "probe", artifact="file/1", **told)
    history.append("trunk", "probe", artifact="file/2")
    history.append("trunk", "listing", artifact="file/1")
    history.append("trunk", "kms-changed", change="credentials", present=False)
    history.append("trunk", "probe", artifact="file/1", instance="b")

    judged = list(judged_probes(history))

    assert [event.n for event, _, _ in judged] == [4, 5, 6, 7, 11]
    assert {era for _, era, _ in judged} == {Era("L(old)", OLD)}
    causes = [expectation.cause for _, _, expectation in judged]
    assert causes == ["", "", "wrong_provider", "connection_refused", "kms_credentials"]


def test_own_consent_keys_sign_consent_identifiers_and_nothing_else() -> None:
    own = Boot("local", (OLD,), None, own_consent=("c2", "c1"))

    assert era_of("consent_identifier", own) == Era(None, "c2")
    assert era_of("session", own) == Era(None, OLD)
    seen = [expect("consent_identifier", Era(None, signer), own, KmsState()) for signer in ("c2", "c1", OLD)]
    assert seen == [
        Expectation(True, matches=True),
        Expectation(True, matches=False),
        Expectation(False, "unknown_key"),
    ]


def test_a_signer_that_is_loaded_does_not_open_what_a_forgotten_key_wrapped() -> None:
    assert expect("file", Era("L(lost)", NEW), READ[1], KmsState()) == Expectation(False, "unknown_key")
