"""An image's size from its header, the same as after decoding and without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageFile

from coinco_core.errors import InputError, MissingError
from coinco_core.images import image_size, open_image
from tiny_models import noise


@pytest.mark.parametrize("suffix", ["png", "jpg"])
@pytest.mark.parametrize("orientation", [None, 1, 3, 6, 8])
def test_the_size_is_that_of_the_decoded_image_and_no_pixel_is_read(
    suffix: str, orientation: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, exif = tmp_path / f"a.{suffix}", Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    noise(0, (96, 64)).save(path, exif=exif)
    decoded = open_image(path).size
    assert decoded == ((64, 96) if orientation in (6, 8) else (96, 64))

    def decoding(self: object) -> None:
        raise AssertionError("pixels were read")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoding)
    assert image_size(path) == decoded


def test_what_has_no_size_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"There is no image .*a\.png"):
        image_size(tmp_path / "a.png")
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(InputError, match=r"a\.png is not an image"):
        image_size(tmp_path / "a.png")
