"""How long an operator waits: the whole guide on processes, and the bare cutover inside it."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import AtMost, Figure
from benchmarks.options import BenchmarkFailed, Options
from benchmarks.own_process import finished

_COMMAND = (sys.executable, "-m", "harness", "rehearse", "--quiet", "--target", "process")
_YARDSTICK = (sys.executable, "-c", "import aiohttp, boto3, moto.kms, sqlalchemy")
_CUTOVER = ("stop", "start", "validate")
_PEER = "Python importing what the services import"


def rehearsal(options: Options) -> Iterator[Figure]:
    """Rehearse the guide, and import the services' libraries beside it to show how fast the machine is."""
    walls: list[float] = []
    cutovers: list[float] = []
    imports: list[float] = []
    for _ in range(options.rounds):
        imports.append(_wall(_YARDSTICK))
        with tempfile.TemporaryDirectory() as folder:
            document = Path(folder, "run.json")
            walls.append(_wall((*_COMMAND, "--out", folder, "--json", str(document))))
            cutovers.append(_cutover(document))
    peer = tuple(imports)
    yield Figure("guide rehearsal", "s", tuple(walls), AtMost(5.0), peer, _PEER)
    yield Figure("bare cutover", "s", tuple(cutovers), AtMost(2.0), peer, _PEER)


def _wall(command: tuple[str, ...]) -> float:
    began = time.perf_counter()
    ended = finished(command)
    took = time.perf_counter() - began
    if ended.returncode != 0:
        raise BenchmarkFailed(f"{command[2]} ended with {ended.returncode}, so its time says nothing: {ended.stderr}")
    return took


def _cutover(document: Path) -> float:
    """Stop under Local, start under AWS until healthy, and the functional probe that follows (G-19)."""
    steps = {step["id"]: step for step in json.loads(document.read_bytes())["window"]["steps"]}
    return sum(float(steps[name]["duration_s"]) for name in _CUTOVER)
