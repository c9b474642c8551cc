"""Wrong doors: routes that let in whoever comes, or that stand where they must not."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from fake_sombra.errors import NotAuthenticated
from fake_sombra.gateway.assembly import Parts
from fake_sombra.gateway.authentication import CustomerDoor, TranscendDoor
from fake_sombra.gateway.calls import Call
from fake_sombra.gateway.customer import CustomerIngress
from fake_sombra.gateway.edge import Route
from fake_sombra.gateway.upstream import Upstream
from harness.mutants.mutant import Patches, mutant

_INTERNAL, _MISNAMED = b"x-sombra-authorization", b"x-sombra-authentication"


def _admits(patches: Patches, is_let_in: Any) -> None:
    """Who would be turned away at the customer's door is let in where the function says so."""

    def around(original: Any) -> Any:
        def admit(self: CustomerDoor, call: Call) -> None:
            try:
                original(self, call)
            except NotAuthenticated:
                if not is_let_in(self, call):
                    raise

        return admit

    patches.wrap(CustomerDoor, "admit", around)


@mutant("internal-key-for-files-only", breaks="G-16 G-17", killed_by="doors-are-shut")
def internal_key_for_files_only(patches: Patches) -> None:
    """Only the download asks for the internal key; whoever holds an API key may do all the rest."""
    _admits(patches, lambda door, call: call.scope["path"] != "/v1/files" and call.header(b"authorization"))


@mutant("hash-opens-the-door", breaks="G-16 G-17", killed_by="doors-are-shut")
def hash_opens_the_door(patches: Patches) -> None:
    """INTERNAL_KEY_HASH itself passes for the internal key: who reads the environment is in."""

    def is_let_in(door: CustomerDoor, call: Call) -> bool:
        presented = (call.header(_INTERNAL) or "").removeprefix("Bearer ")
        return presented in {b64encode(each).decode() for each in door._hashes}  # noqa: SLF001  as it does

    _admits(patches, is_let_in)


@mutant("misnamed-header-read", breaks="G-16 G-17", killed_by="doors-are-shut")
def misnamed_header_read(patches: Patches) -> None:
    """The internal key is taken from x-sombra-authentication too, a header that no firewall rule strips."""
    _admits(patches, lambda door, call: bool(call.header(_MISNAMED)))


@mutant("any-internal-key-opens", breaks="G-16 G-17", killed_by="doors-are-shut")
def any_internal_key_opens(patches: Patches) -> None:
    """That there is an internal key is checked, not which."""

    def is_let_in(door: CustomerDoor, call: Call) -> bool:
        presented = (call.header(_INTERNAL) or "").removeprefix("Bearer ").strip()
        return bool(presented) and len(b64decode(presented)) > 16

    _admits(patches, is_let_in)


@mutant("api-key-not-asked", breaks="G-16 G-17", killed_by="doors-are-shut")
def api_key_not_asked(patches: Patches) -> None:
    """Whoever holds the internal key needs no API key."""
    _admits(patches, lambda door, call: call.header(b"authorization") is None and call.header(_INTERNAL))


@mutant("ingress-secret-not-asked", breaks="G-16 G-17", killed_by="doors-are-shut")
def ingress_secret_not_asked(patches: Patches) -> None:
    """Transcend's listener trusts whoever reaches it."""
    patches.replace(TranscendDoor, "admit", lambda self, call: None)


@mutant("one-application-for-both", breaks="G-16 G-17", killed_by="doors-are-shut")
def one_application_for_both(patches: Patches) -> None:
    """Both listeners serve all routes: Transcend's stand open to the customer's network."""

    def around(original: Any) -> Any:
        def customer(self: Parts) -> Any:
            own, other = original(self), self.transcend()

            async def both(scope: Any, receive: Any, send: Any) -> None:
                app = other if str(scope.get("path", "")).startswith("/fake/v1/") else own
                await app(scope, receive, send)

            return both

        return customer

    patches.wrap(Parts, "customer", around)


@mutant("state-on-the-product-port", breaks="G-16 G-17", killed_by="doors-are-shut")
def state_on_the_product_port(patches: Patches) -> None:
    """The customer's listener answers /state, for whoever operates it."""

    def around(original: Any) -> Any:
        def routes(self: CustomerIngress) -> tuple[Route, ...]:
            return (*original(self), Route("GET", "/state", self._public_key, is_open=True))

        return routes

    patches.wrap(CustomerIngress, "routes", around)


@mutant("first-api-key-kept", breaks="G-16 G-17", killed_by="doors-are-shut")
def first_api_key_kept(patches: Patches) -> None:
    """The first caller's API key is kept and sent on for everybody who comes after."""
    kept: dict[int, str] = {}

    def around(original: Any) -> Any:
        def request(self: Upstream, method: str, path: str, authorization: str, **given: Any) -> Any:
            first = kept.setdefault(id(self), authorization)
            return original(self, method, path, first, **given)

        return request

    patches.wrap(Upstream, "_request", around)
