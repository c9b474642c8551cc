"""The three environments of a migration as the reference model boots them, and the names of their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.doctor.effective import NotInTheFiles, Source, rolled_back
from harness.doctor.examination import FILE_RULES
from harness.doctor.inputs import Reading
from harness.doctor.rule import Boot, Part
from harness.environment import SIGNING_KEYS
from harness.model import Boot as ModelBoot
from harness.run import Finding

PARTS: tuple[Part, ...] = ("before", "after", "rollback")
_CONSENT = "CONSENT_IDENTIFIER_ENCRYPTION_KEY"
_DECISIVE = ("KMS_PROVIDER", SIGNING_KEYS, "AWS_KMS_KEY_ARN", _CONSENT)


class PartMissing(ValueError):
    """There is no cutover to plan without an environment before it and one after it."""


@dataclass(frozen=True)
class Configuration:
    """What the gateway is started with before, after, and on the way back."""

    sources: Mapping[Part, Source]
    rollback_is_default: bool

    @classmethod
    def of(cls, reading: Reading) -> Configuration:
        """The migration that was read; raises `PartMissing`."""
        given = dict(reading.migration)
        absent = [part for part in ("before", "after") if part not in given]
        if absent:
            raise PartMissing(f"there is no environment {' and none '.join(absent)}; name --before and --after")
        is_default = "rollback" not in given
        return cls({"rollback": rolled_back(given["after"]), **given}, is_default)

    def boot(self, part: Part) -> ModelBoot | None:
        """What a gateway boots into, None when it refuses to start; raises `NotInTheFiles`."""
        boot = Boot(part, self.sources[part])
        for name in _DECISIVE:
            boot.value(name)
        keys = tuple(each for each in boot.fingerprints if each is not None)
        if _refuses(boot) or boot.provider is None or not keys:
            return None
        consent = tuple(each for each in boot.value(_CONSENT).split(",") if each)
        return ModelBoot(boot.provider, keys, boot.value("AWS_KMS_KEY_ARN") or None, consent)

    def key_names(self) -> dict[str, str]:
        """Fingerprints by the names a reader uses: `old`, `old-2`, `new`, `other`; as far as they are known."""
        names: dict[str, str] = {}
        words = {"before": "old", "after": "new", "rollback": "other"}
        for part in PARTS:
            fresh = [each for each in _fingerprints(self.sources[part], part) if each not in names]
            for place, each in enumerate(dict.fromkeys(fresh), start=1):
                names[each] = words[part] if place == 1 else f"{words[part]}-{place}"
        return names


def _refuses(boot: Boot) -> bool:
    found = (each for rule in FILE_RULES if rule.refuses for each in rule.findings(boot))
    return any(isinstance(each, Finding) for each in found)


def _fingerprints(source: Source, part: Part) -> Iterator[str]:
    try:
        yield from (each for each in Boot(part, source).fingerprints if each is not None)
    except NotInTheFiles:
        return
