"""A world with the work of two eras in it, and what an operator does to it: cut over, stop, roll back.

One scene is filled once; every test works on a fork of it.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness.target import Call, Secrets, Target, World, WorldPlan, control
from harness.targets.inprocess import InProcess
from tests.conformance.wire.client import Client

Phase = Literal["before", "refused", "502", "503", "after", "rolled back"]
Era = Literal["old", "new"]

ARN: Final = "arn:aws:kms:eu-west-1:111122223333:key/5f0d8a1e-6b51-4b8e-9a61-0d8b6c1f2a3b"
SILO: Final = "0b3f6c9e-2d7a-4f4e-8e13-5a1f0c9d7e21"
ENRICHER: Final = "7c1e2f3a-9b8d-4c6e-a5f4-3b2a1c0d9e8f"
CONTENT: Final = b"what a data subject may read \x00\xff" * 40
WANTED: Final = {
    "compiling": ("ACCESS", "COMPILING"),
    "approving": ("ACCESS", "APPROVING"),
    "downloadable": ("ACCESS", "DOWNLOADABLE"),
    "completed": ("ACCESS", "COMPLETED"),
    "enriching": ("ACCESS", "ENRICHING"),
    "secondary": ("ERASURE", "SECONDARY"),
    "overdue": ("ERASURE", "WAITING"),
}
FILES: Final = ("export/profile.json", "export/orders.bin")


def _signing_key() -> str:
    key = ec.generate_private_key(ec.SECP384R1())
    return b64encode(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())).decode()


@dataclass(slots=True)
class Scene:
    """The three owners of state, and the ids of what was made in each era."""

    world: World
    secrets: Secrets
    keys: Mapping[str, str] = field(repr=False)
    ids: dict[Era, dict[str, str]] = field(default_factory=lambda: {"old": {}, "new": {}})
    nonces: dict[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    serving: str | None = None

    def environ(self, provider: Literal["local", "AWS"], *names: str) -> dict[str, str]:
        """Return a gateway's environment: the provider, and the signing keys in this order."""
        aws = {"AWS_KMS_KEY_ARN": ARN, "AWS_REGION": "eu-west-1"} if provider == "AWS" else {}
        return {
            "ORGANIZATION_URI": "acme",
            "KMS_PROVIDER": provider,
            "JWT_ECDSA_KEY": ",".join(self.keys[name] for name in names),
            "INTERNAL_KEY_HASH": self.secrets.internal_key_hash,
            **aws,
            **self.world.overlay(),
            **self.more,
        }

    def start(self, environ: Mapping[str, str]) -> None:
        """Stop what serves and start another gateway."""
        self.stop()
        report = self.world.start(environ, instance="sombra")
        assert report.accepted, report.problems
        self.serving = "sombra"

    def stop(self) -> None:
        """Stop what serves, if anything does."""
        if self.serving is not None:
            self.world.stop(self.serving)
        self.serving = None

    def fork(self) -> Scene:
        """An independent copy without a gateway."""
        ids: dict[Era, dict[str, str]] = {"old": dict(self.ids["old"]), "new": dict(self.ids["new"])}
        return Scene(self.world.fork(), self.secrets, self.keys, ids, dict(self.nonces), self.more)

    def client(self, *, through_tunnel: bool = False, **changed: Any) -> Client:
        """The CLI with good credentials, sent to the customer ingress or through the tunnel."""
        given: dict[str, Any] = {"api_key": self.secrets.api_key, "internal_key": self.secrets.internal_key, **changed}
        if through_tunnel:
            return Client(self.world, place="transcend", prefix="/tunnel", **given)
        return Client(self.world, **given)

    def enter(self, phase: Phase) -> Client:
        """Bring this fork into a phase, and return the CLI as it is sent to Sombra in it."""
        if phase == "before":
            self.start(self.environ("local", "old"))
        elif phase == "after":
            self.start(self.environ("AWS", "new", "old"))
        elif phase == "rolled back":
            self.start(self.environ("local", "new", "old"))
        elif phase in {"502", "503"}:
            status = {"down_status": int(phase)}
            (reply,) = self.world.exchange([control("transcend-control", "POST", "/tunnel", status)])
            assert reply.ok
        return self.client(through_tunnel=phase in {"502", "503"})

    def fill(self, era: Era) -> None:
        """Make one request in each status that a command works on, with files, under the gateway that serves."""
        client = self.client()
        for name, (action, status) in WANTED.items():
            request_id = self._submit(client, era, name, action)
            self.ids[era][name] = request_id
            nonce = self.nonces[request_id] = self._nonce(request_id)
            for file_name in FILES:
                self._attach(client, nonce, file_name)
            status_set = control("transcend-control", "POST", f"/requests/{request_id}/status", {"status": status})
            assert self.world.exchange([status_set])[0].ok

    def _submit(self, client: Client, era: Era, name: str, action: str) -> str:
        body: dict[str, Any] = {
            "type": action,
            "subjectType": "customer",
            "subject": {
                "coreIdentifier": f"{era}-{name}",
                "email": f"{era}-{name}@example.com",
                "emailIsVerified": True,
                "attestedExtraIdentifiers": {
                    "phone": [{"value": "+15550100"}],
                    "custom": [{"name": "loyalty", "value": "7"}],
                },
            },
            "attributes": [{"key": "Tags", "values": ["transcend-cli"]}],
        }
        if name == "overdue":
            body["createdAt"] = (datetime.now(UTC) - timedelta(days=40)).isoformat()
        answer = client.sombra("POST", "v1/data-subject-request", json_body=body)
        return str(answer.json["request"]["id"])

    def _nonce(self, request_id: str) -> str:
        body = json.dumps({"dataSiloId": SILO, "url": None}).encode()
        path = f"/fake/v1/requests/{request_id}/webhook"
        headers = {"authorization": f"Bearer {self.secrets.api_key}"}
        (reply,) = self.world.exchange([Call("POST", "transcend", path, headers, body)])
        return str(reply.json["headers"]["x-transcend-nonce"])

    def _attach(self, client: Client, nonce: str, name: str) -> None:
        headers = {
            "authorization": f"Bearer {client.api_key}",
            "x-sombra-authorization": f"Bearer {client.internal_key}",
            "x-transcend-nonce": nonce,
            "x-transcend-datapoint-name": name,
            "content-type": "application/octet-stream",
        }
        (reply,) = self.world.exchange([Call("POST", "customer", "/v1/datapoint", headers, CONTENT)])
        assert reply.ok, reply.body

    def status(self, request_id: str) -> str:
        """What Transcend says of a request's status."""
        query = "query S($id: ID!) { request(id: $id) { status } }"
        return str(self.client().graphql(query, {"id": request_id})["request"]["status"])

    def writes(self) -> str:
        """A digest of everything that Transcend's cloud holds."""
        (reply,) = self.world.exchange([control("transcend-control", "GET", "/snapshot")])
        return hashlib.sha256(json.dumps(reply.json["tables"], sort_keys=True).encode()).hexdigest()


def opened(target: Target | None = None, **more: str) -> Scene:
    """A fresh world, empty; `more` are further variables of every gateway."""
    secrets = Secrets.fresh()
    world = (target or InProcess()).open(WorldPlan((ARN,), "111122223333", secrets))
    return Scene(world, secrets, {"old": _signing_key(), "new": _signing_key()}, more=more)


@contextmanager
def two_eras(target: Target | None = None, **more: str) -> Iterator[tuple[Scene, Scene]]:
    """Two scenes: one with work of the old era only, one with work of both; no gateway lives in either."""
    scene = opened(target, **more)
    try:
        scene.start(scene.environ("local", "old"))
        scene.fill("old")
        scene.stop()
        both = scene.fork()
        try:
            both.start(both.environ("AWS", "new", "old"))
            both.fill("new")
            both.stop()
            yield scene, both
        finally:
            both.world.close()
    finally:
        scene.world.close()
