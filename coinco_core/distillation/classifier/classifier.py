"""The context classifier: one base, three students; for a boxed object three verdicts with reasons (section 5.1)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, overload

from coinco_core.categories import category
from coinco_core.devices import choose_device
from coinco_core.distillation.answering import Reply, answer_questions, direct_probabilities
from coinco_core.distillation.classifier.finding import Found, find_students
from coinco_core.distillation.classifier.loading import (
    check_records,
    load_students,
    plain_base,
    record_of,
    sampling_of,
)
from coinco_core.distillation.classifier.probe import check_students, has_adapters
from coinco_core.distillation.classifier.saving import LIMITS, save_students
from coinco_core.distillation.classifier.verdict import CriterionVerdict, Verdict
from coinco_core.distillation.decisions import DIRECT_PROBABILITY_OF, PROBABILITY_OF
from coinco_core.engines.base import ANSWER_TOKENS
from coinco_core.engines.encoding import pixel_parts
from coinco_core.engines.processors import load_processor
from coinco_core.engines.vision import see, tower_digest
from coinco_core.entries import for_each_entry
from coinco_core.errors import InputError
from coinco_core.images import Box, upright_rgb, with_red_box
from coinco_core.judgements import CRITERIA
from coinco_core.prompts import student_prompt
from coinco_core.released.hub import upload
from coinco_core.responses import parse_student_response

if TYPE_CHECKING:
    from PIL.Image import Image

DRAWN_ONLY = (
    "These are the small demo models, which have seen nothing but drawn scenes: what they say of any other image, "
    "such as a photograph, means nothing."
)


@dataclass(frozen=True)
class Boxed:
    """A checked question: an object's name, its box in pixels, its place as a prompt words it, the boxed image.

    The image is there as a model's `Pixels`, or for served students as it is sent.
    """

    object: str
    box: Box
    place: str
    pixels: Any
    source: str


class ContextClassifier:
    """Judges whether a boxed object is in context by location, co-occurrence and size, and gives reasons.

    `record` describes what made its verdicts: `identity` holds all that decides them, `made_on` where they were made,
    and `notes` what was corrected on loading, one sentence each.
    """

    def __init__(
        self,
        models: dict[str, Any],
        processor: Any,
        prompt_version: str,
        *,
        demo: bool,
        max_new_tokens: int = ANSWER_TOKENS,
        repetition_penalty: float = 1.0,
        record: dict[str, Any] | None = None,
        found: Found | None = None,
    ) -> None:
        """`models` holds a model for each criterion; three adapters on one base are the same model three times.

        `found` is where they lie, for those that were loaded.
        """
        self.models, self.processor, self.prompt_version = models, processor, prompt_version
        self.demo, self.max_new_tokens, self.record = demo, max_new_tokens, record or {}
        self.repetition_penalty = repetition_penalty
        self.prompts = {criterion: student_prompt(criterion, prompt_version) for criterion in CRITERIA}
        self._eyes, self._found = _eyes(models), found

    @classmethod
    def from_pretrained(
        cls,
        name: str | Mapping[str, str] = "demo",
        device: str | None = None,
        base: str | None = None,
        *,
        check: bool = True,
        in_nf4: bool = False,
    ) -> ContextClassifier:
        """The classifier of "demo" (shipped), "released" (the authors'), a folder, or a hub id.

        A folder holds a student for each criterion, `location` or `location_lora` and so on: an adapter, or a whole
        model. A mapping names a folder or hub id for each criterion. `base` is the adapters' base where it does not
        lie beside them and they do not name it, and what whole models are compared with. Unless `check` is False, a
        small question is asked first that tells the students from their base and from each other (see `probe`).

        `in_nf4` repeats the authors' evaluation: 4-bit weights, the adapters merged into them, and the repetition
        penalty of Qwen's own settings. It needs a CUDA GPU and bitsandbytes, and `record` says so.

        Raises MissingError when a part is not there, CheckError when a student is not what it should be, InputError
        where NF4 was asked for without a CUDA GPU.
        """
        found, choice = find_students(name, base), choose_device(device)
        processor, backend = load_processor(found.source)
        check_records(found, processor)  # before gigabytes are read
        models = load_students(found, choice, in_nf4)
        record = record_of(found, models, processor, backend, choice, in_nf4)
        if check:
            check_students(models, processor, plain_base(found, choice, in_nf4))
        return cls(
            models,
            processor,
            found.prompt_version,
            demo=bool(found.settings.get("demo", name == "demo")),
            max_new_tokens=found.max_new_tokens,
            repetition_penalty=sampling_of(found, in_nf4).repetition_penalty,
            record=record,
            found=found,
        )

    def save_pretrained(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """The folder, which now holds the students as they were loaded, for `from_pretrained`, and a card (README.md).

        Their base is copied too, unless it lies on the hub and is named by its id. Unfinished work and files that could
        run code are left behind. Raises InputError when the folder is not empty, unless it holds a classifier and
        `overwrite` is True, or when these students were not loaded from files.
        """
        if self._found is None:
            raise InputError("These students were not loaded from files; only those of from_pretrained can be saved.")
        settings = {"demo": self.demo, "prompt_version": self.prompt_version, "max_new_tokens": self.max_new_tokens}
        limits = f"{DRAWN_ONLY} {LIMITS}" if self.demo else LIMITS
        return save_students(self._found, settings, limits, Path(folder), overwrite=overwrite)

    def push_to_hub(self, repository: str, *, private: bool = True) -> str:
        """The address of the hub's repository OWNER/NAME, made if need be: it holds what `save_pretrained` makes.

        Raises MissingError when this machine is offline or the upload fails, InputError as `save_pretrained` does.
        """
        with TemporaryDirectory() as scratch:
            return upload(self.save_pretrained(Path(scratch) / "students"), repository, private=private)

    @overload
    def __call__(
        self,
        image: Image,
        object: str,
        box: Box | Sequence[float],
        source: str = ...,
        *,
        reasons: bool = ...,
        probabilities: bool = ...,
    ) -> Verdict: ...
    @overload
    def __call__(
        self,
        image: list[Image],
        object: str | Sequence[str],
        box: Sequence[Box | Sequence[float]],
        source: str = ...,
        *,
        reasons: bool = ...,
        probabilities: bool = ...,
    ) -> list[Verdict]: ...
    def __call__(
        self,
        image: Image | list[Image],
        object: str | Sequence[str],
        box: Any,
        source: str = "unknown",
        *,
        reasons: bool = True,
        probabilities: bool = True,
    ) -> Verdict | list[Verdict]:
        """The verdict on one object, or those on a list of them, in its order.

        Args:
            image: a PIL image of any mode and size, without the red box; or a list of images.
            object: one of the 80 COCO categories; for a list one for all, or a list.
            box: (x, y, width, height) in pixels of the upright image, as a viewer shows it; for a list a list of them.
            source: where the image comes from; "demo" marks a drawn scene, for which the demo models give no warning.
            reasons: False requests only the verdicts: no analysis is generated, the more probable verdict is returned,
                and its probability is another quantity (see `Verdict.probability_of`).
            probabilities: False leaves them out of the result, and saves no work (see `judge`).

        Raises InputError for a malformed box or one outside the image, or an object that is not one of the 80; of a
        list the message says which entry.
        """
        if isinstance(image, list):
            objects = [object] * len(image) if isinstance(object, str) else object
            boxed = for_each_entry(lambda one, name, area: self.look(one, name, area, source), image, objects, box)
            return self.judge(boxed, reasons=reasons, probabilities=probabilities) if boxed else []
        if not isinstance(object, str):
            raise InputError("One image has one object; give a list of images for several.")
        return self.judge([self.look(image, object, box, source)], reasons=reasons, probabilities=probabilities)[0]

    def look(self, image: Image, object: str, box: Box | Sequence[float], source: str = "unknown") -> Boxed:
        """One object of an image (any mode and size) as a question for `judge`; arguments and errors as for a call."""
        image = upright_rgb(image)
        name, area = category(object).name, checked_box(box, image.size)
        pixels = pixel_parts(self.processor, with_red_box(image, area))
        return Boxed(name, area, area.place(*image.size), pixels, source)

    def judge(
        self, boxed: Sequence[Boxed], *, reasons: bool = True, probabilities: bool = True, batch_size: int = 64
    ) -> list[Verdict]:
        """The verdicts on several objects, in their order: each image is encoded once, all are answered in batches.

        `batch_size` is in answers; an image takes three. Without `probabilities` none are returned, though they are
        computed: for an unreadable answer the more probable verdict is taken.
        """
        replies = self._replies(boxed, reasons, batch_size)
        quantity = (PROBABILITY_OF if reasons else DIRECT_PROBABILITY_OF) if probabilities else ""
        verdicts = []
        for i, one in enumerate(boxed):
            location, co_occurrence, size = (_read(c, replies[c][i], reasons, probabilities) for c in CRITERIA)
            verdicts.append(
                Verdict(one.object, one.box, location, co_occurrence, size, self.warning(one.source), quantity)
            )
        return verdicts

    def warning(self, source: str = "unknown") -> str:
        """Why nothing should be made of what it says of images from there, '' when nothing speaks against it."""
        return DRAWN_ONLY if self.demo and source != "demo" else ""

    def _replies(self, boxed: Sequence[Boxed], reasons: bool, batch_size: int) -> dict[str, list[Reply]]:
        """Each student's replies, one an object; students on one base share their batches."""
        pixels = [one.pixels for one in boxed]
        seen = {eye: see(self.models[eye], self.processor, pixels) for eye in set(self._eyes.values())}
        replies: dict[str, list[Reply]] = {criterion: [] for criterion in CRITERIA}
        for model, criteria in _by_model(self.models):
            asked = [(criterion, i) for i in range(len(boxed)) for criterion in criteria]
            questions = [
                (self.prompts[c].render(boxed[i].object, boxed[i].place), seen[self._eyes[c]][i]) for c, i in asked
            ]
            adapters = [criterion for criterion, _ in asked] if has_adapters(model) else None
            options: dict[str, Any] = {"batch_size": batch_size, "adapters": adapters}
            if reasons:
                options |= {"max_new_tokens": self.max_new_tokens, "repetition_penalty": self.repetition_penalty}
                found = answer_questions(model, self.processor, questions, **options)
            else:
                found = [
                    Reply("", p, 0, True) for p in direct_probabilities(model, self.processor, questions, **options)
                ]
            for (criterion, _), reply in zip(asked, found, strict=True):
                replies[criterion].append(reply)
        return replies


def _by_model(models: Mapping[str, Any]) -> list[tuple[Any, list[str]]]:
    """Each model with the criteria that it answers for."""
    groups: dict[int, tuple[Any, list[str]]] = {}
    for criterion in CRITERIA:
        groups.setdefault(id(models[criterion]), (models[criterion], []))[1].append(criterion)
    return list(groups.values())


def _eyes(models: Mapping[str, Any]) -> dict[str, str]:
    """For each criterion the one whose model looks at the image: the first whose vision tower is the same."""
    if len(_by_model(models)) == 1:
        return dict.fromkeys(CRITERIA, CRITERIA[0])
    first: dict[str, str] = {}
    return {criterion: first.setdefault(tower_digest(models[criterion]), criterion) for criterion in CRITERIA}


def _read(criterion: str, reply: Reply, reasons: bool, probabilities: bool) -> CriterionVerdict:
    """One student's verdict; where its answer cannot be read, or was not asked for, the more probable one stands."""
    finding = parse_student_response(reply.text, criterion)
    likely = reply.probability is not None and reply.probability >= 0.5
    stated = likely if finding.in_context is None else finding.in_context
    chance = reply.probability if probabilities else None
    readable = finding.in_context is not None or not reasons
    return CriterionVerdict(stated, chance, finding.reason, reply.text, reply.finished, readable)


def checked_box(box: Box | Sequence[float], size: tuple[int, int]) -> Box:
    """The box (x, y, width, height in pixels) of an image of that size; InputError for one outside it."""
    if isinstance(box, Box):
        return box.check(*size)
    try:
        x, y, w, h = (float(value) for value in box)
    except (TypeError, ValueError) as error:
        raise InputError(f"The box {box!r} is not four numbers; give x, y, width, height in pixels.") from error
    return Box(x, y, w, h).check(*size)
