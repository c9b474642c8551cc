"""The laws hold on the reference model as it is, and each of them is broken by a model that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from harness.explore.exhaustive.laws import LAWS, MOVE_LAWS
from harness.explore.exhaustive.report import as_json, as_text, verdict_of
from harness.explore.exhaustive.search import Searched, search
from harness.explore.exhaustive.space import Configuration, Move, Semantics, Space
from harness.model import Boot, Era, Expectation, KmsState, era_of, expect
from harness.verdict import Outcome

DEPTH = 6
_YES = Expectation(readable=True)
Expect = Callable[[str, Era, Boot | None, KmsState], Expectation]


@pytest.fixture(scope="module")
def searched() -> Searched:
    return search(Space(3), depth=DEPTH)


@pytest.mark.gate
def test_every_law_holds_and_every_law_had_something_to_speak_of(searched: Searched) -> None:
    assert searched.broken is None
    assert min(searched.spoke.values()) > 0
    assert set(searched.spoke) == {law.id for law in LAWS} | {law.id for law in MOVE_LAWS}
    assert verdict_of(searched)[0] is Outcome.GO


@pytest.mark.gate
def test_the_search_says_how_far_it_went(searched: Searched) -> None:
    text, document = as_text(searched), as_json(searched)

    assert searched.levels[:3] == [1, 13, 84]
    assert sum(searched.levels) == searched.states > 20_000
    assert f"{searched.states:,} states" in text
    assert "within 6 actions" in text
    assert document["counts"]["states"] == searched.states
    assert [law["id"] for law in document["laws"]] == list(searched.spoke)


def test_a_search_that_is_too_shallow_for_a_law_has_not_checked_it() -> None:
    shallow = search(Space(3), depth=2)

    outcome, reason = verdict_of(shallow)

    assert outcome is Outcome.INCONCLUSIVE
    assert "one-provider" in reason


def _opens_while_stopped(kind: str, era: Era, boot: Boot | None, kms: KmsState) -> Expectation:
    return _YES if boot is None and kind == "session" else expect(kind, era, boot, kms)


def _opens_foreign_keys(kind: str, era: Era, boot: Boot | None, kms: KmsState) -> Expectation:
    found = expect(kind, era, boot, kms)
    return _YES if found.cause == "wrong_provider" else found


def _forgets_nothing(kind: str, era: Era, boot: Boot | None, kms: KmsState) -> Expectation:
    found = expect(kind, era, boot, kms)
    return _YES if found.cause in {"signature_invalid", "unknown_key"} and kind != "webhook_token" else found


def _opens_under_the_first_key_only(kind: str, era: Era, boot: Boot | None, kms: KmsState) -> Expectation:
    if boot is not None and boot.provider == "local" and kind == "file" and era.signer != boot.keys[0]:
        return Expectation(readable=False, cause="unknown_key")
    return expect(kind, era, boot, kms)


def _opens_when_denied(kind: str, era: Era, boot: Boot | None, kms: KmsState) -> Expectation:
    return _YES if kms.denied and kind == "webhook_token" and boot is not None else expect(kind, era, boot, kms)


def _local_asks_the_kms(kind: str, era: Era, boot: Boot | None, kms: KmsState) -> Expectation:
    found = expect(kind, era, boot, kms)
    is_lost = boot is not None and boot.provider == "local" and not kms.credentials and kind == "file"
    return Expectation(readable=False, cause="kms_credentials") if is_lost and found.readable else found


def _cannot_read_its_own(kind: str, era: Era, boot: Boot | None, kms: KmsState) -> Expectation:
    found = expect(kind, era, boot, kms)
    is_aws = boot is not None and boot.provider == "AWS" and kind == "file"
    return Expectation(readable=False, cause="tampered") if is_aws and found.readable else found


def _says_nothing(kind: str, era: Era, boot: Boot | None, kms: KmsState) -> Expectation:
    found = expect(kind, era, boot, kms)
    return replace(found, cause="") if found.cause == "kms_key_disabled" else found


def _calls_all_refusals_alike(kind: str, era: Era, boot: Boot | None, kms: KmsState) -> Expectation:
    found = expect(kind, era, boot, kms)
    return replace(found, cause="wrong_provider") if found.cause == "signature_invalid" else found


@pytest.mark.gate
@pytest.mark.parametrize(
    ("law", "wrong", "last"),
    [
        ("stopped", _opens_while_stopped, "stop"),
        ("one-provider", _opens_foreign_keys, "start"),
        ("only-listed", _forgets_nothing, "start"),
        ("rollback", _opens_under_the_first_key_only, "k2 first"),
        ("provider-alone", _opens_under_the_first_key_only, "k2 first"),
        ("kms-takes-away", _opens_when_denied, "deny Decrypt"),
        ("local-needs-no-kms", _local_asks_the_kms, "lose credentials"),
        ("own-work", _cannot_read_its_own, "make file"),
        ("reasons", _says_nothing, "disable x"),
        ("wrong-provider", _calls_all_refusals_alike, "start"),
        ("listed-again", _forgets_nothing, "start"),
    ],
)
def test_a_wrong_model_breaks_the_law_and_the_way_to_it_is_told(law: str, wrong: Expect, last: str) -> None:
    laws = [each for each in LAWS if each.id == law]
    move_laws = [each for each in MOVE_LAWS if each.id == law]

    found = search(Space(3, Semantics(era_of, wrong)), depth=DEPTH, laws=laws, move_laws=move_laws)

    assert found.broken is not None
    assert found.broken.law == law
    assert last in found.broken.actions
    assert verdict_of(found)[0] is Outcome.NO_GO
    assert "The shortest way to it:" in as_text(found)


def test_a_wrong_model_is_found_among_all_laws() -> None:
    found = search(Space(3, Semantics(era_of, _opens_foreign_keys)), depth=DEPTH)

    assert found.broken is not None
    assert found.broken.actions == ("start", "make file", "stop", "provider AWS x", "start")
    assert found.broken.what == "file L(k1) s=k1"
    assert as_json(found)["broken"]["law"] == "one-provider"


class _Careless(Space):
    """A space whose actions do more than they may."""

    def __init__(self, change: Callable[[Space, Configuration, Move], Move]) -> None:
        super().__init__(3)
        self._change = change

    def moves(self, at: Configuration) -> Iterator[Move]:
        return (self._change(self, at, move) for move in Space.moves(self, at))


def _cutover_throws_away(space: Space, at: Configuration, move: Move) -> Move:
    is_cutover = move.action == "start" and at.provider != -1
    return move._replace(keeps=~space.mask(lambda _, era: era.wrap == "L(k1)")) if is_cutover else move


def _cutover_wraps_again(space: Space, at: Configuration, move: Move) -> Move:
    boot = move.target.boot
    if boot is None or move.action != "start" or at.provider == -1:
        return move
    return move._replace(adds=space.made_by(boot, "file"))


def _work_overwrites(space: Space, at: Configuration, move: Move) -> Move:
    return move._replace(keeps=~space.mask(lambda _, era: era.wrap == "L(k1)")) if move.action == "make file" else move


def _edits_count_at_once(space: Space, at: Configuration, move: Move) -> Move:
    is_edit = at.live_keys is not None and move.target.keys != at.keys
    return move._replace(target=move.target._replace(live_keys=move.target.keys)) if is_edit else move


@pytest.mark.parametrize(
    ("change", "law"),
    [
        (_cutover_throws_away, "stored-stays"),
        (_cutover_wraps_again, "stored-stays"),
        (_work_overwrites, "only-added"),
        (_edits_count_at_once, "until-the-start"),
    ],
)
def test_a_wrong_action_breaks_its_law(change: Callable[[Space, Configuration, Move], Move], law: str) -> None:
    found = search(_Careless(change), depth=DEPTH)

    assert found.broken is not None
    assert found.broken.law == law


def test_four_key_sets_are_the_most_that_a_state_uses() -> None:
    """With five keys, and a model that remembers all of them."""

    def remembers(kind: str, era: Era, boot: Boot | None, kms: KmsState) -> Expectation:
        known = boot is not None and kind == "session" and era.signer in boot.keys
        return _YES if known else expect(kind, era, boot, kms)

    space = Space(5, Semantics(era_of, remembers))
    law = next(each for each in LAWS if each.id == "four-sets")
    at = space.start._replace(keys=(4, 3, 2, 1, 0), live_keys=(4, 3, 2, 1, 0))

    assert law.judge(Space(5), at)[1] == 0
    assert law.judge(space, at)[1] != 0
