"""What a row finds around it: fresh keys, an alias, blobs, each made when the row first names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from harness.conformance.row import ELSEWHERE, HERE, PLAINTEXT, Who
from harness.conformance.subject import CannotEvaluate, Subject

NAME: Final = re.compile(r"\{([a-z_]+)\}")
_ID = re.compile(r"mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ADDRESS = re.compile(r"https?://\S+")
_NO_KEY: Final = "00000000-0000-0000-0000-000000000000"
_BROKEN = (KeyError, AttributeError, NotImplementedError, TypeError, ValueError)


class Refusal(Exception):
    """A call that was refused: code, message and HTTP status as a caller of boto3 sees them."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


class Scene:
    """Values by name for one row; every text that a row holds is filled in here."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.token = uuid4().hex[:12]
        self._known: dict[str, Any] = {}

    def call(
        self, operation: str, parameters: Mapping[str, Any], region: str = HERE, by: Who = "caller"
    ) -> dict[str, Any]:
        """Call an operation with its names filled in; raises `Refusal`, `NotExpressible` or `CannotEvaluate`."""
        asked = {name: self.filled(value) for name, value in parameters.items()}
        method = getattr(self.subject.client(region, by), _boto_name(operation))
        try:
            answer: dict[str, Any] = method(**asked)
        except ClientError as error:
            details, meta = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
            raise Refusal(
                details.get("Code", ""), details.get("Message") or "", meta.get("HTTPStatusCode", 0)
            ) from error
        except BotoCoreError as error:
            raise CannotEvaluate(f"{operation} did not reach the KMS: {error}") from error
        except _BROKEN as error:  # an emulator inside this process breaks with its own bug
            raise Refusal(f"a {type(error).__name__} of its own", "", 0) from error
        return answer

    def keep(self, name: str, value: Any) -> None:
        """Remember a part of an answer."""
        self._known[name] = value

    def filled(self, value: Any) -> Any:
        """Names in braces become values, in lists and objects too; a text that is only a name becomes the value."""
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if isinstance(value, dict):
            return {name: self.filled(each) for name, each in value.items()}
        if isinstance(value, str):
            whole = NAME.fullmatch(value)
            if whole:
                return self._value(whole[1])
            return NAME.sub(lambda found: str(self._value(found[1])), value)
        return value

    def veiled(self, text: str) -> str:
        """Put the names back where their values stand, so that two runs tell the same."""
        values = {name: value for name, value in self._known.items() if isinstance(value, str) and len(value) > 8}
        for name, value in sorted(values.items(), key=lambda pair: (-len(pair[1]), pair[0])):
            text = text.replace(value, f"{{{name}}}")
        return _ADDRESS.sub("(address)", _ID.sub("(id)", text))

    def _value(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = MAKERS[name](self)
        return self._known[name]


def part_of(answer: Mapping[str, Any], path: str) -> Any:
    """A part of an answer by its dotted path; None where there is none."""
    value: Any = answer
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def texts_in(value: Any) -> list[str]:
    """Every text that a value holds, however deep."""
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return [text for each in inside for text in texts_in(each)]


def _boto_name(operation: str) -> str:
    """`GenerateDataKey` as boto3 calls it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation)[1:]


def _created(scene: Scene, **parameters: Any) -> str:
    return str(scene.call("CreateKey", parameters)["KeyMetadata"]["Arn"])


def _blob(scene: Scene) -> bytes:
    blob: bytes = scene.call("Encrypt", {"KeyId": "{key}", "Plaintext": PLAINTEXT})["CiphertextBlob"]
    return blob


def _alias_name(scene: Scene) -> str:
    name = f"alias/gateway-{scene.token}"
    scene.call("CreateAlias", {"AliasName": name, "TargetKeyId": "{key}"})
    return name


def _with_bit_changed(blob: bytes, place: int) -> bytes:
    changed = bytearray(blob)
    changed[place] ^= 0x80
    return bytes(changed)


def _beside(scene: Scene, kind: str, name: str) -> str:
    return f"{scene.filled('{key}').rpartition(':')[0]}:{kind}/{name}"


def _elsewhere(arn: str) -> str:
    return arn.replace(f":{HERE}:", f":{ELSEWHERE}:")


MAKERS: Final[Mapping[str, Callable[[Scene], Any]]] = {
    "account": lambda scene: scene.filled("{key}").split(":")[4],
    "alias": lambda scene: _beside(scene, "alias", scene.filled("{alias_name}").removeprefix("alias/")),
    "alias_name": _alias_name,
    "awaiting": lambda scene: _created(scene, Origin="EXTERNAL"),
    "blob": _blob,
    "blob_cut": lambda scene: scene.filled("{blob}")[:-1],
    "blob_flipped": lambda scene: _with_bit_changed(scene.filled("{blob}"), -1),
    "blob_longer": lambda scene: scene.filled("{blob}") + b"\0",
    "blob_misnamed": lambda scene: _with_bit_changed(scene.filled("{blob}"), 0),
    "elsewhere": lambda _: ELSEWHERE,
    "free_alias": lambda scene: f"alias/free-{scene.token}",
    "hmac": lambda scene: _created(scene, KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256"),
    "key": _created,
    "key_elsewhere": lambda scene: _elsewhere(scene.filled("{key}")),
    "key_id": lambda scene: scene.filled("{key}").rpartition("/")[2],
    "missing": lambda scene: _beside(scene, "key", _NO_KEY),
    "missing_id": lambda _: _NO_KEY,
    "multi": lambda scene: _created(scene, MultiRegion=True),
    "key_in_china": lambda scene: scene.filled("{key}").replace("arn:aws:", "arn:aws-cn:"),
    "multi_elsewhere": lambda scene: _elsewhere(scene.filled("{multi}")),
    "other": _created,
    "principal": lambda scene: scene.subject.principal(scene.filled("{account}")),
    "region": lambda _: HERE,
    "root": lambda scene: f"arn:aws:iam::{scene.filled('{account}')}:root",
    "signing": lambda scene: _created(scene, KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P384"),
    "stranger_account": lambda scene: scene.filled("{stranger_key}").split(":")[4],
    "stranger_key": lambda scene: str(scene.call("CreateKey", {}, by="stranger")["KeyMetadata"]["Arn"]),
    "token": lambda scene: scene.token,
}
