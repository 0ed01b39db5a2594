"""The demo network: which one is taken, which is left aside, and two first calls at once."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread

import pytest

from coinco_core.cache import CACHE
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.latents.preparation import Preparation
from coinco_core.objects_from_context.network.checkpoints import STATE, load_network, read_record
from coinco_core.objects_from_context.network.recipe import TrainingRecipe
from coinco_world import objects_network as demo

SHORT = demo.NetworkPlan(images=20, recipe=TrainingRecipe(epochs=2))


@pytest.fixture(scope="module")
def trained(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network as the demo trains it, in two epochs on twenty scenes."""
    folder = tmp_path_factory.mktemp("trained")
    made = demo.train_network(encoder, folder, SHORT, lambda line: None)
    (made / STATE).unlink()  # four fifths of the bytes, and only there to go on with
    return made


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder of the test's own, and a run as another package would name it; both are empty."""
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    monkeypatch.setattr(demo, "left_by_runs", lambda: [(tmp_path / "run", "the one of the notebook's last run")])


@pytest.fixture
def copied(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of a training, a copy of the network that was trained once."""
    monkeypatch.setattr(demo, "train_network", lambda _, scratch, *__: shutil.copytree(trained, scratch / "network"))


def asked(encoder: Encoder) -> tuple[Path, str, list[str]]:
    lines: list[str] = []
    return *demo.demo_network(encoder, lines.append, SHORT), lines


def folders(cache: Path) -> list[str]:
    """What the cache holds beside the memory of file digests."""
    return [path.name for path in cache.iterdir() if path.is_dir()]


def test_a_network_is_trained_once_and_kept(encoder: Encoder, tmp_path: Path) -> None:
    folder, origin, lines = asked(encoder)
    assert origin == "the one trained just now" and "training one on 20 drawn scenes" in lines[0]
    assert folders(tmp_path / "cache") == [folder.name]
    assert read_record(folder)["epochs"] == 2 and load_network(folder) is not None
    assert asked(encoder)[:2] == (folder, "the one trained here before")


def test_the_run_of_the_notebook_comes_first(encoder: Encoder, trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, demo.cached_folder(encoder, SHORT))
    shutil.copytree(trained, tmp_path / "run")
    assert asked(encoder)[:2] == (tmp_path / "run", "the one of the notebook's last run")
    (tmp_path / "run" / "record.json").unlink()
    assert asked(encoder)[:2] == (demo.cached_folder(encoder, SHORT), "the one trained here before")


@pytest.mark.parametrize(("changes", "said"), [
    ({"epochs": 1}, "fewer than 2 epochs"),
    ({"epochs": "many"}, "fewer than 2 epochs"),
    ({"preparation": "pad"}, "prepared otherwise"),
    ({"preparation": None}, "prepared otherwise"),
    ({"vae": "another"}, "of another autoencoder"),
    ({"vae": None}, "of another autoencoder"),
    ({"head": "convolutional"}, "not the published network"),
    ({"inputs": 4096}, "not the published network"),
    ({"sha256": "0" * 64}, "not those of its record"),
])  # fmt: skip
@pytest.mark.usefixtures("copied")
def test_what_does_not_fit_is_left_aside_and_made_anew(
    changes: dict[str, object], said: str, encoder: Encoder, trained: Path, tmp_path: Path
) -> None:
    """None leaves an entry out of the record. In the cache, the unfit network gives way to the new one."""
    record = json.loads((trained / "record.json").read_text()) | changes
    for folder in (tmp_path / "run", demo.cached_folder(encoder, SHORT)):
        shutil.copytree(trained, folder)
        kept = {name: value for name, value in record.items() if value is not None}
        (folder / "record.json").write_text(json.dumps(kept))
    folder, origin, lines = asked(encoder)
    assert origin == "the one trained just now"
    assert [said in line for line in lines] == [True, True, False]
    assert read_record(folder) == read_record(trained)


@pytest.mark.parametrize("text", ["", '{"vae": ', "[1, 2]", "null"])
@pytest.mark.usefixtures("copied")
def test_a_broken_record_is_left_aside(text: str, encoder: Encoder, trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "run")
    (tmp_path / "run" / "record.json").write_text(text)
    _, origin, lines = asked(encoder)
    assert origin == "the one trained just now" and "its record cannot be read" in lines[0]


def test_another_training_has_another_folder(encoder: Encoder) -> None:
    folders = [demo.cached_folder(encoder, SHORT)]
    assert demo.cached_folder(encoder, SHORT) == folders[0]
    others = (replace(encoder, digest="another"), replace(encoder, preparation=Preparation("pad")))
    folders += [demo.cached_folder(other, SHORT) for other in others]
    recipes = (replace(SHORT.recipe, decay_every=1), TrainingRecipe(epochs=3))
    trainings = [replace(SHORT, images=21), replace(SHORT, seed=12), *(replace(SHORT, recipe=r) for r in recipes)]
    folders += [demo.cached_folder(encoder, training) for training in trainings]
    assert len(set(folders)) == len(folders) == 7


@pytest.mark.usefixtures("copied")
def test_two_first_calls_at_once_leave_one_whole_network(
    encoder: Encoder, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked and found nothing in the folder when they put theirs there."""
    put, together, found = demo.replace_folder, Barrier(2), []

    def put_together(new: Path, target: Path) -> None:
        together.wait(30)
        put(new, target)

    monkeypatch.setattr(demo, "replace_folder", put_together)
    calls = [Thread(target=lambda: found.append(asked(encoder)[:2])) for _ in range(2)]
    for call in calls:
        call.start()
    for call in calls:
        call.join(30)
    assert found == [(demo.cached_folder(encoder, SHORT), "the one trained just now")] * 2
    assert read_record(found[0][0]) == read_record(trained)
    assert folders(tmp_path / "cache") == [found[0][0].name]


def test_a_network_that_appeared_meanwhile_is_kept(
    encoder: Encoder, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = demo.cached_folder(encoder, SHORT)

    def train_while_another_finishes(encoder: Encoder, scratch: Path, *_: object) -> Path:
        shutil.copytree(trained, folder)
        (folder / "theirs").touch()
        return shutil.copytree(trained, scratch / "network")

    monkeypatch.setattr(demo, "train_network", train_while_another_finishes)
    assert asked(encoder)[0] == folder and (folder / "theirs").is_file()


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.usefixtures("copied")
def test_a_network_that_cannot_be_put_in_place_is_no_error_when_another_is_there(
    whole: bool, encoder: Encoder, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_too_late(new: Path, target: Path) -> None:
        shutil.copytree(trained, target)
        if not whole:
            (target / "record.json").unlink()
        os.replace(new, target)  # no full folder can be replaced

    monkeypatch.setattr(demo, "replace_folder", put_too_late)
    if whole:
        assert asked(encoder)[0] == demo.cached_folder(encoder, SHORT)
    else:
        with pytest.raises(OSError, match=r"\S"):
            asked(encoder)


def test_a_training_that_fails_leaves_nothing(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "train", stopped)
    with pytest.raises(KeyboardInterrupt):
        asked(encoder)
    assert folders(tmp_path / "cache") == []
