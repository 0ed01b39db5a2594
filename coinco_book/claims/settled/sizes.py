"""How large the paper's networks are, counted on the classes themselves, and which settings this book adopts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from itertools import pairwise
from math import prod
from typing import Any

from coinco_book.profiles import load_profile
from coinco_book.results import is_number

# Hidden widths of the first version's classifiers (context_prediction/ of the authors' code); both end in one logit.
HIDDEN = (512, 256, 128)
LATENTS, WORDS = 8_192, 1_536  # what they read: the latents of image and mask; two vectors of BERT
BILLION, KILO = 1e9, 1e3
FLOAT32 = 4  # bytes


def network() -> dict[str, float]:
    """The Objects-from-Context network: parameters by layer, and what a batch of 512 takes (sizes in 10^6 bytes)."""
    from coinco_book.chapters.network_tables import network_layers, network_memory
    from coinco_core.objects_from_context.latents.encoder import LATENT_SHAPE
    from coinco_core.objects_from_context.network.model import INPUTS

    layers = [int(n) for n in network_layers()["parameters"] if n]
    quantities = ("parameters", "multiply_adds", "input_mb", "activations_mb", "weights_mb", "all_mb")
    sizes = dict(zip(quantities, network_memory()["value"], strict=True))
    return {
        **{f"ofc_layer_{k}": n for k, n in enumerate(layers, 1)},
        **{f"ofc_{name}": float(value) for name, value in sizes.items()},
        "ofc_parameters": sum(layers),
        "ofc_inputs": INPUTS,
        "latents_kb": 2 * prod(LATENT_SHAPE) * FLOAT32 / KILO,
    }


def first_version() -> dict[str, float]:
    """Parameters of the first version's three classifiers, in closed form from their widths."""
    visual, semantic = (stack_parameters((width, *HIDDEN)) for width in (LATENTS, WORDS))
    one_logit = stack_parameters((HIDDEN[-1], 1))
    joined = stack_parameters((2 * HIDDEN[-1], 64, 1))
    return {
        "visual_net": visual + one_logit,
        "semantic_net": semantic + one_logit,
        "visual_semantic_net": visual + semantic + joined,
    }


def stack_parameters(widths: Sequence[int]) -> int:
    """Parameters of linear layers in a row, each with a weight for each input, and one more, for each output."""
    return sum((wide + 1) * narrow for wide, narrow in pairwise(widths))


def adapter() -> dict[str, float]:
    """What LoRA trains of a student, and how many times the teacher is larger, on models built without weights."""
    from coinco_book.cost import model_sizes as sizes

    student = sizes.student_on_meta(sizes.STUDENT.config())
    trained, layers = sizes.trainable_parameters(student), sizes.STUDENT.layers
    own, teacher = (sizes.parameter_counts(sizes.on_meta(s.config())) for s in (sizes.STUDENT, sizes.TEACHER))
    return {
        "lora_parameters": trained,
        "lora_layers": layers,
        "lora_layer_parameters": trained // layers,
        "lora_share": 100 * trained / own["total"],
        "student_billions": own["total"] / BILLION,
        "teacher_billions": teacher["total"] / BILLION,
        "times_by_name": 72 / 3,
        "times_counted": teacher["total"] / own["total"],
        "times_layers": teacher["language layers"] / own["language layers"],
    }


def recipes() -> dict[str, float]:
    """The settings of this book's two trainings at profile 'paper', which are to be the authors'."""
    from coinco_book.chapters.authors_scoring import TAIL
    from coinco_book.chapters.student_settings import student_recipe
    from coinco_core.distillation.config import DistillConfig
    from coinco_core.engines import ROLES
    from coinco_core.engines.decoding import decoding
    from coinco_core.objects_from_context.latents.mirrors import SD21_CONFIG
    from coinco_core.objects_from_context.latents.preparation import SIZE
    from coinco_core.objects_from_context.network.model import DROPOUT
    from coinco_core.objects_from_context.network.recipe import TrainingRecipe
    from coinco_core.splits.recipes import SPLIT_RECIPES

    asked = {section: load_profile("paper").settings(section) for section in ("lvlm_reasoning", "students", "objects")}
    chosen = asked["lvlm_reasoning"]["decoding"]
    students, network = _of(DistillConfig, asked["students"]), _of(TrainingRecipe, asked["objects"])
    return {
        **{f"recipe_{name}": value for name, value in students.items() if is_number(value)},
        **{f"ofc_{name}": value for name, value in network.items()},
        **{f"page_{split}": n for split, n in student_recipe(asked["students"]).sizes.items()},
        **{f"code_{split}": n for split, n in SPLIT_RECIPES["code"].sizes.items()},
        "recipe_tail": TAIL,
        **{f"decoding_{role}_tokens": decoding(chosen, role).max_new_tokens for role in ROLES},
        "ofc_dropout": DROPOUT,
        "ofc_picture_side": SIZE,
        "ofc_latent_factor": SD21_CONFIG["scaling_factor"],
    }


def _of(kind: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """A dataclass of settings as a table: its defaults, and over them what the profile says."""
    own = {field.name: settings[field.name] for field in fields(kind) if field.name in settings}
    return asdict(kind(**own))
