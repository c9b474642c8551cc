"""What one KMS key really lets one caller do: looked at, asked by DryRun, then tried with random bytes."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_SIZE: Final = 32
_DRY_RUN_PASSED: Final = "DryRunOperationException"
_BUSY: Final = frozenset({"LimitExceededException", "RequestLimitExceeded", "Throttling", "ThrottlingException"})
_STRANGER: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_UNAVAILABLE: Final = "KeyUnavailableException"
_SERVER_FAILS: Final = 500
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,63}")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_ARN: Final = re.compile(r"arn:[a-z-]{3,20}:kms:[a-z0-9-]{1,32}:[0-9]{12}:(?:key|alias)/[A-Za-z0-9/_-]{1,256}")
_REASON: Final = re.compile(r"because no [a-z-]{1,40} policy allows|with an explicit deny in an? [a-z -]{1,60}policy")
NO_ANSWER: Final = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
    OSError,
)
"""What botocore raises, besides its own errors, over an answer that is none: a server that is no KMS sends anything."""

Result = Literal["ok", "refused", "wrong", "skipped", "unreachable"]
DESCRIBE, RANDOM, ROTATION = "look at the key", "draw random bytes", "look at its rotation"
ASK_ENCRYPT, ASK_DECRYPT = "ask whether encrypt is allowed", "ask whether decrypt is allowed"
ASK_DATA_KEY = "ask whether a data key is allowed"
WRAP, UNWRAP_NAMED, UNWRAP = "wrap", "unwrap with the key named", "unwrap"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that was tried: `code` is the KMS' own, `why` what it adds; both hold nothing but expected words."""

    what: str
    action: str
    result: Result
    code: str = ""
    why: str = ""
    took_s: float = 0.0

    @property
    def is_ok(self) -> bool:
        """It went as a cutover needs it."""
        return self.result == "ok"

    @property
    def is_denied(self) -> bool:
        """Refused for want of permission, and for nothing else."""
        return self.result == "refused" and self.code in {"AccessDenied", "AccessDeniedException"}


@dataclass(frozen=True, slots=True)
class Described:
    """What the KMS says of the key; an empty text is a fact it does not tell, or tells in no known form."""

    arn: str = ""
    state: str = ""
    usage: str = ""
    spec: str = ""
    is_multi_region: bool | None = None
    deletes_on: date | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """Every attempt, in order; `described` and `rotates` are None when the KMS did not tell."""

    attempts: tuple[Attempt, ...]
    described: Described | None = None
    rotates: bool | None = None

    def of(self, what: str) -> Attempt | None:
        """One attempt by what was tried."""
        return next((each for each in self.attempts if each.what == what), None)


def probe(kms: Any, key: str, *, store: str | None = None, clock: Callable[[], float] = time.monotonic) -> Probe:
    """Try a key in the order in which a gateway meets it; `kms` is a boto3 client, nothing is left behind.

    `store` is the custom key store random bytes are drawn from. What cannot be reached is asked no further. The
    random bytes and their blob stay in here: no attempt holds them, nor any text that came over the wire.
    """
    return _Prober(kms, key, clock).probe(store)


class _GaveUp(Exception):
    """Nothing answers; further calls would only take their time."""


