"""Three students behind a server: LoRA modules of one base, as `vllm serve BASE --enable-lora` has them.

They are asked what a `ContextClassifier` asks its own, with many requests in flight, and their verdicts go into the
same tables. A server loads an adapter whose names fit nothing without a word, and it then answers as the base does: so
before anything is reported each student is compared with its base and with the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from coinco_core.categories import category
from coinco_core.distillation.classifier.classifier import Boxed, checked_box
from coinco_core.distillation.classifier.probe import BOX, SIDE
from coinco_core.distillation.classifier.token_chances import largest_change, next_chance, stated_chance, undecided
from coinco_core.distillation.classifier.verdict import CriterionVerdict, Unanswered, Verdict
from coinco_core.distillation.decisions import PROBABILITY_OF
from coinco_core.engines.base import LENGTH, Answer, Request
from coinco_core.engines.replies import ReplyError, read_reply
from coinco_core.engines.server import ServerEngine, server_url
from coinco_core.engines.server_facts import VLLM, dialect_of, server_facts
from coinco_core.engines.server_settings import AUTO, ServerSettings
from coinco_core.errors import CheckError
from coinco_core.images import Box, upright_rgb, with_red_box
from coinco_core.judgements import CRITERIA, CRITERION_TITLES
from coinco_core.prompts import student_prompt
from coinco_core.responses import parse_student_response

if TYPE_CHECKING:
    from PIL.Image import Image

TOP = 20  # tokens of which the log-probability is returned; what vLLM allows unless it is started with --max-logprobs
SAME = 0.01  # nats; equal weights, each alone in its batch, give the same numbers but for what a GPU adds up otherwise
_FACTS = ("version", "root", "parent")  # what a server says of itself that must stay the same for one job


@dataclass(frozen=True)
class StudentRequest(Request):
    """A question to one served model, which goes on from an answer's beginning where one is given."""

    model: str = ""
    said: str = ""
    tokens: int = 0  # the longest answer; 0 for the settings' own


@dataclass(frozen=True)
class StudentAnswer(Answer):
    """An answer with the log-probabilities of its tokens, as OpenAI's API has them."""

    logprobs: tuple[Mapping[str, Any], ...] = ()


class StudentEngine(ServerEngine):
    """The models of one server, each request naming its own; answers come with log-probabilities."""

    def fields(self, request: Request, image: str) -> dict[str, Any]:
        """The request's body."""
        assert isinstance(request, StudentRequest)
        asked = super().fields(request, image) | {"model": request.model, "logprobs": True, "top_logprobs": TOP}
        if request.tokens:
            asked["max_tokens"] = request.tokens
        if request.said:
            asked["messages"] += [{"role": "assistant", "content": request.said}]
            asked |= {"continue_final_message": True, "add_generation_prompt": False}
        return asked

    def read(self, key: str, reply: Any) -> Answer:
        """The answer in a reply."""
        answer = read_reply(key, reply)
        entries = ((reply["choices"][0].get("logprobs") or {}).get("content")) or ()
        if not entries or not all(entry.get("top_logprobs") for entry in entries):
            raise ReplyError("it has no log-probabilities, which the students are asked with", lasting=True)
        return StudentAnswer(**vars(answer), logprobs=tuple(entries))


