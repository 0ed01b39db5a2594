"""The stages of a rehearsal: the commands of the page "At full size" in their order, and what each must have left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from coinco_book.rehearsal.measured import Blow
from coinco_book.rehearsal.scene import Scene
from coinco_book.rehearsal.servers import StandInServer
from coinco_core.distillation.config import DistillConfig
from coinco_core.distillation.examples import KINDS
from coinco_core.engines import ROLES
from coinco_core.engines.server_settings import ServerSettings
from coinco_core.files import read_table
from coinco_core.judgements import CRITERIA
from coinco_core.labelling import read_answers
from coinco_core.objects_from_context.latents.encoding import SHARD
from coinco_core.objects_from_context.latents.writing import unfinished
from coinco_core.released.catalogue import DEFAULT_FOLDER, N_IMAGES, released_file

SAMPLES = {"training": "data/released/samples", "testing": "data/released/samples_testing"}
Found = Mapping[str, tuple[int, int]]  # by what is counted: how many there should be, and how many there are
_STUDENTS = {"train": 20_000, "validation": 2_000, "test": 2_000}
_REVISION = "stand-in"
_IN_FLIGHT = ServerSettings.in_flight  # those of the killed clients are asked again
_EPOCHS = 0.1  # of students: long enough for several checkpoints
_ANSWER_TOKENS = 64  # a small model that means nothing does not end by itself


@dataclass(frozen=True)
class Stage:
    """Commands that run at the same time, what befalls them, where they write, and what must be there at the end."""

    name: str
    commands: Mapping[str, Sequence[str]]
    writes: Sequence[Path]
    found: Callable[[], Found]
    blows: Sequence[Blow] = ()

    @property
    def kills(self) -> int:
        """How many processes are to be killed, those of servers included."""
        return len(self.blows)


def stages(scene: Scene, servers: Mapping[str, StandInServer]) -> list[Stage]:
    """All stages of the scene's profile."""
    first = [_check(scene), *(_samples(scene, pool) for pool in SAMPLES)]
    if scene.profile == "released":
        return [*first, *_released(scene)]
    labelled = [_label(scene, servers, pool) for pool in SAMPLES]
    return [
        *first,
        *labelled,
        _notebooks(scene, "lvlm_reasoning"),
        _consensus(scene),
        _splits(scene),
        _students(scene),
        _verdicts(scene),
        _latents(scene),
    ]


def settings(scene: Scene, servers: Mapping[str, StandInServer]) -> dict[str, dict[str, Any]]:
    """What a user fills into the profile, and what makes the models' part of the work short."""
    asked: dict[str, Any] = {"prompt_version": scene.prompt}
    if servers:
        asked |= {"servers": {role: server.url for role, server in servers.items()}}
        asked |= {"models": {role: role for role in servers}, "revisions": dict.fromkeys(servers, _REVISION)}
    taught = {"base_model": "base", "prompt_version": scene.prompt, "epochs": _epochs(scene), "evaluations": 3}
    taught |= {"answer_tokens": _ANSWER_TOKENS}
    taught |= {"lora_rank": 8, "lora_alpha": 16, "n_unmodified": _share(scene, 2_000)}
    taught |= {f"n_{part}": _share(scene, n) for part, n in _STUDENTS.items()}
    n = scene.counts
    objects = {"n_train": n.train, "n_validation": n.validation, "n_test": n.testing, "epochs": 1, "vae": "demo"}
    return {"lvlm_reasoning": asked, "students": taught, "objects": objects}


def _share(scene: Scene, n: int) -> int:
    """That many of all images, as a number of the scene's; even, for balanced parts."""
    return max(4, 2 * round(n * (scene.counts.training + scene.counts.testing) / N_IMAGES / 2))


def _epochs(scene: Scene) -> float:
    """A tenth of an epoch, or with few samples enough for ten steps, three of them between evaluations."""
    return max(_EPOCHS, round(10 * DistillConfig.batch_size / _share(scene, _STUDENTS["train"]), 2))


def _pool_size(scene: Scene, pool: str) -> int:
    return scene.counts.training if pool == "training" else scene.counts.testing


def _check(scene: Scene) -> Stage:
    return Stage("data check", {"check": scene.coinco("data", "check", "--json")}, [], lambda: {})


