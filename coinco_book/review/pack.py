"""The reviewers' pack: one folder with what a checker of the paper asks for, written whole from runs that are there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from coinco_book.checkout import Checkout, find_checkout
from coinco_book.pages.edition import Edition
from coinco_book.pages.links import public_repository
from coinco_book.profiles import load_profile
from coinco_book.review.codecheck import as_yaml, codecheck, open_rules
from coinco_book.review.contents import SUMS, Piece, as_json, pieces
from coinco_book.review.crate import METADATA, crate
from coinco_book.review.facts import Review
from coinco_book.review.words import fact_rows
from coinco_book.runs.freshness import check_of_one_piece, stale_runs
from coinco_book.runs.notebooks import load_notebooks
from coinco_book.runs.records import read_record
from coinco_core.errors import InputError, MissingError
from coinco_core.files import atomic_folder, sha256_file, write_bytes

_CITATION, _FACTS = "CITATION.cff", "artefact.json"


@dataclass(frozen=True)
class Pack:
    """A written pack: its folder, how many files it has, and what CODECHECK's rules leave to others, by rule.

    `out_of_date` says, by notebook, what has changed since its run.
    """

    folder: Path
    files: int
    left_open: dict[str, str]
    out_of_date: dict[str, list[str]]


def write_pack(out: Path, profile: str = "demo", *, checkout: Checkout | None = None) -> Pack:
    """The pack of all notebooks that have a good run at a profile, in the folder `out`.

    An older pack there is replaced. Raises InputError for an unknown profile, and when `out` holds anything else or a
    pack that somebody has worked on; MissingError when no notebook has been run; CheckError when a run was made from
    another run that has been made again since.
    """
    place = find_checkout() if checkout is None else checkout
    load_profile(profile, place.profiles)
    target = out.resolve()
    check_free(target)
    edition = _edition(place, profile)
    citation = yaml.safe_load((place.root / _CITATION).read_text(encoding="utf-8"))
    repository = public_repository(place.root)
    review = Review(edition)
    out_of_date = stale_runs(place, profile, edition.records)
    facts = {**review.facts(), "out_of_date": out_of_date}
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
    return Pack(target, len(found) + 1, open_rules(config), out_of_date)


def check_free(folder: Path) -> None:
    """Raises InputError unless the folder is absent, empty, or a pack just as it was written."""
    if not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir())):
        return
    written = _written(folder)
    if not written or _present(folder) != written:
        raise InputError(f"{folder} holds what is not an untouched reviewers' pack; name another folder.")


def _present(folder: Path) -> dict[str, str]:
    """The digest of each file in the folder but their own list; '' for what no pack holds: links and empty folders."""
    entries = [path for path in sorted(folder.rglob("*")) if path != folder / SUMS]
    plain = {path: path.is_file() and not path.is_symlink() for path in entries}
    odd = (path for path in entries if not plain[path] and (not path.is_dir() or not any(path.iterdir())))
    digests = {path: sha256_file(path) for path in entries if plain[path]} | dict.fromkeys(odd, "")
    return {path.relative_to(folder).as_posix(): digest for path, digest in digests.items()}


def _written(folder: Path) -> dict[str, str]:
    """The digests that the list in the folder has; {} where there is none of ours."""
    path = folder / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    return listed if {METADATA, _FACTS} <= set(listed) else {}


def _sums(pieces: Iterable[Piece]) -> bytes:
    return "".join(f"{piece.sha256}  {piece.path}\n" for piece in pieces).encode()


def _edition(checkout: Checkout, profile: str) -> Edition:
    """The notebooks that have a good run at the profile, as an edition."""
    read = {notebook.id: read_record(checkout, profile, notebook.id) for notebook in load_notebooks(checkout)}
    records = {name: record for name, record in read.items() if record is not None}
    if not records:
        call = f"coinco run --profile {profile}"
        raise MissingError(f"No notebook has been run at profile '{profile}'; do it with: {call}")
    check_of_one_piece(records, checkout.runs(profile))
    return Edition(checkout, profile, records)


def _markdown(title: str, facts: dict[str, Any]) -> str:
    """The facts as a page for people."""
    rows = "\n".join(f"| {name} | {text.replace('|', chr(92) + '|')} |" for name, text in fact_rows(facts))
    numbers = "\n".join(f"- `{name}`: {seconds:.0f} s" for name, seconds in facts["complete"]["notebooks"].items())
    return f"# {title}\n\n| fact | |\n|---|---|\n{rows}\n\n## Time by notebook\n\n{numbers}\n"
