"""Laws of the policy evaluator: it decides as the slow reference does, and what it decides in doubt stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_sombra.kms.policy import (
    Decision,
    Kind,
    MalformedPolicy,
    Permissions,
    Principal,
    Problem,
    Request,
    Verdict,
    decide,
    read_grant,
    read_policy,
)
from fake_sombra.kms.policy.patterns import resource_like, text_like
from fake_sombra.kms.policy.truth import Doubt, every, opposite, some
from tests.properties.policy_reference import Question, arn_glob, glob, outcome

_HERE, _THERE = "111122223333", "444455556666"
_KEY = f"arn:aws:kms:eu-west-1:{_HERE}:key/11111111-2222-3333-4444-555555555555"
_OTHER = f"arn:aws:kms:eu-west-1:{_HERE}:key/66666666-7777-8888-9999-000000000000"
_ROLE = f"arn:aws:iam::{_HERE}:role/sombra"
_SESSION = f"arn:aws:sts::{_HERE}:assumed-role/sombra/pod"
_USER = f"arn:aws:iam::{_HERE}:user/ann"
_STRANGER = f"arn:aws:iam::{_THERE}:role/backup"
_CALLERS = (_ROLE, _SESSION, _USER, _STRANGER)
_ROOTS = (f"arn:aws:iam::{_HERE}:root", f"arn:aws:iam::{_THERE}:root", _HERE, _THERE)
_ACTIONS = ("kms:Decrypt", "kms:Encrypt", "kms:DescribeKey")
_UNSEEN = "aws:SourceVpc"
_UNSEEN_VALUES: tuple[tuple[str, ...], ...] = ((), ("one",), ("two",))

_law = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

_action_patterns = st.sampled_from(
    [*_ACTIONS, "kms:*", "*", "KMS:decrypt", "kms:De*", "kms:?ncrypt", "s3:*", "kms:*crypt"]
)
_resource_patterns = st.sampled_from(
    [
        *(_KEY, "*", "*"),
        _OTHER,
        "arn:aws:kms:*",
        f"arn:aws:kms:*:{_HERE}:key/*",
        "arn:aws:kms:eu-*-1:*:key/1*",
        "arn:aws:kms:*:key/*5",
        f"arn:aws:kms:eu-west-1:{_HERE}:alias/gateway",
        _KEY.replace("2", "?"),
    ]
)
_principals = st.one_of(
    st.just("*"), st.builds(lambda names: {"AWS": names}, st.lists(st.sampled_from([*_CALLERS, *_ROOTS]), min_size=1))
)
_exempt = st.sampled_from([[_USER, _HERE], [_ROLE, _SESSION, _ROOTS[0]], [_STRANGER, _THERE], ["*"]])
_texts = st.sampled_from(["cek", "CEK", "c*", "one", "two", "tenant", "purpose", "?ne"])
_values = st.one_of(_texts, st.lists(_texts, min_size=1, max_size=3))
_negation = st.sampled_from(["", "Not"])
_lenient = st.sampled_from(["", "IfExists"])
_one_value = st.builds(
    lambda negation, how, lenient: f"String{negation}{how}{lenient}",
    _negation,
    st.sampled_from(["Equals", "Like", "EqualsIgnoreCase"]),
    _lenient,
)
_sets = st.builds(lambda one, name: f"{one}:{name}", st.sampled_from(["ForAllValues", "ForAnyValue"]), _one_value)
_pairs = st.sampled_from(["kms:EncryptionContext:purpose", "kms:encryptioncontext:TENANT", "kms:EncryptionContext:x"])
_arns = st.sampled_from([_ROLE, _USER, f"arn:aws:iam::{_HERE}:*", "arn:*:iam::*:role/*", "arn:aws:iam::*:*/ann"])


@cache  # strategies that are made again for each example cost as much as the examples
def _conditions(*, unseen: bool) -> st.SearchStrategy[dict[str, Any]]:
    keys = st.one_of(st.just(_UNSEEN), _pairs, st.just(_UNSEEN)) if unseen else _pairs
    one = st.one_of(
        st.tuples(_one_value, keys, _values),
        st.tuples(_sets, st.one_of(keys, st.just("kms:EncryptionContextKeys")), _values),
        st.tuples(st.just("Null"), st.one_of(keys, st.just("kms:ViaService")), st.sampled_from(["true", False])),
        st.tuples(st.sampled_from(["ArnLike", "ArnNotEquals"]), st.just("aws:PrincipalArn"), _arns),
        st.tuples(st.just("StringEquals"), st.just("kms:CallerAccount"), st.sampled_from([_HERE, _THERE])),
        st.tuples(st.just("Bool"), st.just("kms:MultiRegion"), st.sampled_from([True, "false"])),
    )
    listed = st.one_of(st.just([]), st.lists(one, min_size=1, max_size=2))
    return listed.map(lambda found: {operator: {key: value} for operator, key, value in found})


def _one_or_not(name: str, patterns: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    listed = st.one_of(patterns, st.lists(patterns, min_size=1, max_size=2))
    return st.builds(lambda prefix, found: {f"{prefix}{name}": found}, st.sampled_from([""] * 6 + ["Not"]), listed)


_ACTION = _one_or_not("Action", _action_patterns)
_RESOURCE = _one_or_not("Resource", _resource_patterns)
_EFFECTS = st.sampled_from(["Allow", "Allow", "Allow", "Deny"])


@st.composite
def _statements(draw: st.DrawFn, *, is_key: bool, unseen: bool) -> dict[str, Any]:
    effect = draw(_EFFECTS)
    statement = {"Effect": effect, **draw(_ACTION), **draw(_RESOURCE)}
    found = draw(_conditions(unseen=unseen))
    if found:
        statement["Condition"] = found
    if is_key and effect == "Deny" and draw(st.booleans()):
        statement["NotPrincipal"] = {"AWS": draw(_exempt)}
    elif is_key:
        statement["Principal"] = draw(_principals)
    return statement


@cache
def _documents(*, is_key: bool, unseen: bool) -> st.SearchStrategy[dict[str, Any]]:
    listed = st.lists(_statements(is_key=is_key, unseen=unseen), min_size=1, max_size=3)
    return listed.map(lambda found: {"Version": "2012-10-17", "Statement": found})


@cache
def _identity_policies(*, unseen: bool) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(_documents(is_key=False, unseen=unseen), min_size=1, max_size=2)


_contexts = st.dictionaries(st.sampled_from(["purpose", "tenant", "Tenants"]), _texts, max_size=3)
_bounds = st.sampled_from(["EncryptionContextEquals", "EncryptionContextSubset"])
_grants = st.fixed_dictionaries(
    {
        "GranteePrincipal": st.sampled_from(_CALLERS),
        "Operations": st.lists(st.sampled_from(["Decrypt", "Encrypt", "DescribeKey"]), min_size=1, max_size=2),
    },
    optional={"Constraints": st.dictionaries(_bounds, _contexts, max_size=1)},
)
_granted = st.lists(_grants, max_size=2)


@st.composite
def _cases(draw: st.DrawFn, *, unseen: bool = False) -> dict[str, Any]:
    return {
        "caller": draw(st.sampled_from(_CALLERS)),
        "action": draw(st.sampled_from(_ACTIONS)),
        "resource": draw(st.sampled_from([_KEY, _KEY, _KEY, "*"])),
        "context": draw(_contexts),
        "identity": draw(_identity_policies(unseen=unseen)),
        "key": draw(_documents(is_key=True, unseen=unseen)),
        "grants": draw(_granted),
    }


def _decided(case: Mapping[str, Any], facts: Mapping[str, Sequence[str]]) -> Decision:
    permissions = Permissions(
        [read_policy(each, name="identity", kind=Kind.IDENTITY) for each in case["identity"]],
        read_policy(case["key"], name="key", kind=Kind.KEY),
        [read_grant(each, key=_KEY, name="grant") for each in case["grants"]],
    )
    principal = Principal.parse(case["caller"])
    return decide(Request(principal, case["action"], case["resource"], case["context"], facts=facts), permissions)


def _facts(case: Mapping[str, Any], **more: Sequence[str]) -> dict[str, Sequence[str]]:
    session = {"aws:PrincipalArn": (_ROLE,)} if case["caller"] == _SESSION else {}
    return {"kms:MultiRegion": ("false",), **session, **more}


def _expected(case: Mapping[str, Any], unseen: Sequence[str] = ()) -> str:
    context: Mapping[str, str] = case["context"]
    account = case["caller"].split(":")[4]
    known: dict[str, Sequence[str]] = {
        "aws:principalarn": [_ROLE if case["caller"] == _SESSION else case["caller"]],
        "kms:calleraccount": [account],
        "kms:encryptioncontextkeys": list(context),
        "kms:multiregion": ["false"],
        "kms:viaservice": [],
        _UNSEEN.lower(): unseen,
    }
    for name in ("purpose", "tenant", "x"):
        known[f"kms:encryptioncontext:{name}"] = [context[name]] if name in context else []
    also = (_ROLE,) if case["caller"] == _SESSION else ()
    action, resource = case["action"], case["resource"]
    ask = Question(case["caller"], also, account, action, resource, _HERE, known, context)
    nobody: dict[str, Any] = {"Statement": []}
    return outcome(ask, case["identity"], nobody if resource == "*" else case["key"], case["grants"])


@_law
@given(case=_cases())
def test_what_can_be_known_is_decided_as_by_the_reference(case: dict[str, Any]) -> None:
    """Decide = reference, in the verdict and in the words, and never undecidable."""
    decision = _decided(case, _facts(case))

    expected = _expected(case)
    assert (decision.verdict is Verdict.ALLOWED) == (expected == "allowed")
    assert decision.reason == ("" if expected == "allowed" else expected)
    assert decision.doubts == ()


@_law
@given(case=_cases(unseen=True), unseen=st.sampled_from(_UNSEEN_VALUES))
def test_what_is_decided_without_a_fact_stands_whatever_the_fact_is(
    case: dict[str, Any], unseen: Sequence[str]
) -> None:
    """decide(without f) is allowed or denied only if decide(f = v) is the same for every v."""
    decision = _decided(case, _facts(case))

    assert (decision.verdict is Verdict.UNDECIDABLE) == bool(decision.doubts)
    told = _decided(case, _facts(case, **{_UNSEEN: unseen}))
    expected = _expected(case, unseen)
    assert (told.verdict is Verdict.ALLOWED) == (expected == "allowed")
    assert told.verdict is not Verdict.UNDECIDABLE
    if decision.verdict is not Verdict.UNDECIDABLE:
        assert decision.verdict is told.verdict


@_law
@given(case=_cases())
def test_an_allowed_request_stays_allowed_with_more_allows_and_ends_with_a_deny(case: dict[str, Any]) -> None:
    """Allows only add; a Deny for everything always wins."""
    before = _decided(case, _facts(case))
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    nothing = {**everything, "Effect": "Deny"}

    more = _decided({**case, "identity": [*case["identity"], {"Statement": everything}]}, _facts(case))
    less = _decided({**case, "identity": [*case["identity"], {"Statement": nothing}]}, _facts(case))

    assert before.verdict is not Verdict.ALLOWED or more.verdict is Verdict.ALLOWED
    assert less.verdict is Verdict.DENIED
    assert less.reason == "with an explicit deny in an identity-based policy"


@_law
@given(case=_cases(unseen=True), hidden=st.sampled_from(["identity", "key"]))
def test_a_policy_that_cannot_be_seen_never_lets_anything_be_allowed(case: dict[str, Any], hidden: str) -> None:
    """It might deny; only a denial that does not hang on it is one."""
    seen = _decided({**case, "resource": _KEY}, _facts(case))
    permissions = Permissions(
        None
        if hidden == "identity"
        else [read_policy(each, name="i", kind=Kind.IDENTITY) for each in case["identity"]],
        None if hidden == "key" else read_policy(case["key"], name="k", kind=Kind.KEY),
        [read_grant(each, key=_KEY, name="grant") for each in case["grants"]],
    )
    principal = Principal.parse(case["caller"])

    decision = decide(Request(principal, case["action"], _KEY, case["context"], facts=_facts(case)), permissions)

    assert decision.verdict is not Verdict.ALLOWED
    assert decision.verdict is not Verdict.DENIED or seen.verdict is not Verdict.ALLOWED


_glob_texts = st.text("ab:*?", max_size=8)


@_law
@given(pattern=_glob_texts, text=st.text("ab:", max_size=8))
def test_wildcards_match_as_by_recursion(pattern: str, text: str) -> None:
    """Both kinds of wildcard, colons or not."""
    assert text_like(pattern, text) == glob(pattern, text)
    assert resource_like(pattern, text) == arn_glob(pattern, text)


_truths = st.lists(st.sampled_from([True, False, Doubt(("a",)), Doubt(("b",))]), max_size=4)


@_law
@given(truths=_truths)
def test_all_and_any_are_each_others_mirror(truths: list[bool | Doubt]) -> None:
    """Not every(x) = some(not x), and a doubt left over has only reasons that were given."""
    left, right = opposite(every(truths)), some(opposite(each) for each in truths)

    assert left == right
    if not any(isinstance(each, Doubt) for each in truths):
        assert every(truths) is all(truths)
        assert some(truths) is any(truths)


_POLICY_NAMES = ("Version", "Statement", "Effect", "Action", "Resource", "Principal", "Condition", "AWS", "Bool", "~")
_GRANT_NAMES = ("GranteePrincipal", "Operations", "Constraints", "EncryptionContextEquals")
_scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["Allow", "kms:*", "*", "Decrypt", ""]))
_json = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*_POLICY_NAMES, 3, None]), inner, max_size=5),
        st.dictionaries(st.sampled_from(_GRANT_NAMES), inner, max_size=4),
    ),
    max_leaves=12,
)


@_law
@given(document=_json, kind=st.sampled_from(Kind))
def test_anything_at_all_is_a_policy_or_a_list_of_problems(document: Any, kind: Kind) -> None:
    """No document of any shape ends otherwise, and every problem says what to do."""
    for problems in (
        _problems(lambda: read_policy(document, name="any", kind=kind)),
        _problems(lambda: read_grant(document, key=_KEY, name="any")),
    ):
        assert all(problem.what and problem.next for problem in problems)


def _problems(read: Callable[[], object]) -> tuple[Problem, ...]:
    try:
        read()
    except MalformedPolicy as refused:
        return refused.problems or (Problem("", "", ""),)
    return ()
