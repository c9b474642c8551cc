"""What exploration needs of Hypothesis and Hypothesis does not promise: a run that depends on its seed alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from hypothesis.internal.conjecture import providers

_COLLECTS: Final = "_get_local_constants"
_CACHE: Final = "CONSTANTS_CACHE"


@contextmanager
def seed_alone_decides() -> Iterator[None]:
    """Keep Hypothesis from drawing constants that it finds in whatever modules happen to be loaded.

    It does so for one number in twenty, and then a walk would depend on what was imported before it. A Hypothesis
    that has no such thing any more is left as it is; a test runs one seed in two processes.
    """
    seam: Any = providers
    collects, cache = getattr(seam, _COLLECTS, None), getattr(seam, _CACHE, None)
    if collects is None or cache is None:
        yield
        return
    nothing = seam.Constants()
    setattr(seam, _COLLECTS, lambda: nothing)
    cache.cache.clear()
    try:
        yield
    finally:
        setattr(seam, _COLLECTS, collects)
        cache.cache.clear()
