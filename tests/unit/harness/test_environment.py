from __future__ import annotations

from pathlib import Path

import pytest

from harness.environment import (
    EnvFile,
    Environment,
    SyntaxFault,
    UnreadableFile,
    cloud_key,
    default_rollback,
    digest,
    facts,
    is_shown,
    shown_name,
)
from harness.key_facts import key_entries
from tests.conformance.startup_rows import aws, local, p384


def _parse(content: bytes) -> EnvFile:
    return EnvFile.parse(content, path="some.env")


@pytest.mark.parametrize(
    ("content", "variables"),
    [
        (b"A=1\n\nB=2", {"A": "1", "B": "2"}),
        (b"# comment\n  # indented\nA=1\n", {"A": "1"}),
        (b"A=\"quoted\"\nB='too'\n", {"A": '"quoted"', "B": "'too'"}),
        (b"A= x \r\n", {"A": " x "}),
        (b"A=1 # no comment\n", {"A": "1 # no comment"}),
        (b" \t A=1\n\xc2\xa0B=2\n", {"A": "1", "B": "2"}),
        (b"A=b=c=\nB=\n", {"A": "b=c=", "B": ""}),
        (b"\xef\xbb\xbfA=1\n\xef\xbb\xbfB=2\n", {"A": "1", "\ufeffB": "2"}),
        (b"C=1\rD=2\n", {"C": "1\rD=2"}),
        (b"A=" + b"x" * 65533 + b"\n", {"A": "x" * 65533}),
        (b"", {}),
    ],
)
def test_a_file_is_read_as_docker_reads_it(content: bytes, variables: dict[str, str]) -> None:
    """Each pair was measured against docker's 28.2 client."""
    assert dict(_parse(content).variables) == variables


@pytest.mark.parametrize(
    ("content", "line", "cause"),
    [
        (b"A=1\nBARE\n", 2, "not NAME=value"),
        (b"A=1\n=2\n", 2, "no name"),
        (b"export A=1\n", 1, "white space"),
        (b"A =1\n", 1, "white space"),
        (b"A=1\n\nB=\xff\n", 3, "UTF-8"),
        (b"A=x\0y\n", 1, "NUL"),
        (b"A=" + b"x" * 65534 + b"\n", 1, "64 KiB"),
    ],
)
def test_a_file_that_is_not_in_its_syntax_is_refused_with_its_line(content: bytes, line: int, cause: str) -> None:
    with pytest.raises(SyntaxFault) as caught:
        _parse(content)

    assert (caught.value.file, caught.value.line) == ("some.env", line)
    assert cause in caught.value.cause
    assert str(caught.value).startswith(f"some.env:{line}: ")


def test_a_key_wrapped_over_lines_is_refused_without_showing_any_of_it() -> None:
    text = p384("old")
    wrapped = "\n".join(text[start : start + 76] for start in range(0, len(text), 76))
    assert _parse(f"JWT_ECDSA_KEY={text}\n".encode()).variables["JWT_ECDSA_KEY"] == text

    with pytest.raises(SyntaxFault) as caught:
        _parse(f"JWT_ECDSA_KEY={wrapped}\n".encode())

    assert caught.value.line == 2
    assert "--wrap=0" in caught.value.action
    assert text[76:90] not in str(caught.value)


def test_the_later_of_two_lines_wins_and_leaves_a_warning() -> None:
    file = _parse(b"A_NAME=1\nB=2\nA_NAME=3\n")

    assert file.variables["A_NAME"] == "3"
    assert file.line("A_NAME") == 3
    assert [(finding.id, finding.level, finding.line) for finding in file.findings] == [
        ("variable-twice", "warning", 3)
    ]


def test_a_readable_file_is_read_and_others_are_refused(tmp_path: Path) -> None:
    good = tmp_path / "good.env"
    good.write_bytes(b"A=1\n")
    large = tmp_path / "large.env"
    large.write_bytes(b"#\n" * (2 * 1024 * 1024 + 1))
    assert EnvFile.read(good).variables == {"A": "1"}

    for path in (tmp_path / "absent.env", tmp_path, large, "with\0nul", tmp_path / ("x" * 300)):
        with pytest.raises(UnreadableFile) as caught:
            EnvFile.read(path)
        assert caught.value.action


