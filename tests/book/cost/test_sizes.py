"""The sizes of the paper's models against closed forms, and what is counted without weights against measurements."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from checkout_root import ROOT
from coinco_book.cost.labelling import qwen_tokens
from coinco_book.cost.model_sizes import (
    NAIVE_TARGETS,
    REAL_VOCABULARY,
    STUDENT,
    TEACHER,
    QwenSize,
    adapted_modules,
    on_meta,
    parameter_counts,
    reach,
    student_on_meta,
    trainable_parameters,
)
from coinco_book.cost.training_memory import (
    BYTES_A_LOGIT,
    activation_bytes,
    as_on_a_gpu,
    checkpointed_bytes,
    memory_table,
    parameter_bytes,
    saved_bytes,
)
from coinco_book.cost.training_work import (
    RowWork,
    counted,
    feature_bytes,
    gpu_hours,
    image_grid,
    row_work,
    tower_work,
)
from coinco_book.profiles import load_profile
from coinco_core.distillation.adapters import add_adapter
from coinco_core.distillation.config import DistillConfig
from coinco_core.judgements import CRITERIA
from coinco_core.prompts import student_prompt

TINY = QwenSize("tiny", 256, 3, 2, 1, 320, 500, True, 48)
RECIPE = DistillConfig(lora_rank=8, lora_alpha=16)


def tiny_config() -> Any:
    """A configuration of the students' class that fits on a CPU, its vision tower two layers deep."""
    config = TINY.config()
    vision = {"depth": 2, "hidden_size": 32, "num_heads": 2, "fullatt_block_indexes": [1]}
    for name, value in vision.items():
        setattr(config.vision_config, name, value)
    return config


def real_student() -> Any:
    """The tiny student with weights, on the CPU."""
    from transformers import Qwen2_5_VLForConditionalGeneration

    model = Qwen2_5_VLForConditionalGeneration(tiny_config()).to(torch.bfloat16)
    return add_adapter(model, RECIPE).train()


def language_parameters(size: QwenSize) -> int:
    """The layers' parameters by hand: attention with biases on q, k and v, three matrices, two norms; a last norm."""
    head = size.hidden // size.heads
    inner = head * (size.heads + 2 * size.kv_heads)
    attention = size.hidden * inner + inner + size.hidden**2
    return size.layers * (attention + 3 * size.hidden * size.intermediate + 2 * size.hidden) + size.hidden


def vision_parameters(size: QwenSize, width: int = 1280, depth: int = 32) -> int:
    """The tower's parameters by hand: patches, blocks, and the merger of four patches into a token."""
    attention = 3 * width * width + 3 * width + width * width + width
    inner = size.vision_intermediate
    block = attention + 3 * width * inner + 2 * inner + width + 2 * width
    merger = width + (4 * width) ** 2 + 4 * width + 4 * width * size.hidden + size.hidden
    return 3 * 2 * 14 * 14 * width + depth * block + merger


@pytest.mark.parametrize("size", [STUDENT, TEACHER], ids=["3B", "72B"])
def test_the_parts_are_as_large_as_their_shapes_say(size: QwenSize) -> None:
    counts = parameter_counts(on_meta(size.config()))
    assert counts["language layers"] == language_parameters(size)
    assert counts["embeddings"] == size.vocabulary * size.hidden * (1 if size.tied else 2)
    assert counts["vision tower"] == vision_parameters(size)
    assert counts["total"] == sum(value for part, value in counts.items() if part != "total")


def test_the_names_of_the_models_are_their_sizes_rounded() -> None:
    student, teacher = (parameter_counts(on_meta(size.config()))["total"] for size in (STUDENT, TEACHER))
    assert (student, teacher) == (3_754_622_976, 73_410_777_344)
    assert 19 < teacher / student < 20


def test_the_teachers_language_model_is_as_large_as_the_hub_says_of_qwen2_5_72b() -> None:
    counts = parameter_counts(on_meta(TEACHER.config()))
    assert round((counts["language layers"] + counts["embeddings"]) / 1e9, 1) == 72.7


def test_the_vocabularies_are_padded_differently() -> None:
    assert TEACHER.vocabulary - STUDENT.vocabulary == 128
    assert STUDENT.vocabulary - REAL_VOCABULARY == 271


def test_the_projects_adapter_is_the_papers_and_leaves_the_vision_tower_alone() -> None:
    student = student_on_meta(STUDENT.config())
    assert trainable_parameters(student) == 117_964_800 == 36 * 3_276_800
    assert adapted_modules(student) == {"language": 36 * 4, "vision": 0}
    assert {p.device.type for p in student.parameters()} == {"meta"}


@pytest.mark.parametrize(("targets", "a_layer"), [("q, k, v, o", 0), ("q, k, v, o, gate, up, down", 3)])
def test_names_that_the_vision_tower_shares_reach_into_it(targets: str, a_layer: int) -> None:
    assert reach(tiny_config(), NAIVE_TARGETS[targets])["vision"] == 2 * a_layer


