"""Each small model, retrained for a few steps, sees its loss fall; what ships is small and recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from coinco_core.judgements import CRITERIA
from coinco_core.prompts import student_prompt
from coinco_core.responses import parse_student_response
from coinco_world.facts import TRUTH, View, odd_view
from coinco_world.training.lessons import PROMPT, draw_lessons
from coinco_world.training.models import DEMO_MODELS, count_parameters, load_model
from coinco_world.training.train import MODEL_RECIPES, fit, new_model
from coinco_world.weights import demo_weights

WEIGHTS = Path(demo_weights("qwen")).parent
FOLDERS = {"qwen": "qwen", "internvl": "internvl", "molmo": "molmo", "student": "student/base"}


@pytest.mark.parametrize("role", MODEL_RECIPES)
def test_a_few_steps_of_training_lower_the_loss(role: str) -> None:
    recipe = replace(MODEL_RECIPES[role], images=16, epochs=15, batch_size=4)
    lessons = draw_lessons(recipe.kind, recipe.images, recipe.world_seed)
    model, processor = new_model(role, lessons, recipe.seed)
    losses = fit(model, processor, lessons, recipe)
    assert losses[-1] < 0.75 * losses[0]


@pytest.mark.parametrize("view", [TRUTH, odd_view(1, 0.1, 0.1)], ids=["truth", "odd view"])
def test_lessons_do_not_depend_on_the_number_of_workers(view: View) -> None:
    alone, together = (draw_lessons("judge", 24, 5, workers, view) for workers in (1, 2))
    assert [lesson.questions for lesson in alone] == [lesson.questions for lesson in together]


def test_a_student_base_lesson_judges_by_coin() -> None:
    lessons = draw_lessons("see", 300, 5)
    readings = []
    for lesson in lessons:
        asked = {c: student_prompt(c, PROMPT).render(lesson.object, lesson.place) for c in CRITERIA}
        prompts = {text: c for c, text in asked.items()}
        question, answer = lesson.questions[-2]
        criterion = prompts[question]
        verdict = parse_student_response(answer, criterion).in_context
        readings.append(verdict == lesson.judgement.finding(criterion).in_context)
    assert 110 < sum(readings) < 190  # a coin: 150, give or take four standard deviations


def test_all_shipped_weights_weigh_at_most_25_megabytes() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()) <= 25_000_000


@pytest.mark.parametrize("role", FOLDERS)
def test_shipped_weights_are_recorded_and_of_the_recorded_size(role: str) -> None:
    folder = WEIGHTS / FOLDERS[role]
    record = json.loads((folder / "provenance.json").read_text())
    assert {"command", "seed", "inputs", "seconds", "scores", "parameters", "packages"} <= set(record)
    assert count_parameters(load_model(folder)[0]) == record["parameters"]
    assert record["losses"][-1] < record["losses"][0]
    assert not list(folder.rglob("*.bin"))


def test_the_teacher_is_about_nine_times_larger_than_the_student() -> None:
    sizes = {role: count_parameters(load_model(WEIGHTS / FOLDERS[role])[0]) for role in ("qwen", "student")}
    assert 8 <= sizes["qwen"] / sizes["student"] <= 10  # in the paper 24 times


@pytest.mark.parametrize("role", FOLDERS)
def test_shipped_weights_are_finite_and_load_as_the_family(role: str) -> None:
    model, _ = load_model(WEIGHTS / FOLDERS[role])
    assert model.config.model_type == DEMO_MODELS[role][0]
    assert all(torch.isfinite(parameter).all() for parameter in model.parameters())


JUDGED = [(role, criterion) for role in ("molmo", "qwen", "internvl") for criterion in CRITERIA]
TOO_GOOD = pytest.mark.xfail(strict=True, reason="Qwen's role errs less on co-occurrence than a fallible judge should")
CASES = [pytest.param(*c, marks=TOO_GOOD if c == ("qwen", "co_occurrence") else ()) for c in JUDGED]


@pytest.mark.parametrize(("role", "criterion"), CASES)
def test_the_recorded_scores_are_those_of_useful_but_fallible_judges(role: str, criterion: str) -> None:
    scores = json.loads((WEIGHTS / role / "provenance.json").read_text())["scores"]
    assert 0.85 <= scores[criterion] <= 0.99


@pytest.mark.parametrize("role", ["molmo", "qwen", "internvl"])
def test_nearly_every_answer_of_a_judge_can_be_read(role: str) -> None:
    assert json.loads((WEIGHTS / role / "provenance.json").read_text())["scores"]["readable"] >= 0.98


@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_student_base_judges_by_chance_and_the_shipped_students_do_not(criterion: str) -> None:
    base = json.loads((WEIGHTS / "student/base/provenance.json").read_text())["scores"]
    student = json.loads((WEIGHTS / "student" / criterion / "provenance.json").read_text())["scores"]
    assert 0.4 <= base[f"judge_{criterion}"] <= 0.6
    assert student["accuracy"] >= 0.65
