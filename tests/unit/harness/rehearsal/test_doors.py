"""Which doors are knocked at: all that docs/wire.md has, so that a new route cannot be forgotten."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from fake_sombra.gateway.customer import CustomerIngress
from fake_sombra.gateway.ingress import TranscendIngress
from harness.artifacts import Artifact
from harness.rehearsal.doors import INGRESS, customer_routes, knock_everywhere, with_a_further_key
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call
from tests.unit.harness.fakes import FakeWorld, rehearsal

_PAGE = (Path(__file__).parents[4] / "docs/wire.md").read_text("utf-8")
_SECTIONS = {CustomerIngress: "Gateway, customer ingress", TranscendIngress: "Gateway, Transcend ingress"}
_OPEN = {"GET /health", "GET /public-keys/sombra-general-signing-key"}


def _told(heading: str) -> set[str]:
    """The routes in the table of a section."""
    section = _PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `((?:GET|POST|PUT) [^?`]+)", section, re.MULTILINE))


def _with_artifacts(world: FakeWorld) -> Rehearsal:
    r = rehearsal(world)
    for kind in ("file", "nonce", "download_key"):
        r.ledger.add(Artifact(f"{kind}/r0", kind, "before-1", "r0", {"id": "R0", "token": "t"}))
    return r


def _routes(calls: Iterable[Call], told: set[str]) -> set[str]:
    """The calls as the page writes them; one that is no route of the page stays as it is."""
    patterns = {route: re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route))) for route in told}
    asked = {f"{call.method} {call.path.partition('?')[0]}" for call in calls}
    return {next((name for name, each in patterns.items() if each.fullmatch(one)), one) for one in asked}


def test_every_route_of_the_customers_listener_is_tried() -> None:
    told = _told(_SECTIONS[CustomerIngress]) - _OPEN

    routes = customer_routes(_with_artifacts(FakeWorld()))

    assert len(told) == len(routes)
    assert _routes(routes, told) == told


def test_every_route_of_transcends_listener_is_tried() -> None:
    assert {f"POST {route}" for route in INGRESS} == _told(_SECTIONS[TranscendIngress])


@pytest.mark.parametrize("ingress", [CustomerIngress, TranscendIngress])
def test_the_page_has_every_route_that_is_served(ingress: type[Any]) -> None:
    served = ingress(**dict.fromkeys(each.name for each in fields(ingress)))
    closed = {
        f"{route.method} {route.path.removeprefix('/fake/v1/')}" for route in served.routes() if not route.is_open
    }

    assert closed == _told(_SECTIONS[ingress]) - _OPEN


def test_a_route_that_asks_nothing_of_transcend_is_not_tried_with_another_api_key() -> None:
    r = _with_artifacts(FakeWorld())
    silent = {"POST /v1/data-silo", "POST /v1/custom/sign", "POST /v1/register-saas"}

    knock_everywhere(r)

    without, another = (
        {event["route"] for event in r.history.of("knock", how=how)}
        for how in ("without the internal key", "with another API key")
    )
    assert len(without) == len(customer_routes(r))
    assert another == without - silent


def test_two_internal_keys_are_let_in() -> None:
    world = FakeWorld()

    knock_everywhere(_with_artifacts(world))

    sent = [call.headers["x-sombra-authorization"] for call in world.calls[1:3]]
    assert len(set(sent)) == len(sent)


def test_the_hash_of_a_further_key_stands_before_the_others() -> None:
    one, two, three = with_a_further_key("b25l,dHdv").split(",")

    assert (len(b64decode(one)), two, three) == (hashlib.sha256().digest_size, "b25l", "dHdv")
    assert with_a_further_key("") == one
