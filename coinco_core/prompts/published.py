"""The prompts as published, from the authors' repository at one commit; their text is not part of this project.

A text is looked for in the folder that COINCO_PUBLISHED_PROMPTS names, then in the cache (COINCO_CACHE, else coinco in
the user's cache folder), and is fetched only when neither has it. Wherever it comes from, its SHA-256 is checked each
time it is read, so it is this text or an error. The student prompts keep the four spaces that begin each of their lines
but the first: the released students were trained on them.
"""

from __future__ import annotations

import http.client
import os
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from coinco_core.cache import cache_folder
from coinco_core.errors import CheckError, MissingError
from coinco_core.files import digest, write_text
from coinco_core.prompts.sources import template_in_source
from coinco_core.released.hub import is_offline

REPOSITORY = "https://github.com/YangTianze009/COinCO"
COMMIT = "4cecc2f550cecefd26508ac0e5442407726735df"
_RAW = f"https://raw.githubusercontent.com/YangTianze009/COinCO/{COMMIT}"
_HOW_TO = f"check out commit {COMMIT[:7]} of {REPOSITORY} and let COINCO_PUBLISHED_PROMPTS name its folder"
_SECONDS = 60  # without a byte, before a download is given up


@dataclass(frozen=True)
class Published:
    """Where a prompt stands: file and function in the repository, a copy's name, and the SHA-256 of the text."""

    source: str
    function: str
    copy: str
    sha256: str


_FOLDER = "Fine-grained_Context_Classification"
PUBLISHED_PROMPTS = {
    "teacher": Published(
        f"{_FOLDER}/data_generation/context_reasoning_Qwen_Part1.py", "generate_prompt", "teacher.txt",
        "0e7034a088dd43a72bfd86048a0bae734354514d998e52a8f4f9886337c89ac1",
    ),
    "location": Published(
        f"{_FOLDER}/location/prepare_dataset.ipynb", "generate_location_prompt", "student_location.txt",
        "de2401e04fdf3ef7c7cacff34c13a4f1e0429077f742181b1ea853c49cc60c07",
    ),
    "size": Published(
        f"{_FOLDER}/size/prepare_dataset.ipynb", "generate_size_prompt", "student_size.txt",
        "6feed0692dbfa568dcd4338d0edb736dd81ec3a5bf630fc823ed7883856886af",
    ),
    "co_occurrence": Published(
        f"{_FOLDER}/co_occurrence/prepare_dataset.ipynb", "generate_co_occurrence_prompt", "student_co_occurrence.txt",
        "0876120bf2cceaaf77e37559e83c7ae543c7c71927d13a113127474dd160cf3f",
    ),
}  # fmt: skip


def published_template(which: str) -> str:
    """The published text for the 'teacher' or for a criterion, `{object}` standing for the object's name.

    Raises MissingError where it is neither here nor to be had, CheckError where a file holds another text.
    """
    entry = PUBLISHED_PROMPTS[which]
    folder = os.environ.get("COINCO_PUBLISHED_PROMPTS")
    if folder:
        return _from_folder(entry, Path(folder))
    cached = cache_folder() / "published_prompts" / COMMIT / entry.copy
    if cached.is_file() and digest(text := _copied(cached)) == entry.sha256:
        return text
    template = _checked(entry, template_in_source(_download(entry), entry.source, entry.function), entry.source)
    write_text(cached, template)
    return template


def _from_folder(entry: Published, folder: Path) -> str:
    source, copy = folder / entry.source, folder / entry.copy
    if source.is_file():
        return _checked(entry, template_in_source(source.read_bytes(), source.name, entry.function), source)
    if copy.is_file():
        return _checked(entry, _copied(copy), copy)
    raise MissingError(
        f"COINCO_PUBLISHED_PROMPTS names {folder}, which holds neither {entry.source} nor {entry.copy}; {_HOW_TO}."
    )


def _copied(path: Path) -> str:
    """The text of a copy, without the line end that an editor may have added: the published texts end in none."""
    return path.read_text(encoding="utf-8", errors="replace").removesuffix("\n")


def _checked(entry: Published, template: str, where: str | Path) -> str:
    if digest(template) != entry.sha256:
        raise CheckError(
            f"{where} does not hold the prompt as it stands at commit {COMMIT[:7]} of {REPOSITORY}; use that version."
        )
    return template


def _download(entry: Published) -> bytes:
    if is_offline():
        raise MissingError(f"The published prompt is not on this machine, which is set to be offline; {_HOW_TO}.")
    try:
        with urllib.request.urlopen(f"{_RAW}/{entry.source}", timeout=_SECONDS) as response:
            return bytes(response.read())
    except (OSError, http.client.HTTPException) as error:
        raise MissingError(f"The published prompt could not be fetched ({error}); {_HOW_TO}.") from None
