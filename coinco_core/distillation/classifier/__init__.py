"""The three students in use: found and checked, asked about one object or a table of samples (section 5.1)."""

from coinco_core.distillation.classifier.classifier import DRAWN_ONLY, Boxed, ContextClassifier
from coinco_core.distillation.classifier.finding import SETTINGS
from coinco_core.distillation.classifier.verdict import CriterionVerdict, Verdict

__all__ = ["DRAWN_ONLY", "SETTINGS", "Boxed", "ContextClassifier", "CriterionVerdict", "Verdict"]
