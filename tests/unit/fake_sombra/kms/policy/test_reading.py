"""What is no policy is refused with every problem, its place and the next action."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_sombra.kms.policy import Kind, MalformedPolicy, Policy, Verdict, parse_policy, read_policy
from tests.unit.fake_sombra.kms.policy.documents import ROLE, ROOT, SHUT, allow, asked, decided, deny, identity, to

_GOOD = allow()
_NAMED = allow(Principal=to(ROLE))


def _less(statement: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in {**statement, **more}.items() if name not in names}


def _one(statement: Any, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement], **more}


def _problems(document: object, kind: Kind) -> list[tuple[str, str]]:
    with pytest.raises(MalformedPolicy) as refused:
        read_policy(document, name="a policy", kind=kind)
    assert all(problem.next for problem in refused.value.problems)
    return [(problem.path, problem.what) for problem in refused.value.problems]


_AT = "/Statement/0"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], ("", "is not a JSON object")),
        ("text", ("", "is not a JSON object")),
        ({}, ("/Statement", "is missing or empty")),
        (_one(_GOOD, Version="2012"), ("/Version", "is not a version of the policy language")),
        (_one(_GOOD, Version=["2012-10-17"]), ("/Version", "is not a version of the policy language")),
        (_one(_GOOD, Comment=""), ("/Comment", "is not an element")),
        ({"Statement": []}, ("/Statement", "is missing or empty")),
        ({"Statement": "Allow"}, ("/Statement", "is not a JSON object")),
        (_one(3), (_AT, "is not a JSON object")),
        (_one(_less(_GOOD, "Effect")), (f"{_AT}/Effect", "is missing")),
        (_one(_less(_GOOD, Effect="allow")), (f"{_AT}/Effect", "is neither Allow nor Deny")),
        (_one(_less(_GOOD, Effect=[])), (f"{_AT}/Effect", "is neither Allow nor Deny")),
        (_one(_less(_GOOD, "Action")), (f"{_AT}/Action", "is missing")),
        (_one(_less(_GOOD, NotAction="kms:*")), (_AT, "has both Action and NotAction")),
        (_one(_less(_GOOD, Action=[])), (f"{_AT}/Action", "is an empty list")),
        (_one(_less(_GOOD, Action="Decrypt")), (f"{_AT}/Action", "'Decrypt' is no action")),
        (_one(_less(_GOOD, Action=["kms:Decrypt", None])), (f"{_AT}/Action/1", "is not text")),
        (_one(_less(_GOOD, "Action", NotAction={})), (f"{_AT}/NotAction", "is not text")),
        (_one(_less(_GOOD, "Resource")), (f"{_AT}/Resource", "is missing")),
        (_one(_less(_GOOD, NotResource="*")), (_AT, "has both Resource and NotResource")),
        (_one(_less(_GOOD, Resource=["*", "alias/x"])), (f"{_AT}/Resource/1", "'alias/x' is no ARN")),
        (_one(_less(_GOOD, Sid=3)), (f"{_AT}/Sid", "is not text")),
        (_one(_less(_GOOD, Sid="two words")), (f"{_AT}/Sid", "has other characters than letters and digits")),
        (_one(_less(_GOOD, action="kms:*")), (f"{_AT}/action", "is not an element")),
        (_one(_less(_GOOD, Condition=[])), (f"{_AT}/Condition", "is not an object")),
        (
            _one(_less(_GOOD, Condition={"Bool": "true"})),
            (f"{_AT}/Condition/Bool", "is not an object of keys and values"),
        ),
        (_one(_less(_GOOD, Condition={"Bool": {"a/b": []}})), (f"{_AT}/Condition/Bool/a~1b", "is an empty list")),
        (
            _one(_less(_GOOD, Condition={"Bool": {"a": ["true", {}]}})),
            (f"{_AT}/Condition/Bool/a/1", "is neither text, number nor boolean"),
        ),
        (
            _one(_less(_GOOD, Principal="*")),
            (f"{_AT}/Principal", "stands in an identity policy, whose principal is its owner"),
        ),
    ],
)
def test_an_identity_policy_is_refused_for(document: object, expected: tuple[str, str]) -> None:
    assert _problems(document, Kind.IDENTITY) == [expected]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (_GOOD, (f"{_AT}/Principal", "is missing")),
        (_less(_NAMED, NotPrincipal="*"), (_AT, "has both Principal and NotPrincipal")),
        (_less(_NAMED, "Principal", NotPrincipal=to(ROLE)), (f"{_AT}/NotPrincipal", "stands in an Allow")),
        (_less(_NAMED, Principal=ROLE), (f"{_AT}/Principal", "is neither * nor an object")),
        (_less(_NAMED, Principal={}), (f"{_AT}/Principal", "is neither * nor an object")),
        (_less(_NAMED, Principal={"Aws": ROLE}), (f"{_AT}/Principal/Aws", "is no kind of principal")),
        (_less(_NAMED, Principal={"Service": 3}), (f"{_AT}/Principal/Service", "is not text")),
        (_less(_NAMED, Principal=to(ROLE, "sombra")), (f"{_AT}/Principal/AWS/1", "'sombra' is no principal")),
        (_less(_NAMED, "Resource"), (f"{_AT}/Resource", "is missing")),
    ],
)
def test_a_key_policy_is_refused_for(statement: dict[str, Any], expected: tuple[str, str]) -> None:
    assert _problems(_one(statement), Kind.KEY) == [expected]


def test_a_wildcard_within_a_principal_is_refused_with_the_way_out() -> None:
    with pytest.raises(MalformedPolicy, match=r"has a wildcard; .*use aws:PrincipalArn"):
        read_policy(_one(allow(Principal=to(ROLE[:-1] + "*"))), name="a policy", kind=Kind.KEY)


def test_every_problem_is_told_at_once_and_in_order() -> None:
    document = {
        "version": "2012-10-17",
        "Statement": [_less(_GOOD, Effect="Perhaps", Resource="key"), _GOOD, {"Effect": "Deny"}],
    }

    paths = [path for path, _ in _problems(document, Kind.IDENTITY)]

    assert paths == [
        "/version",
        "/Statement/0/Effect",
        "/Statement/0/Resource",
        "/Statement/2/Action",
        "/Statement/2/Resource",
    ]


def test_a_sid_used_twice_is_refused() -> None:
    document = {"Statement": [allow(Sid="One"), deny(Sid="One"), allow(Sid=""), deny(Sid="")]}

    assert _problems(document, Kind.IDENTITY) == [("/Statement/1/Sid", "is used twice")]


def test_the_message_names_the_policy_the_place_and_the_next_action() -> None:
    with pytest.raises(MalformedPolicy) as refused:
        read_policy({**_one(_GOOD), "statement": []}, name="runtime.json", kind=Kind.IDENTITY)

    assert str(refused.value) == "runtime.json: /statement is not an element; write Statement"


def _parse(text: str) -> Policy:
    return parse_policy(text, name="policy.json", kind=Kind.IDENTITY)


def test_text_is_read_like_the_document_it_holds() -> None:
    assert _parse(json.dumps(_one(_GOOD))) == identity(_GOOD, name="policy.json")


def test_a_lone_statement_needs_no_list() -> None:
    policy = _parse(json.dumps({"Statement": deny(Sid="No")}))

    assert decided(asked(), policy).grounds[0].path == "/Statement"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON at line 1, column 1"),
        ('{"Statement": [}', "is not JSON at line 1, column 16"),
        ('{"Statement": {"Effect": "Allow", "Action": "a:b", "Action": "c:d"}}', "gives Action twice in one object"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"Version": ' + "1" * 5_000 + "}", "has a number that cannot be read"),
    ],
)
def test_what_is_no_json_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(MalformedPolicy) as refused:
        _parse(text)

    (problem,) = refused.value.problems
    assert (problem.path, problem.what) == ("", says)
    assert problem.next


def test_values_of_every_kind_are_read_as_text() -> None:
    condition = {"StringEquals": {"kms:EncryptionContext:n": [1, True, "x"]}}

    for value in ("1", "true", "x"):
        request = asked(context={"n": value})
        assert decided(request, identity(allow(Condition=condition))).verdict is Verdict.ALLOWED


def test_a_key_policy_may_have_a_sid_of_several_words_and_other_principals() -> None:
    statement = allow(Sid="two words", Principal={"AWS": ROOT, "Service": ["logs.amazonaws.com"], "Federated": "x"})

    assert read_policy(_one(statement), name="key", kind=Kind.KEY).statements[0].sid == "two words"
    assert SHUT.statements[0].sid is None
