"""What makes two encryption contexts the same: exactly the same pairs, in any order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def digest(context: Mapping[str, str]) -> str:
    """SHA-256 (hex) over the sorted pairs, each text preceded by its length.

    Without the lengths `{"ab": "c"}` and `{"a": "bc"}` would be one context, as they are to moto (kms.md, 2).
    """
    summed = hashlib.sha256()
    for pair in sorted(context.items()):
        for text in pair:
            encoded = text.encode("utf-8", "surrogatepass")
            summed.update(len(encoded).to_bytes(8, "big"))
            summed.update(encoded)
    return summed.hexdigest()
