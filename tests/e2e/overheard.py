"""A run listened to: what it kept on disk and said, what its parts logged and refused, and every secret it made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.artifacts import Artifact, Ledger
from harness.cli import main
from harness.target import Call, Reply, Secrets
from harness.targets.inprocess import InProcessWorld
from harness.targets.process import ProcessWorld
from tests.e2e import leaks

World = InProcessWorld | ProcessWorld


@dataclass(slots=True)
class Overheard:
    """`places` by name, `secrets` by name, exit codes in order."""

    places: dict[str, bytes] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    codes: list[int] = field(default_factory=list)
    _refusals: set[bytes] = field(default_factory=set)
    _logs: list[str] = field(default_factory=list)

    def leaks(self) -> list[str]:
        """Every secret that stands somewhere."""
        return leaks.found(self.places, self.secrets)

    def run(self, capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> int:
        """Run the command line in this process, and keep whatever came out of it."""
        with self._listening():
            code = main(arguments)
        told = capsys.readouterr()
        number = len(self.codes)
        self.codes.append(code)
        self.places |= {
            f"{number} stdout": told.out.encode(),
            f"{number} stderr": told.err.encode(),
            f"{number} logs": "\n".join(self._logs).encode(),
            f"{number} error bodies": b"\n".join(sorted(self._refusals)),
        }
        self.places |= {str(path.relative_to(folder)): path.read_bytes() for path in _files(folder)}
        return code

    @contextmanager
    def _listening(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for kind in (InProcessWorld, ProcessWorld):
                self._listen_to(kind, patch)
            add, fresh = Ledger.add, Secrets.fresh

            def adding(ledger: Ledger, artifact: Artifact) -> Artifact:
                self._keep_artifact(artifact)
                return add(ledger, artifact)

            def making() -> Secrets:
                secrets = fresh()
                number = len(self.codes)
                self.secrets[f"api key {number}"] = secrets.api_key.encode()
                self.secrets[f"ingress secret {number}"] = secrets.ingress_secret.encode()
                self.secrets |= leaks.of_hash(f"internal key {number}", secrets.internal_key)
                return secrets

            patch.setattr(Ledger, "add", adding)
            patch.setattr(Secrets, "fresh", staticmethod(making))
            yield

    def _listen_to(self, kind: type[World], patch: pytest.MonkeyPatch) -> None:
        exchange, close = kind.exchange, kind.close

        def exchanging(world: World, calls: Sequence[Call]) -> list[Reply]:
            replies: list[Reply] = exchange(world, calls)  # type: ignore[arg-type]  # its own method, for its own kind
            self._refusals |= {reply.body for reply in replies if not reply.ok}
            return replies

        def closing(world: World) -> None:
            parts = [] if isinstance(world, InProcessWorld) else [*world._services.values(), *world._gateways.live]
            close(world)  # type: ignore[arg-type]  # as above
            self._logs += [json.dumps(entry) for entry in world.logs()]
            self._logs += [json.dumps([*part.said.lines, *part.said.words]) for part in parts]

        patch.setattr(kind, "exchange", exchanging)
        patch.setattr(kind, "close", closing)

    def _keep_artifact(self, artifact: Artifact) -> None:
        for name in ("token", "credential"):
            if name in artifact.handle:
                signature = artifact.handle[name].rsplit(".", 1)[-1].removeprefix("sha256:")
                self.secrets[f"{artifact.name} {name} {len(self.codes)}"] = signature.encode()
        if artifact.plaintext:
            self.secrets |= leaks.of_content(artifact.name, artifact.plaintext)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
