"""Policies as people hand them over: JSON text, in which a name given twice hides half of what was meant."""

from __future__ import annotations

import json
from typing import Any

from fake_sombra.kms.policy.document import Kind, Policy
from fake_sombra.kms.policy.problems import MalformedPolicy, Problem
from fake_sombra.kms.policy.reading import read_policy


class _GivenTwice(ValueError):
    pass


def parse_policy(text: str, *, name: str, kind: Kind) -> Policy:
    """Read a policy from JSON text; raises MalformedPolicy."""
    try:
        document = json.loads(text, object_pairs_hook=_without_repetition)
    except json.JSONDecodeError as error:
        where = f"at line {error.lineno}, column {error.colno}"
        raise _malformed(name, f"is not JSON {where}", f"correct it there ({error.msg})") from None
    except _GivenTwice as error:
        raise _malformed(name, f"gives {error} twice in one object", "keep one of them, or use a list") from None
    except RecursionError:
        raise _malformed(name, "is nested too deeply", "a policy has five levels") from None
    except ValueError:
        raise _malformed(name, "has a number that cannot be read", "write it as text") from None
    return read_policy(document, name=name, kind=kind)


def _malformed(name: str, what: str, after: str) -> MalformedPolicy:
    return MalformedPolicy(name, (Problem("", what, after),))


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _GivenTwice(next(name for name in names if names.count(name) > 1))
    return found
