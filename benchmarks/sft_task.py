"""What both sides of benchmarks.distillation train: the student, its samples, and the recipe.

`demo` is the shipped student base on drawn scenes, with the world's truth in the place of the teacher's findings. `3b`
is a model of Qwen2.5-VL-3B's own configuration with random weights; its images are noise of COCO's commonest size,
its prompts and answers have the published ones' length in tokens of the demo's tokenizer. `3b-small` is the same with
a model that fits on a CPU and an eighth of the length, so that the code of `3b` can be tested where no GPU is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from coinco_book.cost.labelling import LETTERS_A_TOKEN
from coinco_book.cost.model_sizes import STUDENT, QwenSize
from coinco_book.cost.training_work import CHAT_TOKENS
from coinco_core.distillation.base_model import Base, fastest_attention, load_base
from coinco_core.distillation.config import DistillConfig
from coinco_core.distillation.examples import Example, make_examples, teacher_findings
from coinco_core.judgements import Finding
from coinco_core.prompts import student_prompt, student_target
from coinco_core.samples import Box, Sample, read_samples, write_samples
from coinco_world.dataset import make_world, read_truth

SHAPES = {  # with the sizes that are taken if none are given: the paper's batches for its model
    "demo": {"rows": 480, "batch": 16, "micro": 16},
    "3b": {"rows": 128, "batch": 64, "micro": 4},
    "3b-small": {"rows": 8, "batch": 4, "micro": 2},
}
CRITERION = "location"
IMAGE_SIDE = (640, 480)  # COCO's commonest size
PROMPT_TOKENS = round(2565 / LETTERS_A_TOKEN) + CHAT_TOKENS  # of the longest published prompt of a student
ANSWER_TOKENS = 100
SMALL = QwenSize("small", 256, 2, 2, 1, 320, 800, True, 48)


@dataclass(frozen=True)
class Task:
    """A training that either side can carry out; `rows` samples, each seen in every epoch."""

    shape: str
    rows: int
    epochs: int
    batch: int
    micro: int

    @property
    def device(self) -> str:
        """Where it is carried out."""
        return "cuda" if self.shape == "3b" else "cpu"

    @property
    def scale(self) -> int:
        """By what an image's sides, the prompt and the answer are shorter than the published."""
        return 8 if self.shape == "3b-small" else 1

    @property
    def image(self) -> tuple[int, int]:
        """A noise image's width and height."""
        return IMAGE_SIDE[0] // self.scale, IMAGE_SIDE[1] // self.scale

    @property
    def recipe(self) -> DistillConfig:
        """The demo profile's settings, or the paper's; without dropout, so that both sides can be compared."""
        ours = {"batch_size": self.batch, "micro_batch": self.micro, "epochs": self.epochs, "lora_dropout": 0.0}
        if self.shape == "demo":
            return DistillConfig(lora_rank=32, lora_alpha=64, learning_rate=0.008, **ours)
        return DistillConfig(**ours)

    def make(self, folder: Path) -> None:
        """Draws the samples into a folder."""
        if self.shape == "demo":
            make_world(folder, n=self.rows, seed=9_700)
        else:
            write_samples(folder, [_noise(folder, i, *self.image) for i in range(self.rows)])

    def base(self) -> Base:
        """The model before training; random weights are the same on every call."""
        return load_base("demo", "cpu") if self.shape == "demo" else _random_base(self.shape, self.device)

    def given(self, folder: Path, processor: Any) -> tuple[list[Sample], list[Example]]:
        """The samples in a folder, and what is to be learnt from them."""
        samples = read_samples(folder)
        if self.shape == "demo":
            findings = teacher_findings(read_truth(folder).reset_index(), CRITERION)
            return samples, make_examples(samples, findings, student_prompt(CRITERION, "placed"))
        return samples, [_example(processor, sample, i, self.scale) for i, sample in enumerate(samples)]


def _noise(folder: Path, i: int, width: int, height: int) -> Sample:
    pixels = np.random.default_rng(i).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / f"{i}.png", compress_level=1)
    box = Box(width // 4, height // 4, width // 2, height // 2)
    return Sample(f"s{i:05d}", f"{i}.png", width, height, box, "cow", "dog", "train", "noise", True)


def _example(processor: Any, sample: Sample, i: int, scale: int) -> Example:
    """A prompt of the published length and an answer of about ANSWER_TOKENS, not as long for every sample."""

    def cut(text: str, tokens: int) -> str:
        tokenizer = processor.tokenizer
        return str(tokenizer.decode(tokenizer(text)["input_ids"][: tokens // scale]))

    prompt = cut(student_prompt(CRITERION, "full").render(sample.object), PROMPT_TOKENS)
    reason = cut("It rests on the kiosk counter, a normal place. " * 20, ANSWER_TOKENS - 45 + i * 7 % 61)
    finding = Finding(i % 2 == 0, reason)
    return Example(sample.sample_id, prompt, student_target(CRITERION, finding), i % 2 == 0)


def random_config(shape: str) -> Any:
    """The configuration of the 3B student, or of a small one, as transformers has it."""
    if shape == "3b":
        return STUDENT.config()
    config = SMALL.config()
    for name, value in {"depth": 2, "hidden_size": 32, "num_heads": 2, "fullatt_block_indexes": [1]}.items():
        setattr(config.vision_config, name, value)
    return config


def _random_base(shape: str, device: str) -> Base:
    """A model with random weights, the demo's tokenizer and Qwen's own image code."""
    import torch
    from transformers import Qwen2_5_VLForConditionalGeneration as Model
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    demo, config = load_base("demo", "cpu"), random_config(shape)
    for name in ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id"):
        setattr(config, name, getattr(demo.model.config, name))
    demo.processor.image_processor = Qwen2VLImageProcessorPil(min_pixels=56 * 56, max_pixels=12_845_056)
    torch.manual_seed(0)
    with torch.device(device):
        model = Model._from_config(config, dtype=torch.bfloat16 if device == "cuda" else torch.float32).eval()
    model.set_attn_implementation(fastest_attention(device, model.dtype))
    return Base(model, demo.processor, shape, "random")
