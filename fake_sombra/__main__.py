"""`python -m fake_sombra` is `fake-sombra`."""

import sys

from fake_sombra.cli import main

sys.exit(main())
