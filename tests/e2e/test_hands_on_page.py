"""docs/hands-on.md is run as it stands: every block of commands in one shell, every block of output compared."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

_PAGE = Path(__file__).parents[2] / "docs/hands-on.md"
_BLOCK = re.compile(r"^```(bash|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_END = "@@ the end of a block @@"
_NEEDED = ("bash", "curl", "jq", "sha256sum")
_DEADLINE_S = 90


def steps(page: str) -> Iterator[tuple[str, str]]:
    """Each block of commands with the output that the page shows for it, or none."""
    blocks = _BLOCK.findall(page)
    for place, (kind, text) in enumerate(blocks):
        if kind == "bash":
            follows = blocks[place + 1] if place + 1 < len(blocks) else ("", "")
            yield text, follows[1] if follows[0] == "text" else ""


def is_shown(output: str, shown: str) -> bool:
    """The output is what the page shows, `…` standing for anything on a line."""
    pattern = ".*".join(re.escape(part) for part in shown.split("…"))
    return re.fullmatch(pattern, output) is not None


def run(script: str, folder: Path) -> str:
    """What a shell prints; whatever the script left running ends with it."""
    (folder / "script").write_text(script, "utf-8")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with (folder / "printed").open("w+", encoding="utf-8") as printed:
        shell = subprocess.Popen(
            ["bash", "-u", "script"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            shell.wait(_DEADLINE_S)
        except subprocess.TimeoutExpired:
            printed.write("and then it went on for too long\n")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
        printed.seek(0)
        return printed.read()


@pytest.mark.gate
def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"the page needs {', '.join(missing)}, which this machine lacks; its commands are not run")
    told = list(steps(_PAGE.read_text("utf-8")))
    script = "".join(f"{commands}echo '{_END}'\n" for commands, _ in told)

    printed = run(script, tmp_path).split(f"{_END}\n")

    assert len(told) >= 15
    for (commands, shown), output in zip(told, printed, strict=False):
        assert is_shown(output, shown), f"{commands}\nprinted\n{output}\nand not\n{shown}"
    assert len(printed) == len(told) + 1


def test_a_page_that_shows_something_else_is_found_out(tmp_path: Path) -> None:
    page = "```bash\necho one\n```\n\nText.\n\n```text\ntwo\n```\n\n```bash\necho 3 > /dev/null\n```\n"

    assert list(steps(page)) == [("echo one\n", "two\n"), ("echo 3 > /dev/null\n", "")]
    assert not is_shown(run("echo one\n", tmp_path), "two\n")
    assert is_shown("a 1 b\nc\n", "a … b\nc\n")
    assert not is_shown("a 1\n2 b\n", "a … b\n")
