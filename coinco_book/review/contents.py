"""The files of a reviewers' pack: sources, what each run left, its figures, and the verdict on every claim."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coinco_book.checkout import RECORD
from coinco_book.claims.ledger import LEDGER
from coinco_book.claims.verify import CLAIMS, Report, as_table
from coinco_book.pages.cells import numbered_cells
from coinco_book.pages.edition import Edition
from coinco_book.portable import checkouts_of, without_checkouts
from coinco_book.results import NUMBERS
from coinco_book.review.facts import Review
from coinco_core.files import digest

_KEPT = (".ipynb", ".json", ".parquet", ".csv", ".png", ".txt")
_TEXTS = (".ipynb", ".json", ".csv", ".txt")
_PNG = "image/png"
SUMS = "SHA256SUMS"  # the digests of all other files, the crate's too, as `sha256sum --check` reads them


@dataclass(frozen=True)
class Piece:
    """One file of a pack: where it lies there, what it holds, what it is in words, and the notebook whose run made it.

    `made_by` is '' for a file that was there before any run.
    """

    path: str
    content: bytes
    words: str
    made_by: str = ""

    @property
    def sha256(self) -> str:
        """The SHA-256 of its content, 64 hexadecimal digits."""
        return digest(self.content)


def pieces(review: Review) -> list[Piece]:
    """Every file of the pack but those that describe it, sources first; none names a folder of this machine."""
    checkout = review.edition.checkout
    found = list(_sources(review.edition))
    for name in review.edition.notebooks:
        found += [*_results(review.edition, name), *_figures(review.edition, name)]
    if review.verdicts:
        report = Report(review.edition.profile, review.verdicts, {}, checkout.runs(review.edition.profile) / CLAIMS)
        found.append(Piece(CLAIMS, as_json(as_table(report)), "The verdict on every claim of the paper"))
    return found


def _sources(edition: Edition) -> Iterator[Piece]:
    """The licence, the citation, the ledger and the notebooks, as they lie in the working tree."""
    checkout = edition.checkout
    stated = {"LICENSE": "Licence", "CITATION.cff": "Citation", f"book/{LEDGER}": "Claims of the paper"}
    notebooks = {f"notebooks/{n.source}": f"Notebook '{n.source}', without outputs" for n in edition.notebooks.values()}
    for path, words in {**stated, **notebooks}.items():
        if (checkout.root / path).is_file():
            yield Piece(path, (checkout.root / path).read_bytes(), words)


def _results(edition: Edition, name: str) -> Iterator[Piece]:
    """What lies in the run's folder: the executed notebook, its record, numbers and tables, but no folders below."""
    title = edition.notebooks[name].title
    known = {f"{name}.ipynb": "executed notebook", RECORD: "what made the run", NUMBERS: "recorded numbers"}
    places = checkouts_of(edition.executed[name], edition.checkout.root)
    for path in sorted(edition.run(name).iterdir()):
        if path.is_file() and path.suffix in _KEPT:
            words = f"{title}: {known.get(path.name, f'table or image {path.stem}')}"
            yield Piece(f"runs/{edition.profile}/{name}/{path.name}", _portable(path, places), words, name)


def _figures(edition: Edition, name: str) -> Iterator[Piece]:
    """Each image of the executed notebook, by the number of the cell that made it, with its alt text for words."""
    for number, cell in numbered_cells(edition.executed[name]["cells"]):
        images = [output for output in cell.get("outputs", []) if _PNG in output.get("data", {})] if number else []
        for at, output in enumerate(images, start=1):
            data = output["data"][_PNG]
            content = base64.b64decode(data if isinstance(data, str) else "".join(data))
            yield Piece(f"figures/{name}-cell-{number}-{at}.png", content, _alt(output), name)


def _alt(output: Mapping[str, Any]) -> str:
    """The alt text of an image, wherever its metadata hold it."""
    metadata = output.get("metadata", {})
    return str(metadata.get("alt") or metadata.get(_PNG, {}).get("alt") or "A figure")


def _portable(path: Path, places: Iterable[str]) -> bytes:
    """A file's content, in texts without the names of the machine's folders."""
    content = path.read_bytes()
    if path.suffix not in _TEXTS:
        return content
    return without_checkouts(content.decode(errors="surrogateescape"), places).encode(errors="surrogateescape")


def as_json(content: object) -> bytes:
    """The bytes of a JSON file that holds the object; a ValueError on NaN."""
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
