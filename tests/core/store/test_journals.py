"""The resumable store: several writers, torn ends, full disks and changed bytes."""

from __future__ import annotations

import errno
import json
import os
import shutil
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from coinco_core.errors import CheckError
from coinco_core.store import journals
from coinco_core.store.journals import Record, RecordStore, StoredArrays, StoredRecord, array_digest, read_records

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
DTYPES = st.sampled_from(["?", "u1", "<i8", "<f2", "<f4", ">f8", "<c8"])
ARRAYS = st.dictionaries(
    st.text(max_size=4), nps.arrays(DTYPES, nps.array_shapes(min_dims=0, min_side=0, max_side=4)), max_size=2
)


def same(read: StoredRecord, written: Record) -> bool:
    """Whether a record is, to the last bit, the one that was written."""
    read.check()
    arrays = [(read.arrays[name], array) for name, array in written.arrays.items()]
    equal = all(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in arrays)
    return equal and (read.key, read.row, list(read.arrays)) == (written.key, written.row, list(written.arrays))


def write(folder: Path, *records: Record, part: int = 0) -> Path:
    """The journal of a new writer, which has appended the records one by one."""
    with RecordStore(folder).writer(part) as writer:
        for record in records:
            writer.append([record])
    return max(folder.glob(f"part-{part:05d}.w*.jsonl"), key=lambda path: int(path.stem.split("w")[1]))


def test_a_record_is_a_line_and_its_arrays_stand_beside_it(tmp_path: Path) -> None:
    with RecordStore(tmp_path / "store").writer(17) as writer:
        writer.append([Record("a", {"n": 1}), Record("b", [0.1], {"x": np.arange(3, dtype="<i4"), "y": np.eye(2)})])
    first, second = (tmp_path / "store/part-00017.w0.jsonl").read_bytes().splitlines(keepends=True)
    assert first == b'{"sha256": "%s", "key": "a", "row": {"n": 1}}\n' % digits(b'"key": "a", "row": {"n": 1}}\n')
    content = json.loads(second)
    assert content["arrays"]["x"] == {
        "offset": 0, "dtype": "<i4", "shape": [3], "sha256": sha256(np.arange(3, dtype="<i4").tobytes()).hexdigest()
    }  # fmt: skip
    assert content["arrays"]["y"]["offset"] == 64
    held = (tmp_path / "store/part-00017.w0.bin").read_bytes()
    assert held == np.arange(3, dtype="<i4").tobytes() + bytes(52) + np.eye(2).tobytes()


def digits(content: bytes) -> bytes:
    return sha256(content).hexdigest()[:16].encode()


@settings(max_examples=60)
@given(records=st.lists(st.builds(Record, st.text(), JSON, ARRAYS), max_size=5))
def test_what_is_written_is_read(records: list[Record], tmp_path_factory: pytest.TempPathFactory) -> None:
    store = RecordStore(tmp_path_factory.mktemp("store"))
    clean = [json.loads(json.dumps(r.row).encode("utf-8", "replace")) == r.row for r in records]
    with store.writer() as writer:
        written = writer.append(records)
    for read in (written, list(store.records())):
        assert len(read) == len(records)
        assert all(same(one, record) for one, record, fair in zip(read, records, clean, strict=True) if fair)


def test_what_is_no_json_or_no_number_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    with store.writer() as writer:
        for bad in (Record("a", float("nan")), Record("a", object()), Record("a", 1, {"x": np.array([None])})):
            with pytest.raises((ValueError, TypeError)):
                writer.append([bad])
            writer.append([Record("b", 1, {"x": np.ones(2)})])
    assert [record.row for record in store.records()] == [1, 1, 1]
    assert all(same(record, Record("b", 1, {"x": np.ones(2)})) for record in store.records())


