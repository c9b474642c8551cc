"""Who may speak to a port that asks for no password: programs of this machine, never a page of another origin.

A browser can be made to call a loopback port by any page it shows. It cannot be made to lie about the page's origin,
nor, when a name of that page's own was bent to 127.0.0.1, about the name it used.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from harness.serve.refusal import Refusal

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FROM_ELSEWHERE = frozenset({"cross-site", "same-site"})


def admit(method: str, headers: Mapping[str, str]) -> None:
    """Raise `Refusal`: 421 for a foreign name in Host, 403 for a call that a page of another origin makes."""
    host = headers.get("host", "").lower()
    if not is_loopback(host):
        raise Refusal(421, "foreign_host", "the Host header names no loopback address; call http://127.0.0.1:<port>")
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"http://{host}":
        raise _foreign()
    if method in _SAFE:
        return
    if headers.get("sec-fetch-site") in _FROM_ELSEWHERE:
        raise _foreign()
    referer = headers.get("referer")
    if origin is None and referer is not None and not referer.lower().startswith(f"http://{host}/"):
        raise _foreign()


def is_loopback(authority: str) -> bool:
    """Whether `host`, `host:port` or `[address]:port` is this machine, without asking anybody for an address."""
    try:
        parts = urlsplit(f"//{authority}")
        name = parts.hostname or ""
        is_plain = parts.netloc == authority and parts.username is None and parts.port != 0
    except ValueError:
        return False
    if not is_plain or parts.path or parts.query or parts.fragment:
        return False
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _foreign() -> Refusal:
    return Refusal(403, "foreign_origin", "a page of another origin may not do this; use the admin page or a program")
