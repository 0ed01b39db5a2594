"""`ro-crate-metadata.json`, RO-Crate 1.1: every file of a pack, and for every run the action that made its results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from coinco_book.pages.edition import Edition
from coinco_book.pages.links import Repository
from coinco_book.review.contents import SUMS, Piece
from coinco_book.runs.calls import coinco_line, source_of

Entity = dict[str, Any]
METADATA = "ro-crate-metadata.json"
SOFTWARE = "#coinco_core"
_SPECIFICATION = "https://w3id.org/ro/crate/1.1"
_CONTEXT = [f"{_SPECIFICATION}/context", {"sha256": "https://schema.org/sha256"}]  # a term that 1.1 has not yet
_FORMATS = {
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".png": "image/png",
    ".md": "text/markdown",
    ".yml": "application/yaml",
    ".cff": "application/yaml",
}


def crate(
    edition: Edition, citation: Mapping[str, Any], pieces: Iterable[Piece], repository: Repository | None
) -> dict[str, Any]:
    """The crate as JSON-LD; nobody is named as the one who ran it."""
    files = list(pieces)
    licence = f"https://spdx.org/licenses/{citation['license']}"
    actions = [_action(name, record, files, edition) for name, record in edition.records.items()]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": citation["title"],
        "description": f"The runs of profile '{edition.profile}': sources, results, and the verdict on every claim.",
        "datePublished": max(action["endTime"] for action in actions)[:10],
        "license": _to(licence),
        "author": [_to("#contributors")],
        "citation": _to(citation["preferred-citation"]["url"]),
        "hasPart": [_to(file.path) for file in files],
        "mentions": [_to(SOFTWARE), *(_to(action["@id"]) for action in actions)],
    }
    spoken_of = _context(citation, licence, edition, repository)
    graph = [_descriptor(), root, *map(_file, files), *actions, *_parameters(edition), *spoken_of]
    return {"@context": _CONTEXT, "@graph": graph}


def _to(name: str) -> Entity:
    return {"@id": name}


def _descriptor() -> Entity:
    kind = {"@id": METADATA, "@type": "CreativeWork"}
    return {**kind, "conformsTo": _to(_SPECIFICATION), "about": _to("./")}


def _file(piece: Piece) -> Entity:
    """A file; a source notebook is source code too, so that it may be the instrument of an action.

    The list of digests has none of its own here, for it has the crate's.
    """
    suffix = PurePosixPath(piece.path).suffix
    is_code = suffix == ".ipynb" and not piece.made_by
    facts = {} if piece.path == SUMS else {"contentSize": str(len(piece.content)), "sha256": piece.sha256}
    return {
        "@id": piece.path,
        "@type": ["File", "SoftwareSourceCode"] if is_code else "File",
        "name": piece.words,
        "encodingFormat": _FORMATS.get(suffix, "text/plain"),
        **facts,
    }


def _action(name: str, record: Mapping[str, Any], pieces: list[Piece], edition: Edition) -> Entity:
    """The run of a notebook: with which notebook and code, from which runs and parameters, when, and what came out."""
    end = datetime.fromisoformat(record["made_by"]["time"])
    needs = [part.removeprefix("run ") for part in record.get("depends_on", {}) if part.startswith("run ")]
    read = [f"runs/{edition.profile}/{need}/run.json" for need in needs if need in edition.records]
    given = [_parameter_id(name, parameter) for parameter in record.get("parameters", {})]
    return {
        "@id": f"#run-{name}",
        "@type": "CreateAction",
        "name": f"The run of {name} at profile '{edition.profile}'",
        "description": coinco_line(record),
        "startTime": (end - timedelta(seconds=record["seconds"])).isoformat(timespec="seconds"),
        "endTime": end.isoformat(timespec="seconds"),
        "instrument": [_to(f"notebooks/{source_of(record)}"), _to(SOFTWARE)],
        "object": [_to(thing) for thing in [*read, *given]],
        "result": [_to(piece.path) for piece in pieces if piece.made_by == name],
    }


def _parameters(edition: Edition) -> list[Entity]:
    return [
        {"@id": _parameter_id(name, parameter), "@type": "PropertyValue", "name": parameter, "value": str(value)}
        for name, record in edition.records.items()
        for parameter, value in record.get("parameters", {}).items()
    ]


def _parameter_id(notebook: str, parameter: str) -> str:
    return f"#run-{notebook}-{parameter}"


def _context(
    citation: Mapping[str, Any], licence: str, edition: Edition, repository: Repository | None
) -> list[Entity]:
    """What the crate speaks of and does not hold: licence, software, its makers, the paper and its authors."""
    paper = citation["preferred-citation"]
    people = {f"#author-{at}": author for at, author in enumerate(paper["authors"], start=1)}
    versions = sorted({record["made_by"]["code_version"] for record in edition.records.values()})
    software = {"@id": SOFTWARE, "@type": "SoftwareApplication", "name": "coinco_core", "license": _to(licence)}
    article = {"@id": paper["url"], "@type": "ScholarlyArticle", "name": paper["title"]}
    return [
        {"@id": licence, "@type": "CreativeWork", "name": citation["license"], "identifier": licence},
        {"@id": "#contributors", "@type": "Organization", "name": citation["authors"][0]["name"]},
        {**software, "softwareVersion": ", ".join(versions), **({"url": repository.url} if repository else {})},
        {**article, "author": [_to(name) for name in people], "datePublished": str(paper["year"])},
        *({"@id": n, "@type": "Person", "name": f"{a['given-names']} {a['family-names']}"} for n, a in people.items()),
    ]
