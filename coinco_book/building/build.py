"""From the staged tree to a checked book; the last good one stays until the new one has passed every check."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from coinco_book.building.check import check_book
from coinco_book.building.stage import stage
from coinco_book.checkout import Checkout, find_checkout
from coinco_book.runs.folders import only_one
from coinco_core.errors import CheckError, MissingError
from coinco_core.files import digest, read_json, replace_folder, sha256_file, write_json
from coinco_core.provenance import package_versions, source_digest

_RECORD = "book.json"  # beside the html folder: which staged tree it was built from
_TOOLS = ("jupyter-book", "sphinx", "sphinx-book-theme", "myst-nb", "sphinx-mathjax-offline")
_EXTENSION = Path(__file__).resolve().parents[1] / "extension"  # its import needs Sphinx
_N_LINES = 20


def build_book(
    profile: str = "demo",
    *,
    checkout: Checkout | None = None,
    force: bool = False,
    solutions: bool = True,
    say: Callable[[str], None] = print,
) -> Path:
    """Stage, render and check the book of a profile; returns its index.html.

    Without `solutions` it is the students' book, which lies in a folder of its own and holds none of the exercises'.
    Skips the rendering when the staged tree is the one the present book was built from. Raises MissingError when a
    notebook has not been run, CheckError when Jupyter Book warns or a page fails a check: the last good book then
    stays.
    """
    place = find_checkout() if checkout is None else checkout
    with only_one(place.runs(profile), f"Waiting for another coinco that works in {place.runs(profile)} ..."):
        return _build(place, profile, force, solutions, say)


def _build(place: Checkout, profile: str, force: bool, solutions: bool, say: Callable[[str], None]) -> Path:
    pages = stage(place, profile, solutions=solutions)
    builder = [source_digest(Path(__file__).parent), _tree_digest(_EXTENSION)]
    staged, built = place.stage(profile, solutions), place.built(profile, solutions)
    made_from = digest([_tree_digest(staged), package_versions(_TOOLS), builder])
    record = built.parent / _RECORD
    index = built / "index.html"
    if not force and index.is_file() and record.is_file() and read_json(record)["made_from"] == made_from:
        say(f"book: skipped, no page has changed ({len(pages)} pages)")
        return index
    say(f"book: rendering {len(pages)} pages ...")
    fresh = _render(place, staged, built.parent / "fresh")
    problems = check_book(fresh, pages)
    if problems:
        more = f" (and {len(problems) - _N_LINES} more)" if len(problems) > _N_LINES else ""
        raise CheckError("The book did not pass: " + "; ".join(problems[:_N_LINES]) + more)
    replace_folder(fresh, built)
    shutil.rmtree(built.parent / "fresh", ignore_errors=True)
    write_json(record, {"made_from": made_from, "profile": profile, "pages": pages})
    say(f"book: {len(pages)} pages checked")
    return index


def _tree_digest(folder: Path) -> str:
    """One digest over the names and contents of all files in a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return digest({path.relative_to(folder).as_posix(): sha256_file(path) for path in files})


def _render(checkout: Checkout, staged: Path, out: Path) -> Path:
    """The folder of fresh pages that Jupyter Book made of the staged tree, every warning being an error."""
    shutil.rmtree(out, ignore_errors=True)
    call = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", call, "build", str(staged), "--path-output", str(out)]
    command += ["-W", "-n", "--keep-going", "-q"]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=checkout.root, check=False)
    said = done.stdout + done.stderr
    if "No module named 'jupyter_book" in said:
        raise MissingError("Building the book needs the extra 'book': pip install -e '.[book]'.")
    html = out / "_build" / "html"
    if done.returncode or not (html / "index.html").is_file():
        lines = [line for line in said.splitlines() if "WARNING" in line or "ERROR" in line] or said.splitlines()
        raise CheckError("Jupyter Book did not pass: " + "\n".join(lines[-_N_LINES:]))
    _trim(html)
    return html


def _trim(html: Path) -> None:
    """Drop what a reader's browser never asks for: source maps, build records and the notebooks' second copies."""
    for path in html.rglob("*.map"):
        path.unlink()
    for name in (".buildinfo", "objects.inv", ".doctrees"):
        path = html / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
