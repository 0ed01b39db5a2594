"""The figures of the paper's numbers: one scale for all panels, titles that say whose, no point that is not there."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from coinco_book.figures.paper import before_and_after, sweep_lines, top_k_lines
from coinco_book.figures.style import style_of


@pytest.fixture(autouse=True)
def _closed() -> object:
    yield
    plt.close("all")


def _changes(panel: str, after: float | None) -> list[dict[str, object]]:
    place = {"panel": panel, "where": "unmodified scenes", "criterion": "size"}
    return [
        {**place, "answerer": "before", "value": 0.5, "low": 0.4, "high": 0.6},
        {**place, "answerer": "student", "value": after, "low": None, "high": None},
    ]


def test_both_sides_have_the_same_scale_and_a_title() -> None:
    figure = before_and_after(pd.DataFrame(_changes("The paper", 0.8) + _changes("This run (demo numbers)", 0.9)))
    left, right = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ["The paper", "This run (demo numbers)"]
    assert left.get_xlim() == right.get_xlim()
    assert left.get_ylim() == right.get_ylim()
    assert [label.get_text() for label in left.get_yticklabels()] == ["Size, unmodified scenes"]
    changes = [line.get_xdata().tolist() for axes in figure.axes for line in axes.lines if len(line.get_xdata()) == 2]
    assert changes == [pytest.approx([50, 80]), pytest.approx([50, 90])]


def test_before_and_after_are_two_points_each_with_its_own_interval() -> None:
    rows = _changes("The paper", 0.8)
    rows[1] |= {"low": 0.7, "high": 0.85}
    (axes,) = before_and_after(pd.DataFrame(rows)).axes
    drawn = {container.get_label(): container.lines[0].get_xdata().tolist() for container in axes.containers}
    assert sorted(drawn.values()) == [pytest.approx([50]), pytest.approx([80])]
    assert list(drawn) == [style_of("before").title, style_of("student").title]
    ends = [[x for (x, _) in segment] for c in axes.containers for s in c.lines[2] for segment in s.get_segments()]
    assert ends == [pytest.approx([40, 60]), pytest.approx([70, 85])]
    heights = [container.lines[0].get_ydata()[0] for container in axes.containers]
    assert heights[0] < 0 < heights[1]


def test_what_a_run_does_not_know_is_not_drawn() -> None:
    figure = before_and_after(pd.DataFrame(_changes("The paper", 0.8) + _changes("This run", None)))
    drawn = [x for line in figure.axes[1].lines for x in line.get_xdata()]
    assert 90 not in drawn
    assert all(x == pytest.approx(50) or 40 <= x <= 60 for x in drawn if x == x)


def _accuracies(panels: list[str]) -> pd.DataFrame:
    rows = [
        (level, panel, method, k, 10.0 * k * (at + 1))
        for at, panel in enumerate(panels)
        for level in ("80 categories", "12 supercategories")
        for method in ("The network", "Chance, by this rule")
        for k in (1, 5)
    ]
    return pd.DataFrame(rows, columns=["level", "panel", "method", "k", "value"])


def test_a_level_s_panels_share_their_scale_and_hold_every_point() -> None:
    figure = top_k_lines(_accuracies(["The paper", "This run"]))
    assert [axes.get_title() for axes in figure.axes] == [
        "The paper: 80 categories", "This run: 80 categories",
        "The paper: 12 supercategories", "This run: 12 supercategories",
    ]  # fmt: skip
    assert len({axes.get_ylim() for axes in figure.axes[:2]}) == 1
    assert figure.axes[0].get_ylim()[1] > 100
    network, chance = figure.axes[1].lines
    assert network.get_ydata().tolist() == [20, 100]
    assert (network.get_fillstyle(), chance.get_fillstyle()) == ("full", "none")


def test_one_panel_a_level_stands_side_by_side() -> None:
    first, second = top_k_lines(_accuracies(["The paper"])).axes
    assert first.get_position().y0 == pytest.approx(second.get_position().y0)


def test_the_sweep_has_a_line_a_model() -> None:
    rows = [(m, model, g, 0.1 * g) for m in ("F1", "AP") for model in ("a", "b") for g in (1, 5)]
    figure = sweep_lines(pd.DataFrame(rows, columns=["measure", "model", "factor", "value"]), label="Factor")
    assert [axes.get_title() for axes in figure.axes] == ["F1", "AP"]
    assert [line.get_ydata().tolist() for line in figure.axes[0].lines] == [pytest.approx([0.1, 0.5])] * 2
    assert [line.get_xdata().tolist() for axes in figure.axes for line in axes.lines] == [[1, 5]] * 4
    assert figure.axes[0].get_xticks().tolist() == [1, 5]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]
