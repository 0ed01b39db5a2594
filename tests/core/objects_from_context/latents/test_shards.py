"""Arrays that grow on disk: readable by numpy, exact, and cut back to what was committed."""

from __future__ import annotations

import errno
import fcntl
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinco_core.errors import CheckError, InputError
from coinco_core.objects_from_context.latents.shards import COMMITS, ShardWriter, committed_items, open_rows, row_digest

PLAN = {"plan": 1}


def writer(folder: Path, plan: dict[str, Any] | None = None, dtype: str = "float32") -> ShardWriter:
    return ShardWriter(folder, ["row"], (2, 3), dtype, PLAN if plan is None else plan)


def add(to: ShardWriter, values: np.ndarray) -> None:
    """Append the rows and commit them as a shard."""
    first = to.rows("row")
    digests = to.append("row", values)
    to.commit(pd.DataFrame({"row_row": range(first, first + len(values)), "row_latents": digests}))


def values(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 2, 3)).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=5), broken=st.integers(0, 40), dtype=st.sampled_from([2, 4])
)
def test_what_is_written_in_shards_and_parts_is_one_array(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], broken: int, dtype: int
) -> None:
    """However many shards there are, and wherever each writer but the last dies, numpy reads all rows in order."""
    folder, kind, done = tmp_path_factory.mktemp("rows"), f"float{8 * dtype}", []
    for seed, n in enumerate(sizes):
        with writer(folder, dtype=kind) as to:
            assert to.shards == seed and to.rows("row") == sum(sizes[:seed])
            add(to, values(n, seed))
            to.append("row", values(broken % 3, 99))  # never committed
        done.append(values(n, seed))
        with open(folder / "rows.npy", "ab") as stream:
            stream.write(bytes(broken))
    with writer(folder, dtype=kind) as to:
        table = to.finish()
    found = np.load(folder / "rows.npy")
    np.testing.assert_array_equal(found, np.concatenate(done).astype(kind))
    assert (folder / "rows.npy").stat().st_size == 128 + found.nbytes
    assert table["row_latents"].tolist() == [row_digest(row) for row in found]
    assert table["row_row"].tolist() == list(range(len(found)))


def test_an_unfinished_folder_says_how_many_items_it_has(tmp_path: Path) -> None:
    with writer(tmp_path) as to:
        add(to, values(3))
        add(to, values(2))
        assert list(committed_items(tmp_path)) == [3, 2]
    (tmp_path / COMMITS / "000001.parquet").write_bytes(b"PAR1")
    assert list(committed_items(tmp_path)) == [3]


def test_another_plan_begins_anew(tmp_path: Path) -> None:
    with writer(tmp_path) as to:
        add(to, values(3))
    with writer(tmp_path, {"plan": 2}) as to:
        assert to.shards == 0 and to.rows("row") == 0
        add(to, values(1))
        to.finish()
    assert np.load(tmp_path / "rows.npy").shape == (1, 2, 3)


@pytest.mark.parametrize("lost", ["plan.json", "rows.npy"])
def test_a_folder_that_lost_a_file_begins_anew(tmp_path: Path, lost: str) -> None:
    with writer(tmp_path) as to:
        add(to, values(3))
    (tmp_path / lost).unlink()
    with writer(tmp_path) as to:
        assert to.shards == 0 and to.rows("row") == 0 and list((tmp_path / COMMITS).glob("*")) == []


def test_a_commit_without_new_rows_counts(tmp_path: Path) -> None:
    with writer(tmp_path) as to:
        add(to, values(2))
        to.commit(pd.DataFrame({"row_row": [-1, 1], "row_latents": ["", to.table()["row_latents"][1]]}))
    with writer(tmp_path) as to:
        assert to.shards == 2 and to.rows("row") == 2
        assert to.finish()["row_row"].tolist() == [0, 1, -1, 1]


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with writer(tmp_path), pytest.raises(CheckError, match=f"Another process is writing to {tmp_path}"):
        writer(tmp_path)
    with writer(tmp_path):
        pass


def test_a_disk_without_locks_is_not_taken_for_another_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(InputError, match=rf"{tmp_path} cannot be locked \(No locks available\); choose a folder"):
        writer(tmp_path)


def test_opened_rows_can_be_written_to_and_the_file_stays(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", values(2))
    rows = open_rows(tmp_path / "rows.npy")
    rows[:] = 0
    np.testing.assert_array_equal(np.load(tmp_path / "rows.npy"), values(2))


@pytest.mark.parametrize("content", [None, b"", b"\x93NUMPY", b"something else entirely"])
def test_a_file_that_is_no_array_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "rows.npy").write_bytes(content)
    with pytest.raises(CheckError, match=r"rows\.npy is not a whole array"):
        open_rows(tmp_path / "rows.npy")


def test_the_digest_is_of_the_numbers_wherever_they_lie() -> None:
    block = values(4)
    assert row_digest(block[1]) == row_digest(np.array(block[1])) == row_digest(np.asfortranarray(block[1]))
    assert len({row_digest(row) for row in block}) == 4
    assert row_digest(block[1]) != row_digest(block[1].astype(np.float16))
