"""Wrong readings at the edges of the start-up table: slips of the shell, other kinds of PEM, remarks unsaid."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fake_sombra import settings
from fake_sombra.errors import ConfigurationRefused, Problem
from fake_sombra.gateway import boot
from fake_sombra.gateway.assembly import Parts
from fake_sombra.startup import aws_variables, keys
from fake_sombra.startup.provider import Provider
from fake_sombra.startup.reading import Reader
from harness.mutants.mutant import Patches, mutant

_ARN, _KEYS, _PROVIDER = "AWS_KMS_KEY_ARN", "JWT_ECDSA_KEY", "KMS_PROVIDER"
_STORE, _THROW = "AWS_KMS_CUSTOM_KEY_STORE_ID", "AWS_KMS_THROW_PERMISSIONS_ERRORS"


def _provider(patches: Patches, mend: Callable[[str], str]) -> None:
    """The provider is read from what `mend` makes of its value."""

    def around(original: Any) -> Any:
        def read(reader: Reader) -> Any:
            mended = {name: mend(value) for name, value in reader.environ.items() if name == _PROVIDER}
            return original(replace(reader, environ={**reader.environ, **mended}))

        return read

    patches.wrap(settings, "read_provider", around)


@mutant("provider-line-end-forgiven", breaks="G-01", killed_by="misspelt-provider-refused")
def provider_line_end_forgiven(patches: Patches) -> None:
    """KMS_PROVIDER from a secret that was written with `echo` starts, line end and all."""
    _provider(patches, lambda value: value.removesuffix("\n"))


@mutant("provider-under-other-names", breaks="G-01", killed_by="misspelt-provider-refused")
def provider_under_other_names(patches: Patches) -> None:
    """aws-kms is taken for AWS, which is what people call it."""
    _provider(patches, lambda value: Provider.AWS if value == "aws-kms" else value)


def _items(patches: Patches, mend: Callable[[str], str]) -> None:
    """Each entry of JWT_ECDSA_KEY is read as what `mend` makes of it."""
    patches.wrap(keys, "read_item", lambda original: lambda item: original(mend(item)))


@mutant("wrapped-keys-read", breaks="G-12", killed_by="key-lists-refused")
def wrapped_keys_read(patches: Patches) -> None:
    """An entry that was encoded without `--wrap=0` is put together from its lines."""
    _items(patches, lambda item: item.replace("\n", ""))


@mutant("bare-pem-read", breaks="G-12", killed_by="key-lists-refused")
def bare_pem_read(patches: Patches) -> None:
    """A PEM that nobody encoded is read as an entry."""
    _items(patches, lambda item: b64encode(item.encode()).decode() if item.startswith("-----BEGIN") else item)


def _without(patches: Patches, label: bytes) -> None:
    """Entries that hold a PEM of this label are passed over."""

    def holds(item: str) -> bool:
        try:
            return b64decode(item).startswith(b"-----BEGIN " + label)
        except ValueError:
            return False

    def around(original: Any) -> Any:
        def read(reader: Reader) -> Any:
            kept, items = reader.environ, reader.environ.get(_KEYS, "").split(",")
            usable = ",".join(item for item in items if not holds(item))
            reader.environ = {**kept, **({_KEYS: usable} if _KEYS in kept else {})}
            try:
                return original(reader)
            finally:
                reader.environ = kept

        return read

    patches.wrap(settings, "read_key_sets", around)


@mutant("certificates-passed-over", breaks="G-12", killed_by="key-lists-refused")
def certificates_passed_over(patches: Patches) -> None:
    """A certificate among the entries is passed over, and the entry behind it moves up."""
    _without(patches, b"CERTIFICATE")


@mutant("rsa-keys-passed-over", breaks="G-12", killed_by="key-lists-refused")
def rsa_keys_passed_over(patches: Patches) -> None:
    """An RSA key among the entries is passed over as one of another service."""
    _without(patches, b"RSA PRIVATE KEY")


def _arn(patches: Patches, change: Callable[[Reader, str], bool]) -> None:
    """The check of the ARN is left out where `change` has dealt with it."""

    def around(original: Any) -> Any:
        def check(reader: Reader, arn: str, region: str | None) -> None:
            if not change(reader, arn):
                original(reader, arn, region)

        return check

    patches.wrap(aws_variables, "_check_arn", around)


@mutant("govcloud-taken", breaks="G-09", killed_by="aws-variables-refused")
def govcloud_taken(patches: Patches) -> None:
    """An ARN of GovCloud is taken, to be found elsewhere than its endpoints in the window."""
    _arn(patches, lambda _, arn: arn.startswith("arn:aws-us-gov:"))


@mutant("multi-region-keys-refused", breaks="G-09", killed_by="lenient-starts")
def multi_region_keys_refused(patches: Patches) -> None:
    """Only an id that is a UUID is a key's: key/mrk-… is refused."""

    def refused(reader: Reader, arn: str) -> bool:
        if ":key/mrk-" in arn:
            reader.refuse(_ARN, "does not end in a UUID")
        return ":key/mrk-" in arn

    _arn(patches, refused)


