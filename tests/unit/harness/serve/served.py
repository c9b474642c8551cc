"""A served world in this process: its control URL and its admin page are called without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fake_sombra.http import Loopback, Request
from harness.environment import EnvFile, default_rollback
from harness.generated import before_and_after
from harness.runner import Plan, world_plan
from harness.serve import control
from harness.serve.admin import Admin
from harness.serve.edge import Edge
from harness.serve.env_files import written
from harness.serve.hands_on import HandsOn
from harness.serve.running import seeded
from harness.target import Reply, Secrets
from harness.targets.inprocess import InProcess, InProcessWorld

ORIGIN = "http://127.0.0.1:9000"


@dataclass(slots=True)
class Door:
    """One of the two applications, called as a program on this machine calls it."""

    app: Edge

    def __call__(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        raw = body if body is not None else b"" if document is None else json.dumps(document).encode()
        return asyncio.run(self._asked(Request(method, ORIGIN + path, headers or {}, raw)))

    async def _asked(self, request: Request) -> Reply:
        transport = Loopback()
        transport.listen(ORIGIN, self.app)
        async with transport.send(request) as answer:
            return Reply(answer.status, answer.headers, await answer.read())


@dataclass(slots=True)
class Served:
    """A world with its two doors, and what was said on standard error."""

    hands: HandsOn
    world: InProcessWorld
    env: Mapping[str, str]
    said: list[str] = field(default_factory=list)
    admin: Door = field(init=False)
    control: Door = field(init=False)

    def __post_init__(self) -> None:
        self.control = Door(Edge(control.routes(self.hands), say=self.said.append))
        addresses = {"sombra_url": "http://127.0.0.1:5039"}
        self.admin = Door(Edge(Admin(self.hands, addresses).routes(), say=self.said.append))

    @property
    def ids(self) -> list[str]:
        """Every request, oldest first."""
        nodes = self.hands.must(self.hands.r.cloud("GET", "requests?first=100")).json["nodes"]
        return [str(node["id"]) for node in nodes]


@contextmanager
def served(*, requests: int = 2, after: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A small world under generated environments; `after` changes variables of the after environment."""
    one, two = before_and_after()
    two = EnvFile(two.path, {**two.variables, **(after or {})}, two.lines)
    plan = Plan(one, two, default_rollback(two), requests=requests)
    secrets = Secrets.fresh()
    world = InProcess().open(world_plan(plan, secrets))
    try:
        env = written(world.private_folder() / "env", plan.files, secrets)
        yield Served(seeded(world, plan, secrets), world, env)
    finally:
        world.close()


def changed(path: str, folder: Path, **variables: str | None) -> str:
    """A copy of an env file with other values; None takes a variable out."""
    file = EnvFile.read(path)
    kept = {name: value for name, value in {**file.variables, **variables}.items() if value is not None}
    copy = folder / "changed.env"
    copy.write_text("".join(f"{name}={value}\n" for name, value in kept.items()), "utf-8")
    return str(copy)
