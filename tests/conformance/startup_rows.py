"""The start-up table of claims.md as data: what an environment holds, and which variable and item refuse it."""

from __future__ import annotations

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

KEY_ID = "11111111-2222-3333-4444-555555555555"
ARN = f"arn:aws:kms:us-east-1:111122223333:key/{KEY_ID}"
ALIAS = "arn:aws:kms:us-east-1:111122223333:alias/sombra"
HASH = b64encode(hashlib.sha256(b"an internal key").digest()).decode()

Refused = frozenset[tuple[str, int | None]]
KEYS = "JWT_ECDSA_KEY"


@dataclass(frozen=True, slots=True)
class StartupRow:
    """One input, where it is refused (variable and item; empty: it starts), and what the doctor calls it."""

    name: str
    variables: Mapping[str, str] = field(repr=False)
    refused: Refused = frozenset()
    finding: str | None = None

    @property
    def content(self) -> bytes:
        """The row as an env file."""
        return "".join(f"{name}={value}\n" for name, value in self.variables.items()).encode()


@cache
def p384(name: str, form: PrivateFormat = PrivateFormat.TraditionalOpenSSL) -> str:
    """One good entry; the same name is the same key within a process."""
    return item(private_pem(_p384_key(name), form))


@cache
def _p384_key(name: str) -> ec.EllipticCurvePrivateKey:
    assert name
    return ec.generate_private_key(ec.SECP384R1())


def private_pem(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
    form: PrivateFormat = PrivateFormat.PKCS8,
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    """The PEM of a private key, without a passphrase unless one is asked for."""
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption())


def item(pem: bytes) -> str:
    """One entry of a list: the base64 of a PEM, on one line."""
    return b64encode(pem).decode()


def local(**changed: str | None) -> dict[str, str]:
    """A good Local environment with some variables changed, or removed where None."""
    return _with({"ORGANIZATION_URI": "acme", KEYS: p384("old"), "INTERNAL_KEY_HASH": HASH}, changed)


def aws(**changed: str | None) -> dict[str, str]:
    """A good AWS environment with some variables changed, or removed where None."""
    good = {"KMS_PROVIDER": "AWS", "AWS_KMS_KEY_ARN": ARN, "AWS_REGION": "us-east-1"}
    return _with({**local(), **good, KEYS: f"{p384('new')},{p384('old')}"}, changed)


def _with(variables: Mapping[str, str], changed: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**variables, **changed}
    return {name: value for name, value in merged.items() if value is not None}


@cache
def wrong_items() -> dict[str, tuple[str, str]]:
    """Entries that are refused at any place: what each is, its text, and the doctor's id for it."""
    good = _p384_key("old")
    public = good.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    locked = BestAvailableEncryption(b"passphrase")
    curve = "key-wrong-curve"
    text = p384("old")
    return {
        "an empty item": ("", "key-empty"),
        "a blank in front": (f" {text}", "key-white-space"),
        "a blank behind": (f"{text} ", "key-white-space"),
        "a blank inside": (f"{text[:76]} {text[76:]}", "key-white-space"),
        "escaped line ends": (f"{text[:76]}\\n{text[76:]}", "key-wrapped"),
        "quotes": (f'"{text}"', "key-quoted"),
        "lax base64": (item(private_pem(good, PrivateFormat.PKCS8) + b"\n").rstrip("="), "key-not-base64"),
        "url-safe base64": (urlsafe_b64encode(b"\xfb\xff\xfe" * 20).decode(), "key-not-base64"),
        "double base64": (b64encode(text.encode()).decode(), "key-encoded-twice"),
        "no PEM": (b64encode(b"no pem at all").decode(), "key-not-pem"),
        "a damaged PEM": (item(private_pem(good)[:120] + b"\n-----END PRIVATE KEY-----\n"), "key-unreadable"),
        "P-256 SEC1": (
            item(private_pem(ec.generate_private_key(ec.SECP256R1()), PrivateFormat.TraditionalOpenSSL)),
            curve,
        ),
        "P-256 PKCS#8": (item(private_pem(ec.generate_private_key(ec.SECP256R1()))), curve),
        "P-521": (item(private_pem(ec.generate_private_key(ec.SECP521R1()))), curve),
        "RSA": (item(private_pem(rsa.generate_private_key(65537, 2048))), "key-wrong-kind"),
        "Ed25519": (item(private_pem(ed25519.Ed25519PrivateKey.generate())), "key-wrong-kind"),
        "a public key": (item(public), "key-public"),
        "a certificate": (item(_certificate(good)), "key-certificate"),
        "an encrypted PKCS#8": (item(private_pem(good, PrivateFormat.PKCS8, locked)), "key-encrypted"),
        "an encrypted SEC1": (item(private_pem(good, PrivateFormat.TraditionalOpenSSL, locked)), "key-encrypted"),
    }


def _certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sombra")])
    since = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, since, since + timedelta(days=1))
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


