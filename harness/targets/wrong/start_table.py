"""Wrong readings of the start-up table: what is forgiven that must not be, and refused that must start."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from fake_sombra import settings
from fake_sombra.crypto import key_sets as sets
from fake_sombra.crypto.derive import derive
from fake_sombra.crypto.key_sets import KeySet, KeySets
from fake_sombra.crypto.signing_key import SigningKey
from fake_sombra.errors import ConfigurationRefused, KmsRefusal, KmsUnreachable, Problem, Refusal
from fake_sombra.gateway.assembly import Parts
from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.startup import aws_variables, keys
from fake_sombra.startup.provider import Provider
from fake_sombra.startup.reading import Reader
from harness.mutants.mutant import Patches, mutant

_NOBODY = "http://127.0.0.1:9"


def _with(patches: Patches, reading: str, change: Any) -> None:
    """A part of the settings is read from what `change` makes of the environment."""

    def around(original: Any) -> Any:
        def read(reader: Reader) -> Any:
            kept, reader.environ = reader.environ, {**reader.environ, **change(reader.environ)}
            try:
                return original(reader)
            finally:
                reader.environ = kept

        return read

    patches.wrap(settings, reading, around)


@mutant("arn-not-looked-at", breaks="G-09", killed_by="aws-variables-refused")
def arn_not_looked_at(patches: Patches) -> None:
    """Whatever AWS_KMS_KEY_ARN holds is taken for an ARN, to be found wrong in the window."""
    patches.replace(aws_variables, "_check_arn", lambda *_: None)


@mutant("region-of-the-arn", breaks="G-09", killed_by="aws-variables-refused")
def region_of_the_arn(patches: Patches) -> None:
    """A missing AWS_REGION is taken from the key's ARN."""

    def filled(environ: Any) -> dict[str, str]:
        parts = environ.get("AWS_KMS_KEY_ARN", "").split(":")
        if environ.get("AWS_REGION", "").strip() or len(parts) < 4:
            return {}
        return {"AWS_REGION": parts[3], "AWS_ENDPOINT_URL_KMS": _NOBODY}

    _with(patches, "read_aws", filled)


@mutant("provider-cut-at-its-end", breaks="G-01", killed_by="misspelt-provider-refused")
def provider_cut_at_its_end(patches: Patches) -> None:
    """What stands behind the provider's name, a blank or a comment, is cut off and forgiven."""
    _with(patches, "read_provider", lambda environ: _cut(environ, r"(local|AWS)\s+(#.*)?"))


@mutant("last-of-two-providers-wins", breaks="G-01", killed_by="hybrid-refused")
def last_of_two_providers_wins(patches: Patches) -> None:
    """local;AWS and local+AWS start under the last one named, though local,AWS is refused."""
    _with(patches, "read_provider", lambda environ: _cut(environ, r"local[;+|/](AWS)"))


def _cut(environ: Any, pattern: str) -> dict[str, str]:
    found = re.fullmatch(pattern, environ.get("KMS_PROVIDER", ""))
    return {"KMS_PROVIDER": found[1]} if found else {}


@mutant("fifth-entry-not-read", breaks="G-12", killed_by="key-lists-refused")
def fifth_entry_not_read(patches: Patches) -> None:
    """Entries that will not be loaded are not looked at, until a rotation drops one of the four."""
    _with(patches, "read_key_sets", lambda environ: _keys(environ, lambda items: items[:4]))


def _keys(environ: Any, choose: Any) -> dict[str, str]:
    value = environ.get("JWT_ECDSA_KEY")
    return {} if value is None else {"JWT_ECDSA_KEY": ",".join(choose(value.split(",")))}


def _mended(patches: Patches, mend: Any) -> None:
    """Each entry of JWT_ECDSA_KEY is read as what `mend` makes of it."""
    patches.wrap(keys, "read_item", lambda original: lambda item: original(mend(item)))


@mutant("blanks-taken-out-of-keys", breaks="G-12", killed_by="key-lists-refused")
def blanks_taken_out_of_keys(patches: Patches) -> None:
    """Blanks inside and around an entry are forgiven, as a lax base64 decoder forgives them."""
    _mended(patches, lambda item: "".join(item.split()))


