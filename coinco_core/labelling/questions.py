"""What is asked of a model about one sample: the boxed image, the rendered prompt, and the digests that name both."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coinco_core.ahead import ahead
from coinco_core.engines.base import Answer, Request, failure
from coinco_core.errors import CoincoError
from coinco_core.files import digest, sha256_file
from coinco_core.prompts import Prompt
from coinco_core.samples import Sample, boxed_image, image_path
from coinco_core.store.file_digests import file_digests

if TYPE_CHECKING:
    from PIL.Image import Image

Row = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """One sample as a request, and the columns of its row that are known before there is an answer.

    Its column `key` is the digest of job, sample, boxed image and rendered prompt: an answer that carries it answers
    exactly this.
    """

    request: Request
    about: Row

    def row(self, answer: Answer) -> Row:
        """The journal's row of an answer to this question."""
        return answer_row(self.about, answer)


def ask(sample: Sample, folder: str | os.PathLike[str], prompt: Prompt, job: str, model: str) -> Question:
    """The question about a sample; a CoincoError when its image or its object cannot be used. `job` is a digest."""
    text = prompt.render(sample.object, sample.place)
    path = image_path(folder, sample)
    image = boxed_image(folder, sample)
    about = known_fields(sample, prompt, model)
    about |= {"file_sha256": sha256_file(path), "image_sha256": image_digest(image), "prompt_sha256": digest(text)}
    about["key"] = digest([job, sample.sample_id, about["image_sha256"], about["prompt_sha256"]])
    return Question(Request(sample.sample_id, image, text), about)


def known_fields(sample: Sample, prompt: Prompt, model: str) -> Row:
    """The columns of a row that hold whether or not the sample's image can be read."""
    about: Row = {"sample_id": sample.sample_id, "object": sample.object, "model": model}
    about |= {"prompt": prompt.name, "prompt_digest": prompt.digest}
    return about | dict.fromkeys(("key", "file_sha256", "image_sha256", "prompt_sha256"), "")


def answer_row(about: Mapping[str, Any], answer: Answer) -> Row:
    """A row of the journal: what was asked, and what came of it."""
    return {
        **about,
        "text": answer.text,
        "finish_reason": answer.finish_reason,
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "error": answer.error,
    }


class Questions:
    """Questions made a little ahead of the engine that takes them; those that cannot be asked become failures at once.

    `requests()` may be taken in another thread than the one that calls `rows()`.
    """

    def __init__(
        self, samples: Iterable[Sample], folder: str | os.PathLike[str], prompt: Prompt, job: str, model: str
    ) -> None:
        self._samples, self._folder, self._prompt, self._job, self._model = samples, folder, prompt, job, model
        self._asked: dict[str, Question] = {}
        self._failures: deque[Row] = deque()  # appended to in one thread, emptied in another

    def __iter__(self) -> Iterator[Question]:
        for made in ahead(self._make, self._samples):
            if isinstance(made, Question):
                yield made
            else:
                self._failures.append(made)

    def _make(self, sample: Sample) -> Question | Row:
        """The question about a sample, or the row of its failure: one bad image must not stop the other 97,721."""
        try:
            return ask(sample, self._folder, self._prompt, self._job, self._model)
        except (CoincoError, OSError) as error:
            return answer_row(known_fields(sample, self._prompt, self._model), failure("", str(error)))

    def requests(self) -> Iterator[Request]:
        """The requests, each remembered until its answer has come."""
        for question in self:
            self._asked[question.request.key] = question
            yield question.request

    def rows(self, answers: Iterable[Answer]) -> list[Row]:
        """The rows of these answers, and of the samples that could not be asked since the last call."""
        rows = [self._asked.pop(answer.key).row(answer) for answer in answers]
        while self._failures:
            rows.append(self._failures.popleft())
        return rows

    def unanswered(self) -> list[Row]:
        """The rows of what was asked and never answered, once the engine has ended."""
        return self.rows([failure(key, "The engine gave no answer.") for key in list(self._asked)])


def image_digest(image: Image) -> str:
    """The SHA-256 (hex) of an image's mode, size and pixels, independent of its file format."""
    return hashlib.sha256(repr((image.mode, image.size)).encode() + image.tobytes()).hexdigest()


def changed_images(samples: Iterable[Sample], folder: str | os.PathLike[str], rows: Mapping[str, Row]) -> set[str]:
    """The ids of answered samples whose image is another now than when it was asked about.

    Files are compared, and only where they differ the pixels: an image may be packed anew. One that is gone has not
    changed.
    """

    answered = {sample.sample_id: sample for sample in samples if sample.sample_id in rows}
    paths = {name: image_path(folder, sample) for name, sample in answered.items()}
    files = file_digests(paths.values())

    def changed(name: str) -> bool:
        if not paths[name].is_file():
            return False
        try:
            return image_digest(boxed_image(folder, answered[name])) != rows[name]["image_sha256"]
        except (CoincoError, OSError):
            return True

    others = [name for name in answered if files.get(paths[name]) != rows[name]["file_sha256"]]
    with ThreadPoolExecutor() as pool:  # reading images does not hold the interpreter
        return {name for name, yes in zip(others, pool.map(changed, others), strict=True) if yes}
