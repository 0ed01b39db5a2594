"""The reviewers' pack: one folder with what a checker of the paper asks for, written whole from runs that are there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from coinco_core.errors import InputError, MissingError
from coinco_core.files import atomic_folder, sha256_file, write_bytes
from coinco_core.reproduction.book.edition import Edition
from coinco_core.reproduction.book.links import public_repository
from coinco_core.reproduction.layout import Layout, find_layout
from coinco_core.reproduction.notebooks import load_notebooks
from coinco_core.reproduction.review.codecheck import as_yaml, codecheck, open_rules
from coinco_core.reproduction.review.contents import SUMS, Piece, as_json, pieces
from coinco_core.reproduction.review.crate import METADATA, crate
from coinco_core.reproduction.review.facts import Review
from coinco_core.reproduction.review.words import fact_rows
from coinco_core.reproduction.runs import read_record

_CITATION, _FACTS = "CITATION.cff", "artefact.json"


@dataclass(frozen=True)
class Pack:
    """A written pack: its folder, how many files it has, and what CODECHECK's rules leave to others, by rule."""

    folder: Path
    files: int
    left_open: dict[str, str]


def write_pack(out: Path, profile: str = "demo", *, layout: Layout | None = None) -> Pack:
    """The pack of all notebooks that have a good run at a profile, in the folder `out`.

    An older pack there is replaced. Raises InputError when `out` holds anything else, or a pack that somebody has
    worked on; MissingError when no notebook has been run.
    """
    place = find_layout() if layout is None else layout
    target = out.resolve()
    check_free(target)
    edition = _edition(place, profile)
    citation = yaml.safe_load((place.root / _CITATION).read_text(encoding="utf-8"))
    repository = public_repository(place.root)
    review = Review(edition)
    facts = review.facts()
    found = pieces(review)
    config = codecheck(citation, found, repository.url if repository else "")
    found += [
        Piece("codecheck.yml", as_yaml(config).encode(), "CODECHECK: the paper and the outputs to be checked"),
        Piece(_FACTS, as_json(facts), "What an artefact evaluation asks for"),
        Piece("ARTEFACT.md", _markdown(citation["title"], facts).encode(), "The same, to be read"),
    ]
    sums = Piece(SUMS, b"", "The digests of all other files")
    found.append(Piece(METADATA, as_json(crate(edition, citation, [*found, sums], repository)), "This crate"))
    with atomic_folder(target) as folder:
        for piece in [*found, Piece(SUMS, _sums(found), sums.words)]:
            write_bytes(folder / piece.path, piece.content)
    return Pack(target, len(found) + 1, open_rules(config))


def check_free(folder: Path) -> None:
    """Raises InputError unless the folder is absent, empty, or a pack just as it was written."""
    if not folder.exists():
        return
    present = _present(folder) if folder.is_dir() else None
    if present is None or (present and present != _written(folder)):
        raise InputError(f"{folder} holds what is not an untouched reviewers' pack; name another folder.")


def _present(folder: Path) -> dict[str, str]:
    """The digest of each file in the folder but their own list."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / SUMS]
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in files}


def _written(folder: Path) -> dict[str, str]:
    """The digests that the list in the folder has; {} where there is none of ours."""
    path = folder / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    return listed if {METADATA, _FACTS} <= set(listed) else {}


def _sums(pieces: Iterable[Piece]) -> bytes:
    return "".join(f"{piece.sha256}  {piece.path}\n" for piece in pieces).encode()


def _edition(layout: Layout, profile: str) -> Edition:
    """The notebooks that have a good run at the profile, as an edition."""
    read = {notebook.id: read_record(layout, profile, notebook.id) for notebook in load_notebooks(layout)}
    records = {name: record for name, record in read.items() if record is not None}
    if not records:
        call = f"coinco run --profile {profile}"
        raise MissingError(f"No notebook has been run at profile '{profile}'; do it with: {call}")
    return Edition(layout, profile, records)


def _markdown(title: str, facts: dict[str, Any]) -> str:
    """The facts as a page for people."""
    rows = "\n".join(f"| {name} | {text.replace('|', chr(92) + '|')} |" for name, text in fact_rows(facts))
    numbers = "\n".join(f"- `{name}`: {seconds:.0f} s" for name, seconds in facts["complete"]["notebooks"].items())
    return f"# {title}\n\n| fact | |\n|---|---|\n{rows}\n\n## Time by notebook\n\n{numbers}\n"
