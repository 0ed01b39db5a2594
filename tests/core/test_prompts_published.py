"""The published prompts: read out of sources of the authors' form, checked, cached, and never run."""

from __future__ import annotations

import json
import shutil
import urllib.request
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.files import digest
from coinco_core.judgements import CRITERIA
from coinco_core.prompts import VERSIONS, Prompt, published, student_prompt, teacher_prompt
from coinco_core.prompts.sources import template_in_source

# A text of our own in the published form: an indent from the second line on, braces, quotes, a backslash.
TEXT = 'Look at {object}.\n    Is "{object}" {in its place} or \\ not?\n    Your answer is:'
SOURCE = r"""import nowhere_to_be_found
raise SystemExit("this was run")

def other(new_object):
    return f"{new_object:>5} {1 + 1}"

def generate(new_object):
    "What a {docstring} says."
    prompt = f'''Look at {new_object}.
    Is "{new_object}" {{in its place}} or \\ not?
    Your answer is:'''
    return prompt

odd = "\d"
"""
WHICH = ("teacher", *CRITERIA)


@pytest.fixture(autouse=True)
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder is named, the cache is empty and the machine offline, until a test says otherwise."""
    monkeypatch.delenv("COINCO_PUBLISHED_PROMPTS", raising=False)
    monkeypatch.delenv("COINCO_OFFLINE", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("COINCO_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table in which all four prompts are the invented text."""
    for which, entry in published.PUBLISHED_PROMPTS.items():
        entry = replace(entry, function="generate", sha256=digest(TEXT))
        monkeypatch.setitem(published.PUBLISHED_PROMPTS, which, entry)


def notebook(code: str, *others: str) -> str:
    cells: list[dict[str, Any]] = [{"cell_type": "markdown", "source": ["def generate(new_object):\n", "not code"]}]
    for i, text in enumerate([*others, code]):
        cells.append({"cell_type": "code", "source": text if i % 2 else text.splitlines(keepends=True)})
    return json.dumps({"cells": cells, "nbformat": 4})


def content(which: str, code: str = SOURCE) -> str:
    """A source of the form that this prompt has in the repository."""
    return code if which == "teacher" else notebook(code, "!pip install -q x\n%matplotlib inline", "1 +")


def checkout(folder: Path, code: str = SOURCE) -> Path:
    for which in WHICH:
        path = folder / published.PUBLISHED_PROMPTS[which].source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content(which, code))
    return folder


def ask(which: str) -> Prompt:
    return teacher_prompt("published") if which == "teacher" else student_prompt(which, "published")


@pytest.mark.usefixtures("invented")
@pytest.mark.parametrize("which", WHICH)
def test_a_checkout_is_read_without_being_run(which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COINCO_PUBLISHED_PROMPTS", str(checkout(tmp_path)))
    prompt = ask(which)
    assert prompt.template == TEXT
    assert (prompt.digest, prompt.criterion) == (digest(TEXT), None if which == "teacher" else which)
    names = {"teacher": "teacher-published", "size": "student-size-published"}
    assert prompt.name == names.get(which, prompt.name)
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("invented")
def test_rendering_keeps_the_indent_and_the_braces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COINCO_PUBLISHED_PROMPTS", str(checkout(tmp_path)))
    assert ask("size").render("Hot_Dog") == (
        'Look at hot dog.\n    Is "hot dog" {in its place} or \\ not?\n    Your answer is:'
    )


@pytest.mark.usefixtures("invented")
@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_folder_of_copies_serves_too(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor may have added a line end, or made all of them a Windows machine's."""
    for entry in published.PUBLISHED_PROMPTS.values():
        text = TEXT.replace("\n", ending) if ending else TEXT
        (tmp_path / entry.copy).write_bytes((text + ending).encode())
    monkeypatch.setenv("COINCO_PUBLISHED_PROMPTS", str(tmp_path))
    assert {ask(which).template for which in WHICH} == {TEXT}


@pytest.mark.usefixtures("invented")
def test_another_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COINCO_PUBLISHED_PROMPTS", str(checkout(tmp_path / "a", SOURCE.replace("Look at", "See"))))
    for which in WHICH:
        with pytest.raises(CheckError, match="does not hold the prompt as it stands at commit 4cecc2f"):
            ask(which)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "teacher.txt").write_text(TEXT + " ")
    monkeypatch.setenv("COINCO_PUBLISHED_PROMPTS", str(tmp_path / "b"))
    with pytest.raises(CheckError, match="use that version"):
        ask("teacher")
    with pytest.raises(MissingError, match="holds neither .*size/prepare_dataset.ipynb nor student_size.txt"):
        ask("size")


FUNCTION = 'def generate(new_object):\n    return f"{new_object}"\n'


@pytest.mark.parametrize(
    "code",
    [
        "x = 1",
        "def generate(new_object): return new_object",
        FUNCTION + FUNCTION,
        FUNCTION.replace("return", "print(f'{new_object}'); return"),
        FUNCTION.replace("{new_object}", "{new_object!r}"),
        FUNCTION.replace("{new_object}", "{new_object:>9}"),
        FUNCTION.replace("{new_object}", "{new_object.upper()}"),
        FUNCTION.replace("{new_object}", "{print(1)}"),
        FUNCTION.replace("{new_object}", "{new_object} {__name__}"),
        FUNCTION.replace("{new_object}", "{__name__}"),
        FUNCTION.replace("{new_object}", "nothing"),
        "def generate(new_object:\n",
        "def generate(x):\x00",
    ],
)
def test_another_source_is_refused(code: str) -> None:
    for name, text in (("a.py", code), ("a.ipynb", notebook(code))):
        with pytest.raises(CheckError, match=f"{name} is not the pinned version: it has no function generate"):
            template_in_source(text.encode(), name, "generate")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": [1]}', '{"cells": [{"cell_type": "code"}]}', "\xff"])
def test_what_is_no_notebook_is_refused(text: str) -> None:
    with pytest.raises(CheckError, match="not the pinned version"):
        template_in_source(text.encode("latin-1"), "a.ipynb", "generate")


def test_offline_nothing_is_tried_and_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: pytest.fail("a connection was tried"))
    for name in ("HF_HUB_OFFLINE", "COINCO_OFFLINE"):
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setenv(name, "1")
        with pytest.raises(
            MissingError, match="set to be offline; check out commit 4cecc2f .* COINCO_PUBLISHED_PROMPTS"
        ):
            ask("location")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses asked for, in a network that has the sources."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    addresses: list[str] = []

    def urlopen(address: str, timeout: float) -> BytesIO:
        addresses.append(address)
        which = next(w for w in WHICH if address.endswith(published.PUBLISHED_PROMPTS[w].source))
        return BytesIO(content(which).encode())

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    return addresses


