"""How well verdicts agree with labels: scores with intervals, paired tests, calibration, form, the shortcut check.

Three questions never share a table: fidelity, correctness and robustness (`questions`).
"""

from coinco_core.evaluation.bootstrap import DRAWS
from coinco_core.evaluation.calibration import (
    brier_score,
    calibration_table,
    chance_calibration_error,
    expected_calibration_error,
    fit_temperature,
    log_loss,
    reliability_table,
    with_temperature,
)
from coinco_core.evaluation.comparison import BASELINES, score_table
from coinco_core.evaluation.form import form_table
from coinco_core.evaluation.groups import THIRDS, coco_size_groups, error_table, supercategory_groups, third_groups
from coinco_core.evaluation.paired import holm, mcnemar, paired_differences, paired_tests
from coinco_core.evaluation.polarity import evidence, reason_polarity
from coinco_core.evaluation.question_tables import (
    EVALUATION_QUESTIONS,
    correctness_table,
    fidelity_table,
    final_decisions,
    one_question,
    robustness_table,
    with_final_decision,
)
from coinco_core.evaluation.retention import gap_closed
from coinco_core.evaluation.scores import Score, as_verdicts, scores, share, wilson_interval
from coinco_core.evaluation.shortcut import bias_shift, shortcut_table, signal_detection
from coinco_core.evaluation.together import final_verdicts
from coinco_core.evaluation.unmodified import Unmodified, unmodified_samples

__all__ = [
    "BASELINES",
    "DRAWS",
    "EVALUATION_QUESTIONS",
    "THIRDS",
    "Score",
    "Unmodified",
    "as_verdicts",
    "bias_shift",
    "brier_score",
    "calibration_table",
    "chance_calibration_error",
    "coco_size_groups",
    "correctness_table",
    "error_table",
    "evidence",
    "expected_calibration_error",
    "fidelity_table",
    "final_decisions",
    "final_verdicts",
    "fit_temperature",
    "form_table",
    "gap_closed",
    "holm",
    "log_loss",
    "mcnemar",
    "one_question",
    "paired_differences",
    "paired_tests",
    "reason_polarity",
    "reliability_table",
    "robustness_table",
    "score_table",
    "scores",
    "share",
    "shortcut_table",
    "signal_detection",
    "supercategory_groups",
    "third_groups",
    "unmodified_samples",
    "wilson_interval",
    "with_final_decision",
    "with_temperature",
]
