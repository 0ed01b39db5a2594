from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from coinco_core.devices import DeviceChoice
from coinco_core.engines import Engine, Request, load_engine
from coinco_core.engines.decoding import Sampling
from coinco_core.engines.local import LocalEngine, load_lvlm, resolve_model, weights_digest
from coinco_core.errors import InputError, MissingError
from coinco_world.training.models import save_model
from tiny_models import FAMILIES, noise, tiny_model


def make_engine(family: str, batch_size: int = 2, **sampling: object) -> LocalEngine:
    model, processor = tiny_model(family)
    return LocalEngine("tiny", model, processor, batch_size=batch_size, sampling=Sampling(max_new_tokens=8, **sampling))


def requests(n: int) -> list[Request]:
    return [Request(f"s{i}", noise(i), f"Judge the {('cow', 'dining table', 'tv')[i % 3]}.") for i in range(n)]


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_come_in_order_and_do_not_depend_on_the_batch(family: str) -> None:
    asked = requests(3)
    one, three = make_engine(family, 1).answer(asked), make_engine(family, 3).answer(asked)
    assert [answer.key for answer in one] == ["s0", "s1", "s2"]
    assert one == three
    assert all(answer.finish_reason in ("stop", "length") and answer.error is None for answer in one)
    assert all(0 < answer.completion_tokens <= 8 < answer.prompt_tokens for answer in one)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_model_sees_the_image(family: str) -> None:
    engine = make_engine(family)
    dark, light = Image.new("RGB", (96, 96), "black"), Image.new("RGB", (96, 96), "white")
    images = [dark, light, *(noise(i) for i in range(8))]
    asked = [Request(str(i), image, "Judge the cow.") for i, image in enumerate(images)]
    swapped = [Request(str(i), image, "Judge the cow.") for i, image in enumerate(images[1:] + images[:1])]
    first, second = ([answer.text for answer in engine.answer(batch)] for batch in (asked, swapped))
    assert len(set(first)) > 1
    assert second == first[1:] + first[:1]


def test_greedy_answers_repeat_and_sampled_ones_follow_their_seed() -> None:
    asked = requests(2)
    assert make_engine("llava").answer(asked) == make_engine("llava").answer(asked)
    sampled = [make_engine("llava", do_sample=True, temperature=3.0, seed=seed).answer(asked) for seed in (1, 1, 2)]
    assert sampled[0] == sampled[1] != sampled[2]


def test_an_answer_that_ends_itself_says_stop() -> None:
    engine = make_engine("qwen2_5_vl")
    end = engine.processor.tokenizer.eos_token_id
    word = engine.processor.tokenizer("cow")["input_ids"]
    answer = engine._read(requests(1)[0], 20, [*word, end, end])
    assert (answer.text, answer.finish_reason, answer.completion_tokens) == ("cow", "stop", len(word) + 1)
    cut = engine._read(requests(1)[0], 20, word)
    assert (cut.finish_reason, cut.completion_tokens) == ("length", len(word))


def test_an_image_that_cannot_be_encoded_fails_alone() -> None:
    asked = [requests(1)[0], Request("thin", Image.new("RGB", (1000, 2)), "Judge the cow."), requests(3)[2]]
    answers = make_engine("qwen2_5_vl", 3).answer(asked)
    assert [answer.key for answer in answers] == ["s0", "thin", "s2"]
    assert answers[1].error is not None and "aspect ratio" in answers[1].error
    assert answers[0].error is None and answers[2].error is None


def test_a_folder_loads_as_an_engine_with_a_full_record(tmp_path: Path) -> None:
    save_model(*tiny_model("qwen2_5_vl"), tmp_path)
    engine = load_engine(str(tmp_path), device="cpu", batch_size=4, max_new_tokens=5)
    assert isinstance(engine, Engine)
    identity = engine.record["identity"]
    assert identity["weights"] == weights_digest(tmp_path) != ""
    assert identity["sampling"]["max_new_tokens"] == 5 and identity["sampling"]["do_sample"] is False
    assert "Qwen2VLImageProcessor" in identity["image_processor"]
    assert identity["dtype"] == "float32" and "cpu" in engine.record["made_on"]["device"]
    assert engine.answer(requests(1))[0].completion_tokens <= 5


def test_other_weights_have_another_digest(tmp_path: Path) -> None:
    for seed in (0, 1):
        save_model(*tiny_model("llava", seed), tmp_path / str(seed))
    assert weights_digest(tmp_path / "0") != weights_digest(tmp_path / "1")


def test_models_that_are_not_there_are_named() -> None:
    with pytest.raises(MissingError, match="neither a folder, nor a hub id"):
        resolve_model("./nowhere")
    with pytest.raises(MissingError, match="qwem"):
        load_engine("qwem")
    assert resolve_model("Qwen/Qwen2.5-VL-3B-Instruct") == "Qwen/Qwen2.5-VL-3B-Instruct"


def test_a_batch_holds_at_least_one_request() -> None:
    with pytest.raises(InputError, match="at least 1"):
        make_engine("llava", 0)


def test_a_batch_too_large_for_the_memory_is_halved_and_a_row_too_large_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, asked = make_engine("llava", 4), requests(4)
    whole, generate, sizes, most = engine.answer(asked), LocalEngine._generate, [], 2

    def small(self: LocalEngine, rows: Sequence[list[int]], pixels: Sequence[object]) -> list[list[int]]:
        sizes.append(len(rows))
        if len(rows) > most:
            raise torch.OutOfMemoryError("tried to allocate 20 GiB\nmore words")
        return generate(self, rows, pixels)

    monkeypatch.setattr(LocalEngine, "_generate", small)
    assert engine.answer(asked) == whole and sizes == [4, 2, 2]
    most = 0
    assert [answer.error for answer in engine.answer(asked)] == ["OutOfMemoryError: tried to allocate 20 GiB"] * 4


@pytest.mark.parametrize(
    ("gpus", "gigabytes", "spread", "placed"),
    [(2, 6, True, True), (2, 4, True, False), (1, 6, True, False), (2, 6, False, False)],
)
def test_a_folder_that_would_fill_a_gpu_is_spread_over_all(
    gpus: int, gigabytes: int, spread: bool, placed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(2):
        with (tmp_path / f"model-{i}.safetensors").open("wb") as file:
            file.truncate(gigabytes * 10**9 // 2)  # sparse: no byte of it is on the disk
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda i: SimpleNamespace(total_memory=10 * 10**9))
    asked: list[object] = []
    network = torch.nn.Linear(1, 1)
    monkeypatch.setattr(network, "to", lambda device: network)
    monkeypatch.setattr(
        "coinco_core.engines.local.AutoModelForImageTextToText.from_pretrained",
        lambda source, **options: asked.append(options.get("device_map")) or network,
    )
    load_lvlm(str(tmp_path), DeviceChoice("cuda", "bfloat16", "asked for"), spread=spread)
    assert asked == ["auto" if placed else None]
