"""The role {claim}`id`, in a book of two pages: the paper's value with its link, and an error for what is unknown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytest.importorskip("sphinx", reason="the role belongs to the extra 'book'")
pytest.importorskip("myst_parser", reason="the role belongs to the extra 'book'")

CONFIGURATION = """
from coinco_book.extension import claim_role
extensions = ["myst_parser"]
html_theme = "basic"
def setup(app):
    claim_role.connect(app)
"""
CLAIM = {"place": "section 3", "known_from": "reading note", "kind": "exact", "profile": "released", "lacks": "data"}
CLAIMS = [
    CLAIM | {"id": "images", "text": "Images", "value": 97722},
    CLAIM | {"id": "hostile", "text": "Words", "value": "<script>alert(1)</script>"},
]


def build(folder: Path, page: str, claims: bool = True) -> subprocess.CompletedProcess[str]:
    """What Sphinx says, warnings as errors, about a book whose page book/page.md says that."""
    (folder / "book").mkdir(parents=True)
    (folder / "conf.py").write_text(CONFIGURATION)
    (folder / "index.md").write_text("# Top\n\n{claim}`images`\n\n```{toctree}\nbook/page\nbook/ledger\n```\n")
    (folder / "book" / "page.md").write_text(f"# Page\n\n{page}\n")
    (folder / "book" / "ledger.md").write_text("# Ledger\n\nRows.\n")
    if claims:
        groups = [{"id": "g", "title": "Counts", "claims": CLAIMS}]
        (folder / "book" / "claims.yml").write_text(yaml.safe_dump(groups))
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", str(folder), str(folder / "html")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_value_leads_to_its_row_from_any_depth(tmp_path: Path) -> None:
    done = build(tmp_path, "It has {claim}`images` images; {claim}`hostile`.")
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "html" / "book" / "page.html").read_text()
    assert 'href="ledger.html#claim-images" title="the paper, section 3">97,722</a>' in page
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
    top = (tmp_path / "html" / "index.html").read_text()
    assert 'href="book/ledger.html#claim-images"' in top


def test_an_unknown_claim_is_an_error_that_names_its_place(tmp_path: Path) -> None:
    done = build(tmp_path, "Words.\n\nIt has {claim}`imagse` images.")
    assert done.returncode == 1
    assert "page.md:5" in done.stderr
    assert "the ledger has no claim 'imagse'. Did you mean 'images'?" in done.stderr


def test_without_a_ledger_no_claim_is_known(tmp_path: Path) -> None:
    assert "the ledger has no claim 'images'" in build(tmp_path, "Words.", claims=False).stderr
