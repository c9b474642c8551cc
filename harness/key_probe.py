"""What one KMS key really lets one caller do: looked at, asked by DryRun, then tried with random bytes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from botocore.exceptions import BotoCoreError, ClientError

_SIZE: Final = 32
_DRY_RUN_PASSED: Final = "DryRunOperationException"
Result = Literal["ok", "refused", "wrong", "skipped", "unreachable"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that was tried; `code` is the KMS' own error code, `next` what to do where it is not ok."""

    what: str
    action: str
    result: Result
    code: str = ""
    said: str = ""
    next: str = ""

    @property
    def is_ok(self) -> bool:
        """It went as a cutover needs it."""
        return self.result == "ok"


def probe(kms: Any, key: str) -> tuple[Attempt, ...]:
    """Try a key in the order in which a gateway meets it; `kms` is a boto3 client, nothing is left behind.

    The random bytes and their blob stay in here: an attempt never holds them.
    """
    return _Probe(kms, key).run()


class _Probe:
    def __init__(self, kms: Any, key: str) -> None:
        self._kms, self._key = kms, key
        self._secret = secrets.token_bytes(_SIZE)

    def run(self) -> tuple[Attempt, ...]:
        described, metadata = self._called("look at the key", "kms:DescribeKey", "describe_key", KeyId=self._key)
        if described.result == "unreachable":
            return (described,)
        facts = self._facts(metadata.get("KeyMetadata", {})) if described.is_ok else ()
        drawn, answer = self._called("draw random bytes", "kms:GenerateRandom", "generate_random", NumberOfBytes=_SIZE)
        if drawn.is_ok and len(answer.get("Plaintext", b"")) != _SIZE:
            drawn = _wrong(drawn, "it drew another number of bytes")
        dry = self._dry_run("kms:Encrypt", "encrypt", KeyId=self._key, Plaintext=self._secret)
        wrapped, answer = self._called("wrap", "kms:Encrypt", "encrypt", KeyId=self._key, Plaintext=self._secret)
        blob = answer.get("CiphertextBlob")
        if wrapped.is_ok:
            wrapped = self._of_this_key(wrapped, answer) if blob else _wrong(wrapped, "it answered without a blob")
        return (described, *facts, drawn, dry, wrapped, *self._unwrapped(blob))

    def _of_this_key(self, attempt: Attempt, answer: Mapping[str, Any]) -> Attempt:
        """An alias or a bare id is answered with its key's ARN, so only a key's ARN can be compared."""
        is_another = ":key/" in self._key and answer.get("KeyId") != self._key
        return _wrong(attempt, f"it answered for {answer.get('KeyId')}") if is_another else attempt

    def _facts(self, metadata: Mapping[str, Any]) -> tuple[Attempt, ...]:
        """What the description says against the key, one attempt each."""
        wanted = {
            "KeyState": ("Enabled", "enable the key, or cancel its deletion"),
            "KeyUsage": ("ENCRYPT_DECRYPT", "name a key that encrypts"),
            "KeySpec": ("SYMMETRIC_DEFAULT", "name a symmetric key"),
            "Arn": (self._key, "configure the key's own ARN, not an alias or a bare id"),
        }
        return tuple(
            Attempt("look at the key", "kms:DescribeKey", "wrong", "", f"{name} is {metadata.get(name)}", advice)
            for name, (value, advice) in wanted.items()
            if metadata.get(name) != value
        )

    def _unwrapped(self, blob: bytes | None) -> tuple[Attempt, ...]:
        ways: dict[str, dict[str, Any]] = {"unwrap with the key named": {"KeyId": self._key}, "unwrap": {}}
        if not blob:
            skipped = "nothing could be wrapped; try again once that works"
            return tuple(Attempt(what, "kms:Decrypt", "skipped", next=skipped) for what in ways)
        dry = self._dry_run("kms:Decrypt", "decrypt", KeyId=self._key, CiphertextBlob=blob)
        return (dry, *(self._opened(what, blob, named) for what, named in ways.items()))

    def _opened(self, what: str, blob: bytes, named: Mapping[str, Any]) -> Attempt:
        attempt, answer = self._called(what, "kms:Decrypt", "decrypt", CiphertextBlob=blob, **named)
        if attempt.is_ok and not secrets.compare_digest(answer.get("Plaintext", b""), self._secret):
            return _wrong(attempt, "it opened to other bytes than were wrapped")
        return self._of_this_key(attempt, answer) if attempt.is_ok else attempt

    def _dry_run(self, action: str, method: str, **parameters: Any) -> Attempt:
        what = f"ask whether {method} is allowed"
        attempt, _ = self._called(what, action, method, DryRun=True, **parameters)
        if attempt.code == _DRY_RUN_PASSED:
            return Attempt(what, action, "ok")
        if attempt.is_ok:
            return _wrong(attempt, "it ignores DryRun, so it is not AWS KMS")
        return attempt

    def _called(self, what: str, action: str, method: str, **parameters: Any) -> tuple[Attempt, Mapping[str, Any]]:
        call: Callable[..., Mapping[str, Any]] = getattr(self._kms, method)
        try:
            return Attempt(what, action, "ok"), call(**parameters)
        except ClientError as error:
            details = error.response.get("Error", {})
            code, said = str(details.get("Code", "")), str(details.get("Message") or "")
            return Attempt(what, action, "refused", code, said[:300], _advice(code, action)), {}
        except BotoCoreError as error:
            advice = "check the region, the network road to the KMS and the credentials"
            return Attempt(what, action, "unreachable", type(error).__name__, str(error)[:300], advice), {}


def _wrong(attempt: Attempt, said: str) -> Attempt:
    return Attempt(attempt.what, attempt.action, "wrong", "", said, "do not cut over to this KMS")


def _advice(code: str, action: str) -> str:
    known = {
        "AccessDeniedException": f"allow {action} on this key, in the role's policy and in the key's own",
        "NotFoundException": "compare the ARN's region and account with where the key really is",
        "DisabledException": "enable the key",
        "KMSInvalidStateException": "bring the key back to Enabled",
        "InvalidKeyUsageException": "name a symmetric key that encrypts",
        "ThrottlingException": "try again when the account makes fewer calls",
        "ExpiredTokenException": "renew the credentials",
        "UnrecognizedClientException": "check the credentials",
    }
    return known.get(code, f"find out why {action} ended with {code or 'no code'}")
