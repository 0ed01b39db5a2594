"""A rehearsal's table: sums, what was lost, and the page's part of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from coinco_book.checkout import find_checkout
from coinco_book.rehearsal.table import fragments, text_table
from coinco_core.files import read_json, write_json

STAGE = {"stage": "labels", "seconds": 7200.0, "peak": 3_000_000_000, "files": 1_200, "written": 2_500_000,
         "requests": 97_000, "repeated": 64, "kills": 2, "planned": 2,
         "found": {"answers": [97_722, 97_720]}}  # fmt: skip
OTHER = {**STAGE, "stage": "<b>splits</b>", "seconds": 30.0, "peak": 10, "requests": 0, "repeated": 0, "kills": 0,
         "planned": 1, "found": {"answers": [5, 5]}}  # fmt: skip
RECORD: dict[str, Any] = {
    "profile": "paper", "time": "2026-01-02T03:04:05+00:00", "code_version": "0.1.0+abc", "prompt": "published",
    "counts": {"train": 76_256, "validation": 19_064, "testing": 2_402, "val2017": 5_000},
    "machine": {"cores": 2, "memory_gb": 25.3, "processor": "A processor"}, "stages": [STAGE, OTHER],
    "left": ["students"],
}  # fmt: skip


def test_the_table_sums_up_and_says_what_was_lost() -> None:
    lines = text_table(RECORD).splitlines()
    assert " ".join(lines[1].split()) == "labels 2 h 3.0 GB 1,200 2.5 MB 97,000, 64 again 2 2"
    assert " ".join(lines[2].split()[-4:]) == "0 of 1 0"  # requests aside, one kill that was planned did not happen
    assert " ".join(lines[3].split()) == "All 2 h 3.0 GB 2,400 5.0 MB 97,000, 64 again 2 of 3 2"
    assert "97,722 images, on 2026-01-02, on 2 cores (A processor) with 25 GB, code 0.1.0+abc" in lines[4]
    assert lines[4].endswith("Not rehearsed yet: students.") and "Not" not in text_table({**RECORD, "left": []})


def test_the_page_shows_each_record_with_its_texts_escaped(tmp_path: Path) -> None:
    edition: Any = SimpleNamespace(checkout=SimpleNamespace(book=tmp_path))
    assert fragments(edition) == {"rehearsals": ""}
    write_json(tmp_path / "rehearsals/paper.json", RECORD)
    html = fragments(edition)["rehearsals"]
    assert html.count("<tr>") == 4 and "<b>splits" not in html and "&lt;b&gt;splits" in html


def test_the_records_that_the_book_shows_can_be_shown() -> None:
    for path in (find_checkout().book / "rehearsals").glob("*.json"):
        record = read_json(path)
        assert text_table(record).count("\n") == len(record["stages"]) + 2
        assert not any(sign in path.read_text() for sign in ("/home/", "/tmp/", "/root/", "/work/"))
