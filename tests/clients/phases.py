"""A served world before its cutover, after it, and rolled back; every program keeps the addresses it has."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from tests.e2e.serving import Answered, Serving, call, serving

Phase = Literal["before", "after", "rolled back"]
PHASES: tuple[Phase, ...] = ("before", "after", "rolled back")
_ENVIRONMENT: Mapping[Phase, str] = {"before": "before", "after": "after", "rolled back": "rollback"}


@dataclass(frozen=True, slots=True)
class World:
    """One serve, and what a test asks of it."""

    serve: Serving

    @property
    def ready(self) -> Mapping[str, Any]:
        """The ready line."""
        return self.serve.ready

    def enter(self, phase: Phase) -> None:
        """Cut over or roll back until that phase is reached, as an operator would."""
        if self._environment() == _ENVIRONMENT[phase]:
            return
        if phase == "before":
            self._must("/gateway/stop")
            self._must("/gateway/start", {"env_file": self.ready["env"]["before"]})
            return
        if self._environment() != "after":
            self._must("/cutover")
        if phase == "rolled back":
            self._must("/rollback")

    def request(self, status: str) -> Mapping[str, Any]:
        """The seeded request that has, or had, that status."""
        return next(dict(each) for each in self.ready["requests"] if each["status"] == status)

    def status_of(self, request_id: str) -> str:
        """Where a request stands now."""
        return str(self.serve.sombra("GET", f"/v1/data-subject-request/{request_id}").json["status"])

    def files_of(self, request_id: str) -> list[str]:
        """The names of a request's files."""
        listing = self.serve.sombra("GET", f"/v1/data-subject-request/{request_id}/download-keys?limit=100").json
        return [node["fileName"] for node in listing["nodes"]]

    def handed(self, request_id: str) -> Answered:
        """What a data subject's browser is handed: `GET /encrypted/{id}`."""
        return self.serve.control("GET", f"/encrypted/{request_id}")

    def transcend(self, path: str, document: object) -> Any:
        """A call to Transcend's cloud, which must succeed."""
        headers = {"authorization": f"Bearer {self.ready['api_key']}"}
        answered = call("POST", f"{self.ready['transcend_url']}/fake/v1/{path}", document, headers=headers)
        assert answered.status == 200, answered.body
        return answered.json

    def send(self, request_id: str, url: str, *, kind: str = "job") -> int:
        """Have a webhook sent; the receiver's status."""
        told = {"url": url, "request_id": request_id, "kind": kind}
        return int(self._must("/webhooks/send", told).json["status"])

    def submit(self, name: str) -> str:
        """A new request under whatever provider is there; its id."""
        subject = {"coreIdentifier": name, "email": f"{name}@example.com", "emailIsVerified": True}
        document = {"type": "ACCESS", "subjectType": "customer", "subject": subject}
        answered = self.serve.sombra("POST", "/v1/data-subject-request", document)
        assert answered.status == 200, answered.body
        return str(answered.json["request"]["id"])

    def upload(self, nonce: str, name: str, content: bytes) -> Answered:
        """A file for the request of a nonce, sent as a customer's service sends it."""
        headers = {"x_transcend_nonce": nonce, "x_transcend_datapoint_name": name}
        return self.serve.sombra("POST", "/v1/datapoint", content, **headers)

    def public_key(self) -> bytes:
        """The one PEM that is published now."""
        return call("GET", self.ready["sombra_url"] + "/public-keys/sombra-general-signing-key").body

    def receiver_environ(self) -> dict[str, str]:
        """What the published receiver is configured with."""
        return {
            "PORT": "0",
            "SOMBRA_URL": str(self.ready["sombra_url"]),
            "TRANSCEND_API_KEY": str(self.ready["api_key"]),
            "SOMBRA_API_KEY": str(self.ready["internal_key"]),
            "AUDIENCE": str(self.ready["audience"]),
        }

    def _environment(self) -> str:
        return str(self.serve.control("GET", "/state").json["environment"])

    def _must(self, path: str, document: object = None) -> Answered:
        answered = self.serve.control("POST", path, document)
        assert answered.status == 200, answered.body
        return answered


@contextmanager
def served() -> Iterator[World]:
    """One world with a request of each status."""
    with serving("--requests", "16", "--quiet") as serve:
        yield World(serve)
        serve.process.send_signal(signal.SIGTERM)
        serve.process.communicate(timeout=20)
