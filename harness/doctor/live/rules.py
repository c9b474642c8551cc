"""What the real key must be and must allow, one rule for each thing that can be wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.doctor.live.seen import STORE, Seen
from harness.doctor.rule import PlacedSighting, Rule
from harness.key_probe import (
    ASK_DATA_KEY,
    ASK_DECRYPT,
    ASK_ENCRYPT,
    DESCRIBE,
    RANDOM,
    UNWRAP,
    UNWRAP_NAMED,
    WRAP,
    Attempt,
)
from harness.run import Level

Look = Callable[[Seen], Iterator[PlacedSighting]]

_ENABLED, _DISABLED, _DELETED = "Enabled", "Disabled", frozenset({"PendingDeletion", "PendingReplicaDeletion"})
_USAGE, _SPEC = "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"
_OWN_RULE = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "DisabledException",
        "InvalidKeyUsageException",
        "KMSInvalidStateException",
        "KeyUnavailableException",
        "NotFoundException",
    }
)
_STORE_CODES = ("CloudHsm", "CustomKeyStore")
_LEAST = "Least policy: Encrypt, Decrypt and DescribeKey on the key, GenerateRandom on `*`."


def _missing(seen: Seen) -> Iterator[PlacedSighting]:
    attempt = seen.attempt(DESCRIBE)
    if attempt.is_denied:
        attempt = seen.attempt(WRAP)
    if attempt.is_denied:
        raise seen.open_question(attempt)
    if attempt.code == "NotFoundException":
        message = "The KMS knows no such key in this region and account; Sombra would start green and wrap nothing."
        yield PlacedSighting(seen.place, message, "Compare the ARN and AWS_REGION with where the key really is.")


def _differs(seen: Seen) -> Iterator[PlacedSighting]:
    described = seen.probe.described
    if described is None or not described.arn:
        raise seen.open_question(seen.attempt(DESCRIBE))
    if described.arn != seen.key:
        message = f"What is configured is not the key's own ARN: it leads to {described.arn} today."
        yield PlacedSighting(seen.place, message, "Configure the key's own ARN, so that it cannot lead elsewhere.")


def _disabled(seen: Seen) -> Iterator[PlacedSighting]:
    if seen.state() == _DISABLED:
        message = "The key is disabled: nothing can be wrapped, and nothing that it wrapped opens."
        yield PlacedSighting(seen.place, message, "Enable the key.")


def _deleted(seen: Seen) -> Iterator[PlacedSighting]:
    if seen.state() not in _DELETED:
        return
    described = seen.probe.described
    day = f" on {described.deletes_on.isoformat()}" if described is not None and described.deletes_on else ""
    message = f"The key will be deleted{day}; whatever it wrapped is lost with it, for ever."
    yield PlacedSighting(seen.place, message, "Cancel the deletion, then enable the key.")


def _unavailable(seen: Seen) -> Iterator[PlacedSighting]:
    drawn = seen.probe.of(RANDOM)
    if drawn is not None and drawn.code.startswith(_STORE_CODES):
        message = f"The custom key store gives no random bytes: {drawn.code}."
        yield PlacedSighting(seen.after.source.place(STORE), message, "Connect the store, or remove the variable.")
    state = seen.state()
    if state not in {_ENABLED, _DISABLED, *_DELETED}:
        message = f"The key is {state}; a key of a custom key store is so while the store is disconnected."
        yield PlacedSighting(seen.place, message, "Bring the key to the state Enabled.")


def _usage(seen: Seen) -> Iterator[PlacedSighting]:
    described = seen.probe.described
    if described is not None and described.usage and described.spec:
        fits = (described.usage, described.spec) == (_USAGE, _SPEC)
        found = f"it is for {described.usage} with {described.spec}"
    else:
        attempt = seen.attempt(WRAP)
        if not attempt.is_ok and attempt.code != "InvalidKeyUsageException":
            raise seen.open_question(attempt)
        fits, found = attempt.is_ok, f"the try ended with {attempt.code}"
    if not fits:
        message = f"The key cannot wrap: {found}; needed is {_USAGE} with {_SPEC}."
        yield PlacedSighting(seen.place, message, "Name a symmetric key that encrypts.")


def _describe_denied(seen: Seen) -> Iterator[PlacedSighting]:
    yield from _denied(seen, (DESCRIBE,), "its state stays unknown until something fails")


def _encrypt_denied(seen: Seen) -> Iterator[PlacedSighting]:
    yield from _denied(seen, (ASK_ENCRYPT, WRAP), "no request can be made under AWS")


def _decrypt_denied(seen: Seen) -> Iterator[PlacedSighting]:
    wrapped = seen.probe.of(WRAP)
    hole = "uploads succeed and nothing can be read back" if wrapped is not None and wrapped.is_ok else "nothing opens"
    yield from _denied(seen, (ASK_DECRYPT, UNWRAP_NAMED), hole)


def _random_denied(seen: Seen) -> Iterator[PlacedSighting]:
    yield from _denied(
        seen, (RANDOM,), "new keys do not come from the KMS, and with the throw flag Sombra does not start"
    )


def _data_key_denied(seen: Seen) -> Iterator[PlacedSighting]:
    yield from _denied(seen, (ASK_DATA_KEY,), "fine as long as Sombra uses GenerateRandom and Encrypt")


def _denied(seen: Seen, asked: tuple[str, ...], effect: str) -> Iterator[PlacedSighting]:
    """The first clear answer decides: where DryRun says nothing of the permission, the real try does."""
    for what in asked:
        attempt = seen.attempt(what)
        if attempt.is_ok:
            return
        if attempt.is_denied:
            reason = f" {attempt.why}" if attempt.why else ""
            message = f"{attempt.action} is denied to {seen.who}{reason}: {effect}."
            yield PlacedSighting(seen.place, message, f"Allow it in the role's policy and the key's own. {_LEAST}")
            return
    if attempt.result == "refused":
        raise seen.open_question(attempt)


def _broken(seen: Seen) -> Iterator[PlacedSighting]:
    for what in (RANDOM, WRAP, UNWRAP_NAMED, UNWRAP):
        attempt = seen.attempt(what)
        if attempt.is_ok:
            continue
        if attempt.result == "refused" and (attempt.code in _OWN_RULE or attempt.code.startswith(_STORE_CODES)):
            if what in {WRAP, UNWRAP_NAMED}:
                raise seen.open_question(attempt)
            continue
        yield PlacedSighting(seen.place, f"The try to {what} went wrong: {_ending(attempt)}.", "Do not cut over to it.")


def _ending(attempt: Attempt) -> str:
    return attempt.why if attempt.result == "wrong" else attempt.code


def _not_aws(seen: Seen) -> Iterator[PlacedSighting]:
    asked = [each for what in (ASK_ENCRYPT, ASK_DECRYPT, ASK_DATA_KEY) if (each := seen.probe.of(what)) is not None]
    signs = [] if seen.leads_to_aws else [f"the calls go to {seen.address}"]
    signs += ["it ignores DryRun"] if any(each.result == "wrong" for each in asked) else []
    if signs:
        message = f"What answered is not AWS KMS ({' and '.join(signs)}); none of it is proof of production."
        yield PlacedSighting(seen.place, message, "Unset AWS_ENDPOINT_URL_KMS and run it again where Sombra will run.")


def _rule(identity: str, level: Level, what: str, look: Look, *modes: str) -> Rule[Seen]:
    """All of them are about the prerequisites of the cloud (G-09)."""
    return Rule(identity, level, "G-09", what, look, modes=modes)


RULES: tuple[Rule[Seen], ...] = (
    _rule("live-key-missing", "error", "the KMS knows no such key", _missing, "F15"),
    _rule("live-key-differs", "error", "the ARN leads to another key", _differs, "F15", "F20"),
    _rule("live-key-disabled", "error", "the key is disabled", _disabled, "F18"),
    _rule("live-key-deleted", "error", "the key's deletion is scheduled", _deleted, "F18", "F19"),
    _rule("live-key-unavailable", "error", "the key or its store is not available", _unavailable, "F21"),
    _rule("live-key-usage", "error", "the key is of another usage or spec", _usage, "F16"),
    _rule("live-describe-denied", "warning", "kms:DescribeKey is denied", _describe_denied, "F10", "F14"),
    _rule("live-encrypt-denied", "error", "kms:Encrypt is denied", _encrypt_denied, "F10", "F12", "F14"),
    _rule("live-decrypt-denied", "error", "kms:Decrypt is denied", _decrypt_denied, "F10", "F12", "F14"),
    _rule("live-random-denied", "error", "kms:GenerateRandom is denied", _random_denied, "F10", "F12", "F14"),
    _rule("live-data-key-denied", "note", "kms:GenerateDataKey is denied", _data_key_denied, "F12"),
    _rule("live-wrap-broken", "error", "a wrap or unwrap goes wrong, with or without KeyId", _broken, "F17", "F47"),
    _rule("live-not-aws", "warning", "what answered is not AWS KMS", _not_aws, "F50"),
)
