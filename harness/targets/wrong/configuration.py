"""Wrong ways to read the environment at the start."""

from __future__ import annotations

from typing import Any

from fake_sombra import settings
from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.crypto.signing_key import NotASigningKey, read_item
from fake_sombra.gateway.boot import Gateway
from fake_sombra.startup import provider
from fake_sombra.startup.provider import Provider
from fake_sombra.startup.reading import Reader
from harness.mutants.mutant import Patches, mutant
from harness.targets.inprocess import InProcessWorld


def _reads_provider(patches: Patches, read: Any) -> None:
    """The given function sees KMS_PROVIDER first; where it returns None, the right one decides."""

    def around(original: Any) -> Any:
        return lambda reader: read(reader.environ.get("KMS_PROVIDER", "")) or original(reader)

    patches.wrap(settings, "read_provider", around)


@mutant("first-of-two-providers-wins", breaks="G-01", killed_by="hybrid-refused")
def first_of_two_providers_wins(patches: Patches) -> None:
    """KMS_PROVIDER=local,AWS starts under the first of the list."""

    def first(value: str) -> Provider | None:
        names = value.replace(",", " ").split()
        return Provider(names[0]) if len(names) > 1 and names[0] in tuple(Provider) else None

    _reads_provider(patches, first)


@mutant("provider-in-any-case", breaks="G-01", killed_by="misspelt-provider-refused")
def provider_in_any_case(patches: Patches) -> None:
    """KMS_PROVIDER=aws starts under AWS, as no real Sombra promises."""
    _reads_provider(patches, {"aws": Provider.AWS, "Local": Provider.LOCAL}.get)


@mutant("empty-provider-is-local", breaks="G-01", killed_by="misspelt-provider-refused")
def empty_provider_is_local(patches: Patches) -> None:
    """An empty KMS_PROVIDER starts under Local instead of being refused."""
    patches.wrap(
        settings,
        "read_provider",
        lambda original: (
            lambda reader: Provider.LOCAL if reader.environ.get("KMS_PROVIDER") == "" else original(reader)
        ),
    )


@mutant("unknown-provider-is-local", breaks="G-01", killed_by="hybrid-refused misspelt-provider-refused")
def unknown_provider_is_local(patches: Patches) -> None:
    """Whatever is not exactly AWS counts as local."""
    _reads_provider(patches, lambda value: None if value == "AWS" else Provider.LOCAL)


@mutant("refusal-names-no-variable", breaks="G-01", killed_by="hybrid-refused")
def refusal_names_no_variable(patches: Patches) -> None:
    """A hybrid is refused without saying which variable is wrong."""
    patches.replace(provider, "_VARIABLE", "configuration")
    _reads_provider(patches, {"local": Provider.LOCAL, "AWS": Provider.AWS}.get)


@mutant("leftover-aws-refused", breaks="D-01 G-23", killed_by="operator-boots")
def leftover_aws_refused(patches: Patches) -> None:
    """Local refuses to start while AWS variables are still set, so that the guide's rollback does not start."""

    def refuse(reader: Reader) -> None:
        if reader.environ.get("AWS_KMS_KEY_ARN"):
            reader.refuse("AWS_KMS_KEY_ARN", "is set under the local provider; remove it")

    patches.replace(settings, "note_leftovers", refuse)


@mutant("leftover-aws-decides", breaks="G-23 D-02", killed_by="rollback-restores")
def leftover_aws_decides(patches: Patches) -> None:
    """A set AWS_KMS_KEY_ARN outweighs KMS_PROVIDER=local: the rolled back service is still under AWS."""

    def around(original: Any) -> Any:
        def booting(self: InProcessWorld, variables: Any) -> Gateway:
            decided = {"KMS_PROVIDER": "AWS"} if variables.get("AWS_KMS_KEY_ARN") else {}
            started: Gateway = original(self, {**variables, **decided})
            return started

        return booting

    patches.wrap(InProcessWorld, "_boot", around)


def _reads_items(patches: Patches, choose: Any) -> None:
    """JWT_ECDSA_KEY is read as the items that `choose` makes of it."""

    def around(original: Any) -> Any:
        def read(reader: Reader) -> KeySets | None:
            items = choose(reader.environ.get("JWT_ECDSA_KEY", "").split(","))
            reader.environ = {**reader.environ, "JWT_ECDSA_KEY": ",".join(items)}
            found: KeySets | None = original(reader)
            return found

        return read

    patches.wrap(settings, "read_key_sets", around)


def _is_usable(item: str) -> bool:
    try:
        read_item(item)
    except NotASigningKey:
        return False
    return True


@mutant("unusable-keys-skipped", breaks="G-12", killed_by="key-lists-show")
def unusable_keys_skipped(patches: Patches) -> None:
    """An entry of JWT_ECDSA_KEY that cannot be used is skipped instead of refused."""
    _reads_items(patches, lambda items: [item for item in items if _is_usable(item)])


@mutant("empty-items-skipped", breaks="G-12", killed_by="key-lists-show")
def empty_items_skipped(patches: Patches) -> None:
    """A surplus comma in JWT_ECDSA_KEY goes unnoticed."""
    _reads_items(patches, lambda items: [item for item in items if item])


@mutant("newest-key-last", breaks="G-10", killed_by="new-key-first")
def newest_key_last(patches: Patches) -> None:
    """JWT_ECDSA_KEY is read from its end: the entry that goes first counts as the oldest."""
    _reads_items(patches, lambda items: items[::-1])


@mutant("only-one-key-read", breaks="G-11", killed_by="model-agrees")
def only_one_key_read(patches: Patches) -> None:
    """Under Local only the last entry of JWT_ECDSA_KEY is read."""

    def around(original: Any) -> Any:
        def read(reader: Reader) -> KeySets | None:
            found: KeySets | None = original(reader)
            if found is None or reader.environ.get("KMS_PROVIDER") == Provider.AWS:
                return found
            return KeySets(found.loaded[-1:])

        return read

    patches.wrap(settings, "read_key_sets", around)


@mutant("item-number-missing", breaks="G-12", killed_by="key-lists-show")
def item_number_missing(patches: Patches) -> None:
    """A wrong key is refused without saying which item of the list it is."""

    def around(original: Any) -> Any:
        def refuse(self: Reader, variable: str, message: str, *, item: int | None = None) -> None:
            original(self, variable, message)

        return refuse

    patches.wrap(Reader, "refuse", around)
