"""Laws of env files: every byte string is a file or one of two errors, and no secret is ever told."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.doctor import examine
from harness.doctor.command import diagnose
from harness.doctor.inputs import Inputs
from harness.doctor.text import as_text
from harness.environment import EnvFile, EnvFileError, Environment, SyntaxFault, digest, facts, is_shown

_NAMES = st.sampled_from(
    ["KMS_PROVIDER", "AWS_KMS_KEY_ARN", "AWS_REGION", "JWT_ECDSA_KEY", "INTERNAL_KEY_HASH", "INTERNAL_KEY",
     "ORGANIZATION_URI", "CONSENT_IDENTIFIER_ENCRYPTION_KEY", "AWS_SECRET_ACCESS_KEY", "UNKNOWN", "odd+name"]
)  # fmt: skip
_SENTINEL = "PLANTED"
_VALUES = st.one_of(
    st.sampled_from(["local", "AWS", "local,AWS", "", " ", "us-east-1"]),
    st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), max_size=30),
)
_PAIRS = st.dictionaries(_NAMES, _VALUES, max_size=11)


def _file(path: str, pairs: dict[str, str]) -> EnvFile:
    """An env file whose secret values all hold a sentinel."""
    lines = [f"{name}={value if is_shown(name) else value + _SENTINEL + value}\n" for name, value in pairs.items()]
    return EnvFile.parse("".join(lines).encode(), path=path)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_file_or_a_syntax_fault(content: bytes) -> None:
    """Parsing raises nothing but its own error, and every line it names is one of the file's."""
    try:
        file = EnvFile.parse(content, path="x")
        lines = set(file.lines.values())
        assert len(lines) == len(file.variables)
    except SyntaxFault as fault:
        lines = {fault.line}

    assert lines <= set(range(1, content.count(b"\n") + 2))


@given(_PAIRS)
def test_what_was_written_is_what_is_read(pairs: dict[str, str]) -> None:
    """Writing NAME=value lines and reading them again returns every value, blanks and quotes included."""
    content = "".join(f"{name}={value}\n" for name, value in pairs.items()).encode()

    assert dict(EnvFile.parse(content, path="x").variables) == pairs


@given(_PAIRS, _PAIRS, st.none() | _PAIRS)
def test_no_secret_value_is_ever_told(one: dict[str, str], two: dict[str, str], three: dict[str, str] | None) -> None:
    """Whatever stands in three files, examining them ends, and no secret is in a finding, a fact or a repr."""
    files = [_file("a", one), _file("b", two)]
    rollback = None if three is None else _file("c", three)

    findings = examine(files[0], files[1], rollback)

    environments = [Environment(file.path, file.variables, file.path) for file in files]
    told = [*map(str, findings), *(str(facts(each)) for each in environments), repr(files), digest(environments)]
    assert _SENTINEL not in " ".join(told)
    assert all(finding.line >= 1 and finding.message and finding.next for finding in findings)


@settings(max_examples=30)
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_the_command_always_ends_with_an_exit_code(one: bytes, two: bytes) -> None:
    """No content of a file makes the doctor raise: it exits with 0, 1 or 2 and says something."""
    with TemporaryDirectory() as folder:
        before, after = Path(folder, "before.env"), Path(folder, "after.env")
        before.write_bytes(one)
        after.write_bytes(two)
        report = diagnose(Inputs(str(before), str(after)))

        assert report.exit_code in {0, 1, 2}
        assert as_text(report)


@pytest.mark.parametrize("path", ["", "\0", "/", "/nowhere/at/all"])
def test_any_path_is_read_or_refused(path: str) -> None:
    """A path that is no readable file raises the file's own error and nothing else."""
    with pytest.raises(EnvFileError):
        EnvFile.read(path)
