"""Images as the bytes that their digest is of, and reading ahead in threads."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from coinco_core.errors import InputError, MissingError
from coinco_core.images import decode_image
from coinco_core.samples import Sample, image_path, of_its_size

if TYPE_CHECKING:
    from PIL.Image import Image

_A = TypeVar("_A")
_B = TypeVar("_B")


def read_image(folder: Path, sample: Sample, digest: str) -> Image:
    """The sample's image, RGB of the sample's size, from a file that still has that SHA-256.

    The file is read once, so that its digest and its pixels cannot differ. Raises MissingError when it is gone,
    InputError when it has changed, is not an image or not of the sample's size.
    """
    try:
        content = image_path(folder, sample).read_bytes()
    except OSError:
        raise MissingError(f"There is no image {sample.image}.") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError(f"{sample.image} was changed while it was being encoded; encode it again.")
    return of_its_size(decode_image(BytesIO(content), sample.image), sample)


def ahead(pool: ThreadPoolExecutor, function: Callable[[_A], _B], items: Sequence[_A], window: int) -> Iterator[_B]:
    """The function's results in order, at most `window` of them worked on or waiting."""
    rest = iter(items)
    waiting = deque(pool.submit(function, item) for item in islice(rest, window))
    while waiting:
        result = waiting.popleft().result()
        waiting.extend(pool.submit(function, item) for item in islice(rest, 1))
        yield result
