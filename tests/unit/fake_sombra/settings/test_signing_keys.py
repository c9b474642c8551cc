"""Rows of the start-up table about JWT_ECDSA_KEY: every item validated, the first four loaded."""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from fake_sombra.settings import load
from tests.unit.fake_sombra.crypto import material
from tests.unit.fake_sombra.settings.environment import aws, local, problem, problems, remarks

_PKCS8 = PrivateFormat.PKCS8


def _unusable() -> dict[str, str]:
    plain = NoEncryption()
    good = material.private_key("a")
    public = good.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pems = {
        "P-256": ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, _PKCS8, plain),
        "P-521": ec.generate_private_key(ec.SECP521R1()).private_bytes(Encoding.PEM, _PKCS8, plain),
        "RSA": rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            Encoding.PEM, _PKCS8, plain
        ),
        "Ed25519": ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, _PKCS8, plain),
        "public key": public,
        "certificate": public.replace(b"PUBLIC KEY", b"CERTIFICATE"),
        "encrypted": good.private_bytes(Encoding.PEM, _PKCS8, BestAvailableEncryption(b"p")),
    }
    made = {name: b64encode(pem).decode() for name, pem in pems.items()}
    item = material.item("z")
    return {
        **made,
        "empty": "",
        "padded": f" {item}",
        "inner white space": f"{item[:64]}\n{item[64:]}",
        "quoted": f'"{item}"',
        "unpadded": b64encode(material.pem("z").rstrip() + b"\n" * 2).decode().rstrip("=") + "=A",
        "double base64": b64encode(item.encode()).decode(),
        "url-safe": "LS0tLS1-_w==",
        "junk": "junk",
    }


_UNUSABLE = _unusable()


@pytest.mark.parametrize("make", [local, aws])
@pytest.mark.parametrize("value", [None, "", " ", "\n"])
def test_the_key_is_required_under_either_provider(make: Callable[..., dict[str, str]], value: str | None) -> None:
    found = problem(make(JWT_ECDSA_KEY=value))

    assert (found.variable, found.item) == ("JWT_ECDSA_KEY", None)


@pytest.mark.parametrize("kind", _UNUSABLE)
@pytest.mark.parametrize("place", [1, 2, 4, 5, 6])
def test_an_unusable_item_is_refused_at_any_place_and_named_by_its_number(kind: str, place: int) -> None:
    good = ["a", "b", "c", "d", "e"]
    listed = [material.item(name) for name in good]
    assert load(local(JWT_ECDSA_KEY=",".join(listed))).key_sets.first.fingerprint
    listed.insert(place - 1, _UNUSABLE[kind])

    found = problem(local(JWT_ECDSA_KEY=",".join(listed)))

    assert (found.variable, found.item) == ("JWT_ECDSA_KEY", place)
    assert str(found).startswith(f"JWT_ECDSA_KEY item {place}: ")


def test_every_unusable_item_is_told_at_once() -> None:
    value = ",".join([_UNUSABLE["P-256"], material.item("a"), _UNUSABLE["RSA"], "", _UNUSABLE["junk"]])

    assert [found.item for found in problems(local(JWT_ECDSA_KEY=value))] == [1, 3, 4, 5]


@pytest.mark.parametrize("value", [",", "a,", ",a", "a,,b"])
def test_surplus_commas_are_empty_items(value: str) -> None:
    made = ",".join(material.item(name) if name else "" for name in value.split(","))
    empty = [place for place, name in enumerate(value.split(","), start=1) if not name]

    assert [found.item for found in problems(local(JWT_ECDSA_KEY=made))] == empty


def test_sec1_and_pkcs8_give_the_same_boot() -> None:
    sec1 = load(local(JWT_ECDSA_KEY=material.item("a", is_sec1=True)))
    pkcs8 = load(local(JWT_ECDSA_KEY=material.item("a", is_sec1=False)))

    assert sec1.key_sets == pkcs8.key_sets


def test_order_is_kept_and_the_first_is_current() -> None:
    sets = load(local(JWT_ECDSA_KEY=material.items("b", "a"))).key_sets

    assert list(sets.fingerprints) == [material.signing_key(name).fingerprint for name in ("b", "a")]
    assert sets.forgotten == ()


def test_four_keys_are_loaded_without_a_remark() -> None:
    assert remarks(local(JWT_ECDSA_KEY=material.items("a", "b", "c", "d"))) == []


def test_the_fifth_key_and_all_behind_it_are_forgotten_with_a_warning_each() -> None:
    environ = local(JWT_ECDSA_KEY=material.items("a", "b", "c", "d", "e", "f"))
    sets = load(environ).key_sets

    assert remarks(environ) == [("warning", "JWT_ECDSA_KEY", 5), ("warning", "JWT_ECDSA_KEY", 6)]
    assert (len(sets.loaded), len(sets.forgotten)) == (4, 2)


def test_duplicates_start_with_a_warning_and_take_a_place_each() -> None:
    environ = local(JWT_ECDSA_KEY=material.items("a", "a", "b", "a"))

    assert remarks(environ) == [("warning", "JWT_ECDSA_KEY", 2), ("warning", "JWT_ECDSA_KEY", 4)]
    assert len(load(environ).key_sets.loaded) == 4


def test_the_same_key_in_two_spellings_is_a_duplicate() -> None:
    value = f"{material.item('a', is_sec1=True)},{material.item('a', is_sec1=False)}"

    assert remarks(local(JWT_ECDSA_KEY=value)) == [("warning", "JWT_ECDSA_KEY", 2)]


def test_a_duplicate_can_push_a_key_out_of_memory() -> None:
    environ = local(JWT_ECDSA_KEY=material.items("a", "a", "b", "c", "d"))

    assert remarks(environ) == [("warning", "JWT_ECDSA_KEY", 2), ("warning", "JWT_ECDSA_KEY", 5)]
    assert load(environ).key_sets.forgotten[0].fingerprint == material.signing_key("d").fingerprint


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_documented_openssl_command_makes_a_key_that_starts() -> None:
    """sombra.md 2.1, with either form of its base64 step."""
    command = "openssl ecparam -genkey -name secp384r1 -noout | (base64 --wrap=0 2>/dev/null || base64 -b 0)"
    made = [subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True) for _ in range(2)]

    settings = load(local(JWT_ECDSA_KEY=",".join(each.stdout for each in made)))

    assert len(settings.key_sets.loaded) == 2
    assert settings.notes == ()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_command_without_noout_is_refused_because_it_adds_parameters() -> None:
    made = subprocess.run(
        ["openssl", "ecparam", "-genkey", "-name", "secp384r1"], capture_output=True, check=True
    ).stdout

    assert "curve" in problem(local(JWT_ECDSA_KEY=b64encode(made).decode())).message
