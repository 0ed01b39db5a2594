"""`python -m coinco_core.cli`, the same as `coinco`."""

from coinco_core.cli import main

main()
