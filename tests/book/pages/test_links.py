"""Links to sources: which repository a checkout belongs to, and that every button leads to a file that is there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from coinco_book.building.build import build_book
from coinco_book.checkout import Checkout, find_checkout
from coinco_book.pages.edition import Edition
from coinco_book.pages.links import Repository, files, public_address, public_repository, with_buttons
from coinco_core.errors import InputError
from tiny_checkout import make_checkout, notebook

URL = "https://github.com/someone/companion"
MANIFEST = """
- {id: alone, title: Alone, numbers: calculations}
- {id: pair_one, source: pair.ipynb, title: One, parameters: {which: 1}, numbers: calculations}
- {id: pair_two, source: pair.ipynb, title: Two, parameters: {which: 2}, numbers: calculations}
"""
TOC = "format: jb-book\nroot: index\nchapters:\n" + "".join(
    f"- file: {page}\n" for page in ("notebooks/alone", "notebooks/pair_one", "notebooks/pair_two", "book/words")
)

EXERCISE = (
    "%md ## Exercises\n\nOne.",
    "%md ### Exercise 1 · Count\n\nHow many? (5 minutes)",
    "answer = 0\n### BEGIN SOLUTION\nanswer = 1  # secret\n### END SOLUTION",
    "from coinco_book.exercises.checks import check\ncheck(answer == 1, 'Count again.')",
)


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("git@github.com:o/r.git", "https://github.com/o/r"),
        ("ssh://git@github.com/o/r.git", "https://github.com/o/r"),
        ("ssh://git@gitlab.com:22/group/part/r.git", "https://gitlab.com/group/part/r"),
        ("https://github.com/o/r", "https://github.com/o/r"),
        ("https://github.com/o/r.git/", "https://github.com/o/r"),
        ("http://gitlab.com/o/some.name.git\n", "https://gitlab.com/o/some.name"),
        ("https://user:token@github.com/o/r.git", "https://github.com/o/r"),
        ("/srv/git/github.com/o/r.git", ""),
        ("file:///srv/r.git", ""),
        ("git@example.org:o/r.git", ""),
        ("https://github.com.example.org/o/r", ""),
        ("https://github.com/o", ""),
        ('https://github.com/o/r"><script>', ""),
        ("", ""),
    ],
)
def test_the_public_address_of_a_remote(remote: str, address: str) -> None:
    assert public_address(remote) == address


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git = ["git", "-C", str(tmp_path), "-c", "init.defaultBranch=trunk"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "symbolic-ref", "HEAD", "refs/heads/trunk"], check=True)
    return tmp_path


def _remote(repository: Path, address: str) -> None:
    subprocess.run(["git", "-C", str(repository), "remote", "add", "origin", address], check=True)


def test_a_checkout_without_a_public_remote_has_no_repository(repository: Path, tmp_path: Path) -> None:
    assert public_repository(repository, {}) is None
    _remote(repository, str(tmp_path / "elsewhere"))
    assert public_repository(repository, {}) is None


def test_the_repository_comes_from_git_and_the_environment_goes_before_it(repository: Path) -> None:
    _remote(repository, "git@github.com:someone/companion.git")
    assert public_repository(repository, {}) == Repository(URL, "trunk")
    assert public_repository(repository, {"COINCO_BRANCH": "v1"}) == Repository(URL, "v1")
    other = public_repository(repository, {"COINCO_REPOSITORY": "https://gitlab.com/a/b"})
    assert other == Repository("https://gitlab.com/a/b", "trunk")
    with pytest.raises(InputError, match="COINCO_REPOSITORY is '/srv/x'"):
        public_repository(repository, {"COINCO_REPOSITORY": "/srv/x"})


def test_buttons_are_added_and_nothing_else_of_the_settings_changes() -> None:
    config = yaml.safe_load((find_checkout().root / "_config.yml").read_text())
    made = with_buttons(config, Repository(URL, "main"))
    assert made["repository"] == {"url": URL, "branch": "main", "path_to_book": ""}
    assert made["launch_buttons"]["thebe"] is False
    assert {key for key in made if made[key] != config.get(key)} == {"repository", "html", "launch_buttons"}
    assert {k for k in made["html"] if made["html"][k] is not config["html"].get(k)} == {
        "use_repository_button",
        "use_edit_page_button",
        "use_issues_button",
    }
    assert "colab_url" not in with_buttons(config, Repository("https://gitlab.com/a/b", "main"))["launch_buttons"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout of three pages from two notebooks and two of prose, with the real settings, whose runs are there."""
    home = find_checkout().root
    sources = {"alone": notebook(*EXERCISE), "pair": notebook("2")}
    for cell, tag in zip(sources["alone"]["cells"][-3:], ("exercise", "solution", "check"), strict=True):
        cell["metadata"]["tags"] = [tag]
    checkout = make_checkout(tmp_path_factory.mktemp("links") / "c", sources, MANIFEST, "{alone: {}, pair: {}}")
    (checkout.root / "_toc.yml").write_text(TOC)
    shutil.copyfile(home / "_config.yml", checkout.root / "_config.yml")
    shutil.copytree(home / "book" / "images", checkout.book / "images")
    (checkout.book / "references.bib").touch()
    (checkout.book / "index.md").write_text("# First\n\n$$x$$\n")
    (checkout.book / "words.md").write_text("# Words\n\nNothing.\n")
    for name, source in (("alone", "alone"), ("pair_one", "pair"), ("pair_two", "pair")):
        folder = checkout.runs("demo") / name
        folder.mkdir(parents=True)
        record = {
            "notebook": name,
            "seconds": 1.0,
            "numbers": "calculations",
            "parameters": {"profile": "demo", "seed": 0},
            "depends_on": {f"notebooks/{source}.ipynb": "0"},
            "cells": [{"first_line": "1", "seconds": 0.1}],
            "made_by": {"profile": "demo", "seed": 0, "device": "cpu", "platform": "Linux", "time": "2026-01-02"},
        }
        (folder / "run.json").write_text(json.dumps(record))
        executed = json.loads((checkout.notebooks / f"{source}.ipynb").read_text())
        (folder / f"{name}.ipynb").write_text(json.dumps(executed))
    return checkout


