"""Which public programs the tests of real clients drive, whether they are installed here, and if not, what to do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
_OLDEST_NODE = 20


def pins() -> Mapping[str, str]:
    """The packages of package.json with their versions."""
    dependencies: dict[str, str] = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    return dependencies


@cache
def lacking(modules: Path = MODULES) -> str:
    """Why the clients cannot be run on this machine; empty when they can."""
    node = shutil.which("node")
    if node is None:
        return "there is no Node on this machine; install Node 20 or newer, then run `make clients`"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=20).stdout
    major = re.match(r"v(\d+)\.", version)
    if major is None or int(major[1]) < _OLDEST_NODE:
        return f"Node is {version.strip() or 'broken'} here; install Node 20 or newer, then run `make clients`"
    wrong = [f"{name} {pin}" for name, pin in pins().items() if _version(modules / name) != pin]
    return f"{', '.join(wrong)} not installed; run `make clients`" if wrong else ""


def _version(package: Path) -> str:
    try:
        return str(json.loads((package / "package.json").read_text("utf-8"))["version"])
    except (OSError, ValueError, KeyError):
        return ""
