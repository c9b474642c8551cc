"""Envelopes and tokens of each release: made once with keys that are public for good, and opened by every later one.

`python -m tests.conformance.golden` writes the file of the release that is installed, and never over an old one.
The keys protect nothing and stand here in the open, so that whoever changes a format finds out what it locks away.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jwt

from fake_sombra import settings
from fake_sombra.clock import Clock
from fake_sombra.crypto import cipher, consent, tokens
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import Refusal
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.integrations import Integrations
from fake_sombra.gateway.sessions import Sessions
from fake_sombra.gateway.shapes import Fields
from fake_sombra.keyring.opening import open_keyring
from fake_sombra.kms import Kms
from fake_sombra.kms.door_botocore import client
from harness.key_material import fresh_key
from harness.rehearsal import receiver

FOLDER = Path(__file__).with_name("vectors") / "golden"
MADE_AT = 1_800_000_000.0
X, Y = (f"arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-00000000000{n}" for n in (1, 2))
ERAS = {"local-o": ("local", "o"), "local-n": ("local", "n,o"), "aws-n": ("AWS", "n,o"), "aws-o": ("AWS", "o")}
"""Under which provider and keys the artifacts of a release are made; o and n are the old and the new key."""
REQUEST, FILE = "golden-request", b"a file that every release must open"
_CREDENTIAL = "sha256:" + hashlib.sha256(b'{"apiKey":"golden"}').hexdigest()
_HASH = b64encode(hashlib.sha256(b"golden").digest()).decode()


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of one artifact: readable, or the cause of its refusal."""

    cause: str

    @property
    def readable(self) -> bool:
        """It came back as it was made."""
        return self.cause == ""


@dataclass(slots=True)
class Bench:
    """The parts of one boot that open things, made from an environment as a gateway makes them."""

    settings: settings.Settings
    contexts: Contexts
    sessions: Sessions
    integrations: Integrations

    def run(self, work: Any) -> Any:
        """Wait for a coroutine."""
        return asyncio.run(work)


@contextmanager
def bench(keys: Mapping[str, str], *, provider: str, listed: str, kms: Kms, arn: str = X) -> Iterator[Bench]:
    """A boot with the keys that `listed` names, newest first."""
    environ = {
        "KMS_PROVIDER": provider,
        "ORGANIZATION_URI": "golden",
        "INTERNAL_KEY_HASH": _HASH,
        "JWT_ECDSA_KEY": ",".join(keys[name] for name in listed.split(",")),
        "AWS_KMS_KEY_ARN": arn,
        "AWS_REGION": "eu-west-1",
    }
    loaded, draw = settings.load(environ), random.Random(f"{provider} {listed}").randbytes  # noqa: S311  public keys
    keyring = open_keyring(
        loaded, random=draw, warn=lambda _: None, kms_client=client(kms, region="eu-west-1") if loaded.aws else None
    )
    clock = Clock(source=lambda: MADE_AT)
    contexts = Contexts(key_sets=loaded.key_sets, keyring=keyring, clock=clock)
    try:
        yield Bench(
            loaded,
            contexts,
            Sessions(settings=loaded, contexts=contexts, clock=clock, random=draw),
            Integrations(contexts=contexts, random=draw),
        )
    finally:
        keyring.close()


def made(release: str) -> dict[str, Any]:
    """Everything a release makes, under each era, with the keys to open it."""
    keys = {name: fresh_key(f"golden {name}") for name in ("o", "n", "a", "b", "c", "d")}
    kms = Kms("111122223333")
    kms.add_key(X)
    kms.add_key(Y)
    artifacts = {}
    for era, (provider, listed) in ERAS.items():
        with bench(keys, provider=provider, listed=listed, kms=kms) as at:
            artifacts[era] = at.run(_artifacts(at))
    warning = "PUBLIC TEST KEYS: they protect nothing and must never be used"
    return {"warning": warning, "release": release, "keys": keys, "kms": kms.snapshot(), "artifacts": artifacts}


