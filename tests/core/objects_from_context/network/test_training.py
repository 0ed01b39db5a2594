"""The recipe, a short training, stopping and going on, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from coinco_book.chapters.views import in_half_precision
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.objects_from_context.examples import Examples, make_examples, without_image
from coinco_core.objects_from_context.network.checkpoints import (
    BEST,
    STATE,
    load_network,
    probabilities,
    read_record,
    read_state,
)
from coinco_core.objects_from_context.network.fitting import COLUMNS, Run, adam, epoch_generator, train
from coinco_core.objects_from_context.network.model import build_network
from coinco_core.objects_from_context.network.recipe import TrainingRecipe
from coinco_core.versions import PARTS, Part

Data = tuple[Examples, Examples]
SHORT = TrainingRecipe(epochs=4, batch_size=32, decay_every=2)


def test_the_defaults_are_the_papers() -> None:
    recipe = TrainingRecipe()
    assert (recipe.learning_rate, recipe.batch_size, recipe.epochs) == (1e-3, 512, 120)
    assert (recipe.decay_every, recipe.decay) == (40, 0.1)


def test_the_rate_falls_as_steplr_lets_it() -> None:
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], 1e-3)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 40, 0.1)
    for epoch in range(120):
        assert TrainingRecipe().learning_rate_at(epoch) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()


def test_it_learns_and_says_how_it_goes(learnable: Data, tmp_path: Path) -> None:
    lines: list[str] = []
    done = train(*learnable, tmp_path, seed=0, recipe=SHORT, device="cpu", report_every=2, say=lines.append)
    assert list(done.history.columns) == list(COLUMNS) and done.history["epoch"].tolist() == [0, 1, 2, 3]
    assert done.history["train_loss"].iloc[-1] < 0.8 * done.history["train_loss"].iloc[0]
    assert done.history["validation_top1"].max() > 2 / 6
    assert [line.split(":")[0] for line in lines[1:]] == ["epoch 2/4", "epoch 4/4"]


def test_the_best_epoch_is_the_first_with_the_highest_validation_accuracy(learnable: Data, tmp_path: Path) -> None:
    done = train(*learnable, tmp_path, seed=0, recipe=SHORT, device="cpu")
    assert done.best_epoch == int(done.history["validation_top1"].argmax()) == read_record(tmp_path)["best_epoch"]
    scores = probabilities(load_network(tmp_path), learnable[1].inputs())
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    accuracy = (scores.argmax(axis=1) == learnable[1].labels).mean()
    assert accuracy == pytest.approx(done.history["validation_top1"].max())


def test_a_stopped_run_goes_on_to_the_same_bits(learnable: Data, tmp_path: Path) -> None:
    whole = train(*learnable, tmp_path / "whole", seed=5, recipe=SHORT, device="cpu")
    train(*learnable, tmp_path / "parts", seed=5, recipe=replace(SHORT, epochs=1), device="cpu")
    parts = train(*learnable, tmp_path / "parts", seed=5, recipe=SHORT, device="cpu")
    assert parts.started == "taken up again after 1 epochs"
    assert parts.history.equals(whole.history)
    for which in ("best", "last"):
        one, other = load_network(tmp_path / "whole", which), load_network(tmp_path / "parts", which)
        assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_the_global_random_state_is_neither_used_nor_moved(learnable: Data, tmp_path: Path) -> None:
    histories = []
    for i in range(2):
        torch.manual_seed(i)
        before = torch.get_rng_state()
        done = train(*learnable, tmp_path / str(i), seed=5, recipe=replace(SHORT, epochs=1), device="cpu")
        assert torch.equal(torch.get_rng_state(), before)
        histories.append(done.history)
    assert histories[0].equals(histories[1])


def test_a_finished_run_is_not_trained_again_and_another_seed_begins_anew(learnable: Data, tmp_path: Path) -> None:
    first = train(*learnable, tmp_path, seed=0, recipe=SHORT, device="cpu")
    again = train(*learnable, tmp_path, seed=0, recipe=SHORT, device="cpu")
    assert again.started == "taken up again after 4 epochs" and again.history.equals(first.history)
    with pytest.raises(InputError, match="holds another finished network"):
        train(*learnable, tmp_path, seed=1, recipe=SHORT, device="cpu")
    assert read_record(tmp_path)["seed"] == 0
    other = train(*learnable, tmp_path, seed=1, recipe=SHORT, device="cpu", overwrite=True)
    assert other.started.startswith("a new run, because") and not other.history.equals(first.history)


def test_a_state_that_is_cut_short_is_named(learnable: Data, tmp_path: Path) -> None:
    train(*learnable, tmp_path, seed=0, recipe=replace(SHORT, epochs=1), device="cpu")
    (tmp_path / STATE).write_bytes((tmp_path / STATE).read_bytes()[:1000])
    with pytest.raises(InputError, match="cannot be read"):
        read_state(tmp_path)


def test_a_loss_that_explodes_stops_the_training(learnable: Data, tmp_path: Path) -> None:
    broken = make_examples(
        np.full((96, 4096), np.inf, np.float32), learnable[0].inputs()[:, 4096:], learnable[0].labels
    )
    with pytest.raises(CheckError, match="epoch 0"):
        train(broken, learnable[1], tmp_path, seed=0, recipe=SHORT, device="cpu")
    assert not (tmp_path / BEST).exists()


def test_a_folder_without_a_network_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=str(tmp_path)):
        load_network(tmp_path)
    with pytest.raises(InputError, match="'best' or 'last'"):
        load_network(tmp_path, "first")


def test_plain_torch_gives_the_same_curve(learnable: Data, tmp_path: Path) -> None:
    """The loop as anyone would write it, with Adam and StepLR of torch and a loader's order, against ours."""
    training, validation = learnable
    done = train(training, validation, tmp_path, seed=5, recipe=SHORT, device="cpu")
    network = build_network(5)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, SHORT.decay_every, SHORT.decay)
    inputs, labels = torch.from_numpy(training.inputs()), torch.from_numpy(training.labels)
    losses = []
    for epoch in range(SHORT.epochs):
        with epoch_generator(5, epoch, "cpu"):
            order, total = torch.randperm(len(labels)), 0.0
            for batch in order.split(SHORT.batch_size):
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(network.train()(inputs[batch]), labels[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
        schedule.step()
        losses.append(total / len(labels))
    np.testing.assert_allclose(done.history["train_loss"], losses, rtol=2e-4)
    assert done.history["train_loss"].iloc[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_the_optimizer_is_adam_and_with_weight_decay_adamw(weight_decay: float) -> None:
    one, other = build_network(0, inputs=16), build_network(0, inputs=16)
    ours = adam(one, TrainingRecipe(weight_decay=weight_decay), "cpu")
    kind = torch.optim.AdamW if weight_decay else torch.optim.Adam
    theirs = kind(other.parameters(), lr=1e-3, weight_decay=weight_decay)
    x, labels = torch.randn(32, 16, generator=torch.Generator().manual_seed(0)), torch.arange(32)
    for _ in range(5):
        for network, optimizer in ((one, ours), (other, theirs)):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network.eval()(x), labels).backward()
            optimizer.step()
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_patience_ends_it_and_a_stopped_run_stays_stopped(learnable: Data, tmp_path: Path) -> None:
    recipe = TrainingRecipe(epochs=40, batch_size=96, learning_rate=3e-3, patience=3)
    done = train(*learnable, tmp_path, seed=0, recipe=recipe, device="cpu")
    assert len(done.history) == done.best_epoch + 1 + 3 < 40
    again = train(*learnable, tmp_path, seed=0, recipe=recipe, device="cpu")
    assert again.history.equals(done.history)
    longer = train(*learnable, tmp_path, seed=0, recipe=replace(recipe, patience=0, epochs=12), device="cpu")
    assert longer.started.startswith("taken up again") and len(longer.history) == 12
    assert longer.history.head(len(done.history)).equals(done.history)
    shorter = train(*learnable, tmp_path, seed=0, recipe=recipe, device="cpu")
    assert shorter.started == "a new run, because the last one went on to 12 epochs"
    assert shorter.history.equals(done.history)


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"weight_decay": -1.0},
        {"decay": -1.0},
        {"learning_rate": float("nan")},
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="must be"):
        TrainingRecipe(**wrong)


