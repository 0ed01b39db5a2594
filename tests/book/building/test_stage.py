"""What becomes of an executed notebook and of the prose on the way to the book."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coinco_book.building.stage import stage, toc_pages
from coinco_book.checkout import Checkout
from coinco_book.pages.cells import staged_notebook
from coinco_book.pages.strip import DEMO_MARK, strip
from coinco_core.errors import CheckError, MissingError
from tiny_checkout import make_checkout, notebook

ROOT = Path("/home/someone/checkout")
RECORD = {
    "key": "0123456789abcdef",
    "seconds": 12.4,
    "parameters": {"seed": 3},
    "depends_on": {"coinco_core": "x", "coinco_core.files": "y", "parameters": "z"},
    "cells": [{"first_line": "quick", "seconds": 0.1}, {"first_line": "slow <cell>", "seconds": 9.0}],
    "made_by": {
        "profile": "demo",
        "seed": 3,
        "code_version": "0.1.0+abc",
        "device": "cpu, because no GPU is present",
        "python": "3.11.7",
        "platform": "Linux x86_64",
        "packages": {"torch": "2.13.0"},
        "time": "2026-01-02T03:04:05+00:00",
    },
}
TITLE = "# Reasoning\n\nThe share is {glue:text}`share`, once more {glue:text}`share`, in {glue:text}`words`."


def _code(source: str, outputs: list[dict[str, Any]] | None = None, tags: list[str] | None = None) -> dict[str, Any]:
    metadata = {"tags": tags or [], "papermill": {"duration": 1.0}}
    return {
        "cell_type": "code",
        "source": source,
        "metadata": metadata,
        "execution_count": 1,
        "outputs": outputs or [],
    }


def _image(**metadata: Any) -> dict[str, Any]:
    data = {"image/png": "aGVsbG8=", "text/plain": "<Figure>"}
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def _staged(*cells: dict[str, Any], record: dict[str, Any] = RECORD) -> list[dict[str, Any]]:
    title = {"cell_type": "markdown", "metadata": {}, "source": TITLE.splitlines(keepends=True)}
    executed = {"cells": [title, *cells], "metadata": {}}
    found: list[dict[str, Any]] = staged_notebook(executed, record, ROOT)["cells"]
    return [cell for cell in found if "cell-anchor" not in cell["source"]]


def test_the_strip_stands_below_the_title_and_names_what_made_the_page() -> None:
    cells = _staged()
    assert cells[0]["source"] == "# Reasoning"
    assert cells[1]["source"].startswith('<div class="provenance">')
    assert cells[2]["source"].startswith("The share is")
    for fact in ("demo", "0.1.0+abc", "cpu", "12 s", "2026-01-02", "torch 2.13.0", "slow &lt;cell&gt;", "2 modules"):
        assert fact in cells[1]["source"]
    assert "\n\n" not in cells[1]["source"]


@pytest.mark.parametrize(("profile", "marks"), [("demo", 2), ("smoke", 2), ("released", 0), ("paper", 0)])
def test_numbers_in_the_text_are_marked_where_they_are_demo_numbers(profile: str, marks: int) -> None:
    record = RECORD | {"made_by": RECORD["made_by"] | {"profile": profile}}  # type: ignore[operator]
    scraps = [{"name": "share", "is_number": True}, {"name": "words", "is_number": False}]
    glued = [{"output_type": "display_data", "data": {}, "metadata": {"scrapbook": scrap}} for scrap in scraps]
    cells = _staged(_code("1", glued), record=record)
    assert cells[2]["source"].count(DEMO_MARK) == marks
    assert ("demo numbers" in cells[1]["source"]) is bool(marks)


def test_a_notebook_of_several_pages_takes_each_pages_title() -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": "# One criterion\n\nWords."}
    cells = staged_notebook({"cells": [cell], "metadata": {}}, RECORD, ROOT, "One for size")["cells"]
    assert [c["source"] for c in (cells[0], cells[2])] == ["# One for size", "Words."]


def test_a_page_without_a_title_still_gets_its_strip() -> None:
    cells = staged_notebook({"cells": [_code("1")], "metadata": {}}, RECORD, ROOT)["cells"]
    assert "provenance" in cells[0]["source"]


@pytest.mark.parametrize("metadata", [{"alt": "a bar chart"}, {"image/png": {"alt": "a bar chart", "width": 300}}])
def test_alt_text_goes_where_the_book_looks_for_it(metadata: dict[str, Any]) -> None:
    cell = _staged(_code("plot()", [_image(**metadata)]))[-2]
    assert cell["metadata"]["mystnb"]["image"]["alt"] == "a bar chart"


def test_a_cell_with_two_images_becomes_two_with_an_alt_text_each() -> None:
    text = {"output_type": "stream", "name": "stdout", "text": "hello"}
    images = [_image(alt="one"), text, _image(alt="two")]
    cells = [cell for cell in _staged(_code("plot()", images))[3:] if cell["cell_type"] == "code"]
    assert [c["metadata"]["mystnb"]["image"]["alt"] for c in cells] == ["one", "two"]
    assert cells[0]["source"] == "plot()" and cells[1]["source"]  # MyST-NB leaves cells without a source out
    assert "remove-input" in cells[1]["metadata"]["tags"]
    assert [len(c["outputs"]) for c in cells] == [2, 1]


def test_an_image_has_its_caption_below_it_and_leads_to_the_cell_that_made_it() -> None:
    first = {"image/png": {"alt": "bars", "caption": "Mind the <third> bar."}}
    cells = _staged(_code("seed = 0", tags=["parameters"]), _code("plot()", [_image(**first), _image(alt="two")]))[3:]
    notes = [cell["source"] for cell in cells if "figure-note" in cell["source"]]
    assert notes == [
        '<p class="figure-note">Mind the &lt;third&gt; bar. <a href="#cell-2">made by cell 2</a></p>',
        '<p class="figure-note"> <a href="#cell-2">made by cell 2</a></p>',
    ]


def test_a_caption_that_looks_like_markdown_stays_words() -> None:
    cells = _staged(_code("plot()", [_image(alt="a", caption="One\n\n# H {{x}}")]))
    (note,) = [cell["source"] for cell in cells if "figure-note" in cell["source"]]
    assert note.startswith('<p class="figure-note">One # H &#123;&#123;x}} <a')


def test_code_cells_have_anchors_that_count_the_sources_cells() -> None:
    injected = _code("# Parameters", tags=["injected-parameters"])
    executed = {"cells": [_code("seed = 0", tags=["parameters"]), injected, _code("work()")], "metadata": {}}
    sources = [cell["source"] for cell in staged_notebook(executed, RECORD, ROOT)["cells"]]
    assert [s for s in sources if "cell-anchor" in s] == [
        f'<span class="cell-anchor" id="cell-{n}"></span>' for n in (1, 2)
    ]
    assert sources.index("work()") == sources.index('<span class="cell-anchor" id="cell-2"></span>') + 1


def test_error_cells_and_default_parameters_go_and_those_of_the_run_stay() -> None:
    cells = _staged(
        {"cell_type": "markdown", "metadata": {"tags": ["papermill-error-cell-tag"]}, "source": "An Exception"},
        _code("seed = 0", tags=["parameters"]),
        _code(f'# Parameters\nrun_dir = "{ROOT}/runs/demo"', tags=["injected-parameters"]),
    )
    assert [c["source"] for c in cells[3:]] == ['# the parameters of this run\nrun_dir = "runs/demo"']


def test_cells_of_imports_are_folded() -> None:
    cells = _staged(_code("import os"), _code("from a import b\nb()", tags=["remove-stderr"]), _code("work()"))[3:]
    assert [c["metadata"]["tags"] for c in cells] == [["hide-input"], ["remove-stderr", "hide-input"], []]


def test_paths_of_this_machine_and_timings_go() -> None:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": [f"wrote {ROOT}/runs/a\n", f"in {ROOT}"]},
        {"output_type": "execute_result", "data": {"text/plain": f"'{ROOT}/x'"}, "metadata": {}},
    ]
    cell = _staged(_code("go()", outputs))[-1]
    assert str(ROOT) not in json.dumps(cell)
    assert cell["outputs"][0]["text"] == "wrote runs/a\nin ."
    assert "papermill" not in cell["metadata"]


def test_the_executed_notebook_itself_is_left_alone() -> None:
    executed = {"cells": [_code("plot()", [_image(alt="one")])], "metadata": {}}
    before = json.dumps(executed)
    staged_notebook(executed, RECORD, ROOT)
    assert json.dumps(executed) == before


def test_pages_of_a_table_of_contents(tmp_path: Path) -> None:
    toc = tmp_path / "_toc.yml"
    chapters = "  - file: a\n    sections: [{file: b}]\n  - file: c\n"
    toc.write_text(f"root: index\nparts:\n- caption: A\n  chapters:\n{chapters}")
    assert toc_pages(toc) == ["index", "a", "b", "c"]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    checkout = make_checkout(tmp_path / "c", {"a": notebook("1")}, "[{id: a, title: A}]", "{a: {}}")
    (checkout.root / "_toc.yml").write_text("root: index\nchapters: [{file: notebooks/a}, {file: book/b}]\n")
    (checkout.root / "_config.yml").write_text("title: T\n")
    checkout.book.mkdir()
    for name in ("index", "b"):
        (checkout.book / f"{name}.md").write_text(f"# {name}\n")
    return checkout


def test_a_book_that_lacks_a_notebook_names_it_and_leaves_the_last_tree(checkout: Checkout) -> None:
    checkout.stage().mkdir(parents=True)
    (checkout.stage() / "last").touch()
    with pytest.raises(MissingError, match="coinco run a --profile demo"):
        stage(checkout, "demo")
    assert (checkout.stage() / "last").exists()


def test_the_tree_mirrors_the_repository(checkout: Checkout) -> None:
    folder = checkout.runs("demo") / "a"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({**RECORD, "notebook": "a"}))
    (folder / "a.ipynb").write_text(json.dumps({"cells": [_code("1")], "metadata": {}}))
    assert stage(checkout, "demo") == ["index", "notebooks/a", "book/b"]
    (folder / "run.json").write_text(json.dumps({**RECORD, "notebook": "a", "depends_on": {"run a": "older"}}))
    with pytest.raises(CheckError, match="older run of a; renew it with: coinco run a --profile demo"):
        stage(checkout, "demo")
    files = sorted(p.relative_to(checkout.stage()).as_posix() for p in checkout.stage().rglob("*") if p.is_file())
    to_download = ["book/static/sources/a.ipynb"]
    mirrored = ["index.md", "notebooks/a.ipynb"]
    assert files == ["_config.yml", "_toc.yml", "book/b.md", *to_download, *mirrored, "sources.json"]


def test_a_strip_of_an_empty_record_is_still_one() -> None:
    assert strip({}).startswith('<div class="provenance">')