def _samples(scene: Scene, pool: str) -> Stage:
    """A pool's images as a table of samples."""
    images, masks = (f"{DEFAULT_FOLDER}/{released_file(f'{kind}-{pool}').path}" for kind in ("images", "masks"))
    more = ["--objects-split"] if pool == "training" else ["--pool", pool]
    command = scene.coinco("data", "samples", images, masks, "--out", SAMPLES[pool], *more)
    table = scene.root / SAMPLES[pool] / "samples.parquet"
    rows = partial(_rows, {"samples": (_pool_size(scene, pool), table)})
    return Stage(f"samples, {pool}", {f"samples-{pool}": command}, [table.parent], rows)


def _label(scene: Scene, servers: Mapping[str, StandInServer], pool: str) -> Stage:
    """Three teachers at the same time; the training images are where clients and a server are killed."""
    size, out = _pool_size(scene, pool), {role: _answers(scene, pool) / role for role in ROLES}
    commands = {
        f"label-{pool}-{role}": scene.coinco(
            "label", SAMPLES[pool], "--model", role, "--server", servers[role].url, "--revision", _REVISION,
            "--prompt", scene.prompt, "--out", str(out[role].relative_to(scene.root)),
            *(["--max-new-tokens", "1024"] if role == "internvl" else []),
        )
        for role in ROLES
    }  # fmt: skip

    def asked(share: float, more: int = 0) -> bool:
        return servers[ROLES[0]].counts["calls"] >= share * size + more

    blows = [Blow(partial(asked, 0.3)), Blow(partial(asked, 0.6, _IN_FLIGHT), servers[ROLES[0]].bounce)]

    def found() -> Found:
        answered = {role: int(read_answers(home)["error"].isna().sum()) for role, home in out.items()}
        return {f"answers of {role}": (size, n) for role, n in answered.items()}

    name = f"labels of three teachers, {pool}"
    return Stage(name, commands, list(out.values()), found, blows if pool == "training" else ())


def _answers(scene: Scene, pool: str) -> Path:
    return scene.root / ("runs/paper/answers" if pool == "training" else "runs/paper/answers_testing")


def _notebooks(scene: Scene, *names: str, also: Sequence[Path] = (), blows: Sequence[Blow] = ()) -> Stage:
    """Notebooks of the profile, which write into their folders and `also` elsewhere."""
    home = scene.root / "runs" / scene.profile
    command = scene.coinco("run", *names, "--profile", scene.profile, "-j", "1")
    folders = [home / name for name in names]

    def found() -> Found:
        return {"notebooks": (len(names), sum((folder / "run.json").is_file() for folder in folders))}

    return Stage(f"notebooks {', '.join(names)}", {f"run-{names[0]}": command}, [*folders, *also], found, blows)


def _consensus(scene: Scene) -> Stage:
    home = _answers(scene, "training").relative_to(scene.root)
    given = [text for role in ROLES for text in ("--answers", str(home / role))]
    table = scene.root / "labels.parquet"
    rows = partial(_rows, {"labels": (scene.counts.training, table)})
    return Stage("consensus", {"consensus": scene.coinco("consensus", *given, "--out", table.name)}, [table], rows)


def _splits(scene: Scene) -> Stage:
    sizes = {part: _share(scene, n) for part, n in _STUDENTS.items()}
    given = [text for part, n in sizes.items() for text in (f"--{part}", str(n))]
    commands = {
        f"split-{criterion}": scene.coinco(
            "split", "labels.parquet", "--recipe", "page", "--criterion", criterion, "--out", "splits", *given
        )
        for criterion in CRITERIA
    }
    tables = {criterion: scene.root / "splits" / f"{criterion}.parquet" for criterion in CRITERIA}
    rows = partial(_rows, {name: (sum(sizes.values()), table) for name, table in tables.items()})
    return Stage("splits", commands, list(tables.values()), rows)


