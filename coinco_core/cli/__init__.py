"""`coinco`, a thin face: every command reads its arguments, calls one function, and shows the result."""

from __future__ import annotations


def main() -> None:
    """Run `coinco` with the program's arguments and leave with its exit code."""
    import sys

    from coinco_core.cli.app import main as run

    sys.exit(run())
