"""Files appear whole or not at all; digests depend on content only."""

from __future__ import annotations

import os
from pathlib import Path

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core import files
from coinco_core.errors import InputError, MissingError


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = files.write_text(tmp_path / "note.txt", "old")
    with pytest.raises(RuntimeError), files.atomic_path(target) as temporary:
        temporary.write_text("half of the n")
        raise RuntimeError("killed")
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["note.txt"]


def test_a_write_makes_parents_and_keeps_the_suffix_for_the_writer(tmp_path: Path) -> None:
    with files.atomic_path(tmp_path / "a" / "b" / "image.png") as temporary:
        assert temporary.suffix == ".png"
        assert temporary.parent == tmp_path / "a" / "b"
        temporary.write_bytes(b"x")
    assert names_in(tmp_path / "a" / "b") == ["image.png"]


def test_a_written_file_has_the_usual_permissions(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    written = files.write_text(tmp_path / "written", "x")
    assert written.stat().st_mode == plain.stat().st_mode


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "run"
    for content in ("first", "second"):
        with files.atomic_folder(target) as temporary:
            (temporary / content).write_text(content)
    assert names_in(target) == ["second"]
    assert names_in(tmp_path) == ["run"]


def test_a_failed_folder_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "run"
    with files.atomic_folder(target) as temporary:
        (temporary / "good").touch()
    with pytest.raises(RuntimeError), files.atomic_folder(target) as temporary:
        (temporary / "half").touch()
        raise RuntimeError("killed")
    assert names_in(target) == ["good"]
    assert names_in(tmp_path) == ["run"]


def test_the_old_folder_returns_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "run"
    target.mkdir()
    (target / "good").touch()
    moves = []
    rename = os.replace

    def second_move_fails(source: Path, destination: Path) -> None:
        moves.append(source)
        if len(moves) == 2:
            raise OSError("disk full")
        rename(source, destination)

    monkeypatch.setattr(files.os, "replace", second_move_fails)
    with pytest.raises(OSError, match="disk full"), files.atomic_folder(target):
        pass
    assert names_in(target) == ["good"]
    assert names_in(tmp_path) == ["run"]


def test_json_comes_back_and_nan_is_refused(tmp_path: Path) -> None:
    path = files.write_json(tmp_path / "x.json", {"á": [1, 2.5, None]})
    assert files.read_json(path) == {"á": [1, 2.5, None]}
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(path, float("nan"))
    assert files.read_json(path) == {"á": [1, 2.5, None]}


def test_a_table_comes_back(tmp_path: Path) -> None:
    table = pandas.DataFrame({"a": [1, 2], "b": ["x", ""]})
    pandas.testing.assert_frame_equal(files.read_table(files.write_table(tmp_path / "t.parquet", table)), table)


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.json"])
def test_missing_and_damaged_inputs_are_told_apart(tmp_path: Path, name: str) -> None:
    read = files.read_json if name.endswith("json") else files.read_table
    with pytest.raises(MissingError, match=name):
        read(tmp_path / name)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match=name):
        read(tmp_path / name)


def test_sha256_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = files.write_bytes(tmp_path / "b", b"abc")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert files.sha256_file(path) == files.digest(b"abc") == files.digest("abc") == known


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), values, max_size=5))
def test_a_digest_does_not_depend_on_the_order_of_keys(table: dict[str, object]) -> None:
    assert files.digest(table) == files.digest(dict(reversed(table.items())))


def test_different_content_has_a_different_digest() -> None:
    assert len({files.digest(x) for x in ({}, [], {"a": 1}, {"a": 2}, {"a": "1"}, {"b": 1}, [1], 1)}) == 8
