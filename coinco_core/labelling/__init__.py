"""An engine over a table of samples into a folder that survives being killed (section 3.2 of the paper)."""

from __future__ import annotations

from coinco_core.labelling.findings import ANSWER_COLUMNS, findings_table, read_answers
from coinco_core.labelling.run import label
from coinco_core.labelling.store import Store, open_store

__all__ = ["ANSWER_COLUMNS", "Store", "findings_table", "label", "open_store", "read_answers"]
