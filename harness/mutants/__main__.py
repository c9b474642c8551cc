"""`python -m harness.mutants NAME`: tries one wrong Sombra in this process."""

from __future__ import annotations

import sys

from harness.mutants.worker import main
from harness.targets.wrong import WRONG_SOMBRAS

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], WRONG_SOMBRAS))
