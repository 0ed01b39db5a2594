"""Files that are written whole or not at all, and the digests that say what an artefact was made from."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.errors import InputError, MissingError

if TYPE_CHECKING:
    import pandas

_CHUNK = 1 << 20


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path in the same folder, renamed to `path` on success and removed on failure.

    Whoever reads `path` sees the old file or the new one, never a part of one; missing parent folders are
    made. The temporary name keeps the suffix, because some writers choose the format by it.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(target)
    temporary.touch(exist_ok=False)  # unlike tempfile, with the permissions that the user's umask asks for
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.stem}.{secrets.token_hex(6)}{target.suffix}")


@contextlib.contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary folder beside `path`, which takes its place on success and is removed on failure."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(target)
    temporary.mkdir()
    try:
        yield temporary
        replace_folder(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def replace_folder(new: Path, target: Path) -> None:
    """Put `new` where `target` is or will be; a full folder cannot be replaced in one step, so it first moves away."""
    if not target.exists():
        os.replace(new, target)
        return
    old = _beside(target)
    os.replace(target, old)
    try:
        os.replace(new, target)
    except OSError:
        os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_bytes(path: str | os.PathLike[str], content: bytes) -> Path:
    """The path of a file that now holds those bytes."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
    return Path(path)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """The path of a file that now holds that text, in UTF-8 with the line ends as given."""
    return write_bytes(path, text.encode("utf-8"))


def write_json(path: str | os.PathLike[str], obj: object) -> Path:
    """The path of a file that now holds the object as indented JSON; a ValueError for NaN, which JSON lacks."""
    return write_text(path, json.dumps(obj, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | os.PathLike[str]) -> Any:
    """The object in a JSON file; a MissingError when there is no file, an InputError when it is not JSON."""
    source = Path(path)
    try:
        return json.loads(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingError(f"There is no file {source}.") from None
    except ValueError as error:
        raise InputError(f"{source} is not readable as JSON: {error}.") from None


def write_table(path: str | os.PathLike[str], table: pandas.DataFrame) -> Path:
    """The path of a Parquet file (zstd) that now holds the table's columns, without its index."""
    with atomic_path(path) as temporary:
        table.to_parquet(temporary, index=False, compression="zstd")
    return Path(path)


def read_table(path: str | os.PathLike[str]) -> pandas.DataFrame:
    """The table in a Parquet or CSV file with all its columns; MissingError when absent, InputError when unreadable."""
    import pandas

    source = Path(path)
    if not source.is_file():
        raise MissingError(f"There is no table {source}.")
    try:
        return pandas.read_csv(source) if source.suffix == ".csv" else pandas.read_parquet(source)
    except (ValueError, OSError) as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{source} is not readable as a table: {first_line}.") from None


def sha256_file(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file's content, 64 hexadecimal digits."""
    seen = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            seen.update(chunk)
    return seen.hexdigest()


def digest(obj: Any) -> str:
    """The SHA-256 (hex) of bytes, of a text, or of anything JSON can hold, in its canonical form."""
    if isinstance(obj, bytes):
        content = obj
    elif isinstance(obj, str):
        content = obj.encode("utf-8")
    else:
        content = json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    return hashlib.sha256(content).hexdigest()
