"""Vectors that others wrote: right ones open, wrong ones are refused by our own error, and a planted bug is found."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fake_sombra.crypto import cipher, derive
from fake_sombra.keyring import local
from harness.rehearsal import receiver
from tests.conformance.wycheproof import FOLDER, TRIALS, run

_AT_LEAST = {"aes_gcm.json": 80, "aes_wrap.json": 60, "hkdf_sha384.json": 9, "ecdsa_p384_sha384.json": 140}
_LARGEST = 300_000  # bytes of all of them: a small copy, not the collection


@pytest.mark.parametrize("name", TRIALS)
def test_every_vector_is_tried_and_agreed_with(name: str) -> None:
    outcome = run(name)

    assert outcome.executed == outcome.planned >= _AT_LEAST[name]
    assert outcome.disagreements == ()


def test_every_file_of_vectors_is_tried_and_says_where_it_is_from() -> None:
    files = {path.name: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json")}

    assert set(files) == set(TRIALS)
    assert all(len(each["origin"]["sha256"]) == 64 for each in files.values())
    assert all(each["origin"]["of"] >= each["numberOfTests"] for each in files.values())
    assert "Apache License" in (FOLDER / "LICENSE").read_text("utf-8")
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < _LARGEST


def _unchecked(kek: bytes, ciphertext: bytes) -> bytes | None:
    """Unwrap without a look at the integrity check value."""
    if len(ciphertext) % 8 or len(ciphertext) < 24:
        return None
    blocks = [ciphertext[at : at + 8] for at in range(0, len(ciphertext), 8)]
    first, rest = blocks[0], blocks[1:]
    opening = Cipher(algorithms.AES(kek), modes.ECB()).decryptor()  # noqa: S305  what RFC 3394 is made of
    for turn in range(6 * len(rest), 0, -1):
        place = (turn - 1) % len(rest)
        counted = (int.from_bytes(first, "big") ^ turn).to_bytes(8, "big")
        block = opening.update(counted + rest[place])
        first, rest[place] = block[:8], block[8:]
    return b"".join(rest)


def test_a_tag_that_is_not_checked_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cipher.Decryptor, "finish", lambda self: None)

    assert run("aes_gcm.json").disagreements != ()


def test_an_integrity_check_that_is_not_made_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "_opened", _unchecked)

    assert run("aes_wrap.json").disagreements != ()


def test_another_hash_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_sha256(secret: bytes, label: str, size: int) -> bytes:
        return HKDF(hashes.SHA256(), size, salt=None, info=label.encode()).derive(secret)

    monkeypatch.setattr(derive, "derive", with_sha256)

    assert len(run("hkdf_sha384.json").disagreements) == run("hkdf_sha384.json").planned


def test_a_signature_that_is_not_checked_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "fits", lambda pem, signed, signature: True)

    assert run("ecdsa_p384_sha384.json").disagreements != ()
