"""The teacher's prompt (section 3.2), the three students' prompts (section 5.1), and the answers they ask for.

A prompt has a name and a digest, so that every stored answer says which text it answers. The version `full` is the
project's own wording in the paper's structure; `published` is the authors' text, read from their repository and not
part of this project. The small demo models read short versions, since 800 tokens of fixed preamble would cost them
nine tenths of their time: `compact` names the object, and `placed` also says in numbers where the red box is, because
models this small take long to find a thin line.
"""

from __future__ import annotations

from coinco_core.judgements import CRITERIA, CRITERION_TITLES
from coinco_core.prompts.prompt import Prompt, check_choice
from coinco_core.prompts.published import published_template
from coinco_core.prompts.targets import answer_form, student_target, teacher_answer
from coinco_core.prompts.wording import full_student, full_teacher

__all__ = [
    "SHORT",
    "VERSIONS",
    "Prompt",
    "answer_form",
    "student_prompt",
    "student_target",
    "teacher_answer",
    "teacher_prompt",
]

VERSIONS = ("full", "compact", "placed", "published")
SHORT = ("compact", "placed")  # those for the small demo models

_PLACE = {"compact": "", "placed": " at {place}"}  # what the short versions say of the box


def teacher_prompt(version: str = "full") -> Prompt:
    """The prompt that asks for all three criteria and a final decision (section 3.2).

    'published' raises MissingError where the authors' text is not at hand, CheckError where it is another text.
    """
    check_choice(version, VERSIONS, "prompt version")
    if version == "published":
        template = published_template("teacher")
    else:
        template = full_teacher() if version == "full" else f"Judge the {{object}}{_PLACE[version]}."
    return Prompt(f"teacher-{version}", None, template)


def student_prompt(criterion: str, version: str = "full") -> Prompt:
    """The prompt of one student, which asks for its criterion alone (section 5.1); errors as for the teacher's."""
    check_choice(criterion, CRITERIA, "criterion")
    check_choice(version, VERSIONS, "prompt version")
    if version == "published":
        template = published_template(criterion)
    else:
        short = f"Judge the {CRITERION_TITLES[criterion].lower()} of the {{object}}"
        template = full_student(criterion) if version == "full" else f"{short}{_PLACE[version]}."
    return Prompt(f"student-{criterion.replace('_', '-')}-{version}", criterion, template)
