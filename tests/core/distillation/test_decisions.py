from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinco_core.distillation.decisions import DECISION, asked_to_decide, fork, verdict_place
from coinco_core.engines.encoding import prompt_text
from coinco_core.engines.processors import load_processor
from coinco_core.errors import CheckError
from coinco_world.weights import demo_weights
from tiny_models import FAMILIES, tiny_model

PROCESSOR = load_processor(demo_weights("student") / "base")[0]
TOKENIZER = PROCESSOR.tokenizer
YES, NO = fork(TOKENIZER).tokens
PROSE = st.text(string.ascii_letters + string.digits + " .,:-*\n", max_size=60)


def ids(text: str) -> list[int]:
    found: list[int] = TOKENIZER(text, add_special_tokens=False)["input_ids"]
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_the_fork_is_where_the_two_verdicts_part(family: str) -> None:
    tokenizer = tiny_model(family)[1].tokenizer
    found = fork(tokenizer)
    assert [tokenizer.decode([token]) for token in found.tokens] == [" In", " Out"]
    assert tokenizer.decode(found.ids) == f"\n{DECISION}"


def test_a_space_of_its_own_belongs_to_what_comes_before_the_fork() -> None:
    class Letters:
        def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
            return {"input_ids": [ord(letter) for letter in text]}

    assert fork(Letters()) == ([ord(letter) for letter in f"\n{DECISION} "], (ord("I"), ord("O")))


def test_a_tokenizer_that_writes_both_verdicts_alike_is_refused() -> None:
    class Blind:
        def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
            return {"input_ids": [0] * 7}

    with pytest.raises(CheckError, match="both verdicts alike"):
        fork(Blind())


@settings(max_examples=50)
@given(before=PROSE, verdict=st.booleans(), marks=st.sampled_from([":", ":**", " :", ": **"]), after=PROSE)
def test_the_place_is_that_of_the_last_verdict(before: str, verdict: bool, marks: str, after: str) -> None:
    decision = f"Final decision{marks} {'In-context' if verdict else 'Out-of-context'}"
    answer = ids(f"{before}\n{DECISION} Out-of-context\n{decision}\n{after}")
    place = verdict_place(TOKENIZER, answer, (YES, NO))
    assert place is not None and answer[place] == (YES if verdict else NO)
    assert TOKENIZER.decode(answer[:place]).endswith(f"Final decision{marks}")


@pytest.mark.parametrize(
    "text",
    ["", "Analysis: It is In-context", "Summary:\nFinal decision:", "Final decision: It is hard to say, In-context"],
)
def test_without_a_verdict_in_its_place_there_is_none(text: str) -> None:
    assert verdict_place(TOKENIZER, ids(text), (YES, NO)) is None


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ("", "Final decision:"),
        ("Analysis:\nSize: It is", "Analysis:\nSize: It is\nFinal decision:"),
        ("Analysis:\nSize: Fine.\n\nSummary:\n", "Analysis:\nSize: Fine.\n\nSummary:\nFinal decision:"),
        ("Summary:\nFinal decision: Hard to say.", "Summary:\nFinal decision:"),
        ("Summary:\nFinal dec", "Summary:\nFinal dec\nFinal decision:"),
    ],
)
def test_an_answer_is_asked_for_its_decision_where_it_stopped(answer: str, asked: str) -> None:
    found = asked_to_decide(PROCESSOR, "Judge the size of the cow.", ids(answer))
    assert TOKENIZER.decode(found.ids) == asked
    assert found.tokens == (YES, NO)


def test_special_tokens_of_an_answer_are_left_out() -> None:
    found = asked_to_decide(PROCESSOR, "Judge it.", ids("Analysis:\nSize: <|image_pad|>It is<|vision_end|>"))
    assert TOKENIZER.decode(found.ids) == "Analysis:\nSize: It is\nFinal decision:"


def test_the_decision_follows_a_prompt_as_a_target_does() -> None:
    processor = tiny_model("llava")[1]
    assert prompt_text(processor, "Judge it.").endswith("ASSISTANT:")
    assert processor.tokenizer.decode(asked_to_decide(processor, "Judge it.", []).ids) == f" {DECISION}"
