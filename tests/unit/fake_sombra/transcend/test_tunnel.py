"""The relay to the customer ingress: everything passes as it is, and a gateway that is down is 502 or 503."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from fake_sombra.http import Loopback, Message, NoAnswer, Request, Scope
from fake_sombra.transcend.app import create
from fake_sombra.transcend.store import Store
from tests.unit.fake_sombra.transcend.world import Seen, exchange, in_pieces

_CUSTOMER = "http://customer.fake"


class _Echo:
    """Answers with what it was asked; `/cut` breaks off in the middle."""

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        path = scope["raw_path"] + b"?" + scope["query_string"]
        said = dict(scope["headers"]).get(b"x-sombra-authorization", b"")
        headers = [
            (b"x-asked", scope["method"].encode() + b" " + path),
            (b"x-said", said),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": 418, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": scope["path"] == "/cut"})


class _Net:
    def __init__(self, store: Store, *, tunnel_to: str | None) -> None:
        self.loopback = Loopback()
        standin = create(
            store,
            transport=self.loopback,
            gateway_url="http://ingress.fake",
            ingress_secret="s",
            api_keys=["k"],
            clock=lambda: 0.0,
            new_id=lambda: "id",
            tunnel_to=tunnel_to,
        )
        self.loopback.listen("http://product.fake", standin.product)
        self.loopback.listen("http://control.fake", standin.control)

    def call(self, method: str, path: str, body: Any = b"", **headers: str) -> Seen:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return exchange(self.loopback, Request(method, f"http://product.fake/tunnel{path}", sent, body))

    def choose(self, body: bytes) -> Seen:
        return exchange(self.loopback, Request("POST", "http://control.fake/tunnel", {}, body))


@pytest.fixture
def net() -> Iterator[_Net]:
    with Store.create() as store:
        yield _Net(store, tunnel_to=_CUSTOMER)


def test_a_call_and_its_answer_pass_as_they_are(net: _Net) -> None:
    net.loopback.listen(_CUSTOMER, _Echo())

    seen = net.call("POST", "/v1/a%2Fb?x=%20y&x=2", b"body", x_sombra_authorization="Bearer key", content_length="4")

    assert (seen.status, seen.body) == (418, b"body")
    assert seen.headers["x-asked"] == "POST /v1/a%2Fb?x=%20y&x=2"
    assert seen.headers["x-said"] == "Bearer key"


def test_a_long_body_passes_in_pieces(net: _Net) -> None:
    net.loopback.listen(_CUSTOMER, _Echo())

    seen = net.call("PUT", "/v1/x", in_pieces(bytes(300_000), 10_000), transfer_encoding="chunked")

    assert len(seen.body) == 300_000


@pytest.mark.parametrize(("status", "words"), [(502, "bad gateway"), (503, "service unavailable")])
def test_a_gateway_that_is_down_is_the_status_that_was_chosen(net: _Net, status: int, words: str) -> None:
    assert net.choose(b'{"down_status": %d}' % status).status == 200

    seen = net.call("GET", "/v1/files?downloadKey=x")

    assert (seen.status, seen.code) == (status, "bad_gateway")
    assert words in seen.content["error"]["message"]
    assert seen.content["message"] == seen.content["error"]["message"]


def test_502_is_what_it_says_unless_told(net: _Net) -> None:
    assert net.call("GET", "/health").status == 502


@pytest.mark.parametrize("body", [b"{}", b'{"down_status": 500}', b'{"down_status": "503"}', b'{"down_status": true}'])
def test_another_status_cannot_be_chosen(net: _Net, body: bytes) -> None:
    assert net.choose(body).code == "bad_request"
    assert net.call("GET", "/health").status == 502


def test_an_answer_that_breaks_off_breaks_off_here_as_well(net: _Net) -> None:
    net.loopback.listen(_CUSTOMER, _Echo())

    with pytest.raises(NoAnswer):
        net.call("POST", "/cut", b"half", content_length="4")


def test_without_an_address_there_is_no_tunnel() -> None:
    with Store.create() as store:
        seen = _Net(store, tunnel_to=None).call("GET", "/health")

    assert (seen.status, seen.code) == (404, "not_found")
