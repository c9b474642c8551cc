"""`python -m tests.mutation [PART…]`: small changes of our own code, one at a time, and which of them no test notices.

Each part of `[tool.mutation]` in pyproject.toml is changed in a copy of the tree by mutmut and tried by its own tests.
Exit code 0 when every change was noticed or is explained in docs/mutation.md, 1 with a survivor that is not, 3 when
a part had nothing to change or not every change could be tried.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.mutation.copied import copied
from tests.mutation.score import Score, explained, printed, scored

ROOT = Path(__file__).parents[2]


def main(argv: list[str] | None = None) -> int:
    """Change, try, count."""
    parts: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutation"]["parts"]
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="mutation testing, part by part")
    parser.add_argument("parts", nargs="*", choices=[*parts, []], metavar="PART", help=f"of {', '.join(parts)}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--survivors", type=Path, metavar="FILE", help="write each survivor's difference there")
    args = parser.parse_args(argv)
    known = explained((ROOT / "docs" / "mutation.md").read_text("utf-8"))
    scores = [_run(name, jobs=args.jobs, survivors=args.survivors) for name in args.parts or parts]
    sys.stdout.write(printed(scores, known))
    return max(score.exit_code(known) for score in scores)


def _run(part: str, *, jobs: int, survivors: Path | None) -> Score:
    with TemporaryDirectory(prefix="mutation-") as place:
        folder = copied(ROOT, Path(place), part=part)
        command = (sys.executable, "-m", "mutmut", "run", "--max-children", str(jobs))
        subprocess.run(command, cwd=folder, env={**os.environ, "CI": "1"}, check=False, stdout=sys.stderr)
        score = scored(part, folder / "mutants")
        if survivors is not None:
            shown = [_difference(folder, name) for name in score.survivors]
            with survivors.open("a", encoding="utf-8") as stream:
                stream.writelines(shown)
        return score


def _difference(folder: Path, name: str) -> str:
    told = subprocess.run(
        (sys.executable, "-m", "mutmut", "show", name), cwd=folder, capture_output=True, text=True, check=False
    )
    return f"{name}\n{told.stdout}\n"


if __name__ == "__main__":
    sys.exit(main())
