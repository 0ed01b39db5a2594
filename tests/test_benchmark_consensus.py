"""The benchmark of consensus, run small: both ways over the same files, and what each of them reads."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from checkout_root import ROOT


@pytest.mark.parametrize("as_json", [True, False])
def test_both_ways_are_measured_on_the_same_answers(as_json: bool) -> None:
    call = [sys.executable, "-m", "benchmarks.consensus", "--rows", "300", *(["--json"] if as_json else [])]
    printed = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    if not as_json:
        assert "answers read in full" in printed and "of 900" in printed
        return
    found = json.loads(printed)
    assert found["rows"] == 300 and 780 <= found["mean_characters"] <= 1000
    for way in ("ours", "published"):
        assert set(found[way]["seconds"]) == {"import", "read", "parse", "consensus", "split"}
        assert found[way]["drawn"] == {"location": 72, "co_occurrence": 72, "size": 72}
        assert found[way]["peak_mb"] > 0
    # bold and odd capitals are lost to the published way, what was cut off to both
    assert found["published"]["read_in_full"] < found["ours"]["read_in_full"] < 900
    assert found["published_over_ours"] > 0