def test_what_the_network_saw_is_kept_with_it(learnable: Data, tmp_path: Path) -> None:
    blind = tuple(without_image(part) for part in learnable)
    done = train(*blind, tmp_path / "blind", seed=0, recipe=replace(SHORT, epochs=1), device="cpu")
    assert read_record(tmp_path / "blind")["inputs"] == 4096 == load_network(tmp_path / "blind")[0].in_features
    assert done.network[0].in_features == 4096
    train(*learnable, tmp_path / "c", seed=0, recipe=replace(SHORT, epochs=1), head="convolutional", device="cpu")
    assert isinstance(load_network(tmp_path / "c")[1], torch.nn.Conv2d)


def test_weights_that_were_changed_are_refused(learnable: Data, tmp_path: Path) -> None:
    train(*learnable, tmp_path, seed=0, recipe=replace(SHORT, epochs=1), device="cpu")
    content = bytearray((tmp_path / BEST).read_bytes())
    content[-1] ^= 1
    (tmp_path / BEST).write_bytes(content)
    with pytest.raises(CheckError, match="not the file of its record"):
        load_network(tmp_path)


def test_half_precision_on_disk_trains_on_the_same_numbers_rounded(learnable: Data, tmp_path: Path) -> None:
    short = replace(SHORT, epochs=2)
    whole = train(*learnable, tmp_path / "32", seed=0, recipe=short, device="cpu")
    half = train(*map(in_half_precision, learnable), tmp_path / "16", seed=0, recipe=short, device="cpu")
    np.testing.assert_allclose(half.history["train_loss"], whole.history["train_loss"], rtol=5e-3)
    assert not half.history.equals(whole.history)


