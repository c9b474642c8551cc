"""The tags of a key: names and values that policies can ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fake_sombra.kms.errors import KmsError

_MOST: Final = 50
Tags = tuple[tuple[str, str], ...]


def read_tags(given: Iterable[Mapping[str, Any]], before: Tags = ()) -> Tags:
    """Put tags over those that are there; raises TagException and LimitExceededException."""
    tags = dict(before)
    for each in given:
        name, value = each.get("TagKey"), each.get("TagValue")
        if not isinstance(name, str) or not isinstance(value, str) or not 0 < len(name) <= 128 or len(value) > 256:
            raise KmsError("TagException", "A tag has a TagKey of 1 to 128 characters and a TagValue of at most 256.")
        if name.startswith("aws:"):
            raise KmsError("TagException", "Tag keys that begin with aws: are reserved.")
        tags[name] = value
    if len(tags) > _MOST:
        raise KmsError("LimitExceededException", f"A key has at most {_MOST} tags.")
    return tuple(tags.items())
