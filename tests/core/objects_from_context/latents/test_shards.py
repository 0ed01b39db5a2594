"""Latents that are being made: kept shard by shard, exact, and made again where they are damaged."""

from __future__ import annotations

import errno
import fcntl
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinco_core.errors import CheckError, InputError
from coinco_core.objects_from_context.latents.shards import (
    JOURNAL,
    PLAN,
    ShardWriter,
    progress_of,
    shard_writer,
    tidy,
)
from coinco_core.objects_from_context.latents.store import open_rows
from coinco_core.store.journals import array_digest

Plan = dict[str, Any]
THIS: Plan = {"plan": 1, "samples": 9}


def writer(folder: Path, plan: Plan = THIS, dtype: str = "float32") -> AbstractContextManager[ShardWriter]:
    return shard_writer(folder, dtype, plan)


def add(to: ShardWriter, rows: np.ndarray, first: int = 0) -> None:
    """Put the rows under their numbers and commit them as a shard."""
    for i, row in enumerate(rows, first):
        to.put(str(i), row, more=i)
    to.commit([f"s{i}" for i in range(first, first + len(rows))])


def values(n: int, seed: int = 0, dtype: str = "float32") -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 4, 32, 32)).astype(dtype)


@settings(max_examples=25)
@given(
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=5), broken=st.integers(0, 40), dtype=st.sampled_from([2, 4])
)
def test_what_is_written_in_shards_and_parts_is_one_array(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], broken: int, dtype: int
) -> None:
    """However many shards there are, and wherever each writer but the last dies, numpy reads all rows in order."""
    folder, kind = tmp_path_factory.mktemp("rows"), f"float{8 * dtype}"
    done = [values(n, seed, kind) for seed, n in enumerate(sizes)]
    for i, rows in enumerate(done):
        with writer(folder, dtype=kind) as to:
            assert to.known.keys() - {"shard"} == {str(n) for n in range(sum(sizes[:i]))}
            add(to, rows, sum(sizes[:i]))
            to.put("never committed", rows[0])
        for path in (folder / JOURNAL).iterdir():
            with open(path, "ab") as stream:
                stream.write(bytes(broken))
    with writer(folder, dtype=kind) as to:
        assert "never committed" not in to.known
        keys = [str(i) for i in range(sum(sizes))]
        to.write("images.npy", keys)
        places = [to.known[key].row for key in keys]
    found = np.load(folder / "images.npy")
    np.testing.assert_array_equal(found, np.concatenate(done))
    assert found.dtype == kind and (folder / "images.npy").stat().st_size == 128 + found.nbytes
    assert [place["latents"] for place in places] == [array_digest(row) for row in found]
    assert [place["more"] for place in places] == list(range(len(found)))


def test_rows_are_written_in_the_order_that_is_wanted(tmp_path: Path) -> None:
    rows = values(5)
    with writer(tmp_path) as to:
        add(to, rows[:3])
        add(to, rows[3:], 3)
        to.write("images.npy", ["4", "0", "3"])
        to.write("masks.npy", [])
    np.testing.assert_array_equal(np.load(tmp_path / "images.npy"), rows[[4, 0, 3]])
    assert np.load(tmp_path / "masks.npy").shape == (0, 4, 32, 32)


def test_an_unfinished_folder_says_how_many_samples_it_has(tmp_path: Path) -> None:
    assert progress_of(tmp_path) is None
    with writer(tmp_path) as to:
        assert progress_of(tmp_path) == (0, 9)
        add(to, values(3))
        add(to, values(2), 3)
        add(to, values(2), 3)  # done again
        assert progress_of(tmp_path) == (5, 9)
    tidy(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_plan_begins_anew(tmp_path: Path) -> None:
    with writer(tmp_path) as to:
        add(to, values(3))
    with writer(tmp_path, THIS | {"plan": 2}) as to:
        assert not to.known
        add(to, values(1, 1))
        to.write("images.npy", ["0"])
    np.testing.assert_array_equal(np.load(tmp_path / "images.npy"), values(1, 1))


@pytest.mark.parametrize("lost", [PLAN, f"{JOURNAL}/part-00000.w0.bin", f"{JOURNAL}/part-00000.w0.jsonl"])
def test_a_folder_that_lost_a_file_begins_anew(tmp_path: Path, lost: str) -> None:
    with writer(tmp_path) as to:
        add(to, values(3))
    (tmp_path / lost).unlink()
    with writer(tmp_path) as to:
        assert not to.known


def test_a_shard_without_latents_counts_and_problems_are_kept(tmp_path: Path) -> None:
    with writer(tmp_path) as to:
        add(to, values(2))
        to.put("2", None, "no image")
        to.put("m", values(1)[0], "not finite")
        to.commit(["s2"])
        to.commit(["s3"])
    with writer(tmp_path) as to:
        assert progress_of(tmp_path) == (4, 9)
        assert [to.known[key].row for key in ("2", "m")] == [
            {"latents": "", "problem": "no image"}, {"latents": "", "problem": "not finite"}
        ]  # fmt: skip


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    refused = pytest.raises(CheckError, match=f"Another process is writing to {tmp_path}")
    with writer(tmp_path), refused, writer(tmp_path):
        pass
    with writer(tmp_path):
        pass


def test_a_disk_without_locks_is_not_taken_for_another_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    refused = pytest.raises(InputError, match=rf"{tmp_path} cannot be locked \(No locks available\); choose a folder")
    with refused, writer(tmp_path):
        pass


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
    assert array_digest(block[1]) == array_digest(np.array(block[1])) == array_digest(np.asfortranarray(block[1]))
    assert len({array_digest(row) for row in block}) == 4
    assert array_digest(block[1]) != array_digest(block[1].astype(np.float16))
