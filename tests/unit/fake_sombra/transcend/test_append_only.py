"""The law behind a rollback: what was stored stays, byte for byte, whatever happens afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fake_sombra.transcend import tables
from fake_sombra.transcend.statuses import STATUSES
from fake_sombra.transcend.store import Store
from tests.unit.fake_sombra.transcend.world import World

_Act = Callable[[World], object]
_IDS = st.sampled_from(["r1", "r2"])
_TOKENS = st.sampled_from(["h.ctx1.s", "h.ctx2.s"])


def _reconnect(token: str) -> _Act:
    def act(world: World) -> None:
        world.product("PUT", "integrations/crm", {"title": token})
        world.product("POST", "integrations/crm/context", {"integrationContext": token})

    return act


def _enrich(request_id: str, token: str) -> _Act:
    told = {"sealed": "c2VhbGVk", "encryptedCEKContext": token}
    return lambda world: world.product("POST", f"requests/{request_id}/identifiers", told)


def _upload(request_id: str, token: str, file_id: str, content: bytes) -> _Act:
    sealed = content + b"t" * 16
    return lambda world: world.upload(file_id, request_id=request_id, sealed=sealed, headers={"x-cek-context": token})


def _submit(request_id: str, token: str, *, restart: bool) -> _Act:
    return lambda world: world.submit(request_id, token=token, restart=restart)


def _step(request_id: str, step: str) -> _Act:
    return lambda world: world.product("POST", f"requests/{request_id}/{step}")


def _advance(request_id: str, step: str) -> _Act:
    return lambda world: world.product("POST", f"requests/{request_id}/advance", {"step": step})


def _status(request_id: str, status: str) -> _Act:
    return lambda world: world.control("POST", f"requests/{request_id}/status", {"status": status})


_ACTS = st.one_of(
    st.builds(_submit, _IDS, _TOKENS, restart=st.booleans()),
    st.builds(_upload, _IDS, _TOKENS, st.sampled_from(["f1", "f2", "f3"]), st.binary(max_size=8)),
    st.builds(_enrich, _IDS, _TOKENS),
    st.builds(_reconnect, _TOKENS),
    st.builds(_step, _IDS, st.sampled_from(["approve", "cancel", "open", "resume"])),
    st.builds(_advance, _IDS, st.sampled_from(["enrich", "confirm", "answer"])),
    st.builds(_status, _IDS, st.sampled_from(STATUSES)),
)


def _kept(store: Store) -> dict[tuple[str, Any], Any]:
    rows = store.snapshot()
    kept: dict[tuple[str, Any], Any] = {
        (table.name, row["seq"]): row for table in tables.APPEND_ONLY for row in rows[table.name]
    }
    for path in store.blobs.directory.iterdir():
        kept["blob", path.name] = path.read_bytes()
    return kept


@settings(max_examples=40, deadline=None)
@given(acts=st.lists(_ACTS, max_size=14), opens=st.booleans())
def test_nothing_that_was_stored_ever_changes_or_disappears(acts: list[_Act], *, opens: bool) -> None:
    """After any act, every row of an append-only table and every blob from before it is there unchanged."""
    with Store.create() as store:
        world = World(store)
        world.gateway.answers["open-context"] = (200, {"opened": True})
        if not opens:
            world.gateway.refuse("open-context", "wrong_provider")
        world.submit("r1")
        before = _kept(store)

        for act in acts:
            world.now += 1
            act(world)
            after = _kept(store)
            assert before.items() <= after.items()
            assert not [name for kind, name in after if kind == "blob" and str(name).startswith(".")]
            before = after


@settings(max_examples=20, deadline=None)
@given(acts=st.lists(_ACTS, max_size=10))
def test_a_fork_is_not_touched_by_what_happens_to_its_source(acts: list[_Act]) -> None:
    """Acts on one side of a fork never show on the other."""
    with Store.create() as store:
        world = World(store)
        world.submit("r1")
        with store.fork() as fork:
            before = fork.snapshot()
            for act in acts:
                act(world)
            assert fork.snapshot() == before
