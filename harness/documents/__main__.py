"""`python -m harness.documents`: writes the generated pages, or says which of them are out of date."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.catalogue import failure_modes, scenarios
from harness.doctor.table import ROWS
from harness.documents.claims_page import claims_page
from harness.documents.doctor_page import doctor_page
from harness.documents.failures_page import failures_page
from harness.documents.register import Register
from harness.failures import EXEMPT

PAGES: Mapping[str, Callable[[], str]] = {
    "guide.md": lambda: claims_page(Register.shipped(), scenarios()),
    "doctor.md": lambda: doctor_page(ROWS),
    "failure-modes.md": lambda: failures_page(failure_modes(), EXEMPT),
}
"""Each generated page of the folder and what makes it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0: done; 1: the tables disagree, or a page is out of date; 2: the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m harness.documents", description="make the generated pages")
    parser.add_argument("do", choices=("write", "check"))
    parser.add_argument("--docs", type=Path, default=Path("docs"), metavar="DIR", help="default: docs")
    args = parser.parse_args(argv)
    problems = Register.shipped().problems()
    if problems:
        return _refuse(*problems, code=1)
    if not args.docs.is_dir():
        return _refuse(f"{args.docs} is no folder; name the folder of the pages with --docs", code=2)
    try:
        return _write(args.docs) if args.do == "write" else _check(args.docs)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        return _refuse(f"{args.docs} cannot be used ({reason}); name the folder of the pages with --docs", code=2)


def _write(docs: Path) -> int:
    for name in _stale(docs):
        (docs / name).write_text(PAGES[name](), "utf-8")
        sys.stdout.write(f"{docs / name} written\n")
    return 0


def _check(docs: Path) -> int:
    stale = _stale(docs)
    return _refuse(*(f"{docs / name} is out of date; run `make docs`" for name in stale), code=1 if stale else 0)


def _stale(docs: Path) -> list[str]:
    """The pages that are not what the code makes of them; an absent one is."""
    return [
        name for name, make in PAGES.items() if not (docs / name).exists() or (docs / name).read_text("utf-8") != make()
    ]


def _refuse(*lines: str, code: int) -> int:
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
