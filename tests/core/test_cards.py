"""What stands on a card cannot break out of its cell, and a folder in use is not written over."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.cards import check_free, in_cell
from coinco_core.errors import InputError


@given(st.text())
def test_a_cell_holds_no_tag_no_border_and_no_code(text: str) -> None:
    assert not set("<>|`\n\r") & set(in_cell(text))


def test_a_plain_text_stays_as_it_is() -> None:
    assert in_cell("Qwen/Qwen2.5-VL-3B-Instruct") == "Qwen/Qwen2.5-VL-3B-Instruct" and in_cell(None) == "None"


def test_only_an_empty_folder_or_one_of_the_kind_is_free(tmp_path: Path) -> None:
    check_free(tmp_path / "absent", "record.json", "network", overwrite=False)
    check_free(tmp_path, "record.json", "network", overwrite=False)
    (tmp_path / "record.json").touch()
    check_free(tmp_path, "record.json", "network", overwrite=True)
    with pytest.raises(InputError, match="holds a network already"):
        check_free(tmp_path, "record.json", "network", overwrite=False)
    with pytest.raises(InputError, match="something else than a classifier"):
        check_free(tmp_path, "classifier.json", "classifier", overwrite=True)
    with pytest.raises(InputError, match="something else"):
        check_free(tmp_path / "record.json", "record.json", "network", overwrite=True)
