"""The doctor at work in a rehearsal: shipped samples of what the chart and the Terraform module do by default.

The samples are written by hand after the public chart and module (docs/fidelity.md#operators-files); keys are made
when they are laid out. What the doctor says of them is written down; checks compare it with what it must say.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.key_material import fresh_key
from harness.rehearsal.rehearsal import Rehearsal

SAMPLES = {"chart-defaults.yaml": "values", "terraform-cutover.json": "tfplan", "terraform-rollback.json": "tfplan"}
"""The samples, each with the flag of `doctor` by which it is given."""

_MADE = re.compile(r"@(new|old|hash|tunnel)@")


def examine_samples(r: Rehearsal) -> None:
    """Run the doctor on every sample by itself, and record level, id, claim and line of all that it finds."""
    from harness.doctor.command import diagnose  # noqa: PLC0415  readers and rules, which only this fork needs
    from harness.doctor.documents import READERS  # noqa: PLC0415
    from harness.doctor.inputs import Inputs  # noqa: PLC0415

    with laid_out() as folder:
        for name, flag in SAMPLES.items():
            documents = {kind: (str(folder / name),) if kind == flag else () for kind in READERS}
            report = diagnose(Inputs(documents=documents))
            told = sorted([each.level, each.id, each.claim, each.line] for each in report.findings)
            opened = sorted({each.rule for each in report.examined.unevaluated})
            r.record("preflight", sample=name, exit_code=report.exit_code, findings=told, unevaluated=opened)


@contextmanager
def laid_out() -> Iterator[Path]:
    """A folder with every sample in it."""
    with TemporaryDirectory(prefix="sombra-preflight-") as folder:
        for name in SAMPLES:
            Path(folder, name).write_text(sample(name), "utf-8")
        yield Path(folder)


def sample(name: str) -> str:
    """A sample with fresh keys filled in; they stay the same within a process."""
    hashed = base64.b64encode(hashlib.sha256(b"nobody holds this key").digest()).decode()
    made = {"new": fresh_key("sample-new"), "old": fresh_key("sample-old"), "hash": hashed, "tunnel": "none"}
    text = files("harness.rehearsal").joinpath("samples", name).read_text("utf-8")
    return _MADE.sub(lambda match: made[match[1]], text)