@dataclass(slots=True)
class _Prober:
    kms: Any
    key: str
    clock: Callable[[], float]
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(_SIZE), repr=False)
    attempts: list[Attempt] = field(default_factory=list)
    described: Described | None = None
    rotates: bool | None = None

    def probe(self, store: str | None) -> Probe:
        try:
            self._look()
            self._draw(store)
            self._unwrap(self._wrap())
        except _GaveUp:
            pass
        return Probe(tuple(self.attempts), self.described, self.rotates)

    def _look(self) -> None:
        answer = self._call(DESCRIBE, "kms:DescribeKey", "describe_key", KeyId=self.key)
        if answer is None:
            return
        self.described = _described(answer.get("KeyMetadata"))
        rotation = self._call(ROTATION, "kms:GetKeyRotationStatus", "get_key_rotation_status", KeyId=self.key)
        told = None if rotation is None else rotation.get("KeyRotationEnabled")
        self.rotates = told if isinstance(told, bool) else None

    def _draw(self, store: str | None) -> None:
        place = {} if store is None else {"CustomKeyStoreId": store}
        answer = self._call(RANDOM, "kms:GenerateRandom", "generate_random", NumberOfBytes=_SIZE, **place)
        drawn = None if answer is None else answer.get("Plaintext")
        if answer is not None and (not isinstance(drawn, bytes) or len(drawn) != _SIZE):
            self._spoil("it drew another number of bytes")

    def _wrap(self) -> bytes | None:
        self._ask(ASK_DATA_KEY, "kms:GenerateDataKey", "generate_data_key", KeyId=self.key, NumberOfBytes=_SIZE)
        asked: dict[str, Any] = {"KeyId": self.key, "Plaintext": self.secret}
        self._ask(ASK_ENCRYPT, "kms:Encrypt", "encrypt", **asked)
        answer = self._call(WRAP, "kms:Encrypt", "encrypt", **asked)
        blob = None if answer is None else answer.get("CiphertextBlob")
        if answer is not None and (not isinstance(blob, bytes) or self.secret in blob or not blob):
            self._spoil("what it answered is no ciphertext of these bytes")
            return None
        self._compare_key(answer)
        return blob

    def _compare_key(self, answer: Mapping[str, Any] | None) -> None:
        """An alias or a bare id is answered with its key's ARN, so only a key's ARN can be compared."""
        if answer is not None and ":key/" in self.key and answer.get("KeyId") != self.key:
            self._spoil("it answered for another key")

    def _unwrap(self, blob: bytes | None) -> None:
        if blob is None:
            modifier = {"DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
            self._ask(ASK_DECRYPT, "kms:Decrypt", "decrypt", KeyId=self.key, **modifier)
            skipped = (Attempt(what, "kms:Decrypt", "skipped") for what in (UNWRAP_NAMED, UNWRAP))
            self.attempts.extend(skipped)
            return
        self._ask(ASK_DECRYPT, "kms:Decrypt", "decrypt", KeyId=self.key, CiphertextBlob=blob)
        for what, named in ((UNWRAP_NAMED, {"KeyId": self.key}), (UNWRAP, {})):
            answer = self._call(what, "kms:Decrypt", "decrypt", CiphertextBlob=blob, **named)
            opened = None if answer is None else answer.get("Plaintext")
            if answer is not None and not (isinstance(opened, bytes) and secrets.compare_digest(opened, self.secret)):
                self._spoil("it opened to other bytes than were wrapped")
            else:
                self._compare_key(answer)

    def _ask(self, what: str, action: str, method: str, **parameters: Any) -> None:
        """Ask for permission alone; an answer instead of the expected refusal means that nothing was asked."""
        answer = self._call(what, action, method, DryRun=True, **parameters)
        last = self.attempts[-1]
        if answer is not None:
            self._spoil("it ignores DryRun")
        elif last.code == _DRY_RUN_PASSED:
            self.attempts[-1] = Attempt(what, action, "ok", took_s=last.took_s)

    def _call(self, what: str, action: str, method: str, **parameters: Any) -> Mapping[str, Any] | None:
        began, answer = self.clock(), None
        result, code, why = self._tried(method, parameters)
        if isinstance(result, Mapping):
            answer, ending = result, Attempt(what, action, "ok", took_s=self.clock() - began)
        else:
            ending = Attempt(what, action, result, code, why, self.clock() - began)
        self.attempts.append(ending)
        if ending.result == "unreachable":
            raise _GaveUp
        return answer

    def _tried(self, method: str, parameters: Mapping[str, Any]) -> tuple[Mapping[str, Any] | Result, str, str]:
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError  # noqa: PLC0415  0.1 s
        from botocore.parsers import ResponseParserError  # noqa: PLC0415  as above

        call: Callable[..., Mapping[str, Any]] = getattr(self.kms, method)
        try:
            return call(**parameters), "", ""
        except ClientError as error:
            return _refusal(error)
        except ParamValidationError:
            return "refused", "ParamValidationError", ""  # an older boto3 does not know the parameter
        except BotoCoreError as error:
            return "unreachable", type(error).__name__, ""
        except (ResponseParserError, *NO_ANSWER) as error:
            return "unreachable", type(error).__name__, "what answers is no KMS"

    def _spoil(self, why: str) -> None:
        last = self.attempts[-1]
        self.attempts[-1] = Attempt(last.what, last.action, "wrong", "", why, last.took_s)


def _refusal(error: ClientError) -> tuple[Result, str, str]:
    """The code and, of the message, only the reason in AWS's own words: a message may quote what was sent."""
    details = error.response.get("Error")
    told = details if isinstance(details, Mapping) else {}
    code, said = str(told.get("Code", "")), str(told.get("Message", ""))
    shown = code if _CODE.fullmatch(code) else "no code of AWS"
    if shown in _BUSY:
        return "unreachable", shown, "the account's calls are throttled"
    if shown in _STRANGER:
        return "unreachable", shown, "the credentials are not accepted"
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if shown != _UNAVAILABLE and isinstance(status, int) and status >= _SERVER_FAILS:
        return "unreachable", shown, f"the KMS itself fails (HTTP {status})"
    reason = _REASON.search(said)
    return "refused", shown, re.sub("allows$", "allows it", reason[0]) if reason is not None else ""


def _described(metadata: object) -> Described:
    """Facts of their known form only."""
    told = metadata if isinstance(metadata, Mapping) else {}
    words = {name: str(told.get(name, "")) for name in ("KeyState", "KeyUsage", "KeySpec")}
    state, usage, spec = (text if _WORD.fullmatch(text) else "" for text in words.values())
    arn, moment, many = str(told.get("Arn", "")), told.get("DeletionDate"), told.get("MultiRegion")
    return Described(
        arn=arn if _ARN.fullmatch(arn) else "",
        state=state,
        usage=usage,
        spec=spec,
        is_multi_region=many if isinstance(many, bool) else None,
        deletes_on=moment.date() if isinstance(moment, datetime) else None,
    )