def test_all_linear_reaches_every_matrix_of_the_vision_tower() -> None:
    assert reach(tiny_config(), NAIVE_TARGETS["all-linear"]) == {"language": 3 * 7, "vision": 2 * 5 + 2}


def test_parameter_bytes_are_those_of_a_real_model_and_a_real_optimiser() -> None:
    student = real_student()
    for parameter in student.parameters():
        parameter.grad = torch.zeros_like(parameter) if parameter.requires_grad else None
    trained = [p for p in student.parameters() if p.requires_grad]
    adam = torch.optim.AdamW(trained)
    adam.step()
    moments = [s for state in adam.state.values() for name, s in state.items() if name != "step"]
    bytes_of = parameter_bytes(student)
    assert {p.dtype for p in trained} == {torch.float32}  # peft's, on a base in bfloat16
    assert bytes_of["optimiser"] == sum(s.nbytes for s in moments)
    assert bytes_of["gradients"] == sum(p.grad.nbytes for p in trained)
    assert bytes_of["weights"] == sum(p.nbytes for p in student.parameters() if not p.requires_grad)
    assert bytes_of == parameter_bytes(student_on_meta(tiny_config(), RECIPE))


def measured(student: Any, rows: int, length: int, **autocast: Any) -> int:
    """What a real forward pass keeps, storages told apart by where they lie in memory."""
    language, kept = student.get_base_model().model.language_model, {}
    weights = {p.untyped_storage().data_ptr() for p in student.parameters()}
    inputs = torch.randn(rows, length, 256).to(torch.bfloat16)

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    hooks = torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor)
    with hooks, torch.autocast("cpu", dtype=torch.bfloat16, enabled=bool(autocast)):
        language(inputs_embeds=inputs, position_ids=torch.arange(length).expand(3, rows, length), use_cache=False)
    return sum(t.untyped_storage().nbytes() for place, t in kept.items() if place not in weights)


@pytest.mark.parametrize(("rows", "length"), [(1, 17), (3, 40)])
def test_counted_activations_are_what_a_real_pass_keeps(rows: int, length: int) -> None:
    counted = activation_bytes(as_on_a_gpu(student_on_meta(tiny_config(), RECIPE)), rows, length)
    assert counted == measured(as_on_a_gpu(real_student()), rows, length) > 0


def test_autocast_adds_a_copy_of_the_adapter_and_nothing_else() -> None:
    student = real_student()
    adapter = parameter_bytes(student)["adapter"]
    names = [name for name, p in student.named_parameters() if p.requires_grad]
    counted = activation_bytes(as_on_a_gpu(student), 2, 30)
    for name in names:
        student.get_parameter(name).data = student.get_parameter(name).data.float()
    copies = 2 * trainable_parameters(student)
    into_the_first = 3 * 2 * 8 * 256  # three first halves of adapters that need no gradient for what goes into them
    assert measured(student, 2, 30, on=True) == counted + copies - into_the_first
    assert adapter == 3 * copies


def test_activations_grow_in_proportion_to_the_rows() -> None:
    student = as_on_a_gpu(student_on_meta(tiny_config(), RECIPE))
    one, two, eight = (activation_bytes(student, rows, 40) for rows in (1, 2, 8))
    assert one > 0
    assert (two, eight) == (2 * one, 8 * one)


def test_checkpointing_keeps_the_layers_inputs_and_one_layer() -> None:
    deeper = tiny_config()
    deeper.text_config.num_hidden_layers, deeper.text_config.layer_types = 4, ["full_attention"] * 4
    three, four = (as_on_a_gpu(student_on_meta(config, RECIPE)) for config in (tiny_config(), deeper))
    layer = activation_bytes(four, 2, 40) - activation_bytes(three, 2, 40)
    inputs, turns = 3 * 2 * 40 * 256 * 2, 2 * 2 * 40 * 128 * 2  # the layers' inputs; cosines and sines of the places
    assert checkpointed_bytes(three, 2, 40) == inputs + turns + layer < activation_bytes(three, 2, 40)


def test_checkpointing_by_torch_keeps_the_layers_inputs_too() -> None:
    student = as_on_a_gpu(real_student())
    language = student.get_base_model().model.language_model
    language.activation_checkpointing_enable({"use_reentrant": True})
    hidden = torch.zeros(2, 40, 256, dtype=torch.bfloat16, requires_grad=True)
    places = torch.arange(40).expand(3, 2, 40)
    run = {"inputs_embeds": hidden, "position_ids": places, "use_cache": False}
    kept = saved_bytes(lambda: language(**run), student.parameters())
    inputs, turns, last_norm = 3 * hidden.nbytes, 2 * 2 * 40 * 128 * 2, 2 * hidden.nbytes + 2 * 40 * 4
    assert inputs <= kept <= inputs + turns + last_norm + places.nbytes


