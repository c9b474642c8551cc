"""Wrong processes: how a gateway ends, what it opens before it has read its environment, what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fake_sombra import serving
from fake_sombra.gateway import main
from fake_sombra.serving import Listener
from harness.mutants.mutant import Patches, mutant
from harness.targets import child

_PORTS = ("INTERNAL_PORT_HTTP", "EXTERNAL_PORT_HTTP")
_IMPATIENT_S = 1.0


@mutant("refusal-looks-like-success", breaks="G-01", killed_by="target-refuses-hybrids", is_process=True)
def refusal_looks_like_success(patches: Patches) -> None:
    """A refused start ends with exit code 0, and an orchestrator takes it for done."""
    patches.wrap(main, "run", lambda original: lambda args: original(args) * 0)


@mutant("opens-before-it-reads", breaks="G-01", killed_by="target-refuses-hybrids", is_process=True)
def opens_before_it_reads(patches: Patches) -> None:
    """The ports are opened first, and a hybrid is refused while they take connections."""
    _before_serving(patches, _open_and_close)


def _open_and_close(environ: Mapping[str, str]) -> None:
    for taken in serving.bind([Listener(_nothing, "127.0.0.1", int(environ[name])) for name in _PORTS]):
        taken.close()


async def _nothing(*_: object) -> None:
    return


@mutant("deaf-to-its-stop", breaks="G-02", killed_by="stops-when-told", is_process=True)
def deaf_to_its_stop(patches: Patches) -> None:
    """SIGTERM is ignored: the old Sombra serves on until it is killed, whatever the runbook says."""
    patches.replace(serving, "_stop_on_signals", lambda stop: signal.signal(signal.SIGTERM, signal.SIG_IGN))
    patches.replace(child, "STOP_DEADLINE_S", _IMPATIENT_S)  # of the harness, which need not wait for long to see it


@mutant("stop-looks-like-a-crash", breaks="G-02", killed_by="stops-when-told", is_process=True)
def stop_looks_like_a_crash(patches: Patches) -> None:
    """A stop on request ends with 143, and an orchestrator starts the old environment again."""
    patches.wrap(main, "run", lambda original: lambda args: original(args) or 128 + signal.SIGTERM)


@mutant("keeps-keys-on-disk", breaks="G-02", killed_by="stops-when-told", is_process=True)
def keeps_keys_on_disk(patches: Patches) -> None:
    """The key list is kept in a file for the next start, which may be of another environment."""
    _before_serving(patches, lambda environ: _kept().write_text(json.dumps(environ.get("JWT_ECDSA_KEY")), "utf-8"))


def _kept() -> Path:
    return Path(tempfile.gettempdir()) / "sombra-keys.json"


@mutant("prints-its-keys", breaks="G-22", killed_by="logs-hold-nothing-secret", is_process=True)
def prints_its_keys(patches: Patches) -> None:
    """A forgotten print shows the key list at each start, beside the log and not in its form."""
    _before_serving(patches, lambda environ: sys.stdout.write(f"keys: {environ['JWT_ECDSA_KEY']}\n"))


@mutant("prints-its-credentials", breaks="G-22", killed_by="logs-hold-nothing-secret", is_process=True)
def prints_its_credentials(patches: Patches) -> None:
    """Standard error shows the AWS secret key, for whoever looks for the reason of a denial."""
    _before_serving(patches, lambda environ: sys.stderr.write(f"aws: {os.environ.get('AWS_SECRET_ACCESS_KEY')}\n"))


def _before_serving(patches: Patches, act: Any) -> None:
    def around(original: Any) -> Any:
        async def serve(environ: Mapping[str, str], log: Any) -> None:
            act(environ)
            await original(environ, log)

        return serve

    patches.wrap(main, "_serve", around)
