"""Where things lie in a checkout: notebooks, profiles, runs, the staged sources and the built book."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coinco_core.errors import MissingError

RECORD = "run.json"  # in each run's folder: what it depended on, how long it took, what made it
_MARKS = ("profiles", "notebooks", "_toc.yml")  # what a checkout has and an installed package has not


@dataclass(frozen=True)
class Checkout:
    """The folders of one checkout, all below `root`; the book may be made elsewhere, below `output`.

    `own_runs` is where the runs lie instead of in `root`/runs; it must be below `root`.
    """

    root: Path
    output: Path | None = None
    own_runs: Path | None = None

    @property
    def notebooks(self) -> Path:
        """The output-free source notebooks."""
        return self.root / "notebooks"

    @property
    def profiles(self) -> Path:
        """The YAML files that say how large each notebook is."""
        return self.root / "profiles"

    @property
    def book(self) -> Path:
        """The prose pages, the bibliography and the book's own Sphinx extension."""
        return self.root / "book"

    def stage(self, profile: str = "demo", solutions: bool = True) -> Path:
        """The scratch tree that Jupyter Book reads for that profile and edition; made anew for every build."""
        return (self.output or self.root) / "stage" / (profile if solutions else f"{profile}-students")

    def built(self, profile: str = "demo", solutions: bool = True) -> Path:
        """The last good book of that profile and edition, `index.html` at its top.

        Profile demo's lie in `_build/html` and, for students, without solutions, in `_build/students/html`.
        """
        names = [profile] * (profile != "demo") + ["students"] * (not solutions)
        return (self.output or self.root) / "_build" / "-".join(names) / "html"

    def runs(self, profile: str) -> Path:
        """The folder that holds the results of every notebook at that profile."""
        return (self.own_runs or self.root / "runs") / profile


def find_checkout(start: Path | str | None = None) -> Checkout:
    """The checkout this code runs from, else the one around `start` (by default the working directory).

    Raises MissingError when there is none: profiles and notebooks are part of the repository, not of the package.
    """
    above_package = Path(__file__).resolve().parents[1]
    here = Path.cwd() if start is None else Path(start).resolve()
    candidates = [here, *here.parents]
    for folder in candidates if start is not None else [above_package, *candidates]:
        if all((folder / mark).exists() for mark in _MARKS):
            return Checkout(folder)
    raise MissingError("No checkout of the companion is here; clone the repository and run this inside it.")
