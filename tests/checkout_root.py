"""The top of the checkout that the tests stand in."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
