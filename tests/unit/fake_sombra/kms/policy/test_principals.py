"""Whom a statement of a key policy means."""

from __future__ import annotations

import pytest

from fake_sombra.kms.policy import Principal, Verdict
from tests.unit.fake_sombra.kms.policy.documents import (
    ACCOUNT,
    ROLE,
    ROOT,
    SESSION,
    STRANGER,
    USER,
    allow,
    asked,
    decided,
    identity,
    key_policy,
    to,
)

_OPEN = allow("kms:*", Principal=to(ROOT))


@pytest.mark.parametrize(
    ("caller", "names", "is_named"),
    [
        (ROLE, to(ROLE), True),
        (ROLE, to(USER, ROLE), True),
        (ROLE, to("*"), True),
        (ROLE, "*", True),
        (ROLE, to(USER), False),
        (ROLE, to(SESSION), False),
        (ROLE, to(ROLE + "-b"), False),
        (SESSION, to(SESSION), True),
        (SESSION, to(ROLE), True),
        (SESSION, to(f"arn:aws:iam::{ACCOUNT}:role/sombra"), True),
        (SESSION, to(f"arn:aws:iam::{ACCOUNT}:role/other"), False),
        (SESSION, to(SESSION + "0"), False),
        (SESSION, to("arn:aws:iam::444455556666:role/sombra"), False),
        (USER, to("AIDACKCEVSQ6C2EXAMPLE"), False),
        (USER, {"Service": "logs.amazonaws.com"}, False),
        (USER, {"Service": "logs.amazonaws.com", "AWS": USER}, True),
    ],
)
def test_a_statement_allows_whom_it_names(caller: str, names: object, *, is_named: bool) -> None:
    decision = decided(asked(caller), key=key_policy(allow(Principal=names)))

    assert (decision.verdict is Verdict.ALLOWED) is is_named


@pytest.mark.parametrize(
    ("caller", "spared", "verdict"),
    [
        (USER, [USER, ROOT], Verdict.ALLOWED),
        (USER, [USER, ACCOUNT], Verdict.ALLOWED),
        (USER, ["*"], Verdict.ALLOWED),
        (ROOT, [ACCOUNT], Verdict.ALLOWED),
        (SESSION, [SESSION, ROLE, ROOT], Verdict.ALLOWED),
        (USER, [ROOT], Verdict.DENIED),
        (USER, [STRANGER], Verdict.DENIED),
        (SESSION, [USER, ROOT], Verdict.DENIED),
        (USER, [USER], Verdict.UNDECIDABLE),
        (SESSION, [ROLE, ROOT], Verdict.UNDECIDABLE),
        (SESSION, [SESSION, ROOT], Verdict.UNDECIDABLE),
    ],
)
def test_a_deny_for_all_but_some_spares_only_who_is_named_with_role_and_account(
    caller: str, spared: list[str], verdict: Verdict
) -> None:
    sparing = {"Effect": "Deny", "NotPrincipal": to(*spared), "Action": "kms:*", "Resource": "*"}

    decision = decided(asked(caller), identity(allow()), key=key_policy(_OPEN, sparing))

    assert decision.verdict is verdict


@pytest.mark.parametrize(
    "arn", ["", "sombra", ACCOUNT, "arn:aws:iam::1:role/sombra", "arn:aws:iam::111122223333:group/all", "arn:aws:iam"]
)
def test_what_is_no_principal_is_refused_in_words(arn: str) -> None:
    with pytest.raises(ValueError, match="is no principal; write arn:aws:iam::"):
        Principal.parse(arn)
