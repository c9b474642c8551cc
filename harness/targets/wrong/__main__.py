"""`python -m harness.targets.wrong gateway NAME`: serves one wrong Sombra, for `rehearse --gateway`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from fake_sombra import cli
from harness.targets.wrong import WRONG_SOMBRAS


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM, configured by the environment as any gateway."""
    parser = argparse.ArgumentParser(prog="python -m harness.targets.wrong", description="serve one wrong Sombra")
    parser.add_argument("service", choices=("gateway",))
    parser.add_argument("name", choices=tuple(WRONG_SOMBRAS), metavar="NAME")
    args = parser.parse_args(argv)
    with WRONG_SOMBRAS[args.name].alive():
        return cli.main([args.service])


if __name__ == "__main__":
    sys.exit(main())