def _students(scene: Scene) -> Stage:
    """Three students at the same time, killed when one has a checkpoint; they share what the vision tower makes."""
    home = scene.root / "students"
    every = int(_epochs(scene) * _share(scene, _STUDENTS["train"]) / DistillConfig.batch_size / 3)
    short = {"epochs": _epochs(scene), "lora_rank": 8, "lora_alpha": 16, "eval_steps": every}
    short |= {"answer_tokens": _ANSWER_TOKENS}
    commands = {
        f"distill-{criterion}": scene.coinco(
            "distill", SAMPLES["training"], "--criterion", criterion, "--base", "base", "--prompt", scene.prompt,
            "--findings", "runs/paper/answers/qwen/findings.parquet", "--split", f"splits/{criterion}.parquet",
            "--out", f"students/{criterion}", *(text for name, n in short.items() for text in ("-p", f"{name}={n}")),
        )
        for criterion in CRITERIA
    }  # fmt: skip

    def found() -> Found:
        return {"students": (3, sum((home / c / "adapter_model.safetensors").is_file() for c in CRITERIA))}

    blow = Blow(partial(_any, home, ".*.unfinished/**/checkpoint-*/trainer_state.json"))
    return Stage("students", commands, [home], found, [blow])


def _verdicts(scene: Scene) -> Stage:
    n, out = _share(scene, _STUDENTS["test"]), scene.root / "verdicts"
    command = scene.coinco(
        "verdicts", SAMPLES["training"], "--model", "students", "--base", "base", "--out", "verdicts", "--limit", str(n)
    )
    rows = partial(_rows, {"verdicts": (len(CRITERIA) * n, out / "verdicts.parquet")})
    return Stage("verdicts of the students", {"verdicts": command}, [out], rows, [Blow(partial(_lines, out, 2))])


def _latents(scene: Scene) -> Stage:
    """Latents of the training images by a small autoencoder, killed twice."""
    out, n = scene.root / "latents", scene.counts.training
    command = scene.coinco("latents", "encode", SAMPLES["training"], "--vae", "demo", "--out", "latents")
    blows = [Blow(partial(_shards, out, share * n)) for share in (0.2, 0.6)]
    rows = partial(_rows, {"latents": (n, out / "index.parquet")})
    return Stage("latents encoded", {"latents-encode": command}, [out, unfinished(out)], rows, blows)


def _released(scene: Scene) -> list[Stage]:
    """What stands on the authors' files: their answers analysed, their latents, students of their answers."""
    latents = scene.root / "latents_authors"
    convert = scene.coinco("latents", "convert", DEFAULT_FOLDER, "--out", latents.name)
    n = scene.counts.training + scene.counts.testing
    rows = partial(_rows, {"latents": (n, latents / "index.parquet")})
    trained = scene.root / "runs/released/trained"
    return [
        _notebooks(scene, "lvlm_reasoning"),
        Stage("latents converted", {"convert": convert}, [latents, unfinished(latents)], rows,
              [Blow(partial(_shards, latents, 0.3 * n))]),
        Stage("latents checked", {"latents-check": scene.coinco("latents", "check", latents.name)}, [], lambda: {}),
        _notebooks(scene, "objects_from_context", "objects_evaluation"),
        *(
            _notebooks(
                scene, f"students_{criterion}", also=[trained / f"{criterion}-{kind}" for kind in KINDS],
                blows=[Blow(partial(_any, trained, f"{criterion}-reasoning/**/checkpoint-*/trainer_state.json"))],
            )
            for criterion in CRITERIA
        ),
        _notebooks(scene, "students_evaluation", "results"),
    ]  # fmt: skip


def _rows(tables: Mapping[str, tuple[int, Path]]) -> Found:
    """How many rows of each table are usable: those without an error, where it says so."""
    return {name: (wanted, _usable(path)) for name, (wanted, path) in tables.items()}


def _usable(path: Path) -> int:
    if not path.is_file():
        return 0
    table = read_table(path)
    bad = [table[column].fillna("") != "" for column in ("error", "problem") if column in table]
    return int((~bad[0]).sum()) if bad else len(table)


def _lines(folder: Path, n: float, text: bytes = b"\n") -> bool:
    """Whether a text, by default a line's end, is n times in the journals below the folder."""
    return sum(path.read_bytes().count(text) for path in folder.rglob("*.jsonl")) >= n


def _shards(store: Path, samples: float) -> bool:
    """Whether so many samples of a store of latents are done, which is unfinished yet."""
    return _lines(unfinished(store), max(1, samples // SHARD), b'"key": "shard"')


def _any(folder: Path, pattern: str) -> bool:
    return any(folder.glob(pattern))