@pytest.mark.usefixtures("invented")
def test_it_is_fetched_once_and_cached(tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert {ask("co_occurrence").template for _ in range(3)} == {TEXT}
    assert len(asked) == 1
    assert published.COMMIT in asked[0] and asked[0].endswith("/co_occurrence/prepare_dataset.ipynb")
    monkeypatch.setenv("COINCO_OFFLINE", "1")
    assert ask("co_occurrence").template == TEXT
    assert [path.name for path in (tmp_path / "cache").rglob("*.txt")] == ["student_co_occurrence.txt"]


@pytest.mark.usefixtures("invented")
def test_a_cached_copy_that_was_cut_short_is_not_used(
    tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("size")
    (path,) = (tmp_path / "cache").rglob("*.txt")
    path.write_text(TEXT[:20])
    with monkeypatch.context() as offline:
        offline.setenv("COINCO_OFFLINE", "1")
        with pytest.raises(MissingError, match="offline"):
            ask("size")
    assert ask("size").template == TEXT == path.read_text()
    assert len(asked) == 2


@pytest.mark.usefixtures("asked")
def test_a_wrong_download_is_refused_and_not_cached(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="not the pinned version"):
        ask("teacher")
    assert not list(tmp_path.rglob("*.txt"))


def test_a_failing_network_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def urlopen(address: str, timeout: float) -> BytesIO:
        raise urllib.request.URLError("no route to host")

    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    with pytest.raises(MissingError, match="could not be fetched .*no route to host.*COINCO_PUBLISHED_PROMPTS"):
        ask("teacher")


def test_the_version_is_one_of_those_offered() -> None:
    assert "published" in VERSIONS
    with pytest.raises(InputError, match="Did you mean 'published'"):
        student_prompt("size", "publishd")


@pytest.mark.parametrize("which", WHICH)
def test_the_real_texts_are_read_from_copies_and_from_sources(
    which: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = published.PUBLISHED_PROMPTS[which]
    copy = shared / "published_prompts" / entry.copy
    if not copy.is_file():
        pytest.skip("the published prompts are not in the shared folder")
    monkeypatch.setenv("COINCO_PUBLISHED_PROMPTS", str(copy.parent))
    prompt = ask(which)
    assert prompt.digest == entry.sha256
    lines = prompt.render("cow").split("\n")
    assert lines[-1].strip() == "Your answer is:"
    assert [line for line in lines[1:] if line.startswith("    ") == (which == "teacher")] == []
    shutil.copy(copy, tmp_path / entry.copy)
    source = tmp_path / entry.source
    source.parent.mkdir(parents=True)
    text = prompt.template.replace("{object}", "{new_object}")
    code = f'def {entry.function}(new_object):\n    prompt = f"""{text}"""\n    return prompt\n'
    source.write_text(content(which, code))
    monkeypatch.setenv("COINCO_PUBLISHED_PROMPTS", str(tmp_path))
    assert ask(which) == prompt
