"""Evaluation's memory by hand, and as the rows of a batch are chosen."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from coinco_book.cost.answering_memory import answering_table
from coinco_book.cost.model_sizes import STUDENT
from coinco_core.engines.memory import MOST_ROWS, rows_at_once


def test_sixty_four_rows_of_the_papers_student_do_not_fit_into_sixteen_gigabytes() -> None:
    table = answering_table(STUDENT.config(), {"weights": 7_510_000_000}, 984, 512)
    kept, passing = 2 * 36 * 2 * 128 * 2 * (984 + 512), (3 * 11_008 + 6 * 2048) * 2 * 984
    assert table["answering"].tolist() == [n * (kept + passing) for n in (1, 16, 32, MOST_ROWS)]
    assert (table["total"] == table["weights"] + table["answering"]).all()
    assert table.loc[32, "total"] < 16e9 < table.loc[MOST_ROWS, "total"]


@pytest.mark.parametrize("gpu", [12e9, 16e9, 24e9])
def test_the_rows_that_are_chosen_fit_by_the_table(gpu: float, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, config = 7_510_000_000, STUDENT.config()
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (int(gpu) - weights, int(gpu)))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: weights)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: weights)
    model = SimpleNamespace(device=torch.device("cuda"), dtype=torch.bfloat16, config=config)
    chosen = rows_at_once(model, 984, 512)
    assert answering_table(config, {"weights": weights}, 984, 512, [chosen])["total"].item() < gpu
