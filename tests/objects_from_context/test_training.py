"""The recipe, a short training, stopping and going on, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.objects_from_context.checkpoints import (
    BEST,
    STATE,
    load_network,
    probabilities,
    read_record,
    read_state,
)
from coinco_core.objects_from_context.store import Examples
from coinco_core.objects_from_context.training import COLUMNS, Recipe, train

Data = tuple[Examples, Examples]
SHORT = Recipe(epochs=4, batch_size=32, decay_every=2)


def test_the_defaults_are_the_papers() -> None:
    recipe = Recipe()
    assert (recipe.learning_rate, recipe.batch_size, recipe.epochs) == (1e-3, 512, 120)
    assert (recipe.decay_every, recipe.decay) == (40, 0.1)


def test_the_rate_falls_as_steplr_lets_it() -> None:
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], 1e-3)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 40, 0.1)
    for epoch in range(120):
        assert Recipe().learning_rate_at(epoch) == pytest.approx(optimizer.param_groups[0]["lr"])
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
    scores = probabilities(load_network(tmp_path), learnable[1].inputs)
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
    other = train(*learnable, tmp_path, seed=1, recipe=SHORT, device="cpu")
    assert other.started.startswith("a new run, because") and not other.history.equals(first.history)


def test_a_state_that_is_cut_short_is_named(learnable: Data, tmp_path: Path) -> None:
    train(*learnable, tmp_path, seed=0, recipe=replace(SHORT, epochs=1), device="cpu")
    (tmp_path / STATE).write_bytes((tmp_path / STATE).read_bytes()[:1000])
    with pytest.raises(InputError, match="cannot be read"):
        read_state(tmp_path)


def test_a_loss_that_explodes_stops_the_training(learnable: Data, tmp_path: Path) -> None:
    broken = Examples(np.full_like(learnable[0].inputs, np.inf), learnable[0].labels, learnable[0].sample_ids)
    with pytest.raises(CheckError, match="epoch 0"):
        train(broken, learnable[1], tmp_path, seed=0, recipe=SHORT, device="cpu")
    assert not (tmp_path / BEST).exists()


def test_a_folder_without_a_network_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=str(tmp_path)):
        load_network(tmp_path)
    with pytest.raises(InputError, match="'best' or 'last'"):
        load_network(tmp_path, "first")