def test_the_loss_keeps_a_float_for_each_logit() -> None:
    logits = torch.zeros(50, 300, dtype=torch.bfloat16, requires_grad=True)
    labels = torch.zeros(50, dtype=torch.long)
    kept = saved_bytes(lambda: functional.cross_entropy(logits.float(), labels), [labels])
    assert kept - 4 * logits.numel() in (0, 4)  # and the sum of weights
    assert logits.element_size() + 4 + 4 == BYTES_A_LOGIT


def test_the_table_adds_up_and_grows() -> None:
    table = memory_table(student_on_meta(tiny_config(), RECIPE), 40, {"everywhere": 40, "answers": 11}, (1, 2, 4))
    assert list(table["total"]) == list(table.drop(columns="total").sum(axis=1))
    assert table["total"].unstack("rows").diff(axis=1).iloc[:, 1:].gt(0).all().all()
    logits = table["logits"].unstack("where")
    assert (logits["everywhere"] * 11 == logits["answers"] * 40).all()
    assert table.loc[(2, "answers", False), "logits"] == 2 * 11 * 500 * BYTES_A_LOGIT
    assert table["activations"].unstack("checkpointing").diff(axis=1)[True].lt(0).all()


def test_a_frozen_base_takes_four_operations_a_parameter_and_token() -> None:
    student = student_on_meta(tiny_config(), RECIPE)
    length, heads = 40, 2
    work = row_work(student, length, length)
    matrices = 3 * (256 * (256 + 2 * 128) + 256 * 256 + 3 * 256 * 320) + 256 * 500
    adapter, attention = trainable_parameters(student), 3 * 4 * heads * length**2 * 128
    assert work.forward == 2 * length * (matrices + adapter) + attention
    into_the_first = 2 * length * 256 * (256 + 2 * 128 + 3 * 8)  # nothing before the first layer learns
    assert work.training == work.forward * 2 + 2 * length * adapter + attention - into_the_first
    fewer = row_work(student, length, 11)
    assert work.training - fewer.training == 2 * 2 * (length - 11) * 256 * 500


def test_the_vision_towers_work_is_its_matrices_and_its_windows() -> None:
    config = tiny_config()
    patches, tokens, width = 256, 64, 32
    block = 2 * patches * (4 * width**2 + 3 * width * 48)
    merger = 2 * tokens * ((4 * width) ** 2 + 4 * width * 256)
    attention = 4 * width * (4 * 64**2 + patches**2)  # four windows of 64 patches, then all with all
    embedding = 2 * patches * width * 3 * 2 * 14 * 14
    expected = embedding + 2 * block + merger + attention
    assert tower_work(on_meta(config).model.visual, (16, 16)) == expected
    assert tower_work(real_student().get_base_model().model.visual, (16, 16)) == expected


@given(width=st.integers(30, 5000), height=st.integers(30, 5000))
def test_the_grid_has_as_many_patches_as_qwens_own_code_counts(width: int, height: int) -> None:
    high, wide = image_grid(width, height)
    assert high % 2 == wide % 2 == 0
    assert (high * wide // 4, high * wide) == qwen_tokens(width, height)


def test_a_run_is_its_rows_and_cached_images_are_seen_once() -> None:
    work = RowWork(vision=5, forward=10, training=20)
    assert work.of_a_run(100, 3, cached=False) == 100 * 3 * 25
    assert work.of_a_run(100, 3, cached=True) == 100 * (3 * 20 + 5)
    assert gpu_hours(3600e12, tflops=1.0) == pytest.approx(1.0)


def test_features_are_two_bytes_a_number() -> None:
    assert feature_bytes(tiny_config(), tokens=391, images=10) == 10 * 391 * 256 * 2


def test_products_are_counted_twice_their_size() -> None:
    left, right = torch.zeros(3, 4, device="meta"), torch.zeros(4, 5, device="meta")
    with counted() as so_far:
        assert so_far() == 0
        product = left @ right
        assert so_far() == 2 * 3 * 4 * 5
        product @ right.T
        assert so_far() == 2 * 2 * 3 * 4 * 5


def test_the_prompt_is_as_long_as_the_longest_published_one(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shared / "published_prompts"
    if not folder.is_dir():
        pytest.skip("the published prompts are not in the shared folder")
    monkeypatch.setenv("COINCO_PUBLISHED_PROMPTS", str(folder))
    lengths = [len(student_prompt(criterion, "published").render("cow")) for criterion in CRITERIA]
    assert load_profile("demo").settings("students_cost")["prompt_letters"] == max(lengths)


def test_the_page_on_the_recipe_names_every_setting_with_its_value() -> None:
    page = (ROOT / "book" / "students_recipe.md").read_text(encoding="utf-8")
    recipe = asdict(DistillConfig())
    recipe["target_modules"] = "q, k, v, o of the language model"
    assert [name for name, value in recipe.items() if f"| `{name}` | {value} |" not in page] == []
