"""Wrong ways to say no: the right cause under another HTTP status, or in a body that clients cannot read."""

from __future__ import annotations

from typing import Any

from fake_sombra.errors import (
    Conflict,
    KmsAccessDenied,
    KmsKeyDisabled,
    KmsThrottled,
    KmsUnreachable,
    Refusal,
    Tampered,
    TokenExpired,
)
from fake_sombra.gateway import edge
from fake_sombra.gateway.edge import Edge
from harness.mutants.mutant import Patches, mutant


@mutant("throttled-is-500", breaks="G-22", killed_by="statuses-fit-causes")
def throttled_is_500(patches: Patches) -> None:
    """A KMS that asks to slow down is answered like one that is broken, and no client waits."""
    _answered_with(patches, KmsThrottled, 500)


@mutant("unreachable-is-500", breaks="G-22", killed_by="statuses-fit-causes")
def unreachable_is_500(patches: Patches) -> None:
    """A KMS out of reach is answered like one that refuses, though it may be back in a moment."""
    _answered_with(patches, KmsUnreachable, 500)


@mutant("denied-is-403", breaks="G-22", killed_by="statuses-fit-causes")
def denied_is_403(patches: Patches) -> None:
    """A permission that Sombra lacks is answered as if its caller lacked one."""
    _answered_with(patches, KmsAccessDenied, 403)


@mutant("disabled-is-503", breaks="G-22", killed_by="statuses-fit-causes")
def disabled_is_503(patches: Patches) -> None:
    """A disabled key is answered as if waiting would help."""
    _answered_with(patches, KmsKeyDisabled, 503)


@mutant("tampered-is-422", breaks="G-03", killed_by="statuses-fit-causes")
def tampered_is_422(patches: Patches) -> None:
    """What is damaged in the store is answered as if the caller had sent it so."""
    _answered_with(patches, Tampered, 422)


@mutant("expired-is-401", breaks="G-22", killed_by="statuses-fit-causes")
def expired_is_401(patches: Patches) -> None:
    """A token past its end is answered like a missing credential, and clients look for another API key."""
    _answered_with(patches, TokenExpired, 401)


@mutant("conflict-is-400", breaks="G-22", killed_by="statuses-fit-causes")
def conflict_is_400(patches: Patches) -> None:
    """A step that the request's status forbids is answered as a message that cannot be understood."""
    _answered_with(patches, Conflict, 400)


def _answered_with(patches: Patches, cause: type[Refusal], status: int) -> None:
    def around(original: Any) -> Any:
        def answered(self: Edge, refusal: Refusal) -> int:
            return status if isinstance(refusal, cause) else int(original(self, refusal))

        return answered

    patches.wrap(Edge, "_status", around)


@mutant("no-top-level-message", breaks="G-22", killed_by="statuses-fit-causes")
def no_top_level_message(patches: Patches) -> None:
    """The message of a refusal stands inside `error` alone, where the CLI's pattern does not find it."""

    def around(original: Any) -> Any:
        def json_reply(content: dict[str, Any], status: int = 200) -> Any:
            return original({name: value for name, value in content.items() if name != "message"}, status)

        return json_reply

    patches.wrap(edge, "json_reply", around)
