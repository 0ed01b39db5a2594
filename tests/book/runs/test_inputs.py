"""What a run was made from: data on disk counts, by listing; pages say what their data are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coinco_book.checkout import Checkout
from coinco_book.profiles import load_profile
from coinco_book.runs import inputs as module
from coinco_book.runs.fingerprint import changed, components
from coinco_book.runs.imports import ImportGraph
from coinco_book.runs.inputs import code_digest, data_of, data_paths, inputs, listing_digest
from coinco_book.runs.notebooks import load_notebooks
from coinco_core.files import sha256_file
from tiny_checkout import make_checkout, notebook

SECTIONS = """
  a: {data: data/released/samples, models: {one: hub/model, two: demo}, answers: runs/demo/answers, n: 3, note: ''}
  b: {data: demo}
"""


@pytest.fixture(autouse=True)
def _usual_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COINCO_DATA", raising=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    manifest = "[{id: a, title: A}, {id: b, title: B}]"
    checkout = make_checkout(tmp_path / "c", {"a": notebook("1"), "b": notebook("1")}, manifest, SECTIONS)
    for name in ("data/released/samples/images/1.png", "data/released/samples/samples.parquet", "demo/x"):
        (checkout.root / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout.root / name).write_text(name)
    (checkout.runs("demo") / "answers").mkdir(parents=True)
    return checkout


def _paths(checkout: Checkout, name: str = "a") -> dict[str, Path]:
    return data_paths(name, load_profile("demo", checkout.profiles), checkout)


def _parts(checkout: Checkout, name: str = "a") -> dict[str, str]:
    chosen = next(n for n in load_notebooks(checkout) if n.id == name)
    return components(chosen, checkout, load_profile("demo", checkout.profiles), {"seed": 0}, {}, ImportGraph())


def test_existing_paths_are_data_and_names_and_what_runs_write_are_not(checkout: Checkout) -> None:
    assert list(_paths(checkout)) == ["data/released/samples"]
    assert _paths(checkout, "b") == {}  # 'demo' means drawn scenes, even where there is a folder of that name
    (checkout.root / "hub" / "model").mkdir(parents=True)
    assert list(_paths(checkout)) == ["data/released/samples", "hub/model"]


def test_what_a_profile_requires_of_a_notebook_is_data_unless_it_lies_in_another(checkout: Checkout) -> None:
    profile = checkout.profiles / "demo.yaml"
    samples, cache = "data/released/samples/samples.parquet", "data/released/cache"
    (checkout.root / cache).mkdir()
    needs = f"[{{path: {samples}, get: fetch}}, {{path: {cache}, get: fetch, notebooks: [b]}}]"
    profile.write_text(f"requires: {needs}\n{profile.read_text()}")
    assert list(_paths(checkout)) == ["data/released/samples"]
    assert list(_paths(checkout, "b")) == [cache, samples]


def _replace(image: Path) -> None:
    facts = image.stat()
    image.write_bytes(b"x" * facts.st_size)
    os.utime(image, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))


CHANGES: dict[str, Callable[[Path], object]] = {
    "written anew": _replace,
    "longer": lambda image: image.write_text("longer than before was the content of this image"),
    "gone": lambda image: image.unlink(),
    "renamed": lambda image: image.rename(image.with_name("2.png")),
    "one more": lambda image: image.with_name("2.png").touch(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_run_is_stale_when_its_data_have_changed(checkout: Checkout, change: Callable[[Path], object]) -> None:
    before = _parts(checkout)
    assert _parts(checkout) == before
    change(checkout.root / "data/released/samples/images/1.png")
    assert changed(before, _parts(checkout)) == ["data data/released/samples"]
    assert _parts(checkout, "b") == _parts(checkout, "b")


def test_the_order_in_which_a_folder_is_read_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b/1", "a/2", "a/1", "c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    before, walk = listing_digest(tmp_path), os.walk

    def backwards(folder: Path) -> Any:
        for place, folders, names in walk(folder):
            folders.reverse()
            yield place, folders, names[::-1]

    monkeypatch.setattr(module.os, "walk", backwards)
    assert listing_digest(tmp_path) == before
    assert listing_digest(tmp_path / "c") != before


def test_the_record_names_data_elsewhere_without_the_folders_above(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "disk").mkdir()
    (checkout.root / "data" / "released").rename(tmp_path / "disk" / "coinco")
    monkeypatch.setenv("COINCO_DATA", str(tmp_path / "disk" / "coinco"))
    assert list(_paths(checkout)) == ["data/released/samples"]
    profile = checkout.profiles / "demo.yaml"
    profile.write_text(profile.read_text().replace("data/released/samples", str(tmp_path / "disk")))
    assert list(_paths(checkout)) == ["disk"]


def test_inputs_are_what_was_read_with_the_contents_of_small_tables(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = _paths(checkout)
    parts = {
        "weights/a": "w",
        "run b": "r",
        "coinco_core": "m",
        "book/x.yml": "f",
        "parameters": "p",
        **_parts(checkout),
    }
    table = checkout.root / "data/released/samples/samples.parquet"
    found = inputs(parts, paths, ("book/x.yml",))
    assert found == {
        "weights/a": "w",
        "run b": "r",
        "book/x.yml": "f",
        "data data/released/samples": parts["data data/released/samples"],
        "table data/released/samples/samples.parquet": sha256_file(table),
    }
    assert inputs({}, {"one.parquet": table}) == {"table one.parquet": sha256_file(table)}
    monkeypatch.setattr(module, "_SMALL", 4)
    assert inputs({}, paths) == {}


def _record(parts: dict[str, str], settings: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    return {"depends_on": parts, "settings": settings or {}, "made_by": {"seed": 3}, **rest}


WORLD, RUN, DISK = {"coinco_world.dataset": "1"}, {"run a": "k"}, {"data data/x": "d"}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (_record(WORLD), "drawn scenes, seed 3"),
        (_record(WORLD | RUN, {"data": "demo"}), "drawn scenes, seed 3"),
        (_record(WORLD | RUN, {"data": "data/x"}), "the runs of a"),
        (_record(WORLD | RUN | DISK, {"data": "data/x"}), "data/x"),
        (_record(RUN | {"run b": "1"}), "the runs of a, b"),
        (_record({f"run {at}": "1" for at in range(5)}), "the runs of 5 others"),
    ],
)
def test_a_page_says_what_its_data_are(record: dict[str, Any], words: str) -> None:
    data = data_of(record)
    assert data is not None
    assert (data.words, len(data.digest)) == (words, 64)


@pytest.mark.parametrize("record", [{}, _record({"coinco_core.files": "1"}), _record(WORLD, numbers="estimates")])
def test_a_page_without_data_says_nothing(record: dict[str, Any]) -> None:
    assert data_of(record) is None


def _digest(*given: Any, **rest: Any) -> str:
    data = data_of(_record(*given, **rest))
    assert data is not None
    return data.digest


def test_the_digest_of_drawn_scenes_follows_the_world_the_settings_and_the_seed() -> None:
    first = _digest(WORLD, {"n": 1})
    assert _digest(WORLD | {"coinco_core.files": "2", "parameters": "3"}, {"n": 1}) == first
    others = [_digest(WORLD, {"n": 2}), _digest({"coinco_world.dataset": "2"}, {"n": 1})]
    others.append(_digest(WORLD, {"n": 1}, made_by={"seed": 4}))
    assert len({first, *others}) == 4


def test_the_digest_of_data_on_disk_is_that_of_its_tables_where_it_has_some() -> None:
    tables = {"seed": 3, "inputs": {"table data/x/t.parquet": "t"}}
    assert _digest(DISK, made_by=tables) == _digest({"data data/x": "copied anew"}, made_by=tables)
    assert _digest(DISK) != _digest({"data data/x": "copied anew"})


def test_the_code_digest_is_over_the_modules_of_the_package() -> None:
    parts = {"coinco_core": "1", "coinco_core.files": "2"}
    assert code_digest({"depends_on": parts}) == code_digest({"depends_on": {**parts, "weights/a": "3"}})
    assert code_digest({"depends_on": parts}) != code_digest({"depends_on": {**parts, "coinco_core.files": "3"}})
    assert code_digest({}) == ""
