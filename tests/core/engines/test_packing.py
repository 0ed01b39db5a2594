"""Images packed for a server: every pixel arrives, in a file that any reader takes."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from coinco_core.engines.packing import IMAGE_HERE, data_url, json_with_image, png


def opened(content: bytes) -> Image.Image:
    Image.open(io.BytesIO(content)).verify()  # every part against its checksum
    return Image.open(io.BytesIO(content))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_every_pixel_of_any_size_arrives(width: int, height: int, seed: int, smooth: bool, compress: bool) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (1 if smooth else height, width, 3), dtype=np.uint8)
    image = Image.fromarray(np.broadcast_to(pixels, (height, width, 3)).copy())
    back = opened(png(image, compress=compress))
    assert (back.mode, back.size) == ("RGB", image.size) and back.tobytes() == image.tobytes()


def test_other_modes_become_rgb_as_they_are_shown() -> None:
    for mode in ("L", "1", "P", "RGBA"):
        image = Image.linear_gradient("L").resize((9, 7)).convert(mode)
        assert ImageChops.difference(opened(png(image)).convert("RGB"), image.convert("RGB")).getbbox() is None


@pytest.mark.parametrize("text", ["plain", 'quoted "\\ and\nbroken', "gr\u00fc\u00dfe \U0001f600"])
def test_a_request_is_what_a_json_encoder_would_write(text: str) -> None:
    image = Image.linear_gradient("L").convert("RGB")
    asked = {"messages": [{"url": IMAGE_HERE}, {"text": text}], "n": 1}
    sent = json.loads(json_with_image(asked, image))
    assert sent == {"messages": [{"url": data_url(image)}, {"text": text}], "n": 1}


def test_a_data_url_is_the_file() -> None:
    image = Image.linear_gradient("L").convert("RGB")
    head, content = data_url(image).split(",")
    assert head == "data:image/png;base64" and base64.b64decode(content) == png(image, compress=False)
