"""What a list of signing keys must look like in one file: every entry a usable P-384 key, at most four."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.doctor.rule import Boot, FileRule, Rule, Sighting
from harness.environment import SIGNING_KEYS
from harness.key_facts import REMEMBERED, KeyEntry, KeyFault

_GENERATE = "Generate it with `openssl ecparam -genkey -name secp384r1 -noout | base64 --wrap=0`."
_ENCODE = "Encode the PEM once, on one line: `base64 --wrap=0 < key.pem`."

_FAULTS = {
    KeyFault.EMPTY: ("is empty", "Remove the surplus comma."),
    KeyFault.WHITE_SPACE: ("holds white space", "Remove every blank, also around the commas."),
    KeyFault.QUOTED: ("holds a quote, which an env file keeps literally", "Remove the quotes."),
    KeyFault.WRAPPED: ("holds escaped line ends of wrapped base64", _ENCODE),
    KeyFault.BARE_PEM: ("is a PEM without its base64 encoding", _ENCODE),
    KeyFault.NOT_BASE64: ("is not standard, padded base64", _ENCODE),
    KeyFault.ENCODED_TWICE: ("is base64-encoded twice", _ENCODE),
    KeyFault.NOT_PEM: ("decodes to something that is no PEM private key", _GENERATE),
    KeyFault.PUBLIC: ("is a public key", "Put the private key of the pair here."),
    KeyFault.CERTIFICATE: ("is a certificate", "Put the private key here, not its certificate."),
    KeyFault.PARAMETERS: (
        "begins with an EC PARAMETERS block",
        "Write the key with `-noout`, so that it stands alone.",
    ),
    KeyFault.ENCRYPTED: ("is an encrypted private key", "Store the key without a passphrase."),
    KeyFault.UNREADABLE: ("is a damaged or unsupported private key", _GENERATE),
    KeyFault.WRONG_KIND: ("is not an elliptic-curve key", _GENERATE),
    KeyFault.WRONG_CURVE: ("is on another curve than P-384", _GENERATE),
}

_NOISE = frozenset(
    {
        KeyFault.EMPTY,
        KeyFault.WHITE_SPACE,
        KeyFault.QUOTED,
        KeyFault.WRAPPED,
        KeyFault.BARE_PEM,
        KeyFault.NOT_BASE64,
        KeyFault.ENCODED_TWICE,
    }
)


def _entries_with(fault: KeyFault) -> Callable[[Boot], Iterator[Sighting]]:
    what, action = _FAULTS[fault]

    def look(boot: Boot) -> Iterator[Sighting]:
        for entry in boot.keys:
            if entry.fault is fault:
                yield Sighting(boot, SIGNING_KEYS, _sentence(entry, what), action)

    return look


def _sentence(entry: KeyEntry, what: str) -> str:
    kind = f" ({entry.kind})" if entry.kind else ""
    trap = "; it passes the documented prefix check all the same" if entry.passes_prefix_check else ""
    return f"{SIGNING_KEYS} item {entry.position} {what}{kind}{trap}."


def _mode(fault: KeyFault) -> tuple[str, ...]:
    """Noise in the list, or a key of the wrong kind; at one of another curve a verifying loop may die."""
    if fault in _NOISE:
        return ("F07",)
    return ("F06", "F08") if fault is KeyFault.WRONG_CURVE else ("F06",)


def _missing(boot: Boot) -> Iterator[Sighting]:
    if not boot.value(SIGNING_KEYS).strip():
        message = f"{SIGNING_KEYS} is missing or empty; Sombra needs it under either provider."
        yield Sighting(boot, SIGNING_KEYS, message, "Set it from the secrets manager, the current key first.")


def _too_many(boot: Boot) -> Iterator[Sighting]:
    if len(boot.keys) > REMEMBERED:
        message = f"{SIGNING_KEYS} holds {len(boot.keys)} entries; only the first {REMEMBERED} are loaded."
        action = "Remove entries that nothing needs, so that every needed one stands in the first four."
        yield Sighting(boot, SIGNING_KEYS, message, action)


def _duplicate(boot: Boot) -> Iterator[Sighting]:
    first: dict[str, int] = {}
    for entry in boot.keys:
        if entry.fingerprint is None:
            continue
        if entry.fingerprint in first:
            places = f"items {first[entry.fingerprint]} and {entry.position}"
            message = f"{SIGNING_KEYS} {places} are the same key; each takes one of the four places."
            yield Sighting(boot, SIGNING_KEYS, message, f"Remove item {entry.position}.")
        else:
            first[entry.fingerprint] = entry.position


RULES: tuple[FileRule, ...] = (
    Rule("key-missing", "error", "G-12", f"{SIGNING_KEYS} is missing or empty", _missing, refuses=True, modes=("F28",)),
    *(
        Rule(
            f"key-{fault}", "error", "G-12", f"an entry {what}", _entries_with(fault), refuses=True, modes=_mode(fault)
        )
        for fault, (what, _) in _FAULTS.items()
    ),
    Rule("key-list-too-long", "warning", "D-05", "more than four keys are listed", _too_many, modes=("F04",)),
    Rule("key-duplicate", "warning", "G-12", "the same key is listed twice", _duplicate, modes=("F07",)),
)
