"""What `sombra-rehearsal doctor` prints and how it exits: 0 nothing wrong, 1 an error found, 2 unusable input."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal, TextIO

from harness.doctor.examination import examine
from harness.environment import EnvFile, EnvFileError
from harness.run import Finding

Format = Literal["text", "json"]


def run(
    before: str | Path,
    after: str | Path,
    rollback: str | Path | None = None,
    *,
    fmt: Format = "text",
    json_file: str | Path | None = None,
    out: TextIO,
) -> int:
    """Examine the files and tell the findings to `out`, as JSON alone when `json_file` is `-`.

    Exit code 0 without an error finding, 1 with one, 2 when a file cannot be used; all such files are told.
    """
    files, refused = _read([path for path in (before, after, rollback) if path is not None])
    findings = tuple(refused) if refused else examine(*files)
    as_json = json.dumps({"findings": [asdict(finding) for finding in findings]}, indent=2) + "\n"
    out.write(as_json if fmt == "json" or json_file == "-" else as_text(findings))
    if json_file is not None and json_file != "-":
        try:
            Path(json_file).write_text(as_json, encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a usable path"
            out.write(f"--json {_plain(str(json_file))}: cannot be written: {reason}; name another file\n")
            return 2
    if refused:
        return 2
    return 1 if any(finding.level == "error" for finding in findings) else 0


def as_text(findings: Sequence[Finding]) -> str:
    """Three lines a finding, what to do about it last; the counts at the end."""
    told = "".join(_paragraph(finding) for finding in findings)
    return f"{told}{_counts(findings)}\n"


def _read(paths: Iterable[str | Path]) -> tuple[list[EnvFile], list[Finding]]:
    files: list[EnvFile] = []
    refused: list[Finding] = []
    for path in paths:
        try:
            files.append(EnvFile.read(path))
        except EnvFileError as error:
            refused.append(error.finding())
    return files, refused


def _paragraph(finding: Finding) -> str:
    place = _plain(f"{finding.file}:{finding.line}")
    head = f"{finding.level:<7}  {place}  {finding.id} ({finding.claim})"
    return f"{head}\n         {_plain(finding.message)}\n         next: {_plain(finding.next)}\n"


def _counts(findings: Sequence[Finding]) -> str:
    levels = [finding.level for finding in findings]
    return "doctor: " + ", ".join(_count(levels.count(level), level) for level in ("error", "warning", "note"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _plain(text: str) -> str:
    """Keep the control characters of a file's name away from the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