class ServedClassifier:
    """Judges as `ContextClassifier` does, with students that a server holds; `record` says which.

    `students` names the served model of each criterion.
    """

    def __init__(
        self, engine: StudentEngine, students: Mapping[str, str], prompt_version: str, record: dict[str, Any]
    ) -> None:
        self.engine, self.students, self.prompt_version, self.record = engine, dict(students), prompt_version, record
        self.prompts = {criterion: student_prompt(criterion, prompt_version) for criterion in CRITERIA}

    @classmethod
    def connect(
        cls,
        url: str,
        base: str,
        students: Mapping[str, str] | None = None,
        *,
        prompt_version: str = "full",
        declared: Mapping[str, Any] | None = None,
        dialect: str = AUTO,
        api_key: str = "none",
        **settings: Any,
    ) -> ServedClassifier:
        """The students of a server (…/v1) that answers now, once each is known to differ from `base` and the others.

        `base` and `students` are names under which the server has them; a student's is its criterion's by default.
        `declared` is what no server says, such as the revision of the base; `settings` are other fields of
        `ServerSettings`. Raises MissingError when no server answers, InputError when it lacks a model, CheckError when
        a student is its base or another student, or when the server returns no log-probabilities.
        """
        names = {criterion: (students or {}).get(criterion, criterion) for criterion in CRITERIA}
        facts = {name: server_facts(server_url(url), name, api_key.strip()) for name in (base, *names.values())}
        spoken = dialect_of(facts[base]) if dialect == AUTO else dialect
        chosen = ServerSettings(dialect=spoken, api_key=api_key, **settings)
        engine = StudentEngine(base, url, chosen, declared=declared, facts=facts[base])
        kept = {name: {key: told[key] for key in _FACTS if key in told} for name, told in facts.items()}
        identity = {**engine.record["identity"], "students": names, "served_by": kept}
        identity["prompts"] = {c: student_prompt(c, prompt_version).digest for c in CRITERIA}
        record = {"identity": identity, "made_on": engine.record["made_on"], "notes": engine.notes}
        served = cls(engine, names, prompt_version, record)
        served.check()
        return served

    def check(self) -> None:
        """Raises CheckError when a student predicts what its base does, or what another student does (see `probe`)."""
        from PIL import Image

        image = with_red_box(Image.new("RGB", (SIDE, SIDE), "gray"), BOX)
        prompt = student_prompt("location", "compact").render("cow")
        names = {"": self.engine.model, **self.students}
        asked = [StudentRequest(who, image, prompt, model=name, tokens=1) for who, name in names.items()]
        found = {one.key: _first(*self.engine.answer([one])) for one in asked}  # one by one: a batch changes numbers
        for one, other in combinations(found, 2):
            if largest_change(found[one], found[other]) < SAME:
                whom = "the base" if not one else f"the student for {CRITERION_TITLES[one]}"
                raise CheckError(
                    f"The student for {CRITERION_TITLES[other]}, '{names[other]}' on the server, answers as {whom} "
                    "does: its adapter was not applied, or is served twice. Look at the names of its weights."
                )

    def look(self, image: Image, object: str, box: Box | Sequence[float], source: str = "unknown") -> Boxed:
        """One object of an image (any mode and size) as a question for `judge`; errors as of `ContextClassifier`."""
        image = upright_rgb(image)
        name, area = category(object).name, checked_box(box, image.size)
        return Boxed(name, area, area.place(*image.size), with_red_box(image, area), source)

    def __call__(self, image: Image, object: str, box: Box | Sequence[float]) -> Verdict:
        """The verdict on one object of an image (any mode and size), its box in pixels; CheckError without one."""
        (said,) = self.judge([self.look(image, object, box)])
        if isinstance(said, Unanswered):
            raise CheckError(f"The server gave no answer: {said}")
        return said

    def judge(self, boxed: Sequence[Boxed], *, batch_size: int | None = None) -> list[Verdict | Unanswered]:
        """The verdicts on several objects, in their order; an object of which a request failed has the reason instead.

        How many are asked at once is the engine's affair, not `batch_size`'s.
        """
        asked = [(c, i) for i in range(len(boxed)) for c in CRITERIA]
        requests = (self._request(boxed[i], c, f"{c} {i}") for c, i in asked)
        answers = self._answers(requests)
        cut = [(c, i) for c, i in asked if not answers[f"{c} {i}"].error and self._is_undecided(answers[f"{c} {i}"])]
        more = (self._request(boxed[i], c, f"{c} {i}", undecided(answers[f"{c} {i}"].text)) for c, i in cut)
        decided = self._answers(more) if self.engine.settings.dialect == VLLM else {}
        return [_verdict(boxed[i], {c: (answers[f"{c} {i}"], decided.get(f"{c} {i}")) for c in CRITERIA})
                for i in range(len(boxed))]  # fmt: skip

    def warning(self, source: str = "unknown") -> str:
        """'': nothing is known that speaks against served students."""
        return ""

    def _request(self, one: Boxed, criterion: str, key: str, said: str = "") -> StudentRequest:
        prompt = self.prompts[criterion].render(one.object, one.place)
        return StudentRequest(key, one.pixels, prompt, self.students[criterion], said, 2 if said else 0)

    def _answers(self, requests: Iterable[StudentRequest]) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        self.engine.ask(requests, lambda answers: found.update({answer.key: answer for answer in answers}))
        return found

    @staticmethod
    def _is_undecided(answer: Answer) -> bool:
        return isinstance(answer, StudentAnswer) and stated_chance(answer.logprobs) is None


def _first(answer: Answer) -> Mapping[str, Any]:
    """The prediction of an answer's first token; CheckError without one."""
    if not isinstance(answer, StudentAnswer):
        raise CheckError(f"The students cannot be compared with their base: {answer.error}")
    return answer.logprobs[0]


def _verdict(one: Boxed, said: Mapping[str, tuple[Answer, Answer | None]]) -> Verdict | Unanswered:
    problems = [answer.error for answer, _ in said.values() if answer.error]
    if problems:
        return Unanswered(problems[0])
    location, co_occurrence, size = (_read(criterion, *said[criterion]) for criterion in CRITERIA)
    return Verdict(one.object, one.box, location, co_occurrence, size, "", PROBABILITY_OF)


def _read(criterion: str, answer: Answer, decided: Answer | None) -> CriterionVerdict:
    """One student's verdict; where its answer cannot be read the more probable one, or out-of-context if unknown."""
    assert isinstance(answer, StudentAnswer)
    chance = stated_chance(answer.logprobs)
    if chance is None and isinstance(decided, StudentAnswer):
        chance = next_chance(decided.logprobs)
    finding = parse_student_response(answer.text, criterion)
    stated = (chance or 0.0) >= 0.5 if finding.in_context is None else finding.in_context
    return CriterionVerdict(
        stated, chance, finding.reason, answer.text, answer.finish_reason != LENGTH, finding.in_context is not None
    )
