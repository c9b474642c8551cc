"""The same commands over real sockets, through one cutover and one rollback of real processes."""

from __future__ import annotations

import json

import pytest

from harness.target import Call, control
from harness.targets.process import Processes
from tests.conformance.wire import commands, documents
from tests.conformance.wire.expectations import EXPECTED, RUNS
from tests.conformance.wire.scene import Era, Phase, Scene, opened

_SOME = ("download-files", "export", "restart --copyIdentifiers", "cron mark")


def _judge(scene: Scene, phase: Phase, era: Era, names: tuple[str, ...]) -> None:
    client = scene.client(through_tunnel=phase in {"502", "503"})
    for name in names:
        client.spent.calls.clear()
        client.spent.waited_s = 0.0
        expected = EXPECTED[phase, era][name]
        ended = RUNS[name](client, scene, era)
        assert (ended.exit_code, ended.worked) == (expected.exit_code, expected.worked), (phase, name, ended)
        assert dict(client.spent.calls) == dict(expected.calls), (phase, name)
        assert client.spent.waited_s == expected.waited_s


@pytest.mark.gate
def test_commands_over_sockets_end_as_in_process() -> None:
    scene = opened(Processes())
    try:
        _ask_wrongly(scene)
        scene.start(scene.environ("local", "old"))
        scene.fill("old")
        _judge(scene, "before", "old", ("download-files", "export"))

        scene.stop()
        _judge(scene, "refused", "old", _SOME)
        _judge(scene, "502", "old", _SOME)
        assert scene.world.exchange([control("transcend-control", "POST", "/tunnel", {"down_status": 503})])[0].ok
        _judge(scene, "503", "old", ("export",))

        scene.start(scene.environ("AWS", "new", "old"))
        _judge(scene, "after", "old", _SOME)
        through = commands.export(scene.client(through_tunnel=True), skip_identifiers=True)
        assert through.worked == len(scene.ids["old"])

        scene.start(scene.environ("local", "new", "old"))
        _judge(scene, "rolled back", "old", ("download-files", "export"))
    finally:
        scene.stop()
        scene.world.close()


def _ask_wrongly(scene: Scene) -> None:
    """graphql-core is loaded by the first query that is one; what is malformed is refused before and after it."""
    headers = {"authorization": f"Bearer {scene.secrets.api_key}", "content-type": "application/json"}
    bodies = (b"{", b"\xff", json.dumps({"query": documents.ORGANIZATION}).encode(), b"")
    replies = scene.world.exchange([Call("POST", "transcend", "/graphql", headers, body) for body in bodies])

    assert [reply.status for reply in replies] == [400, 400, 200, 400]
    assert {reply.headers["content-type"] for reply in replies} == {"application/json"}
    assert replies[2].json["data"]["organization"]["sombra"]["customerUrl"].startswith("http://127.0.0.1:")
