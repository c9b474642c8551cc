"""How a page's templates are read and how everything they print is escaped, whoever the page belongs to."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.report.characters import shown

_NO_ANCHOR = re.compile(r"[^A-Za-z0-9._-]+")


@cache
def environment(*packages: str) -> Environment:
    """Templates of the packages, the first that has one winning; an undefined name is an error, never a gap."""
    pages = Environment(
        loader=ChoiceLoader([PackageLoader(package, "templates") for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["anchor"] = lambda name: _NO_ANCHOR.sub("-", name)
    return pages


def _finalize(value: object) -> object:
    """Every text the template prints loses its control characters; escaping follows."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return shown(value)
    return value
