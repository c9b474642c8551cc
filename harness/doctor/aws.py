"""What a start under AWS KMS needs of its ARN, region, flags and credentials, and what Local leaves unread."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.doctor.rule import AWS, LOCAL, Boot, FileRule, Rule, Sighting

_ARN, _REGION = "AWS_KMS_KEY_ARN", "AWS_REGION"
_THROW, _STORE = "AWS_KMS_THROW_PERMISSIONS_ERRORS", "AWS_KMS_CUSTOM_KEY_STORE_ID"
_KEY_ID, _SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"

_REGION_FORM = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")
_ARN_FORM = re.compile(
    r"arn:aws:kms:(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9]):[0-9]{12}:(?P<kind>key|alias)/[A-Za-z0-9/_-]+"
)
_KEY_ID_FORM = re.compile(r":key/(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})\Z")
_STORE_FORM = re.compile(r"cks-[0-9A-Za-z]+")
_COPY_ARN = "Copy the key's ARN: arn:aws:kms:<region>:<account>:key/<id>."


def _arn_missing(boot: Boot) -> Iterator[Sighting]:
    if boot.provider == AWS and not boot.value(_ARN).strip():
        yield Sighting(boot, _ARN, f"{_ARN} is unset or empty; AWS KMS needs it.", _COPY_ARN)


def _arn_malformed(boot: Boot) -> Iterator[Sighting]:
    value = boot.value(_ARN)
    if boot.provider == AWS and value.strip() and not _ARN_FORM.fullmatch(value):
        yield Sighting(boot, _ARN, f"{_ARN} {_what_is_wrong(value)}.", _COPY_ARN)


def _what_is_wrong(value: str) -> str:
    bare = value.strip().strip("\"'`")
    if bare != value and _ARN_FORM.fullmatch(bare):
        return "has quotes or white space around a good ARN"
    if not bare.startswith("arn:"):
        return "is a bare id or alias, not an ARN"
    if re.match(r"arn:aws-[a-z-]+:", bare):
        return "names another partition than `aws`"
    return "is not the ARN of a KMS key"


def _alias(boot: Boot) -> Iterator[Sighting]:
    found = _ARN_FORM.fullmatch(boot.value(_ARN))
    if boot.provider == AWS and found and found["kind"] == "alias":
        message = f"{_ARN} is the ARN of an alias: pointed at another key, it makes all older data unreadable."
        yield Sighting(boot, _ARN, message, _COPY_ARN)


def _key_id_odd(boot: Boot) -> Iterator[Sighting]:
    value = boot.value(_ARN)
    found = _ARN_FORM.fullmatch(value)
    if boot.provider == AWS and found and found["kind"] == "key" and not _KEY_ID_FORM.search(value):
        message = f"{_ARN} ends in something that is neither a UUID nor a multi-Region id (mrk-)."
        yield Sighting(boot, _ARN, message, _COPY_ARN)


def _region_missing(boot: Boot) -> Iterator[Sighting]:
    if boot.provider == AWS and not boot.value(_REGION).strip():
        message = f"{_REGION} is unset or empty; AWS KMS needs it."
        yield Sighting(boot, _REGION, message, f"Set {_REGION} to the region in {_ARN}.")


def _region_differs(boot: Boot) -> Iterator[Sighting]:
    region = boot.value(_REGION)
    found = _ARN_FORM.fullmatch(boot.value(_ARN))
    if boot.provider != AWS or not found or not region.strip() or region == found["region"]:
        return
    named = region if _REGION_FORM.fullmatch(region) else "something that is no region"
    message = (
        f"{_ARN} names region {found['region']} but {_REGION} is {named}: the start is green and the first wrap"
        " fails with kms_key_not_found."
    )
    yield Sighting(boot, _REGION, message, f"Make the two agree: set {_REGION}={found['region']}.")


def _key_store(boot: Boot) -> Iterator[Sighting]:
    store = boot.value(_STORE)
    if boot.provider == AWS and store and not _STORE_FORM.fullmatch(store):
        message = f"{_STORE} is not `cks-` and an id; only CloudHSM key stores are accepted."
        yield Sighting(boot, _STORE, message, "Give the id of the CloudHSM key store, or remove the line.")


def _throw_flag(boot: Boot) -> Iterator[Sighting]:
    if boot.provider == AWS and boot.value(_THROW) != "true":
        message = f"{_THROW} is not `true`: with a missing permission Sombra starts, looks healthy, and cannot unwrap."
        yield Sighting(boot, _THROW, message, f"Set {_THROW}=true at least for the window.")


def _static_credentials(boot: Boot) -> Iterator[Sighting]:
    if boot.provider == AWS and boot.value(_KEY_ID) and boot.value(_SECRET):
        message = f"{_KEY_ID} and {_SECRET} are static and take precedence over a role."
        yield Sighting(boot, _KEY_ID, message, "Prefer a role; else check that these belong to the right account.")


def _half_credentials(boot: Boot) -> Iterator[Sighting]:
    if boot.provider == AWS and bool(boot.value(_KEY_ID)) != bool(boot.value(_SECRET)):
        there, absent = (_KEY_ID, _SECRET) if boot.value(_KEY_ID) else (_SECRET, _KEY_ID)
        message = f"{there} is set but {absent} is not; the AWS SDK cannot use one without the other."
        yield Sighting(boot, there, message, "Set both, or neither.")


def _leftover(boot: Boot) -> Iterator[Sighting]:
    left = [name for name in (_ARN, _REGION, _THROW, _STORE, _KEY_ID, _SECRET) if name in boot.source.variables]
    if boot.provider == LOCAL and left:
        message = f"The provider is local and {', '.join(left)} is left over; it starts, unread, and is no hybrid."
        yield Sighting(boot, left[0], message, "Leave it, or remove it after the window.")


RULES: tuple[FileRule, ...] = (
    Rule("arn-missing", "error", "G-09", "AWS without a key ARN", _arn_missing, refuses=True, modes=("F35",)),
    Rule(
        "arn-malformed",
        "error",
        "G-09",
        "the ARN is not one of a KMS key",
        _arn_malformed,
        refuses=True,
        modes=("F15",),
    ),
    Rule("region-missing", "error", "G-09", "AWS without a region", _region_missing, refuses=True, modes=("F35",)),
    Rule("region-mismatch", "error", "G-09", "ARN and region disagree", _region_differs, modes=("F15",)),
    Rule("arn-is-alias", "error", "G-09", "the ARN is one of an alias", _alias, modes=("F15", "F20")),
    Rule("arn-key-id-form", "warning", "G-09", "the key id has not AWS's form", _key_id_odd, modes=("F15",)),
    Rule(
        "key-store-form",
        "error",
        "G-09",
        "the key store id is not a CloudHSM one",
        _key_store,
        refuses=True,
        modes=("F21",),
    ),
    Rule(
        "permission-errors-hidden", "warning", "D-06", "permission errors are not raised", _throw_flag, modes=("F11",)
    ),
    Rule(
        "static-credentials",
        "note",
        "G-09",
        "static AWS credentials are present",
        _static_credentials,
        modes=("F10", "F23"),
    ),
    Rule(
        "half-credentials",
        "warning",
        "G-09",
        "one half of the credentials is missing",
        _half_credentials,
        modes=("F10",),
    ),
    Rule("aws-left-over", "note", "D-01", "AWS variables stand beside local", _leftover, modes=("F35",)),
)