@mutant("padding-not-needed", breaks="G-12", killed_by="key-lists-refused")
def padding_not_needed(patches: Patches) -> None:
    """An entry whose base64 lost its end is padded and read."""
    _mended(patches, lambda item: item + "=" * (-len(item) % 4))


@mutant("twice-encoded-keys-read", breaks="G-12", killed_by="key-lists-refused")
def twice_encoded_keys_read(patches: Patches) -> None:
    """Base64 of base64 is decoded until a PEM comes out."""

    def once(item: str) -> str:
        try:
            inner = b64decode(item, validate=True)
        except ValueError:
            return item
        return inner.decode() if inner.startswith(b"LS0tLS1") else item

    _mended(patches, once)


@mutant("keys-made-up-under-aws", breaks="G-12", killed_by="key-lists-refused")
def keys_made_up_under_aws(patches: Patches) -> None:
    """Under AWS a missing JWT_ECDSA_KEY is made up for the time of the boot, for the KMS holds the keys anyway."""

    def around(original: Any) -> Any:
        def read(reader: Reader) -> KeySets | None:
            if reader.environ.get("KMS_PROVIDER") == Provider.AWS and not reader.environ.get("JWT_ECDSA_KEY"):
                return KeySets.of([SigningKey.of(ec.generate_private_key(ec.SECP384R1()))])
            found: KeySets | None = original(reader)
            return found

        return read

    patches.wrap(settings, "read_key_sets", around)


@mutant("refusal-shows-the-value", breaks="G-12", killed_by="key-lists-refused")
def refusal_shows_the_value(patches: Patches) -> None:
    """A refused variable is shown with its value, so that one sees at once what is wrong with it."""

    def around(original: Any) -> Any:
        def refuse(self: Reader, variable: str, message: str, *, item: int | None = None) -> None:
            original(self, variable, f"{message} (it is {self.environ.get(variable)})", item=item)

        return refuse

    patches.wrap(Reader, "refuse", around)


@mutant("one-problem-at-a-time", breaks="G-01 G-12", killed_by="all-problems-at-once")
def one_problem_at_a_time(patches: Patches) -> None:
    """The start ends at the first problem; the next one is told after the next try."""
    patches.wrap(Reader, "refused", lambda original: property(lambda self: original.fget(self)[:1]))


@mutant("unset-provider-refused", breaks="G-23", killed_by="lenient-starts")
def unset_provider_refused(patches: Patches) -> None:
    """A KMS_PROVIDER that is not set is refused, where it has always meant local."""
    _with(patches, "read_provider", lambda environ: {} if "KMS_PROVIDER" in environ else {"KMS_PROVIDER": "unset"})


@mutant("empty-leftovers-refused", breaks="D-01", killed_by="lenient-starts")
def empty_leftovers_refused(patches: Patches) -> None:
    """Local refuses the empty AWS variables that Terraform's local mode sets."""

    def refuse(reader: Reader) -> None:
        for name in ("AWS_KMS_KEY_ARN", "AWS_REGION"):
            if reader.environ.get(name) == "":
                reader.refuse(name, "is empty")

    patches.replace(settings, "note_leftovers", refuse)


@mutant("leftovers-validated", breaks="D-01", killed_by="lenient-starts")
def leftovers_validated(patches: Patches) -> None:
    """Local checks a leftover AWS_KMS_KEY_ARN as if it were used."""

    def refuse(reader: Reader) -> None:
        if arn := reader.environ.get("AWS_KMS_KEY_ARN"):
            aws_variables._check_arn(reader, arn, None)  # noqa: SLF001  a wrong Sombra validates what it leaves unread

    patches.replace(settings, "note_leftovers", refuse)


@mutant("alias-refused", breaks="G-09", killed_by="alias-starts")
def alias_refused(patches: Patches) -> None:
    """An alias in AWS_KMS_KEY_ARN is refused as no key."""

    def around(original: Any) -> Any:
        def read(reader: Reader) -> Any:
            if ":alias/" in reader.environ.get("AWS_KMS_KEY_ARN", ""):
                reader.refuse("AWS_KMS_KEY_ARN", "names an alias")
            return original(reader)

        return read

    patches.wrap(settings, "read_aws", around)


