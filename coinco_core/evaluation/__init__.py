"""How well verdicts agree with labels: scores with intervals, paired tests, calibration, the shortcut check."""

from coinco_core.evaluation.calibration import brier_score, expected_calibration_error, reliability_table
from coinco_core.evaluation.comparison import BASELINES, mcnemar, score_table, shortcut_table
from coinco_core.evaluation.scores import Score, as_verdicts, scores, share, wilson_interval

__all__ = [
    "BASELINES",
    "Score",
    "as_verdicts",
    "brier_score",
    "expected_calibration_error",
    "mcnemar",
    "reliability_table",
    "score_table",
    "scores",
    "share",
    "shortcut_table",
    "wilson_interval",
]