@cache
def startup_rows() -> tuple[StartupRow, ...]:
    """Every row of the table, each other part of its environment being good."""
    return (*_provider_rows(), *_aws_rows(), *_required_rows(), *_list_rows(), *_item_rows(), *_scalar_rows())


def _refused(variable: str, place: int | None = None) -> Refused:
    return frozenset({(variable, place)})


def _provider_rows() -> list[StartupRow]:
    name = "KMS_PROVIDER"
    hybrids = {"a list": "local,AWS", "the list turned": "AWS,local", "a list with a blank": "local, AWS"}
    others = {
        "empty": "",
        "blank": "  ",
        "padded in front": " AWS",
        "padded behind": "AWS ",
        "quoted": '"AWS"',
        "quoted local": "'local'",
        "lower case": "aws",
        "title case": "Local",
        "upper case": "LOCAL",
        "unknown": "GCP",
    }
    return [
        StartupRow("provider unset", local()),
        StartupRow("provider local", local(KMS_PROVIDER="local")),
        StartupRow("provider AWS", aws()),
        *(StartupRow(f"provider is {what}", aws(KMS_PROVIDER=value), _refused(name), "provider-hybrid")
          for what, value in hybrids.items()),
        *(StartupRow(f"provider is {what}", aws(KMS_PROVIDER=value), _refused(name), "provider-unknown")
          for what, value in others.items()),
    ]  # fmt: skip


def _aws_rows() -> list[StartupRow]:
    name = "AWS_KMS_KEY_ARN"
    wrong = {
        "a bare id": KEY_ID,
        "a bare alias": "alias/sombra",
        "of GovCloud": ARN.replace("arn:aws:", "arn:aws-us-gov:"),
        "of China": ARN.replace("arn:aws:", "arn:aws-cn:"),
        "of another service": ARN.replace(":kms:", ":s3:"),
        "without a region": ARN.replace("us-east-1", ""),
        "with a short account": ARN.replace("111122223333", "11112222333"),
        "of a grant": ARN.replace(":key/", ":grant/"),
        "without an id": ARN.removesuffix(KEY_ID),
        "quoted": f'"{ARN}"',
        "padded": f"{ARN} ",
        "the guide's placeholder": "<your-kms-key-arn>",
    }
    absent: dict[str, str | None] = {"unset": None, "empty": "", "blank": "  "}
    left = {"real": ARN, "empty": "", "malformed": "not-an-arn"}
    hidden = "permission-errors-hidden"
    return [
        *(StartupRow(f"local with a {what} ARN", local(KMS_PROVIDER="local", **{name: value}), finding="aws-left-over")
          for what, value in left.items()),
        StartupRow("local with an empty region", local(AWS_REGION="", **{name: ""}), finding="aws-left-over"),
        *(StartupRow(f"ARN {what}", aws(**{name: value}), _refused(name), "arn-missing")
          for what, value in absent.items()),
        *(StartupRow(f"region {what}", aws(AWS_REGION=value), _refused("AWS_REGION"), "region-missing")
          for what, value in absent.items()),
        *(StartupRow(f"ARN {what}", aws(**{name: value}), _refused(name), "arn-malformed")
          for what, value in wrong.items()),
        StartupRow("ARN and region unset", aws(AWS_REGION=None, **{name: None}),
                   _refused(name) | _refused("AWS_REGION"), "arn-missing"),
        StartupRow("multi-Region ARN", aws(**{name: ARN.replace(KEY_ID, "mrk-" + "1" * 32)})),
        StartupRow("alias ARN", aws(**{name: ALIAS}), finding="arn-is-alias"),
        StartupRow("another region", aws(AWS_REGION="eu-west-1"), finding="region-mismatch"),
        StartupRow("throw flag unset", aws(), finding=hidden),
        StartupRow("throw flag false", aws(AWS_KMS_THROW_PERMISSIONS_ERRORS="false"), finding=hidden),
        StartupRow("throw flag true", aws(AWS_KMS_THROW_PERMISSIONS_ERRORS="true")),
        StartupRow("throw flag near miss", aws(AWS_KMS_THROW_PERMISSIONS_ERRORS="True"), finding=hidden),
        StartupRow("throw flag empty", aws(AWS_KMS_THROW_PERMISSIONS_ERRORS=""), finding="empty-variable"),
        StartupRow("key store", aws(AWS_KMS_CUSTOM_KEY_STORE_ID="cks-1234567890abcdef0")),
        *(StartupRow(f"key store {what}", aws(AWS_KMS_CUSTOM_KEY_STORE_ID=value),
                     _refused("AWS_KMS_CUSTOM_KEY_STORE_ID"), "key-store-form")
          for what, value in {"of another form": "hsm-1", "without an id": "cks-", "quoted": '"cks-1"'}.items()),
        StartupRow("static credentials", aws(AWS_ACCESS_KEY_ID="id", AWS_SECRET_ACCESS_KEY="value"),
                   finding="static-credentials"),
    ]  # fmt: skip