@mutant("root-of-the-text", breaks="G-23", killed_by="lenient-starts")
def root_of_the_text(patches: Patches) -> None:
    """The Local root hangs on the text of the PEM, so that the same key in its other form opens nothing."""
    texts: dict[str, bytes] = {}

    def reading(original: Any) -> Any:
        def read(item: str) -> SigningKey:
            found: SigningKey = original(item)
            texts[found.fingerprint] = item.encode()
            return found

        return read

    def deriving(original: Any) -> Any:
        def of(cls: type[KeySet], /, signing_key: SigningKey) -> KeySet:
            made: KeySet = original.__func__(cls, signing_key)
            text = texts.get(made.fingerprint, b"")
            object.__setattr__(made, "kek", derive(text, "KEY_ENCRYPTION_BASE", 32))
            return made

        return classmethod(of)

    patches.wrap(keys, "read_item", reading)
    patches.wrap(KeySet, "of", deriving)


@mutant("repeats-taken-out", breaks="G-12", killed_by="lenient-starts")
def repeats_taken_out(patches: Patches) -> None:
    """A repeated entry takes no place, so that the list that is rehearsed is not the list that is counted."""

    def around(original: Any) -> Any:
        def of(cls: type[KeySets], /, signing_keys: Any, **given: Any) -> KeySets:
            once = {each.fingerprint: each for each in signing_keys}
            made: KeySets = original.__func__(cls, list(once.values()), **given)
            return made

        return classmethod(of)

    patches.wrap(sets.KeySets, "of", around)


def _self_tested(patches: Patches, is_fatal: Any) -> None:
    async def refuse(self: Parts) -> bool:
        if self.settings.aws is None:
            return False
        try:
            await self.keyring.self_test()
        except Refusal as refusal:
            if is_fatal(refusal, flag=self.settings.aws.throw_permission_errors):
                message = f"the self test failed with {refusal.code}: {refusal.message}"
                problem = Problem("AWS_KMS_THROW_PERMISSIONS_ERRORS", message)
                raise ConfigurationRefused((problem,)) from refusal
            self._log_canary(refusal)
        return True

    patches.replace(Parts, "refuse_missing_permissions", refuse)


@mutant("waits-for-the-kms", breaks="G-09", killed_by="prerequisites-told-apart")
def waits_for_the_kms(patches: Patches) -> None:
    """A KMS that does not answer refuses the start, so that an outage there becomes an outage here."""
    _self_tested(patches, lambda refusal, *, flag: isinstance(refusal, KmsUnreachable))


@mutant("flag-knows-decrypt-only", breaks="D-06", killed_by="throw-flag-obeyed")
def flag_knows_decrypt_only(patches: Patches) -> None:
    """With the flag only a denied Decrypt refuses the start; a denied Encrypt is found by the first request."""

    def is_fatal(refusal: Refusal, *, flag: bool) -> bool:
        return flag and refusal.code == "kms_access_denied" and "Decrypt" in refusal.message

    _self_tested(patches, is_fatal)


@mutant("missing-credentials-forgiven", breaks="D-06", killed_by="throw-flag-obeyed")
def missing_credentials_forgiven(patches: Patches) -> None:
    """With the flag a gateway without credentials starts all the same."""
    _self_tested(patches, lambda refusal, *, flag: flag and refusal.code == "kms_access_denied")


@mutant("falls-back-in-spite-of-the-flag", breaks="D-06", killed_by="throw-flag-obeyed")
def falls_back_in_spite_of_the_flag(patches: Patches) -> None:
    """A denied GenerateRandom is replaced by own randomness, also where the flag asks to be told."""

    def random(self: AwsKeyring, size: int) -> bytes:
        try:
            return bytes(self._call("kms:GenerateRandom", NumberOfBytes=size)["Plaintext"])
        except KmsRefusal:
            return self._random(size)

    patches.replace(AwsKeyring, "_random_bytes", random)