@mutant("aws-problems-first", breaks="G-01 G-12", killed_by="all-problems-at-once")
def aws_problems_first(patches: Patches) -> None:
    """What is wrong with the AWS variables ends the reading; the keys are looked at after the next try."""

    def around(original: Any) -> Any:
        def read(reader: Reader) -> Any:
            found = original(reader)
            if reader.refused:
                raise ConfigurationRefused(reader.refused)
            return found

        return read

    patches.wrap(settings, "read_aws", around)


@mutant("starts-without-an-internal-key", breaks="G-01 G-12", killed_by="all-problems-at-once")
def starts_without_an_internal_key(patches: Patches) -> None:
    """Without INTERNAL_KEY_HASH it starts, and says nothing of what it lacks."""

    def around(original: Any) -> Any:
        return lambda reader: original(reader) if reader.environ.get("INTERNAL_KEY_HASH") else ()

    patches.wrap(settings, "read_hashes", around)


@mutant("leftover-store-refused", breaks="D-01", killed_by="lenient-starts")
def leftover_store_refused(patches: Patches) -> None:
    """Local refuses a leftover AWS_KMS_CUSTOM_KEY_STORE_ID that is no key store's."""

    def around(original: Any) -> Any:
        def note(reader: Reader) -> None:
            original(reader)
            if not reader.environ.get(_STORE, "cks-").startswith("cks-"):
                reader.refuse(_STORE, "is not a key store's id")

        return note

    patches.wrap(settings, "note_leftovers", around)


@mutant("leftover-flag-obeyed", breaks="D-01", killed_by="lenient-starts")
def leftover_flag_obeyed(patches: Patches) -> None:
    """A throw flag that is left over has Local test a KMS it has no settings for, and refuse the start."""

    def around(original: Any) -> Any:
        async def refuse(self: Parts) -> Any:
            if self.settings.aws is None and any(note.variable == _THROW for note in self.settings.notes):
                raise ConfigurationRefused((Problem(_THROW, "kms_credentials"),))
            return await original(self)

        return refuse

    patches.wrap(Parts, "refuse_missing_permissions", around)


def _unsaid(patches: Patches, words: str) -> None:
    """Remarks that hold these words are not made."""

    def around(original: Any) -> Any:
        return property(lambda self: tuple(each for each in original.fget(self) if words not in str(each)))

    patches.wrap(Reader, "remarks", around)


@mutant("fifth-key-in-silence", breaks="D-05 G-22", killed_by="start-remarks-said")
def fifth_key_in_silence(patches: Patches) -> None:
    """That a fifth entry is forgotten is said nowhere."""
    _unsaid(patches, "is forgotten")


@mutant("repeats-in-silence", breaks="G-22", killed_by="start-remarks-said")
def repeats_in_silence(patches: Patches) -> None:
    """That a repeated entry takes a place is said nowhere."""
    _unsaid(patches, "repeats item")


@mutant("remarks-below-warn", breaks="D-05 G-22", killed_by="start-remarks-said")
def remarks_below_warn(patches: Patches) -> None:
    """A fifth key and a repeated one are told at info, which a LOG_LEVEL of warn leaves out."""
    patches.within(boot._LEVEL_OF, warning="info")  # noqa: SLF001  the table of a wrong Sombra


@mutant("leftovers-in-silence", breaks="D-01 G-22", killed_by="start-remarks-said")
def leftovers_in_silence(patches: Patches) -> None:
    """That Local leaves an AWS_KMS_KEY_ARN unread is said nowhere."""
    patches.replace(settings, "note_leftovers", lambda reader: None)