@settings(max_examples=80)
@given(turns=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.booleans()), max_size=12), data=st.data())
def test_any_writers_in_any_order_cut_anywhere_leave_a_prefix_of_each(
    turns: list[tuple[int, int, bool]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Three writers of two parts take turns; then any file may lose any of its end."""
    store, written = RecordStore(tmp_path_factory.mktemp("store")), dict[Path, list[Record]]()
    with ExitStack() as stack:
        writers = {(who, part): stack.enter_context(store.writer(part)) for who in range(3) for part in range(2)}
        for i, (who, part, has_array) in enumerate(turns):
            record = Record(str(i), {"n": i}, {"x": np.full((2, 3), i)} if has_array else {})
            (stored,) = writers[who, part].append([record])
            written.setdefault(stored.arrays.path.with_suffix(".jsonl"), []).append(record)
    for path in sorted(store.folder.iterdir()):
        os.truncate(path, data.draw(st.integers(0, path.stat().st_size), label=path.name))
    for path, records in written.items():
        read = list(read_records(path))
        assert all(same(one, record) for one, record in zip(read, records, strict=False)) and len(read) <= len(records)
        whole = path.read_bytes().count(b"\n")
        assert len(read) == whole or records[len(read)].arrays  # nothing is lost that was whole
    keys = [record.key for record in store.records()]
    assert keys == [record.key for part in (0, 1) for record in store.records([part])]
    assert len(keys) == len(set(keys)) == sum(len(list(read_records(path))) for path in written)


@pytest.mark.parametrize("place", range(0, 300, 7))
def test_a_changed_byte_is_noticed(tmp_path: Path, place: int) -> None:
    path = write(tmp_path, Record("a", {"text": "x" * 40}), Record("b", {"text": "y" * 40}), Record("c", 3))
    content = bytearray(path.read_bytes())
    place %= len(content) - 1  # without the very last, which makes a torn line of the record
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckError, match=rf"Line [123] of '{path}' is damaged; remove that line to go on\."):
        list(RecordStore(tmp_path).records())
    left = [record.key for record in RecordStore(tmp_path).records(strict=False)]
    assert set(left) < {"a", "b", "c"} and len(left) >= 1


@pytest.mark.parametrize("place", [0, 5, 64, 87])
def test_a_changed_byte_in_an_array_is_noticed_when_it_is_checked(tmp_path: Path, place: int) -> None:
    path = write(tmp_path, Record("a", 1, {"x": np.zeros(4)}), Record("b", 2, {"y": np.zeros(3)}))
    content = bytearray(path.with_suffix(".bin").read_bytes())
    content[place] ^= 1
    path.with_suffix(".bin").write_bytes(content)
    damaged = "x" if place < 32 else "y"
    records = RecordStore(tmp_path).merged()  # which reads no array
    for record in records.values():
        if damaged in record.arrays:
            with pytest.raises(CheckError, match=rf"array '{damaged}' at byte \d+ of '.*bin' is damaged; rem"):
                record.check()
        else:
            record.check()


def test_arrays_are_mapped_when_they_are_taken_and_the_file_stays(tmp_path: Path) -> None:
    path = write(tmp_path, Record("a", 1, {"x": np.zeros((2, 2), np.float32), "none": np.zeros((0, 3))}))
    (record,) = RecordStore(tmp_path).records()
    before = path.with_suffix(".bin").read_bytes()
    assert isinstance(record.arrays, StoredArrays) and isinstance(record.arrays["x"], np.memmap)
    record.arrays["x"][:] = 7
    assert path.with_suffix(".bin").read_bytes() == before and (record.arrays["x"] == 0).all()
    assert record.arrays["none"].shape == (0, 3)
    assert array_digest(np.zeros((2, 2)).T) == array_digest(np.zeros(4)) != array_digest(np.zeros(4, np.float32))
    os.truncate(path.with_suffix(".bin"), 3)
    with pytest.raises(CheckError, match="is damaged"):
        record.check()


def test_a_line_whose_arrays_are_not_there_ends_its_journal(tmp_path: Path) -> None:
    one = {"x": np.ones(8)}
    path = write(tmp_path, Record("a", 1, one), Record("b", 2), Record("c", 3, one), Record("d", 4))
    os.truncate(path.with_suffix(".bin"), 2 * 64 - 1)
    assert [record.key for record in read_records(path)] == ["a", "b"]
    path.with_suffix(".bin").unlink()
    assert list(read_records(path)) == []


def test_parts_are_read_by_themselves_and_policies_decide(tmp_path: Path) -> None:
    for writer in range(12):  # the twelfth comes after the second, whatever their names say
        write(tmp_path, Record("a", writer), part=3)
    write(tmp_path, Record("a", "other"), Record("b", "other"), part=200_000)
    store = RecordStore(tmp_path)
    assert [record.row for record in store.records([3])] == list(range(12))
    assert {key: record.row for key, record in store.merged([3]).items()} == {"a": 11}
    assert store.merged([3], lambda before, after: before)["a"].row == 0
    assert [record.row for record in store.merged().values()] == ["other", "other"]
    (tmp_path / "part-notes.jsonl").write_text("not ours")
    assert list(store.records([7])) == [] and list(RecordStore(tmp_path / "none").records()) == []


def test_a_writer_takes_the_next_free_number_and_makes_no_file_in_vain(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    with store.writer():
        pass
    assert list(tmp_path.iterdir()) == []
    for name in ("part-00000.w0.jsonl", "part-00000.w2.jsonl", "part-00000.w2.bin"):
        (tmp_path / name).write_bytes(b"")
    for expected in ("w3", "w4"):
        assert write(tmp_path, Record("a", 1, {"x": np.ones(2)})).stem.endswith(expected)
    assert len(list(store.records())) == 2


class FullDisk:
    """A file on a disk that has room for so many bytes more."""

    def __init__(self, stream: Any, room: int) -> None:
        self._stream, self.room = stream, room

    def write(self, content: Any) -> int:
        fits = bytes(content)[: self.room]
        self._stream.write(fits)
        self.room -= len(fits)
        if len(fits) < len(bytes(content)):
            self._stream.flush()
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(fits)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@pytest.mark.parametrize("room", [0, 30, 100])
@pytest.mark.parametrize("file", ["lines", "data"])
def test_a_full_disk_is_said_and_the_rest_is_written_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, room: int
) -> None:
    arrays = {"x": np.ones(32)} if file == "data" else {}
    store = RecordStore(tmp_path)
    with store.writer() as writer:
        writer.append([Record("a", 1, arrays)])
        monkeypatch.setattr(writer, f"_{file}", FullDisk(getattr(writer, f"_{file}"), room))
        with pytest.raises(CheckError, match=rf"{tmp_path} cannot be written to \(No space left on device\); what was"):
            writer.append([Record("b", 2, arrays), Record("c", 3, arrays)])
        seen = [record.key for record in store.records()]
        assert seen[0] == "a" and seen in (["a"], ["a", "b"])
        writer.append([Record("c", 3, arrays)])
    assert [record.key for record in store.records()] == [*seen, "c"]
    for record in store.records():
        record.check()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        RecordStore(tmp_path / "file" / "store").writer() as writer,
        pytest.raises(CheckError, match="Not a directory"),
    ):
        writer.append([Record("a", 1)])


@pytest.mark.parametrize(("every", "syncs"), [(1, [1, 2, 3]), (3, [0, 0, 1])])
def test_rows_are_forced_onto_the_disk_every_so_often_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int, syncs: list[int]
) -> None:
    forced: list[int] = []
    monkeypatch.setattr(journals.os, "fsync", forced.append)
    with RecordStore(tmp_path).writer(sync_rows=every) as writer:
        for count in syncs:
            writer.append([Record("a", 1)])
            assert len(forced) == count
            assert len(list(RecordStore(tmp_path).records())) > 0  # whoever reads sees it at once
    assert len(forced) == syncs[-1] + 1


def test_arrays_are_on_the_disk_before_the_line_that_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[tuple[int, int]] = []
    path = tmp_path / "part-00000.w0.jsonl"
    monkeypatch.setattr(
        journals.os, "fsync", lambda _: sizes.append((path.stat().st_size, path.with_suffix(".bin").stat().st_size))
    )
    with RecordStore(tmp_path).writer() as writer:
        writer.append([Record("a", 1, {"x": np.ones(4)})])
        assert sizes == [(0, 32)]


def test_a_store_is_read_wherever_its_folder_is_moved(tmp_path: Path) -> None:
    write(tmp_path / "here", Record("a", 1, {"x": np.ones(4)}))
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert same(*RecordStore(tmp_path / "there").records(), Record("a", 1, {"x": np.ones(4)}))
