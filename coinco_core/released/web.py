"""A file from a plain address on the web, such as COCO's own images: resumed where it broke off, checked by its MD5."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from coinco_core.errors import CheckError, MissingError

_SECONDS = 60  # without a byte, before a download is given up
_CHUNK = 1 << 20


def fetch_address(address: str, path: Path, md5: str) -> None:
    """The file at that address, now at `path`; nothing happens when it is there and has that MD5.

    What has arrived waits beside it, as NAME.part, and the next call resumes it. Raises MissingError when the download
    fails, CheckError when what arrived is another file.
    """
    if path.is_file() and md5_file(path) == md5:
        return
    part = path.with_name(f"{path.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        _resume(address, part)
    except (OSError, http.client.HTTPException) as error:
        raise MissingError(f"Fetching {address} failed: {error}; run the same command again to resume.") from error
    if md5_file(part) != md5:
        part.unlink()
        raise CheckError(f"{address} gave another file than expected (its MD5 is not {md5}); run the command again.")
    os.replace(part, path)


def _resume(address: str, part: Path) -> None:
    """Append to `part` what is missing of it, or fetch it anew from a server that cannot begin in the middle."""
    have = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:
            begun = have if response.status == http.HTTPStatus.PARTIAL_CONTENT else 0
            with part.open("ab" if begun else "wb") as stream:
                shutil.copyfileobj(response, stream, _CHUNK)
            if part.stat().st_size < begun + int(response.headers.get("Content-Length") or 0):
                raise ConnectionError("the connection ended early")
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:  # all of it is there already
            raise


def md5_file(path: Path) -> str:
    """The MD5 of a file in hex: a check of what COCO's publishers state, not a protection against forgery."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