async def _artifacts(at: Bench) -> dict[str, Any]:
    cek, context = await at.contexts.make(request_id=REQUEST, core_identifier="golden-core")
    sealed = cipher.seal(cek, FILE, random=random.Random(context).randbytes)  # noqa: S311  public keys
    secrets = {"secretMap": {"apiKey": "golden"}, "allowedHosts": [], "allowedPlaintextPaths": []}
    key_sets = at.settings.key_sets
    return {
        "request": {"context": context, "key": hashlib.sha256(cek).hexdigest()},
        "file": {"context": context, "sealed": [b64encode(each).decode() for each in _parts(sealed)]},
        "identifier": {"context": context, "sealed": b64encode(cipher.pack(cek, b"[]", random=bytes)).decode()},
        "integration": {"context": await at.integrations.register(Fields(secrets, "body"))},
        "session": {"token": at.sessions.make(audience="employee", subject="golden")},
        "nonce": {"token": at.contexts.make_nonce(request_id=REQUEST, data_silo_id="crm", context=context)},
        "download_key": {"token": at.contexts.make_download_key(file_id="f", request_id=REQUEST, context=context)},
        "webhook_token": {
            "token": tokens.sign_webhook_token(key_sets, value="v", audience="golden", jti="j", now=MADE_AT)
        },
        "consent_identifier": {"text": consent.encrypt(key_sets, "golden@example.com")},
    }


def _parts(sealed: cipher.Sealed) -> tuple[bytes, bytes, bytes]:
    return sealed.iv, sealed.ciphertext, sealed.tag


def opened(kind: str, artifact: Mapping[str, Any], at: Bench) -> Opened:
    """Try an artifact as the gateway would; what comes back but is not what was made is `garbage`."""
    try:
        return Opened("" if _OPENERS[kind](at, artifact) else "garbage")
    except Refusal as refusal:
        return Opened(refusal.code)


def _cek(at: Bench, artifact: Mapping[str, Any]) -> bytes:
    return bytes(at.run(at.contexts.open_(artifact["context"], request_id=REQUEST)))


def _file(at: Bench, artifact: Mapping[str, Any]) -> bool:
    iv, sealed, tag = (b64decode(each) for each in artifact["sealed"])
    return cipher.open_(_cek(at, artifact), cipher.Sealed(iv, sealed, tag)) == FILE


def _verifies(at: Bench, artifact: Mapping[str, Any], purpose: Purpose) -> bool:
    claims = tokens.verify(at.settings.key_sets, artifact["token"], purpose=purpose, now=MADE_AT)
    return bool(claims["requestId"] == REQUEST)


def _webhook(at: Bench, artifact: Mapping[str, Any]) -> bool:
    pem = at.settings.key_sets.first.signing_key.public_pem.encode()
    signed, _, signature = artifact["token"].rpartition(".")
    if not receiver.fits(pem, signed.encode(), jwt.utils.base64url_decode(signature)):
        raise _NotSigned("the published key did not sign this")
    return bool(jwt.decode(artifact["token"], options={"verify_signature": False})["aud"] == "golden")


class _NotSigned(Refusal):
    code, status = "signature_invalid", 400


_OPENERS: Mapping[str, Callable[[Bench, Mapping[str, Any]], bool]] = {
    "request": lambda at, it: hashlib.sha256(_cek(at, it)).hexdigest() == it["key"],
    "file": _file,
    "identifier": lambda at, it: cipher.unpack(_cek(at, it), b64decode(it["sealed"])) == b"[]",
    "integration": lambda at, it: bool(at.run(at.integrations.credential(it["context"])) == _CREDENTIAL),
    "session": lambda at, it: at.sessions.check(it["token"], audience="employee") == "golden",
    "nonce": lambda at, it: _verifies(at, it, Purpose.NONCE),
    "download_key": lambda at, it: _verifies(at, it, Purpose.DOWNLOAD),
    "webhook_token": _webhook,
    "consent_identifier": lambda at, it: consent.decrypt(at.settings.key_sets, it["text"]) == "golden@example.com",
}


def main() -> int:
    """Write the file of this release; 1 when there is one already."""
    release = version("sombra-rehearsal")
    path = FOLDER / f"{release}.json"
    if path.exists():
        sys.stderr.write(f"{path.name} is there already; what a release has made is never made again\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    path.write_text(json.dumps(made(release), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
