"""Archives: unpacked whole, from one file or from parts, or refused with nothing left behind."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from coinco_core.errors import InputError, MissingError
from coinco_core.released import unpack


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def tree(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


FILES = {"a/x.csv": "1", "a/b/y.csv": "2" * 3000, "z.txt": ""}


def test_an_archive_becomes_a_folder(tmp_path: Path) -> None:
    assert unpack([zipped(tmp_path / "data.zip", FILES)], tmp_path / "new" / "data") == 3
    assert tree(tmp_path / "new" / "data") == FILES


def test_an_archives_own_top_folder_is_not_repeated(tmp_path: Path) -> None:
    inside = {f"data/{name}": text for name, text in FILES.items()}
    unpack([zipped(tmp_path / "data.zip", inside)], tmp_path / "data")
    assert tree(tmp_path / "data") == FILES
    unpack([zipped(tmp_path / "mixed.zip", inside | {"note.txt": "n"})], tmp_path / "mixed" / "data")
    assert set(tree(tmp_path / "mixed" / "data")) == {*inside, "note.txt"}


def test_parts_are_joined_and_the_joined_file_goes(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "data.zip", FILES).read_bytes()
    parts = [tmp_path / f"data_part_a{letter}" for letter in "abc"]
    for i, part in enumerate(parts):
        part.write_bytes(whole[i * 150 : (i + 1) * 150 if i < 2 else None])
    assert unpack(parts, tmp_path / "out" / "data") == 3
    assert tree(tmp_path / "out" / "data") == FILES
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["data"]
    with pytest.raises(InputError, match="data_part_aa cannot be unpacked: .* with all of its parts"):
        unpack(parts[:2], tmp_path / "other")
    with pytest.raises(MissingError, match="There is no archive .*data_part_ad"):
        unpack([*parts, tmp_path / "data_part_ad"], tmp_path / "other")
    assert not (tmp_path / "other").exists()


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry


UNSAFE = ["/etc/evil", "../evil", "a/../../evil", "C:/evil", "C:evil", "..\\evil", "\\\\host\\share\\evil", link("a")]


@pytest.mark.parametrize("entry", UNSAFE, ids=lambda entry: getattr(entry, "filename", entry))
def test_an_entry_that_leads_out_of_the_folder_is_refused(tmp_path: Path, entry: str | zipfile.ZipInfo) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("good.txt", "fine")
        archive.writestr(entry, "/etc/passwd")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="bad.zip is not safe to unpack: its entry '.*' leads out of the folder"):
        unpack([tmp_path / "bad.zip"], tmp_path / "out")
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_that_is_too_large_is_refused(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"zeros": "0" * 1_000_000, "more": "0"})
    assert bomb.stat().st_size < 2_000
    with pytest.raises(InputError, match="unpacks to 1,000,001 bytes, more than the 1,000,000 allowed"):
        unpack([bomb], tmp_path / "out", max_bytes=1_000_000)
    with pytest.raises(InputError, match="has 2 entries, more than the 1 allowed"):
        unpack([bomb], tmp_path / "out", max_entries=1)
    assert not (tmp_path / "out").exists()


def test_a_size_that_lies_does_not_get_through(tmp_path: Path) -> None:
    path = zipped(tmp_path / "lie.zip", {"zeros": "0" * 50_000})
    true, stated = (50_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert path.read_bytes().count(true) == 2
    path.write_bytes(path.read_bytes().replace(true, stated))
    with pytest.raises(InputError, match="lie.zip cannot be unpacked"):
        unpack([path], tmp_path / "out", max_bytes=1_000)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("damage", ["short", "empty", "text", "flipped", "clash"])
def test_a_damaged_archive_is_a_sentence(tmp_path: Path, damage: str) -> None:
    files = {"a": "1" * 400} | ({"a/b": "2"} if damage == "clash" else {})
    path = zipped(tmp_path / "data.zip", files)
    whole = path.read_bytes()
    flipped = whole[:35] + bytes([whole[35] ^ 255]) + whole[36:]
    contents = {"short": whole[:-30], "empty": b"", "text": b"no archive", "flipped": flipped, "clash": whole}
    path.write_bytes(contents[damage])
    with pytest.raises(InputError, match="data.zip cannot be unpacked: .*Is it whole"):
        unpack([path], tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["data.zip"]


def test_nothing_is_unpacked_over_what_is_there(tmp_path: Path) -> None:
    path = zipped(tmp_path / "data.zip", FILES)
    (tmp_path / "out").mkdir()
    assert unpack([path], tmp_path / "out") == 3
    with pytest.raises(InputError, match="is there already; name a new folder"):
        unpack([path], tmp_path / "out")
    with pytest.raises(InputError, match="is there already"):
        unpack([path], path)
