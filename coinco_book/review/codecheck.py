"""`codecheck.yml` by CODECHECK's specification 2.0: the paper and the outputs to be checked.

The specification forbids placeholders. What only a codechecker can say is therefore left out and named in a comment,
and so are the authors' ORCIDs where the citation has none; `open_rules` says which rules that leaves open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from coinco_book.review.contents import Piece

VERSION = "https://codecheck.org.uk/spec/config/2.0"
_LATER = (
    ("codechecker", "CC-CFG-008"),
    ("report", "CC-CFG-011"),
    ("summary", "CC-CFG-024"),
    ("certificate", "CC-CFG-025"),
)
_ORCID = "CC-CFG-020"
_ORCID_ADDRESS = "https://orcid.org/"


def codecheck(citation: Mapping[str, Any], pieces: Iterable[Piece], repository: str = "") -> dict[str, Any]:
    """The configuration; `citation` is the table of CITATION.cff, the manifest all that runs made."""
    paper = citation["preferred-citation"]
    address = {"repository": repository} if repository else {}
    made = [{"file": piece.path, "comment": piece.words} for piece in pieces if piece.made_by]
    return {
        "version": VERSION,
        "paper": {
            "title": paper["title"],
            "authors": [_author(author) for author in paper["authors"]],
            "reference": f"https://doi.org/{paper['doi']}" if paper.get("doi") else paper["url"],
        },
        "manifest": made,
        **address,
    }


def _author(author: Mapping[str, Any]) -> dict[str, str]:
    name = {"name": f"{author['given-names']} {author['family-names']}"}
    orcid = str(author.get("orcid", "")).removeprefix(_ORCID_ADDRESS)
    return {**name, "ORCID": orcid} if orcid else name


def open_rules(config: Mapping[str, Any]) -> dict[str, str]:
    """The rules of the specification that the configuration leaves open, each with what is missing."""
    missing = {rule: name for name, rule in _LATER if not config.get(name)}
    unnamed = [author["name"] for author in config["paper"]["authors"] if "ORCID" not in author]
    return {**missing, _ORCID: f"ORCID of {', '.join(unnamed)}"} if unnamed else missing


def as_yaml(config: Mapping[str, Any]) -> str:
    """The file's text: an explicit YAML document, with what is open as comments at its end."""
    text = yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True, width=120)
    notes = "".join(f"#   {rule}  {what}\n" for rule, what in open_rules(config).items())
    return f"---\n{text}" + (f"# Open until somebody else has checked it:\n{notes}" if notes else "")
