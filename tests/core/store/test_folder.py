"""What a folder is about: begun once, told apart, and whole."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coinco_core.errors import InputError
from coinco_core.files import digest, read_json, write_json
from coinco_core.store.folder import begin_job, check_job

JOB = {"engine": {"model": "big"}, "columns": ("a", "b")}


def test_a_job_is_begun_once_and_keeps_what_its_first_said(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.json"
    assert check_job(path, JOB) == {} and not path.parent.exists()
    begun = begin_job(path, JOB, lambda: {"parts": 3})
    assert begun == {"fingerprint": digest(JOB), "job": {"engine": {"model": "big"}, "columns": ["a", "b"]}, "parts": 3}
    assert begin_job(path, JOB, lambda: {"parts": 4}) == begun == check_job(path, JOB)


def test_another_job_is_refused_and_what_differs_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    begin_job(path, JOB)
    for other, names in ((JOB | {"engine": 1}, "engine"), ({"engine": 1, "more": 2}, "engine, columns, more")):
        for call in (begin_job, check_job):
            with pytest.raises(InputError, match=rf"holds another job \({names} differ\); choose another folder"):
                call(path, other)
    assert read_json(path)["job"] == {"engine": {"model": "big"}, "columns": ["a", "b"]}


def test_a_file_of_another_kind_is_another_job(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"version": 2}')
    with pytest.raises(InputError, match=r"holds another job \(engine, columns differ\)"):
        check_job(tmp_path / "plan.json", JOB)


@pytest.mark.parametrize("links", [True, False])
def test_of_many_that_begin_at_once_one_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "no such thing here")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
        write_json(tmp_path / "run.json", {"job": JOB, "parts": "the first's"})
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda i: begin_job(tmp_path / "run.json", JOB, lambda: {"parts": i}), range(16)))
    assert all(one == said[0] for one in said) and [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_where_there_are_no_links_a_job_is_begun_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "no such thing here")

    monkeypatch.setattr(os, "link", no_links)
    assert begin_job(tmp_path / "run.json", JOB)["fingerprint"] == digest(JOB)
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
