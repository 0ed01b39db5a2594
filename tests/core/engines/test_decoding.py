"""How the next token is chosen: two named sets, every field explicit wherever it goes."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch

from coinco_core.distillation.answering import answer_questions
from coinco_core.engines import ROLES
from coinco_core.engines.decoding import DECODINGS, PUBLISHED, Sampling, decoding, named_decoding
from coinco_core.engines.encoding import pixel_parts
from coinco_core.engines.server_settings import ServerSettings
from coinco_core.errors import InputError
from tiny_models import noise, tiny_model


def test_the_published_settings_are_the_scripts_with_what_the_models_files_add() -> None:
    assert {role: theirs.max_new_tokens for role, theirs in PUBLISHED.items()} == {
        "molmo": 512, "qwen": 512, "internvl": 1024, "student": 512
    }  # fmt: skip
    assert {role for role, theirs in PUBLISHED.items() if theirs.do_sample} == {"qwen", "internvl"}
    assert {role for role, theirs in PUBLISHED.items() if theirs.repetition_penalty == 1.05} == {"qwen", "student"}


def test_greedy_differs_in_all_but_the_limit() -> None:
    for role in (*ROLES, "student"):
        assert decoding("greedy", role) == Sampling(max_new_tokens=decoding("published", role).max_new_tokens)


@pytest.mark.parametrize("name", DECODINGS)
@pytest.mark.parametrize("role", PUBLISHED)
def test_a_server_gets_every_field(name: str, role: str) -> None:
    chosen = decoding(name, role)
    sent = ServerSettings(**chosen.served(), dialect="vllm").sampling()
    assert sent["max_tokens"] == chosen.max_new_tokens and sent["repetition_penalty"] == chosen.repetition_penalty
    assert sent["temperature"] == (chosen.temperature if chosen.do_sample else 0.0)
    assert sent["top_k"] == (50 if chosen.do_sample else -1)


def test_what_openais_api_cannot_say_is_refused() -> None:
    with pytest.raises(InputError, match="no repetition penalty"):
        ServerSettings(**decoding("published", "qwen").served(), dialect="openai")


def test_names_and_limits() -> None:
    assert named_decoding("greedy") == Sampling()
    assert asdict(named_decoding("published-internvl", 64)) == {**asdict(PUBLISHED["internvl"]), "max_new_tokens": 64}
    with pytest.raises(InputError, match="Did you mean 'published-qwen'"):
        named_decoding("published-quen")
    for name, role in (("greedi", "qwen"), ("greedy", "gwen")):
        with pytest.raises(InputError, match="Did you mean"):
            decoding(name, role)


def test_a_penalty_moves_the_words_of_a_student_and_not_its_probabilities() -> None:
    model, processor = tiny_model("qwen2_5_vl")
    torch.manual_seed(0)
    questions = [("What is it?", pixel_parts(processor, noise(0, (56, 56))))]
    plain, penalized = (
        answer_questions(model, processor, questions, max_new_tokens=12, repetition_penalty=penalty)[0]
        for penalty in (1.0, 5.0)
    )
    (generated,) = (
        processor.tokenizer.decode(ids, skip_special_tokens=True).strip()
        for ids in model.generate(
            **_inputs(model, processor, questions), max_new_tokens=12, do_sample=False, repetition_penalty=5.0
        )[:, _inputs(model, processor, questions)["input_ids"].shape[1] :].tolist()
    )
    assert penalized.text == generated and penalized.text != plain.text
    direct = answer_questions(model, processor, questions, max_new_tokens=1, repetition_penalty=5.0)[0]
    assert direct.probability == answer_questions(model, processor, questions, max_new_tokens=1)[0].probability


def _inputs(model: object, processor: object, questions: object) -> dict[str, torch.Tensor]:
    from coinco_core.distillation import answering
    from coinco_core.engines.encoding import prompt_ids

    rows = [prompt_ids(processor, *question) for question in questions]  # type: ignore[attr-defined]
    return answering._inputs(model, processor, rows, questions)  # type: ignore[arg-type]
