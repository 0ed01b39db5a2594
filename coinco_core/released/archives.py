"""Archives unpacked safely: zip files, whole or in parts, into a folder that appears only when all of it is there."""

from __future__ import annotations

import contextlib
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from coinco_core.errors import InputError, MissingError
from coinco_core.files import atomic_folder

MAX_BYTES = 200 * 2**30  # unpacked; twice what 97,722 images of 640 x 480 pixels take without any compression
MAX_ENTRIES = 1_000_000


def unpack(parts: Sequence[Path], out: Path, *, max_bytes: int = MAX_BYTES, max_entries: int = MAX_ENTRIES) -> int:
    """The number of files unpacked into the new folder `out` from a zip archive, or from parts of one in their order.

    A top folder called like `out` that holds all of the archive is not repeated. MissingError when a part is absent;
    InputError when `out` is full already, and when the archive is cut short, locked by a password, larger than
    `max_bytes` unpacked, of more than `max_entries` entries, or has an entry that would leave the folder or is a link.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is there already; name a new folder, or move it away.")
    name = parts[0].name
    try:
        with _joined(parts, out) as whole, zipfile.ZipFile(whole) as archive:
            entries = _checked(archive, name, max_bytes, max_entries)
            with atomic_folder(out) as temporary:
                return _extract(archive, entries, temporary, _wrapper(entries, out.name))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise InputError(f"{name} cannot be unpacked: {error}. Is it whole, with all of its parts?") from None


@contextlib.contextmanager
def _joined(parts: Sequence[Path], out: Path) -> Iterator[Path]:
    """The path of the whole archive; one in parts is joined in a temporary file where there is room for `out` too."""
    for part in parts:
        if not part.is_file():
            raise MissingError(f"There is no archive {part}.")
    if len(parts) == 1:
        yield parts[0]
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=out.parent, suffix=".zip") as whole:
        for part in parts:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, whole)
        whole.flush()
        yield Path(whole.name)


def _checked(archive: zipfile.ZipFile, name: str, max_bytes: int, max_entries: int) -> list[zipfile.ZipInfo]:
    """The archive's files, once all its entries have been checked; Python reads no more of one than its stated size."""
    entries = archive.infolist()
    if len(entries) > max_entries:
        raise InputError(f"{name} has {len(entries):,} entries, more than the {max_entries:,} allowed.")
    total = sum(entry.file_size for entry in entries)
    if total > max_bytes:
        raise InputError(f"{name} unpacks to {total:,} bytes, more than the {max_bytes:,} allowed.")
    for entry in entries:
        if _leaves(entry.filename) or stat.S_ISLNK(entry.external_attr >> 16):
            raise InputError(f"{name} is not safe to unpack: its entry '{entry.filename}' leads out of the folder.")
    return [entry for entry in entries if not entry.is_dir()]


def _leaves(name: str) -> bool:
    """Whether an entry's name is absolute, has a drive letter or climbs up, on this system or on another."""
    windows = PureWindowsPath(name)
    return bool(windows.anchor) or ".." in windows.parts


def _wrapper(entries: Sequence[zipfile.ZipInfo], name: str) -> str:
    """The top folder to leave out, 'name/', when every file lies in it; else ''."""
    inside = bool(entries) and all(entry.filename.startswith(f"{name}/") for entry in entries)
    return f"{name}/" if inside else ""


def _extract(archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], folder: Path, wrapper: str) -> int:
    for entry in entries:
        target = folder / PurePosixPath(entry.filename.removeprefix(wrapper))
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as packed, target.open("wb") as stream:
            shutil.copyfileobj(packed, stream)
    return len(entries)
