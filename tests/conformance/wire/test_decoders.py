"""That the decoders of this folder bite: each planted wrong answer ends the command that reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fake_sombra.gateway.cron import Cron
from fake_sombra.gateway.files import Files
from fake_sombra.gateway.identifiers import Identifiers
from tests.conformance.wire.codecs import (
    Undecodable,
    array,
    boolean,
    both,
    decode,
    null,
    number,
    partial,
    record,
    string,
    union,
)
from tests.conformance.wire.conftest import Entered
from tests.conformance.wire.expectations import RUNS


@pytest.mark.parametrize(
    ("codec", "fits", "fails"),
    [
        (string, ["", "x"], [None, 1, True, [], {}]),
        (number, [0, 1.5, -1], [None, "1", True]),
        (boolean, [True, False], [None, 0, "true"]),
        (null, [None], [0, "", False]),
        (union(null, string), [None, "x"], [1, True]),
        (array(string), [[], ["x"]], [None, "x", [1], ["x", None]]),
        (record(a=string), [{"a": "x"}, {"a": "x", "b": 1}], [{}, {"a": None}, [], None]),
        (record(a=union(null, string)), [{"a": None}], [{}, {"a": 1}]),
        (partial(a=string), [{}, {"a": "x"}], [{"a": None}, {"a": 1}, None]),
        (both(record(a=string), partial(b=number)), [{"a": "x"}], [{"b": 1}, {"a": "x", "b": "1"}]),
    ],
)
def test_a_codec_takes_what_fits_and_nothing_else(codec: Any, fits: list[Any], fails: list[Any]) -> None:
    for value in fits:
        assert decode(codec, value) is value
    for value in fails:
        with pytest.raises(Undecodable, match="Failed to decode codec"):
            decode(codec, value)


def test_the_words_are_those_of_the_cli() -> None:
    with pytest.raises(Undecodable) as failed:
        decode(record(nodes=array(record(size=string))), {"nodes": [{"size": 1}]})

    assert str(failed.value) == "Failed to decode codec: [ \".nodes.0.size expected type 'string'\" ]"


def _changed(member: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda node: {**node, member: value}


def _without(member: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda node: {name: value for name, value in node.items() if name != member}


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (_changed("size", 3), ".nodes.0.size"),
        (_without("error"), ".nodes.0.error"),
        (_changed("mimetype", None), ".nodes.0.mimetype"),
        (_changed("dataPoint", {}), ".nodes.0.dataPoint.id"),
    ],
)
def test_a_file_of_another_shape_ends_download_files(
    fork: Entered, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Any], Any], named: str
) -> None:
    scene = fork("before")
    client = scene.enter("before")
    assert RUNS["download-files"](client, scene, "old").exit_code == 0
    original = Files._node
    monkeypatch.setattr(Files, "_node", lambda self, request_id, node: spoil(original(self, request_id, node)))

    ended = RUNS["download-files"](client, scene, "old")

    assert (ended.exit_code, ended.worked) == (1, 0)
    assert named in ended.said[0]


@pytest.mark.parametrize("member", ["totalCount", "_links"])
def test_a_list_without_its_frame_ends_download_files(
    fork: Entered, monkeypatch: pytest.MonkeyPatch, member: str
) -> None:
    scene = fork("before")
    client = scene.enter("before")
    original = Files.download_keys

    async def bare(self: Files, request_id: str, **given: Any) -> dict[str, Any]:
        return _without(member)(await original(self, request_id, **given))

    monkeypatch.setattr(Files, "download_keys", bare)

    assert f".{member} expected" in RUNS["download-files"](client, scene, "old").said[0]


@pytest.mark.parametrize("member", ["type", "value", "id", "name"])
def test_an_identifier_of_another_shape_loses_the_export(
    fork: Entered, monkeypatch: pytest.MonkeyPatch, member: str
) -> None:
    scene = fork("before")
    client = scene.enter("before")
    original = Identifiers.read

    async def spoilt(self: Identifiers, request_id: str, **given: Any) -> Any:
        page = await original(self, request_id, **given)
        return {"identifiers": [{**each, member: 1} for each in page["identifiers"]]}

    monkeypatch.setattr(Identifiers, "read", spoilt)

    ended = RUNS["export"](client, scene, "old")

    assert (ended.exit_code, ended.worked) == (0, 0)
    assert f".identifiers.0.{member}" in ended.said[0]


@pytest.mark.parametrize("spoil", [_without("nonce"), _changed("daysUntilOverdue", "3"), _changed("attributes", None)])
def test_a_pending_request_of_another_shape_ends_cron_pull(
    fork: Entered, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Any], Any]
) -> None:
    scene = fork("before")
    client = scene.enter("before")
    original = Cron._item

    async def spoilt(self: Cron, silo_id: str, node: Any) -> Any:
        return spoil(await original(self, silo_id, node))

    monkeypatch.setattr(Cron, "_item", spoilt)

    assert RUNS["cron pull"](client, scene, "old").exit_code == 1