def test_an_absent_variable_stands_at_line_one() -> None:
    assert _parse(b"\nA=1\n").line("B") == 1


def test_the_guides_rollback_changes_the_provider_and_nothing_else() -> None:
    after = _parse("".join(f"{name}={value}\n" for name, value in aws().items()).encode())

    rollback = default_rollback(after)

    assert {**after.variables, "KMS_PROVIDER": "local"} == dict(rollback.variables)
    assert rollback.line("KMS_PROVIDER") == after.line("KMS_PROVIDER")


@pytest.mark.parametrize(
    "name",
    ["JWT_ECDSA_KEY", "JWT_AUTHENTICATION_PUBLIC_KEY", "INTERNAL_KEY", "INTERNAL_KEY_HASH", "AWS_SECRET_ACCESS_KEY",
     "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "CONSENT_IDENTIFIER_ENCRYPTION_KEY", "SOMBRA_TLS_KEY",
     "SOMBRA_REVERSE_TUNNEL_API_KEY", "TRUSTED_CLIENT_CA_CERT_ENCODED", "ANYTHING_ELSE", "kms_provider"],
)  # fmt: skip
def test_an_unlisted_variable_is_secret(name: str) -> None:
    assert is_shown("KMS_PROVIDER")
    assert not is_shown(name)


def test_a_name_that_may_be_a_piece_of_a_key_is_not_shown() -> None:
    assert shown_name("SOMBRA_ID") == "SOMBRA_ID"
    assert "VjIkey" not in shown_name("kQYHKoZIzj0CAQYFK4EEACIDYgAVjIkey")


def test_facts_hold_fingerprints_and_names_but_no_secret() -> None:
    environment = Environment("after", {**aws(), "SECRET_THING": "planted-value"}, "after.env")

    told = facts(environment)

    assert told["provider"] == "AWS"
    assert told["keys"] == [entry.fingerprint for entry in key_entries(aws()["JWT_ECDSA_KEY"])]
    assert told["secret"] == ["INTERNAL_KEY_HASH", "JWT_ECDSA_KEY", "SECRET_THING"]
    assert told["organization"] == "acme"
    assert "planted-value" not in str(told)
    assert p384("old") not in str(told)
    assert "planted-value" not in repr(environment)


def test_facts_of_a_broken_environment_name_the_fault() -> None:
    told = facts(Environment("before", local(JWT_ECDSA_KEY="nonsense!"), "before.env"))

    assert told["provider"] == "local"
    assert told["keys"] == ["unusable: not-base64"]


def test_a_secret_pasted_into_a_shown_variable_is_not_shown() -> None:
    told = facts(Environment("after", aws(AWS_REGION=p384("old")), "after.env"))

    assert p384("old") not in str(told)


def test_the_digest_binds_what_counts_and_nothing_that_could_be_guessed() -> None:
    one = Environment("after", aws(), "after.env")
    assert digest([one]) == digest([Environment("after", dict(reversed(aws().items())), "elsewhere.env")])
    assert digest([one]).startswith("sha256:")

    assert digest([one]) != digest([Environment("before", aws(), "after.env")])
    assert digest([one]) != digest([Environment("after", aws(AWS_REGION="eu-west-1"), "after.env")])
    assert digest([one]) != digest([Environment("after", aws(JWT_ECDSA_KEY=p384("old")), "after.env")])
    assert digest([one]) == digest([Environment("after", aws(INTERNAL_KEY_HASH="another"), "after.env")])


def test_an_env_file_shows_no_value_when_printed() -> None:
    assert "planted" not in repr(_parse(b"A=planted\n"))


def test_the_key_that_wraps_is_named_by_a_variable_of_its_provider() -> None:
    variables = {"AWS_KMS_KEY_ARN": "arn:aws:kms:eu-west-1:111122223333:key/1", "DRILL_KMS_KEY": "drill-key-1"}

    assert cloud_key("AWS", variables) == variables["AWS_KMS_KEY_ARN"]
    assert cloud_key("DRILL", variables) == "drill-key-1"
    assert cloud_key("local", variables) is None
    assert cloud_key("AWS", {}) is None
    assert cloud_key("AWS", {"AWS_KMS_KEY_ARN": "a\nsecret"}) == "(not shown: not of the expected form)"
