"""Forks that walk the start-up table: what must be refused by variable and item, and what must start all the same."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.key_material import (
    another_kind,
    certificate_of,
    fresh_key,
    locked,
    public_half,
    rsa_key,
    spelled_otherwise,
)
from harness.rehearsal.rehearsal import Rehearsal
from harness.runbook import Runbook
from harness.target import HoldsPorts, control
from scenarios.guide_forks import AFTER, BACK, THROW, jwt_keys
from scenarios.parts import functional_probe

KEYS, ARN, REGION, PROVIDER = "JWT_ECDSA_KEY", "AWS_KMS_KEY_ARN", "AWS_REGION", "KMS_PROVIDER"
_HASH, _ORGANIZATION, _STORE = "INTERNAL_KEY_HASH", "ORGANIZATION_URI", "AWS_KMS_CUSTOM_KEY_STORE_ID"
_LEVEL = "LOG_LEVEL"
_COLUMNS = 76  # at which `base64` wraps its lines, and `base64 --wrap=0` does not
_TRIED = ("file", "request", "integration", "nonce", "download_key", "session")
HYBRIDS = {
    "list": "local,AWS",
    "both": "AWS local",
    "turned": "AWS,local",
    "semicolon": "local;AWS",
    "plus": "local+AWS",
    "bar": "AWS|local",
    "slash": "local/AWS",
    "json": '["local","AWS"]',
    "word": "hybrid",
}
MISSPELT = {
    "other-case": "aws",
    "empty": "",
    "blank": "  ",
    "quoted": '"AWS"',
    "padded": " local",
    "padded-behind": "AWS ",
    "title-case": "Local",
    "upper-case": "LOCAL",
    "mixed-case": "Aws",
    "single-quoted": "'local'",
    "line-end": "AWS\n",
    "unknown": "GCP",
    "renamed": "aws-kms",
    "commented": "local # AWS",
}


@dataclass(frozen=True)
class Row:
    """One environment, and what its refusal, or the log of its start, must name."""

    name: str
    changed: Mapping[str, str | None] = field(repr=False)
    names: tuple[str, ...]
    without: tuple[str, ...] = ()


def walk_the_table(r: Rehearsal, run: Runbook) -> None:
    """Every row in a fork of its own, on the environment of after."""
    after = r.environments["after"]
    if after.get(ARN, "").startswith("arn:aws:kms:"):
        tables = {
            "hybrid": [Row(name, {PROVIDER: value}, (PROVIDER,)) for name, value in HYBRIDS.items()],
            "provider": [Row(name, {PROVIDER: value}, (PROVIDER,)) for name, value in MISSPELT.items()],
            "aws": _aws_rows(after[ARN]),
            "key-list": _key_rows(jwt_keys(r, "before")[0]),
            "at-once": [_everything(jwt_keys(r, "before")[0]), _everything_of_aws()],
        }
        for family, rows in tables.items():
            with r.fork(f"refused:{family}", f"Environments that must not start: {family}") as f:
                for row in rows:
                    f.record("must-refuse", row=row.name, names=list(row.names))
                    if f.start("after", changed={PROVIDER: "AWS", **row.changed}, without=row.without):
                        f.stop()
    _what_starts(r, run)


def _aws_rows(arn: str) -> list[Row]:
    absent: dict[str, str | None] = {"unset": None, "empty": "", "blank": "  "}
    wrong = {
        "bare-id": arn.rpartition("/")[2],
        "bare-alias": "alias/sombra",
        "of-another-partition": arn.replace("arn:aws:", "arn:aws-cn:", 1),
        "of-govcloud": arn.replace("arn:aws:", "arn:aws-us-gov:", 1),
        "of-another-service": arn.replace(":kms:", ":s3:"),
        "without-region": arn.replace(arn.split(":")[3], ""),
        "with-a-short-account": arn.replace(arn.split(":")[4], arn.split(":")[4][:-1]),
        "quoted": f'"{arn}"',
        "padded": f"{arn} ",
    }
    return [
        *(Row(f"arn-{name}", {ARN: value}, (ARN,)) for name, value in absent.items()),
        *(Row(f"region-{name}", {REGION: value}, (REGION,)) for name, value in absent.items()),
        *(Row(f"arn-{name}", {ARN: value}, (ARN,)) for name, value in wrong.items()),
    ]


def _key_rows(old: str) -> list[Row]:
    new = fresh_key("new")
    four = ",".join(fresh_key(f"row-{number}") for number in range(4))
    curve, other = fresh_key("p256", curve="P-256"), fresh_key("p521", curve="P-521")
    lists = {
        "first-item": (f"{curve},{old}", 1),
        "second-item": (f"{new},{other}", 2),
        "another-kind": (f"{new},{another_kind('ed')}", 2),
        "rsa": (f"{old},{rsa_key('rsa')}", 2),
        "certificate": (f"{old},{certificate_of(old)}", 2),
        "public": (f"{new},{public_half(old)}", 2),
        "locked": (f"{locked(old)},{new}", 1),
        "fifth-item": (f"{four},{curve}", 5),
        "leading-comma": (f",{old}", 1),
        "blank-inside": (f"{new},{old[:40]} {old[40:]}", 2),
        "blank-between": (f"{new}, {old}", 2),
        "encoded-twice": (f"{new},{b64encode(old.encode()).decode()}", 2),
        "wrapped": (f"{new},{_wrapped(old)}", 2),
        "bare-pem": (f"{new},{b64decode(old).decode()}", 2),
        "padding-lost": (f"{new},{_unpadded(old)}", 2),
        "quoted": (f'"{new}",{old}', 1),
    }
    absent: dict[str, str | None] = {"unset": None, "empty": ""}
    return [
        *(Row(name, {KEYS: text}, (f"{KEYS} item {place}",)) for name, (text, place) in lists.items()),
        *(Row(name, {KEYS: value}, (KEYS,)) for name, value in absent.items()),
        *(Row(f"{name}-local", {PROVIDER: "local", KEYS: value}, (KEYS,)) for name, value in absent.items()),
    ]


def _everything(old: str) -> Row:
    """Several problems, each of which must be told at once."""
    broken = f"{old},{fresh_key('p256', curve='P-256')},"
    names = (PROVIDER, _ORGANIZATION, _HASH, f"{KEYS} item 2", f"{KEYS} item 3")
    return Row("everything", {PROVIDER: "local,AWS", _ORGANIZATION: None, KEYS: broken, _HASH: "none"}, names)


def _everything_of_aws() -> Row:
    """Problems of AWS first, which must not hide those that both providers have."""
    names = (ARN, REGION, _ORGANIZATION, KEYS, _HASH)
    return Row("everything-of-aws", dict.fromkeys(names), names, without=(_HASH,))


def _wrapped(item: str) -> str:
    """Base64 as `base64` prints it when nobody asks for one line."""
    return "\n".join(item[at : at + _COLUMNS] for at in range(0, len(item), _COLUMNS))


def _unpadded(item: str) -> str:
    """Base64 that lost its padding, which only a lax reader takes."""
    pem = b64decode(item)
    return b64encode(pem + b"\n" * (1 + len(pem) % 3 // 2)).decode().rstrip("=")


def _what_starts(r: Rehearsal, run: Runbook) -> None:
    old = jwt_keys(r, "before")
    again = ",".join(spelled_otherwise(each) for each in old)
    lists: dict[str, tuple[str, dict[str, str | None]]] = {
        "provider-unset": ("before", {PROVIDER: None}),
        "empty-leftovers": ("before", {PROVIDER: "local", ARN: "", REGION: ""}),
        "malformed-leftovers": ("before", {PROVIDER: "local", ARN: "not-an-arn", REGION: " "}),
        "other-pem-form": ("before", {KEYS: again}),
        "repeated-keys": ("before", {KEYS: ",".join([*[fresh_key("row-0")] * 4, old[0]])}),
    }
    for name, (environment, changed) in lists.items():
        with r.fork(f"starts:{name}", f"An environment that must start: {name}") as f:
            f.must_start(environment, changed=changed)
            f.look_at_health()
            f.probe(BACK, [each for each in f.ledger.sample(each=1) if each.kind in _TRIED])
    _row_by_row(r)
    arn = r.environments["after"].get(ARN, "")
    if ":key/" in arn:
        alias = arn.partition(":key/")[0] + ":alias/rehearsal"
        with r.fork("starts:alias", "An alias in place of the key's own ARN") as f:
            f.need("make an alias", [control("kms-control", "POST", "/aliases", {"alias_arn": alias, "key_arn": arn})])
            f.must_start("after", changed={ARN: alias})
            f.look_at_health()
            functional_probe(f, run.seed, AFTER)


def _row_by_row(r: Rehearsal) -> None:
    """One after the other in one fork, for what is looked at is that each starts, and what its log remarks.

    A note is heard at info, a warning also at warn, which Terraform's module sets.
    """
    old = jwt_keys(r, "before")[0]
    five = ",".join([*(fresh_key(f"row-{number}") for number in range(4)), old])
    rows = [
        Row("malformed-leftovers", {PROVIDER: "local", ARN: "not-an-arn", _LEVEL: "info"}, (ARN,)),
        Row("leftover-switches", {PROVIDER: "local", THROW: "true", _STORE: "none"}, ()),
        Row("five-keys", {KEYS: five, _LEVEL: "warn"}, (KEYS,)),
        Row("the-same-twice", {KEYS: f"{old},{old}", _LEVEL: "warn"}, (KEYS,)),
    ]
    cloud = []
    if ":key/" in (arn := r.environments["after"].get(ARN, "")):
        of_several_regions = arn.partition(":key/")[0] + ":key/mrk-1234abcd12ab34cd56ef1234567890ab"
        cloud = [Row("multi-region-key", {ARN: of_several_regions}, ())]
    with r.fork("starts:row-by-row", "Environments that must start, and what the log must say of each") as f:
        for environment, row in [*(("before", each) for each in rows), *(("after", each) for each in cloud)]:
            f.record("must-start", row=row.name, names=list(row.names))
            if f.start(environment, changed=row.changed):
                f.read_logs()
                f.stop()


def try_a_hybrid(r: Rehearsal) -> None:
    """On the target itself, with its ports held where it has any: who opens one first says so."""
    hybrid = {PROVIDER: HYBRIDS["list"]}
    if isinstance(r.world, HoldsPorts):
        with r.world.ports_held():
            has_started = r.start("after", changed=hybrid, called="hybrid")
    else:
        has_started = r.start("after", changed=hybrid, called="hybrid")
    if has_started:
        r.stop()
