"""The three teachers over one table of samples: served ones at the same time, those in this process one by one.

Each answers into a folder of its own, from which a run that was interrupted goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_book.chapters.side_by_side import side_by_side
from coinco_core.demo import DEMO
from coinco_core.devices import choose_device, processes_of
from coinco_core.engines import ROLES, Engine, load_engine
from coinco_core.engines.decoding import decoding
from coinco_core.errors import InputError
from coinco_core.labelling import label
from coinco_core.labelling import read_answers as read_labelled
from coinco_core.prompts import SHORT, Prompt, teacher_prompt
from coinco_core.prompts.published import PUBLISHED_PROMPTS
from coinco_core.released import read_answers as read_released
from coinco_core.samples import Sample

if TYPE_CHECKING:
    import pandas as pd

RELEASED = "released"  # instead of a model: the answers that the authors published
SHARDS = 4  # fixed, so that no answer depends on how many processes share the work
Say = Callable[[str], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TeacherAnswers:
    """A teacher's answers, one row per sample, and the record of the engine that gave them (None: released ones)."""

    answers: pd.DataFrame
    record: Mapping[str, Any] | None


@dataclass(frozen=True)
class TeacherJob:
    """What all teachers are asked: a folder's samples with a prompt, by a profile's settings; answers go to `home`."""

    samples: Sequence[Sample]
    folder: Path
    prompt: Prompt
    settings: Mapping[str, Any]
    home: Path
    most: int  # of the answers that the authors released

    def engine(self, role: str) -> Engine:
        """The model in that role, behind its server where the settings name one."""
        model, server = self.settings["models"][role], self.settings["servers"].get(role)
        chosen = decoding(self.settings["decoding"], role)
        if server:
            declared = {"revision": self.settings["revisions"].get(role)}
            return load_engine(model, server=server, declared=declared, **chosen.served())
        fields = {name: getattr(chosen, name) for name in chosen.__dataclass_fields__}
        return load_engine(role if model == DEMO else model, batch_size=self.settings["batch_size"], **fields)

    def label(self, role: str, engine: Engine, shard: tuple[int, int], say: Say = log.info) -> None:
        """The answers of one role to one shard of the samples, in its folder."""
        label(self.samples, self.folder, engine, self.prompt, self.home / role, shard=shard, report=say)


def asked_prompt(settings: Mapping[str, Any]) -> Prompt | None:
    """The prompt that a profile's teachers are asked with; None where all answers are released ones.

    Those answer the authors' own prompt, whose text is then not needed.
    """
    return None if set(settings["models"].values()) == {RELEASED} else teacher_prompt(settings["prompt_version"])


def asked_in_words(settings: Mapping[str, Any], asked: str, place: str) -> str:
    """Which prompt the models were asked with, as Markdown, about an object and its place.

    One of ours is shown where it is short; the authors' own text is not ours to print.
    """
    used, theirs = asked_prompt(settings), PUBLISHED_PROMPTS["teacher"].sha256
    name, sha256 = (used.name, used.digest) if used else ("teacher-published", theirs)
    words = f"The models on this page were asked with `{name}` (SHA-256 `{sha256[:12]}`)"
    shown = used is not None and settings["prompt_version"] in SHORT
    return f"{words}, here: *{used.render(asked, place)}*." if used and shown else f"{words}."


def ask_teachers(job: TeacherJob, *, say: Say = log.info) -> dict[str, TeacherAnswers]:
    """What each teacher said of every sample, by role; what is in the job's folder already is not asked again.

    A model "released" is read from the authors' files there, whether or not the images are here. Where an answer
    failed, its row has an `error`. Raises InputError when a folder holds another job, or a server's revision is not
    named.
    """
    models, servers = job.settings["models"], job.settings["servers"]
    unnamed = [role for role in ROLES if servers.get(role) and not job.settings["revisions"].get(role)]
    if unnamed:
        raise InputError(
            f"Say which revision of its weights each server has, so that the answers can be cited: set `revisions` in "
            f"the profile for {', '.join(unnamed)}."
        )
    served = [role for role in ROLES if models[role] != RELEASED and servers.get(role)]
    local = [role for role in ROLES if models[role] != RELEASED and not servers.get(role)]
    with ThreadPoolExecutor(max(1, len(served))) as threads:
        waiting = {role: threads.submit(_ask_server, job, role, say) for role in served}
        records = _ask_here(job, local, say) | {role: future.result() for role, future in waiting.items()}
    return {role: _answers_of(job, role, records.get(role)) for role in ROLES}


def _ask_server(job: TeacherJob, role: str, say: Say) -> dict[str, Any]:
    engine = job.engine(role)
    for note in engine.notes:
        say(f"{role}: {note}")
    job.label(role, engine, (0, 1), lambda text: say(f"{role}: {text}"))
    return engine.record


def _ask_here(job: TeacherJob, roles: Sequence[str], say: Say) -> dict[str, dict[str, Any]]:
    """The records of the engines by role, once they have answered; several processes only where there is no GPU."""
    on_cpu = choose_device().device == "cpu"
    processes = processes_of(job.settings["processes"], threads=1) if on_cpu else 1
    shards = [(shard,) for shard in range(SHARDS)] if processes > 1 else [tuple(range(SHARDS))]
    calls = [(role, own) for role in roles for own in shards]
    records = {}
    for done, (n, record) in enumerate(side_by_side(partial(_ask_shards, job), calls, processes, threads=1), 1):
        role = calls[n][0]
        records[role] = record
        say(f"{role}: {done} of {len(calls)} parts of the work are done")
    return records


def _ask_shards(job: TeacherJob, role: str, shards: Sequence[int]) -> dict[str, Any]:
    engine = job.engine(role)  # loaded once for all of its shards, and gone before the next model is
    for shard in shards:
        job.label(role, engine, (shard, SHARDS))
    return engine.record


def _answers_of(job: TeacherJob, role: str, record: Mapping[str, Any] | None) -> TeacherAnswers:
    if record is None:
        path = job.home / role / f"context_reasoning_{role}.csv"
        return TeacherAnswers(read_released(path, role).table.head(job.most), None)
    answers = read_labelled(job.home / role).set_index("sample_id", drop=False)
    ordered = answers.loc[[sample.sample_id for sample in job.samples]].reset_index(drop=True)
    return TeacherAnswers(ordered, record)
