"""The context classifier: one base, three students; for a boxed object three verdicts with reasons (section 5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.categories import category
from coinco_core.devices import choose_device
from coinco_core.distillation.adapters import WEIGHTS, load_adapter
from coinco_core.distillation.answering import PROBABILITY_OF, answer_questions, verdict_probabilities
from coinco_core.engines import encoding
from coinco_core.engines.local import load_network, weights_digest
from coinco_core.engines.processors import load_processor
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.files import read_json
from coinco_core.judgements import CRITERIA
from coinco_core.pictures import Box, upright_rgb, with_red_box
from coinco_core.prompts import student_prompt
from coinco_core.responses import parse_student_response
from coinco_core.weights import demo_weights

if TYPE_CHECKING:
    from PIL.Image import Image

SETTINGS = "classifier.json"
DRAWN_ONLY = (
    "These are the small demo models, which have seen nothing but drawn scenes: what they say of any other picture, "
    "such as a photograph, means nothing."
)


@dataclass(frozen=True)
class CriterionVerdict:
    """One student's word: the verdict, its probability of in-context (0..1), the reason, and the whole answer."""

    in_context: bool
    probability: float
    reason: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """What the three students say of one boxed object; `warning` is '' unless the answer should not be relied on."""

    object: str
    box: Box
    location: CriterionVerdict
    co_occurrence: CriterionVerdict
    size: CriterionVerdict
    warning: str = ""
    probability_of: str = PROBABILITY_OF

    @property
    def in_context(self) -> bool:
        """Whether all three criteria hold: one violation makes the object out-of-context."""
        return all(self.criterion(name).in_context for name in CRITERIA)

    def criterion(self, name: str) -> CriterionVerdict:
        """The verdict of one of the three criteria."""
        found: CriterionVerdict = getattr(self, name)
        return found

    def as_dict(self) -> dict[str, Any]:
        """The verdict as plain values, ready for JSON."""
        return {"in_context": self.in_context, **asdict(self)}


class ContextClassifier:
    """Says of a boxed object whether it is in context by location, co-occurrence and size, and why."""

    def __init__(
        self, models: dict[str, Any], processor: Any, prompt_version: str, *, demo: bool, max_new_tokens: int = 512
    ) -> None:
        """`models` holds a model for each criterion; three adapters on one base are the same model three times."""
        self.models, self.processor, self.prompt_version = models, processor, prompt_version
        self.demo, self.max_new_tokens = demo, max_new_tokens

    @classmethod
    def from_pretrained(cls, name: str = "demo", device: str | None = None) -> ContextClassifier:
        """The classifier of "demo" (shipped), of a folder, or of a hub id.

        A folder holds a student for each criterion: an adapter on the model in `base/` (or on the one that
        `classifier.json` names under "base"), or a whole model. Raises MissingError when a part is not there.
        """
        folder = _find(name)
        settings = read_json(folder / SETTINGS) if (folder / SETTINGS).is_file() else {}
        choice = choose_device(device)
        missing = [criterion for criterion in CRITERIA if not (folder / criterion).is_dir()]
        if missing:
            raise MissingError(f"'{folder}' holds no student for {' and '.join(missing)}.")
        if (folder / CRITERIA[0] / WEIGHTS).is_file():
            base = str(folder / "base") if (folder / "base").is_dir() else str(settings.get("base", ""))
            network = load_network(base, choice, spread=False)
            for criterion in CRITERIA:
                _check_base(folder / criterion, base)
                network = load_adapter(network, folder / criterion, criterion)
            models = dict.fromkeys(CRITERIA, network)
        else:
            base = str(folder / CRITERIA[0])
            models = {criterion: load_network(str(folder / criterion), choice) for criterion in CRITERIA}
        processor, _ = load_processor(base)
        version, demo = settings.get("prompt_version", "full"), bool(settings.get("demo", name == "demo"))
        return cls(models, processor, version, demo=demo, max_new_tokens=int(settings.get("max_new_tokens", 512)))

    def __call__(self, image: Image, object: str, box: Box | Sequence[float], source: str = "unknown") -> Verdict:
        """The verdict on one object.

        Args:
            image: a picture (PIL), without the red box; the box is in its upright frame, as a viewer shows it.
            object: one of the 80 COCO categories.
            box: x, y, width, height in pixels.
            source: where the picture comes from; "demo" says that it is a drawn scene, which spares the demo models'
                warning.

        Raises InputError for a box that is no box or lies outside, or an object that is not one of the 80.
        """
        image = upright_rgb(image)
        name, place = category(object).name, _checked_box(box, image.size)
        pixels = encoding.pixel_parts(self.processor, with_red_box(image, place))
        where = place.place(*image.size)
        location, co_occurrence, size = (self._ask(criterion, name, where, pixels) for criterion in CRITERIA)
        warning = DRAWN_ONLY if self.demo and source != "demo" else ""
        return Verdict(name, place, location, co_occurrence, size, warning)

    def _ask(self, criterion: str, name: str, where: str, pixels: encoding.Pixels) -> CriterionVerdict:
        """One student's verdict; where its answer cannot be read, the more probable verdict stands."""
        model = self.models[criterion]
        if hasattr(model, "set_adapter") and criterion in getattr(model, "peft_config", {}):
            model.set_adapter(criterion)
        question = (student_prompt(criterion, self.prompt_version).render(name, where), pixels)
        [text] = answer_questions(model, self.processor, [question], max_new_tokens=self.max_new_tokens)
        [probability] = verdict_probabilities(model, self.processor, [question], [text])
        finding = parse_student_response(text, criterion)
        stated = finding.in_context if finding.in_context is not None else probability >= 0.5
        return CriterionVerdict(stated, probability, finding.reason, text)


def _check_base(adapter: Path, base: str) -> None:
    """Raises CheckError when the adapter's record names other base weights: it would fit in shape and say nonsense."""
    record = adapter / "training.json"
    trained_on = read_json(record).get("base", {}).get("weights", "") if record.is_file() else ""
    if trained_on and weights_digest(base) and trained_on != weights_digest(base):
        raise CheckError(f"The student in '{adapter}' was trained on another base than '{base}'; train it again.")


def _find(name: str) -> Path:
    """The folder of "demo", of a folder's path, or of a hub id (downloaded, or from the hub's cache)."""
    if name == "demo":
        return demo_weights("student")
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise MissingError(f"There is no classifier '{name}': it is no folder, no hub id, and not 'demo'.")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise MissingError(f"The classifier '{name}' could not be fetched: {str(error).splitlines()[0]}") from error


def _checked_box(box: Box | Sequence[float], size: tuple[int, int]) -> Box:
    if isinstance(box, Box):
        return box.check(*size)
    try:
        x, y, w, h = (float(value) for value in box)
    except (TypeError, ValueError) as error:
        raise InputError(f"The box {box!r} is not four numbers; give x, y, width, height in pixels.") from error
    return Box(x, y, w, h).check(*size)
