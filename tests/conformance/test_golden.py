"""What each release has made is still told apart, cell by cell of the survival table (claims.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pytest

from fake_sombra.crypto import derive
from fake_sombra.kms import Kms
from harness.model import CLASSES, Boot, KmsState, era_of, expect
from tests.conformance.golden import ERAS, FOLDER, X, Y, bench, main, opened

RELEASES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))
CONFIGURATIONS = {
    "local o": ("local", "o", X),
    "local n,o": ("local", "n,o", X),
    "local o,n": ("local", "o,n", X),
    "local n": ("local", "n", X),
    "local with o in the fifth place": ("local", "a,b,c,d,o", X),
    "AWS x n,o": ("AWS", "n,o", X),
    "AWS x o,n": ("AWS", "o,n", X),
    "AWS x n": ("AWS", "n", X),
    "AWS y n,o": ("AWS", "n,o", Y),
}
# claims.md, "What survives what", by hand: the file made under an era, opened under a configuration.
FILES = {
    "local-o": "✓ ✓ ✓ S F W W S W",
    "local-n": "S ✓ ✓ ✓ S W W W W",
    "aws-n": "S W W W S ✓ ✓ ✓ I",
    "aws-o": "W W W S F ✓ ✓ S I",
}
CAUSES = {
    "✓": "",
    "S": "signature_invalid",
    "F": "forgotten_key",
    "W": "wrong_provider",
    "I": "kms_incorrect_key",
}


def _golden(release: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / f"{release}.json").read_text("utf-8"))
    return document


def _seen(document: Mapping[str, Any], configuration: str) -> dict[tuple[str, str], str]:
    provider, listed, arn = CONFIGURATIONS[configuration]
    with bench(document["keys"], provider=provider, listed=listed, kms=Kms.restore(document["kms"]), arn=arn) as at:
        return {
            (era, kind): opened(kind, artifact, at).cause
            for era, artifacts in document["artifacts"].items()
            for kind, artifact in artifacts.items()
        }


def _demanded(configuration: str) -> dict[tuple[str, str], str]:
    """What the reference model says, which shares no code with what made or opens them."""
    provider, listed, arn = CONFIGURATIONS[configuration]
    reader = Boot(provider, tuple(listed.split(",")), arn)
    writers = {era: Boot(wrote, tuple(keys.split(",")), X) for era, (wrote, keys) in ERAS.items()}
    return {
        (era, kind): expect(kind, era_of(kind, writer), reader, KmsState()).cause
        for era, writer in writers.items()
        for kind in CLASSES
    }


def test_the_release_that_is_developed_has_its_file() -> None:
    assert version("sombra-rehearsal") in RELEASES


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
@pytest.mark.parametrize("release", RELEASES)
def test_what_a_release_has_made_is_still_told_apart(release: str, configuration: str) -> None:
    seen = _seen(_golden(release), configuration)

    assert seen == _demanded(configuration)
    assert len(seen) == len(ERAS) * len(CLASSES)


@pytest.mark.parametrize("era", ERAS)
def test_files_survive_as_the_table_says(era: str) -> None:
    row = dict(zip(CONFIGURATIONS, FILES[era].split(), strict=True))
    document = _golden(RELEASES[0])

    seen = {configuration: _seen(document, configuration)[era, "file"] for configuration in CONFIGURATIONS}

    assert seen == {configuration: CAUSES[cell] for configuration, cell in row.items()}


def test_a_release_that_derives_another_root_locks_away_what_was_made_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files would find a change that nobody meant: here another label for the wrapping key."""
    document, original = _golden(RELEASES[0]), derive.derive
    monkeypatch.setattr(
        "fake_sombra.crypto.key_sets.derive", lambda secret, label, size: original(secret, label.lower(), size)
    )

    seen = _seen(document, "local o")

    assert seen != _demanded("local o")
    assert seen["local-o", "file"] == "signature_invalid"


def test_what_a_release_has_made_is_never_made_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 1
    assert "is there already" in capsys.readouterr().err


def test_the_keys_say_that_they_are_public() -> None:
    assert all(_golden(release)["warning"].startswith("PUBLIC TEST KEYS") for release in RELEASES)
