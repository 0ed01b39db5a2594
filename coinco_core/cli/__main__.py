"""`python -m coinco_core.cli`, the same as `coinco`."""

from coinco_core.cli.app import run

run()
