"""The students' verdicts over a table of samples, in a folder that survives being killed.

    run.json          which students, samples, columns and version of the method; another job in the folder is refused
    journal/          a record for each part of the samples: their verdicts and the digests of their images
    verdicts.parquet  all of them, in the samples' order

A restart makes the parts that are not there, and those of which an image has changed. Batches begin anew with each
part, so a run that was cut short gives the table of one that was not, to the last bit, if it goes on in the same way:
with another `batch_size`, device, number of threads or versions of the packages, sums are added up in another order.
Then probabilities differ in their last bits, and an answer where two tokens were all but equally likely. These four
are not part of the job; `made_on` in run.json says where it was begun.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from itertools import islice
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.ahead import ahead
from coinco_core.distillation.classifier import Boxed, ContextClassifier
from coinco_core.distillation.classifier.verdict import Unanswered, Verdict
from coinco_core.errors import CoincoError, InputError
from coinco_core.files import digest, read_table, write_table
from coinco_core.judgements import CRITERIA
from coinco_core.progress import Progress
from coinco_core.provenance import differences, record
from coinco_core.samples import Sample, image_path, sample_image, samples_digest
from coinco_core.store.file_digests import file_digests
from coinco_core.store.folder import begin_job
from coinco_core.store.journals import Record, RecordStore, StoredRecord
from coinco_core.versions import versions

if TYPE_CHECKING:
    import pandas as pd

    from coinco_core.distillation.classifier.served import ServedClassifier

    Judge = ContextClassifier | ServedClassifier

log = logging.getLogger(__name__)
COLUMNS = ("sample_id", "criterion", "in_context", "probability", "reason", "text", "finished", "readable", "error")
RUN = "run.json"  # in the folder, with the job
PART_SAMPLES = 64  # what a kill costs at most


def classify_samples(
    classifier: Judge,
    samples: Sequence[Sample],
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    batch_size: int = 16,
    part_samples: int = PART_SAMPLES,
    report: Callable[[str], None] = log.info,
    report_every_s: float = 5.0,
) -> pd.DataFrame:
    """The verdicts on the samples, a row for each sample and criterion in their order (COLUMNS); also in `out`.

    `folder` is where the samples' images lie, `batch_size` how many images are judged at once. A sample that cannot
    be judged keeps its rows, with an `error` and no verdict. Where an answer is not `readable`, `in_context` is just
    the more probable verdict. What `out` holds already is not judged again unless its image has changed; what a server
    did not answer is. Raises InputError when `out` holds another job: other students, other samples, or another version
    of the method.
    """
    home, store = Path(out), RecordStore(Path(out) / "journal")
    about = {key: classifier.record.get(key) for key in ("made_on", "notes")}
    job = job_of(classifier, samples, part_samples)
    begun = begin_job(home / RUN, job, lambda: record(profile=None, seed=None, **about))
    if told := differences(begun.get("made_on") or {}, about["made_on"] or {}):
        report(f"begun under other conditions ({told}); last digits may differ from there on")
    images = _image_digests(folder, samples)
    cut = [samples[start : start + part_samples] for start in range(0, len(samples), part_samples)]
    parts = {digest([n, [[one.sample_id, images[one.sample_id]] for one in part]]): part for n, part in enumerate(cut)}
    done: dict[str, Record | StoredRecord] = dict(store.merged())
    todo = {key: part for key, part in parts.items() if key not in done}
    waiting = sum(map(len, todo.values()))
    report(f"{len(samples) - waiting} of {len(samples)} samples are there already")
    tell = Progress(waiting, report, report_every_s)
    with store.writer(sync_rows=1) as writer:
        for key, part in todo.items():
            rows: list[dict[str, Any]] = []
            looked = ahead(lambda sample: (sample, _look(classifier, sample, folder)), part, window=2 * batch_size)
            while batch := list(islice(looked, batch_size)):
                rows += _rows(classifier, batch)
                tell(len(batch))
            made = Record(key, rows)
            kept = not any(isinstance(row["error"], Unanswered) for row in rows)  # else it is asked again next time
            (done[key],) = writer.append([made]) if kept else [made]
    write_table(home / "verdicts.parquet", _table([row for key in parts for row in done[key].row]))
    return read_table(home / "verdicts.parquet")


def job_of(classifier: Judge, samples: Sequence[Sample], part_samples: int = PART_SAMPLES) -> dict[str, Any]:
    """What decides a table of verdicts, beside the images; InputError without samples or a record of the weights."""
    if not samples:
        raise InputError("There is no sample to judge.")
    if "identity" not in classifier.record:
        raise InputError("This classifier has no record of its weights; load it with from_pretrained.")
    return {
        "classifier": classifier.record["identity"],
        "samples_sha256": samples_digest(samples),
        "part_samples": part_samples,
        "columns": list(COLUMNS),
        "method": versions("boxed images", "model inputs", "answers", "reading", "verdicts"),
    }


def _image_digests(folder: str | os.PathLike[str], samples: Sequence[Sample]) -> dict[str, str]:
    """The digest of each image's file by sample_id, '' when it is not there."""
    paths = {sample.sample_id: image_path(folder, sample) for sample in samples}
    found = file_digests(paths.values())
    return {name: found.get(path, "") for name, path in paths.items()}


def _rows(classifier: Judge, batch: Sequence[tuple[Sample, Boxed | str]]) -> list[dict[str, Any]]:
    """The rows of a batch; an image that cannot be used takes no other's place."""
    asked = [one for _, one in batch if isinstance(one, Boxed)]
    verdicts = iter(classifier.judge(asked, batch_size=len(CRITERIA) * len(batch)))
    rows = []
    for sample, one in batch:
        said = next(verdicts) if isinstance(one, Boxed) else one
        rows += [{"sample_id": sample.sample_id, "criterion": c, **_cells(said, c)} for c in CRITERIA]
    return rows


def _look(classifier: Judge, sample: Sample, folder: str | os.PathLike[str]) -> Boxed | str:
    """The sample as a question, or in words why it cannot be asked about."""
    try:
        return classifier.look(sample_image(folder, sample), sample.object, sample.box, sample.source)
    except (CoincoError, OSError, ValueError) as error:  # a processor refuses an image 200 times longer than wide
        return str(error) or type(error).__name__


def _cells(said: Verdict | str, criterion: str) -> dict[str, Any]:
    if isinstance(said, str):
        unknown = dict.fromkeys(("in_context", "probability", "finished", "readable"))
        return {**unknown, "reason": "", "text": "", "error": said}
    one = said.criterion(criterion)
    cells = {name: getattr(one, name) for name in COLUMNS[2:-1]} | {"error": None}
    return cells | {"probability": None if one.probability is None or isnan(one.probability) else one.probability}


def _table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    kinds = {"in_context": "boolean", "probability": "float64", "finished": "boolean", "readable": "boolean"}
    kinds |= {"error": "string"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)
