"""A served world from its start to its end: opened, seeded, listening; whatever happens, nothing is left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Self

from harness.history import History
from harness.progress import Silent
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.seed import Seeder
from harness.runner import Plan
from harness.serve import control
from harness.serve.admin import Admin
from harness.serve.edge import Edge
from harness.serve.env_files import written
from harness.serve.feed import Feed
from harness.serve.hands_on import HandsOn
from harness.target import Addressed, Secrets, World
from harness.target import control as control_call
from harness.targets.serving import Served

_LOOK_S = 1.0
PLACES = {
    "sombra_url": "customer",
    "sombra_transcend_url": "ingress",
    "transcend_url": "transcend",
    "kms_url": "kms",
}


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the two ports of serve itself are; 0 is any free one."""

    control: int = 0
    admin: int = 0


@dataclass(slots=True)
class Running:
    """A context: inside it the world is up; `ready` is the line of interface.md."""

    plan: Plan
    open_world: Callable[[Secrets], Addressed]
    say: Callable[[str], None]
    ports: Ports = Ports()
    secrets: Secrets = field(default_factory=Secrets.fresh)
    ready: Mapping[str, Any] = field(default_factory=dict, repr=False)
    _hands: HandsOn | None = None
    _undo: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        """Raise `StepFailed` when the gateway refuses the before environment, `TargetFailed` for all else."""
        try:
            self._start()
        except BaseException:
            self._undo.close()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        self._undo.close()

    def wait(self) -> None:
        """Stay up until a signal comes; raises `TargetFailed` when a neighbour of the gateway ends by itself."""
        while self._hands is not None:
            threading.Event().wait(_LOOK_S)
            self._hands.ask(control_call("kms-control", "GET", "/faults"))

    def _start(self) -> None:
        world = self.open_world(self.secrets)
        self._undo.callback(world.close)
        hands = self._hands = seeded(world, self.plan, self.secrets)
        addresses = {name: world.addresses()[place] for name, place in PLACES.items()}
        admin = Admin(hands, addresses)
        apps = {
            "control": Edge(control.routes(hands), say=self.say),
            "admin": Edge(admin.routes(), say=self.say),
        }
        served = Served.start(apps, {"control": self.ports.control, "admin": self.ports.admin})
        self._undo.callback(served.close)
        self._undo.callback(hands.close)  # first of all: streams end, and no change begins
        ours = {f"{name}_url": f"http://127.0.0.1:{port}" for name, port in served.ports.items()}
        admin.addresses |= ours
        self.ready = {
            **addresses,
            **ours,
            "api_key": self.secrets.api_key,
            "internal_key": self.secrets.internal_key,
            "audience": hands.r.audience,
            "requests": requests(hands),
            "env": written(world.private_folder() / "env", self.plan.files, self.secrets),
        }


def requests(hands: HandsOn) -> list[dict[str, Any]]:
    """What was seeded, in that order: id, status and type as Transcend's cloud lists them, each file's SHA-256."""
    listed = hands.must(hands.r.cloud("GET", "requests?first=1000")).json
    nodes = listed["nodes"]
    while len(nodes) < listed["totalCount"]:
        more = hands.must(hands.r.cloud("GET", f"requests?first=1000&after={listed['endCursor']}")).json
        nodes, listed = nodes + more["nodes"], {**more, "totalCount": listed["totalCount"]}
    files: dict[str, dict[str, str]] = {}
    for file in hands.r.ledger.of("file"):
        files.setdefault(file.handle["id"], {})[file.handle["fileName"]] = file.digest
    places = {request.id: place for place, request in enumerate(hands.r.ledger.requests.values())}
    nodes = sorted(nodes, key=lambda node: places.get(str(node["id"]), len(places)))
    return [
        {"id": node["id"], "status": node["status"], "type": node["type"], "files": files.get(node["id"], {})}
        for node in nodes
    ]


def seeded(world: World, plan: Plan, secrets: Secrets) -> HandsOn:
    """A world with a gateway under the before environment, and the plan's requests; raises `StepFailed`."""
    environments = {name: file.variables for name, file in plan.files.items()}
    rehearsal = Rehearsal(world, History(), environments, secrets, Silent(), requests=plan.requests)
    hands = HandsOn(rehearsal, environments, Feed(world.logs))
    rehearsal.must_start("before")
    Seeder(rehearsal, plan.seed).everything(plan.requests)
    hands.touch(f"a gateway runs under the before environment; {plan.requests} requests were made")
    return hands