@pytest.fixture(scope="module")
def html(checkout: Checkout) -> Path:
    pytest.importorskip("jupyter_book")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COINCO_REPOSITORY", URL)
        patch.setenv("COINCO_BRANCH", "main")
        return build_book(checkout=checkout, say=lambda _: None).parent


def _links(page: Path) -> list[str]:
    return re.findall(r'href="([^"]+)"', page.read_text().replace("&amp;", "&"))


def _paths(page: Path, pattern: str) -> set[str]:
    return {found[1] for link in _links(page) if (found := re.fullmatch(pattern, link))}


@pytest.mark.parametrize(
    ("page", "source"),
    [
        ("index", "book/index.md"),
        ("book/words", "book/words.md"),
        ("notebooks/alone", "notebooks/alone.ipynb"),
        ("notebooks/pair_one", "notebooks/pair.ipynb"),
        ("notebooks/pair_two", "notebooks/pair.ipynb"),
    ],
)
def test_edit_and_launch_buttons_lead_to_the_committed_source(
    html: Path, checkout: Checkout, page: str, source: str
) -> None:
    file = html / f"{page}.html"
    assert (checkout.root / source).is_file()
    assert _paths(file, f"{URL}/edit/main/(.+)") == {source}
    assert URL in _links(file)
    launched = _paths(file, "https://colab.research.google.com/github/someone/companion/blob/main/(.+)")
    binder = [link for link in _links(file) if link.startswith("https://mybinder.org/v2/gh/someone/companion/main")]
    launched |= {parse_qs(urlsplit(link).query)["urlpath"][0].removeprefix("lab/tree/") for link in binder}
    assert launched == ({source} if page.startswith("notebooks/") else set())


@pytest.mark.parametrize("page", ["alone", "pair_one", "pair_two"])
def test_a_page_offers_its_notebook_as_it_is_committed(html: Path, checkout: Checkout, page: str) -> None:
    offered = [link for link in _links(html / "notebooks" / f"{page}.html") if "/sources/" in link]
    assert len(offered) == 1
    found = html / "notebooks" / offered[0]
    assert found.read_bytes() == (checkout.notebooks / found.name).read_bytes()


def test_an_edition_without_solutions_offers_notebooks_without_them(checkout: Checkout) -> None:
    records = {"alone": json.loads((checkout.runs("demo") / "alone" / "run.json").read_text())}
    offered = files(Edition(checkout, "demo", records, solutions=False))["book/static/sources/alone.ipynb"]
    assert b"secret" not in offered
    assert b"your turn" in offered


def test_nothing_in_the_students_book_leads_to_the_solutions(
    html: Path, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COINCO_REPOSITORY", URL)
    monkeypatch.setenv("COINCO_BRANCH", "main")
    before = (html / "notebooks" / "alone.html").read_bytes()
    students = build_book(checkout=checkout, solutions=False, say=lambda _: None).parent
    outside = [link for page in students.rglob("*.html") for link in _links(page) if urlsplit(link).netloc]
    assert [link for link in outside if URL in link or "colab" in link or "binder" in link] == []
    texts = [path.read_bytes() for path in students.rglob("*") if path.is_file()]
    assert [text for text in texts if b"# secret" in text] == []
    assert students != html
    assert (html / "notebooks" / "alone.html").read_bytes() == before


def test_without_a_public_repository_the_settings_stay(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COINCO_REPOSITORY", raising=False)
    made = files(Edition(checkout, "demo", {}))
    assert "_config.yml" not in made
    assert json.loads(made["sources.json"]) == {"index.md": "book/index.md"}
