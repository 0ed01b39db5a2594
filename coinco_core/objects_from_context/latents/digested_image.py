"""Images as the bytes that their digest is of."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from coinco_core.errors import InputError, MissingError
from coinco_core.images import decode_image
from coinco_core.samples import Sample, image_path, of_its_size

if TYPE_CHECKING:
    from PIL.Image import Image


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