def _required_rows() -> list[StartupRow]:
    absent: dict[str, str | None] = {"unset": None, "empty": "", "blank": "  "}
    ids = {
        "ORGANIZATION_URI": "organization-missing",
        KEYS: "key-missing",
        "INTERNAL_KEY_HASH": "internal-key-hash-missing",
    }
    return [
        StartupRow(f"{name} {what} under {provider}", make(**{name: value}), _refused(name), finding)
        for name, finding in ids.items()
        for what, value in absent.items()
        for provider, make in (("local", local), ("AWS", aws))
    ]


def _list_rows() -> list[StartupRow]:
    five = ",".join(p384(name) for name in ("new", "old", "third", "fourth", "fifth"))
    twice = f"{p384('old')},{p384('old')}"
    broken = wrong_items()["P-256 SEC1"][0]
    return [
        StartupRow("SEC1", local(**{KEYS: p384("old", PrivateFormat.TraditionalOpenSSL)})),
        StartupRow("PKCS#8", local(**{KEYS: p384("old", PrivateFormat.PKCS8)})),
        StartupRow("five keys", aws(**{KEYS: five}), finding="key-list-too-long"),
        StartupRow("a duplicate", aws(**{KEYS: twice}), finding="key-duplicate"),
        StartupRow("a broken fifth key", aws(**{KEYS: f"{five.rsplit(',', 1)[0]},{broken}"}), _refused(KEYS, 5),
                   "key-wrong-curve"),
        StartupRow("two broken items", aws(**{KEYS: f"{broken},{p384('old')},"}),
                   _refused(KEYS, 1) | _refused(KEYS, 3), "key-empty"),
        StartupRow("everything at once", aws(KMS_PROVIDER="local,AWS", ORGANIZATION_URI=None, **{KEYS: broken}),
                   _refused("KMS_PROVIDER") | _refused("ORGANIZATION_URI") | _refused(KEYS, 1), "provider-hybrid"),
    ]  # fmt: skip


def _item_rows() -> list[StartupRow]:
    rows = []
    for what, (text, finding) in wrong_items().items():
        lists = {1: f"{text},{p384('old')}", 2: f"{p384('new')},{text}", 3: f"{p384('new')},{p384('old')},{text}"}
        for place, value in lists.items():
            name = f"{what} at place {place}"
            rows.append(StartupRow(name, aws(**{KEYS: value}), _refused(KEYS, place), finding))
    return rows


def _scalar_rows() -> list[StartupRow]:
    wrong = {
        "INTERNAL_PORT_HTTP": ("port-form", "http", "70000", "-1", "80 "),
        "EXTERNAL_PORT_HTTP": ("port-form", "5042.0", "0x50"),
        "DATA_SUBJECT_SESSION_EXPIRY_TIME": ("span-form", "5", "soon", "0 days", "5 fortnights"),
        "EMPLOYEE_SESSION_EXPIRY_TIME": ("span-form", "three hours", "-1 hour"),
        "TRANSCEND_URL": (
            "transcend-url-form",
            "transcend.example",
            "ftp://transcend.example",
            " https://t.io",
            "http://",
        ),
        "CONSENT_IDENTIFIER_ENCRYPTION_KEY": ("consent-key-form", "c2hvcnQ=", "no base64", f"{HASH[:-1]}"),
    }
    item_of = {"CONSENT_IDENTIFIER_ENCRYPTION_KEY": 1}
    good = {
        "ports": {"INTERNAL_PORT_HTTP": "8080", "EXTERNAL_PORT_HTTP": "0"},
        "spans": {"DATA_SUBJECT_SESSION_EXPIRY_TIME": "2 weeks", "EMPLOYEE_SESSION_EXPIRY_TIME": "90m"},
        "address": {"TRANSCEND_URL": "https://api.us.transcend.io"},
        "consent keys": {"CONSENT_IDENTIFIER_ENCRYPTION_KEY": f"{HASH},{HASH}"},
    }
    empty = ("INTERNAL_PORT_HTTP", "DATA_SUBJECT_SESSION_EXPIRY_TIME", "CONSENT_IDENTIFIER_ENCRYPTION_KEY")
    shared = {"INTERNAL_PORT_HTTP": "5042"}
    return [
        *(StartupRow(f"good {what}", aws(**values)) for what, values in good.items()),
        *(StartupRow(f"{name} empty", aws(**{name: ""}), finding="empty-variable") for name in empty),
        *(StartupRow(f"{name} is {value!r}", aws(**{name: value}), _refused(name, item_of.get(name)), finding)
          for name, (finding, *values) in wrong.items() for value in values),
        StartupRow("second consent key empty", aws(CONSENT_IDENTIFIER_ENCRYPTION_KEY=f"{HASH},"),
                   _refused("CONSENT_IDENTIFIER_ENCRYPTION_KEY", 2), "consent-key-form"),
        StartupRow("both listeners on one port", aws(**shared), _refused("EXTERNAL_PORT_HTTP"), "port-shared"),
    ]  # fmt: skip
