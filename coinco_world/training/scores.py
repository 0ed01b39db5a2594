"""How well the small models see and judge, on drawn images that they were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from coinco_core.engines import Answer, Request, load_engine
from coinco_core.judgements import CRITERIA
from coinco_core.prompts import student_prompt
from coinco_core.responses import parse_response, parse_student_response
from coinco_world.training.lessons import PROMPT, Lesson


def score_judge(folder: Path, lessons: Sequence[Lesson]) -> dict[str, float]:
    """Share of right verdicts of an LVLM for each criterion and overall, and of answers that could be read (0..1)."""
    answers = _ask(folder, lessons, lambda lesson: lesson.questions[0][0])
    read = [parse_response(answer.text) for answer in answers]
    truth = [lesson.judgement for lesson in lessons]
    scores = {
        criterion: _share(
            r.finding(criterion).in_context == t.finding(criterion).in_context for r, t in zip(read, truth, strict=True)
        )
        for criterion in CRITERIA
    }
    scores["in_context"] = _share(r.in_context == t.in_context for r, t in zip(read, truth, strict=True))
    scores["readable"] = _share(not r.problems for r in read)
    return scores


def score_base(folder: Path, lessons: Sequence[Lesson]) -> dict[str, float]:
    """What the student base can and cannot do (0..1): exact answers to four seeing questions, and its verdicts.

    The verdicts should be near one half of the balanced accuracy: the mean of the rights among true and false cases.
    """
    names = ("describe", "name", "where", "how_tall")
    scores = {}
    for i, name in enumerate(names, 1):
        answers = _ask(folder, lessons, lambda lesson, i=i: lesson.questions[i][0])  # type: ignore[misc]
        pairs = list(zip(answers, lessons, strict=True))
        scores[name] = _share(_key(a.text) == _key(lesson.questions[i][1]) for a, lesson in pairs)
        if name == "describe":
            scores["scene"] = _share(_scene(a.text) == _scene(lesson.questions[i][1]) for a, lesson in pairs)
    for criterion in CRITERIA:
        scores[f"judge_{criterion}"] = _balanced(folder, lessons, criterion)
    return scores


def _balanced(folder: Path, lessons: Sequence[Lesson], criterion: str) -> float:
    prompt = student_prompt(criterion, PROMPT)
    answers = _ask(folder, lessons, lambda lesson: prompt.render(lesson.object, lesson.place))
    verdicts = [parse_student_response(answer.text, criterion).in_context for answer in answers]
    truth = [lesson.judgement.finding(criterion).in_context for lesson in lessons]
    rates = [_share(v == t for v, t in zip(verdicts, truth, strict=True) if t is side) for side in (True, False)]
    return round(sum(rates) / 2, 4)


def _ask(folder: Path, lessons: Sequence[Lesson], question: Callable[[Lesson], str]) -> list[Answer]:
    engine = load_engine(str(folder), max_new_tokens=200, batch_size=64)
    return engine.answer([Request(str(i), lesson.image, question(lesson)) for i, lesson in enumerate(lessons)])


def _share(hits: Iterable[bool]) -> float:
    values = list(hits)
    return round(sum(values) / len(values), 4) if values else float("nan")


def _key(text: str) -> str:
    return " ".join(text.lower().split())


def _scene(text: str) -> str:
    return text.split(" with ")[0]
