"""What labelling at full size would cost: tokens counted as the models do it, and work and hours estimated from them.

Nothing here was measured on the large models. An estimate is 2 x parameters x tokens floating-point operations a
image (the vision tower's included), divided by what a GPU is taken to do in practice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coinco_core.released.catalogue import N_IMAGES

if TYPE_CHECKING:
    import pandas as pd

COCO_SIZE = (640, 480)  # the commonest size of COCO's images, width and height
LETTERS_A_TOKEN = 4.5  # of English text, about
BYTES_A_PARAMETER = 2  # bfloat16


@dataclass(frozen=True)
class Teacher:
    """One of the paper's models: sizes in parameters, and how many tokens and vision patches an image becomes.

    `gpus` of 80 GB hold its weights and leave room for many requests at once.
    """

    role: str
    hub_id: str
    language: float
    vision: float
    image: Callable[[int, int], tuple[int, int]]
    gpus: int

    @property
    def weight_bytes(self) -> float:
        """What its weights take, in bytes."""
        return (self.language + self.vision) * BYTES_A_PARAMETER

    def work(self, size: tuple[int, int], prompt_tokens: int, answer_tokens: int) -> float:
        """Floating-point operations for one image of that size (width, height)."""
        tokens, patches = self.image(*size)
        return 2 * self.language * (tokens + prompt_tokens + answer_tokens) + 2 * self.vision * patches


def qwen_tokens(width: int, height: int) -> tuple[int, int]:
    """Tokens and 14-pixel patches of an image for Qwen2.5-VL, four patches a token."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    images = Qwen2VLImageProcessorPil(min_pixels=56 * 56, max_pixels=12_845_056)  # as the model's repository says
    patches = int(images.get_number_of_image_patches(height, width, {}))
    return patches // images.merge_size**2, patches


def internvl_tokens(width: int, height: int, most_tiles: int = 12) -> tuple[int, int]:
    """Tokens and 14-pixel patches for InternVL3.5: 448-pixel tiles and a thumbnail, 256 tokens, 1,024 patches each."""
    from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

    settings = {"crop_to_patches": True, "min_patches": 1, "max_patches": most_tiles}
    images = GotOcr2ImageProcessorPil(size={"height": 448, "width": 448})  # as the model's repository says
    tiles = int(images.get_number_of_image_patches(height, width, settings))
    return 256 * tiles + 2, 1024 * tiles


def molmo_tokens(width: int, height: int, most_crops: int = 12) -> tuple[int, int]:
    """Tokens and patches for Molmo-72B-0924: overlapping crops of 336 pixels, and the whole image once more.

    Written after the description of its image code, which is not part of transformers: each crop brings 16 x 16 new
    patches, the grid of crops has a margin of 4 patches all around, 2 x 2 patches are a token, and each row ends with
    one.
    """
    rows, columns = _molmo_grid((height - 112) / 224, (width - 112) / 224, most_crops)
    grid = (rows * 16 + 8) // 2 * ((columns * 16 + 8) // 2 + 1)
    whole = 12 * (12 + 1)
    return grid + whole + 4, 24 * 24 * (rows * columns + 1)


def _molmo_grid(rows: float, columns: float, most: int) -> tuple[int, int]:
    """The grid that enlarges an image least, else the one that shrinks it least."""
    grids = [(r, c) for r in range(1, most + 1) for c in range(1, most + 1) if r * c <= most]
    scale = {grid: min(grid[0] / rows, grid[1] / columns) for grid in sorted(grids, key=lambda g: (g[0] * g[1], g[0]))}
    enough = {grid: by for grid, by in scale.items() if by >= 1}
    return min(enough, key=lambda grid: enough[grid]) if enough else max(scale, key=lambda grid: scale[grid])


TEACHERS = (
    Teacher("molmo", "allenai/Molmo-72B-0924", 72.7e9, 0.3e9, molmo_tokens, 4),
    Teacher("qwen", "Qwen/Qwen2.5-VL-72B-Instruct", 72.7e9, 0.7e9, qwen_tokens, 4),
    Teacher("internvl", "OpenGVLab/InternVL3_5-38B-HF", 32.8e9, 5.5e9, internvl_tokens, 2),
)


def text_tokens(text: str) -> int:
    """About how many tokens a text is; the models' tokenizers are not at hand here."""
    return round(len(text) / LETTERS_A_TOKEN)


def cost_table(
    prompt_tokens: int,
    answer_tokens: int,
    tflops: tuple[float, float],
    *,
    images: int = N_IMAGES,
    size: tuple[int, int] = COCO_SIZE,
    teachers: tuple[Teacher, ...] = TEACHERS,
) -> pd.DataFrame:
    """Estimated work and GPU-hours, one row per model: picture_tokens, tflop (per image), gpus, hours_low, hours_high.

    `tflops` is what a GPU does in practice, the worst and the best case, in 10^12 operations a second; hours are of one
    GPU, so a model on four takes a quarter of them by the clock.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for teacher in teachers:
        work = teacher.work(size, prompt_tokens, answer_tokens)
        slow, fast = (work * images / (rate * 1e12) / 3600 for rate in tflops)
        rows.append({
            "role": teacher.role, "picture_tokens": teacher.image(*size)[0], "tflop": work / 1e12,
            "gpus": teacher.gpus, "hours_low": fast, "hours_high": slow,
        })  # fmt: skip
    return pd.DataFrame(rows).set_index("role")


def one_at_a_time_hours(
    teacher: Teacher, answer_tokens: int, bandwidth: float, gpus: int = 2, images: int = N_IMAGES
) -> float:
    """The least GPU-hours that one image at a time can take: every token reads all the weights once.

    `bandwidth` is a GPU's memory in bytes a second; the published scripts spread a model over two GPUs, of which one
    works while the other waits.
    """
    return images * answer_tokens * teacher.weight_bytes / bandwidth * gpus / 3600