def test_a_validation_loss_that_explodes_stops_the_training_too(learnable: Data, tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="try a lower learning rate"):
        train(*learnable, tmp_path, seed=0, recipe=TrainingRecipe(epochs=1, learning_rate=1e30), device="cpu")


def test_a_killed_run_goes_on_from_its_last_state(
    learnable: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(*learnable, tmp_path / "whole", seed=5, recipe=SHORT, device="cpu", save_every=1)
    epoch = Run.epoch

    def dies(self: Run, number: int) -> dict[str, float]:
        if number == 3:
            raise KeyboardInterrupt
        return epoch(self, number)

    monkeypatch.setattr(Run, "epoch", dies)
    with pytest.raises(KeyboardInterrupt):
        train(*learnable, tmp_path / "killed", seed=5, recipe=SHORT, device="cpu", save_every=2)
    monkeypatch.undo()
    again = train(*learnable, tmp_path / "killed", seed=5, recipe=SHORT, device="cpu", save_every=2)
    assert again.started == "taken up again after 2 epochs" and again.history.equals(whole.history)
    assert (tmp_path / "killed" / BEST).read_bytes() == (tmp_path / "whole" / BEST).read_bytes()


def test_another_version_of_the_method_begins_anew(
    learnable: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(*learnable, tmp_path, seed=0, recipe=SHORT, device="cpu")
    monkeypatch.setitem(PARTS, "objects network", Part(PARTS["objects network"].version + 1, ()))
    again = train(*learnable, tmp_path, seed=0, recipe=SHORT, device="cpu", overwrite=True)
    assert again.started.startswith("a new run, because")


def test_the_last_epoch_of_another_training_is_not_taken_for_this_ones(learnable: Data, tmp_path: Path) -> None:
    train(*learnable, tmp_path, seed=0, recipe=SHORT, device="cpu")
    (tmp_path / "other").mkdir()
    train(*learnable, tmp_path / "other", seed=1, recipe=SHORT, device="cpu")
    (tmp_path / STATE).write_bytes((tmp_path / "other" / STATE).read_bytes())
    assert load_network(tmp_path) is not None
    with pytest.raises(CheckError, match="of another training"):
        load_network(tmp_path, "last")
