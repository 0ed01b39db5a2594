"""Editions of the notebooks: how a page shows an exercise, and the notebooks for students and for instructors.

Everything is derived from the committed sources, which hold the solutions.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from coinco_book.checkout import Checkout
from coinco_book.exercises.exercise import Exercise, all_exercises, stub, without_marks
from coinco_core.errors import InputError
from coinco_core.files import atomic_folder, read_json, sha256_file, write_json, write_text

RECORD = "exercises.json"  # beside the notebooks: what was written, so that nothing else is ever overwritten
_README = """# Exercises of the COinCO companion

{about}

An exercise is a text, a cell to fill in, and a check. Run the two cells in that order: a check that says nothing has
passed, any other says what to look at. They need the package `coinco_core` and nothing that stands above them, so begin
at the section *Exercises* of any notebook.

The rest of a notebook can be run too. Its results go to `run_dir`, which its first cell of code sets to `../runs/lab`,
beside this folder. Where it reads what other notebooks have made, run `coinco run` in a checkout and copy its
`runs/demo` there.

| notebook | exercise | minutes |
|---|---|---|
{rows}
| | all together | {minutes} |
"""
_ABOUT = {
    False: "The parts to fill in are marked `...  # your turn`.",
    True: "This is the instructors' edition: nbgrader's marks stand around what students find left out.",
}
Cell = dict[str, Any]


def page_cell(cell: Mapping[str, Any], solutions: bool) -> Cell:
    """The executed cell as a page shows it: a solution folded, or its stub; a check folded; any other cell as it is.

    Without `solutions` neither a solution's nor a check's outputs remain.
    """
    shown = copy.deepcopy(dict(cell))
    tags = shown["metadata"].get("tags", [])
    if "solution" in tags:
        source = "".join(cell["source"])
        shown["source"] = without_marks(source) if solutions else stub(source)
    if "check" in tags or ("solution" in tags and solutions):
        kind = "the check" if "check" in tags else "the solution"
        prompts = {"code_prompt_show": f"Show {kind}", "code_prompt_hide": f"Hide {kind}"}
        shown["metadata"] |= {"tags": [*tags, "hide-input"], "mystnb": prompts}
    if not solutions and {"solution", "check"} & set(tags):
        shown |= {"outputs": [], "execution_count": None}
    return shown


def source_edition(notebook: Mapping[str, Any], solutions: bool) -> dict[str, Any]:
    """The source notebook to be handed out: without outputs, and with stubs in the place of solutions unless asked."""
    edition = copy.deepcopy(dict(notebook))
    for cell in edition["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
            if "solution" in cell["metadata"].get("tags", []) and not solutions:
                cell["source"] = stub("".join(cell["source"])).splitlines(keepends=True)
    return edition


def write_exercises(checkout: Checkout, out: Path, *, solutions: bool = False) -> tuple[Exercise, ...]:
    """Write each notebook that has exercises to the folder `out`, with a README that lists them; returns them all.

    An older edition there is replaced. Raises InputError when `out` holds anything else, or notebooks that somebody
    has worked on.
    """
    target = out.resolve()
    _check_free(target)
    chosen = {name: found for name, found in all_exercises(checkout).items() if found}
    everything = tuple(exercise for found in chosen.values() for exercise in found)
    with atomic_folder(target) as folder:
        for name in chosen:
            edition = source_edition(read_json(checkout.notebooks / f"{name}.ipynb"), solutions)
            write_text(folder / f"{name}.ipynb", json.dumps(edition, indent=1, ensure_ascii=False) + "\n")
        write_text(folder / "README.md", _readme(everything, solutions))
        listed = [
            {"notebook": e.notebook, "number": e.number, "title": e.title, "minutes": e.minutes} for e in everything
        ]
        write_json(folder / RECORD, {"exercises": listed, "files": _contents(folder)})
        _check_free(target)  # again, for what has been put there meanwhile
    return everything


def _check_free(folder: Path) -> None:
    """Raises InputError unless the folder is absent, has no entry, or is an edition just as it was written."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not folder.is_dir() or not _is_untouched(folder):
        raise InputError(
            f"{folder} holds files that are not an untouched edition of the exercises; name another folder."
        )


def _is_untouched(folder: Path) -> bool:
    record = folder / RECORD
    if record.is_symlink() or not record.is_file():
        return False
    written = read_json(record)
    files = written.get("files") if isinstance(written, dict) else None
    return bool(files) and files == _contents(folder)


def _contents(folder: Path) -> dict[str, str]:
    """Each entry below the folder but the record: a file's digest, and '' for what an edition never has."""
    entries = [path for path in sorted(folder.rglob("*")) if path != folder / RECORD]
    plain = {path for path in entries if path.is_file() and not path.is_symlink()}
    return {path.relative_to(folder).as_posix(): sha256_file(path) if path in plain else "" for path in entries}


def _readme(exercises: Iterable[Exercise], solutions: bool) -> str:
    listed = list(exercises)
    rows = [f"| [{e.notebook}]({e.notebook}.ipynb) | {e.number}. {e.title} | {e.minutes} |" for e in listed]
    minutes = sum(e.minutes for e in listed)
    return _README.format(about=_ABOUT[solutions], rows="\n".join(rows), minutes=minutes)
