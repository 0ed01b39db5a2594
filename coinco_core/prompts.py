"""The teacher's prompt (section 3.2), the three students' prompts (section 5.1), and the answers they ask for.

The wording is the project's own; the structure and the rules are the paper's. A prompt has a name and a digest, so that
every stored answer says which text it answers. The small demo models read short versions, since 800 tokens of fixed
preamble would cost them nine tenths of their time: `compact` names the object, and `placed` also says in numbers
where the red box is, because models this small take long to find a thin line.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from coinco_core.categories import category
from coinco_core.errors import InputError, did_you_mean
from coinco_core.judgements import CRITERIA, CRITERION_TITLES, Finding, Judgement, verdict_text

VERSIONS = ("full", "compact", "placed")

_PLACE = {"compact": "", "placed": " at {place}"}  # what the short versions say of the box

_TASK = """A red box in the picture marks one object, and that object is: {object}.
Leaving the quality of the picture aside, is the {object} in the red box in-context or out-of-context?
Take it as given that the {object} is really there. It may look pasted in, badly drawn or unreal; that is not the \
question. The question is whether the {object} makes sense in this scene."""

_DEFINITIONS = {
    "location": """Location: is the {object} in a place where it can reasonably be? It should rest on something that \
can carry it, stand on suitable ground, or be in surroundings that suit it.
   An object that hangs in the air, sticks in another object, or is somewhere unusual is out-of-context.""",
    "co_occurrence": """Co-occurrence: does the {object} go together with the other objects of the scene?
   Things that are not usually met together make the object out-of-context.""",
    "size": """Size: is the {object} as large as it should be beside the other objects and the surroundings?
   An apple taller than a chair, or a dog larger than a bus, is out-of-context.""",
}

# Only the students' size prompt has this rule (the published prompts differ here too).
_REAL_SIZE = """
   Compare with the size of the real thing, never with a toy or a model: a truck is a full-sized truck."""

_ANY_VIOLATION = "- One violated criterion is enough: the {object} is then out-of-context as a whole."
_THRESHOLD = """- The mark is "unusual", not "impossible". Whatever is uncommon in the real world is out-of-context."""
_MATCH_ALL = """- Judge each criterion by itself. Its verdict in the summary has to follow from its analysis, \
both ways: an analysis that finds something unusual means out-of-context, one that finds everything usual \
means in-context."""
_MATCH_ONE = """- Your verdict has to follow from your analysis, both ways: an analysis that finds something unusual \
means out-of-context, one that finds everything usual means in-context."""
_COMMON_RULES = """- Judge nothing but the {object} in the red box.
- Keep to the name you were given: it is the {object} even where it looks more like something else.
- Say nothing of how well it is drawn or how real it looks; only its place in the scene counts."""

_BAD = {
    "location": "The {object} in the red box hangs in the air with nothing under it.",
    "co_occurrence": "The {object} is not usually seen with [other objects of the scene].",
    "size": "The {object} is far too large beside [other objects of the scene].",
}
_GOOD = {
    "location": "The {object} in the red box rests on [what carries it], where one would look for it.",
    "co_occurrence": "The {object} is often seen with [other objects of the scene].",
    "size": "The {object} has the size one expects beside [other objects of the scene].",
}


@dataclass(frozen=True)
class Prompt:
    """One prompt: `template` holds `{object}` where the name goes; `criterion` is None for the teacher's."""

    name: str
    criterion: str | None
    template: str

    def __post_init__(self) -> None:
        if "{object}" not in self.template:
            raise InputError(f"The prompt '{self.name}' has no {{object}} in it; put it where the name should stand.")

    @property
    def digest(self) -> str:
        """The SHA-256 of the template's UTF-8 text, in hex."""
        return sha256(self.template.encode()).hexdigest()

    def render(self, object: str, place: str = "") -> str:
        """The text for one object; an InputError with the nearest names when it is not one of the 80 categories.

        `place` is where its box is, as `Box.place` writes it; only templates with `{place}` need it.
        """
        if "{place}" in self.template and not place:
            raise InputError(f"The prompt '{self.name}' says where the box is; give the place too.")
        return self.template.replace("{object}", category(object).name).replace("{place}", place)


def teacher_prompt(version: str = "full") -> Prompt:
    """The prompt that asks for all three criteria and a final decision (section 3.2)."""
    _check(version, VERSIONS, "prompt version")
    template = _full_teacher() if version == "full" else f"Judge the {{object}}{_PLACE[version]}."
    return Prompt(f"teacher-{version}", None, template)


def student_prompt(criterion: str, version: str = "full") -> Prompt:
    """The prompt of one student, which asks for its criterion alone (section 5.1)."""
    _check(criterion, CRITERIA, "criterion")
    _check(version, VERSIONS, "prompt version")
    short = f"Judge the {CRITERION_TITLES[criterion].lower()} of the {{object}}"
    template = _full_student(criterion) if version == "full" else f"{short}{_PLACE[version]}."
    return Prompt(f"student-{criterion.replace('_', '-')}-{version}", criterion, template)


def teacher_answer(judgement: Judgement) -> str:
    """The answer that the teacher's prompt asks for; an InputError when one of the four verdicts is missing.

    Line breaks inside a reason become spaces: one line a criterion is what the format allows.
    """
    findings = {c: judgement.finding(c) for c in CRITERIA}
    verdicts = {c: _verdict(finding.in_context) for c, finding in findings.items()}
    reasons = {c: _one_line(finding.reason) for c, finding in findings.items()}
    return _layout(reasons, verdicts, _verdict(judgement.in_context))


def student_target(criterion: str, finding: Finding, kind: str = "reasoning") -> str:
    """The text a student learns to write, with the reason ('reasoning') or without it ('verdict').

    As published, no full stop follows the verdict and the Summary has no line of its own (section 5.1). An InputError
    is raised when the verdict is missing.
    """
    _check(criterion, CRITERIA, "criterion")
    _check(kind, ("reasoning", "verdict"), "kind of target")
    decision = f"Final decision: {_verdict(finding.in_context)}"
    if kind == "verdict":
        return decision
    return f"Analysis:\n{CRITERION_TITLES[criterion]}: {_one_line(finding.reason)}\n\nSummary:\n{decision}"


def _full_teacher() -> str:
    criteria = "\n".join(f"{i}. {_DEFINITIONS[c]}" for i, c in enumerate(CRITERIA, 1))
    rules = "\n".join([_ANY_VIOLATION, _THRESHOLD, _MATCH_ALL, _COMMON_RULES])
    bad_reasons = {"location": _BAD["location"], "co_occurrence": _BAD["co_occurrence"], "size": _GOOD["size"]}
    bad_verdicts = {c: verdict_text(c == "size") for c in CRITERIA}
    bad = _layout(bad_reasons, bad_verdicts, verdict_text(False))
    good = _layout(_GOOD, dict.fromkeys(CRITERIA, verdict_text(True)), verdict_text(True))
    order = "First analyse each of the three criteria, then give a verdict for each in a summary, then decide."
    return _assemble(f"There are three criteria:\n{criteria}", rules, order, bad, good)


def _full_student(criterion: str) -> str:
    definition = _DEFINITIONS[criterion] + (_REAL_SIZE if criterion == "size" else "")
    rules = "\n".join([_THRESHOLD, _MATCH_ONE, _COMMON_RULES])
    bad, good = (
        f"Analysis:\n{CRITERION_TITLES[criterion]}: {reason[criterion]}\nSummary:\nFinal decision: {_verdict(verdict)}."
        for reason, verdict in ((_BAD, False), (_GOOD, True))
    )
    order = f"First analyse the {CRITERION_TITLES[criterion].lower()}, then sum up, then decide."
    return _assemble(f"There is one criterion:\n{definition}", rules, order, bad, good)


def _assemble(criteria: str, rules: str, order: str, bad: str, good: str) -> str:
    examples = f"An answer may look like this:\n\n{bad}\n\nOr like this:\n\n{good}\n\nYour answer is:"
    return f"{_TASK}\n\n{criteria}\n\nRules:\n{rules}\n\n{order}\n\n{examples}"


def _layout(reasons: dict[str, str], verdicts: dict[str, str], decision: str) -> str:
    analysis = "\n".join(f"{CRITERION_TITLES[c]}: {reasons[c]}" for c in CRITERIA)
    summary = "\n".join(f"{CRITERION_TITLES[c]}: {verdicts[c]}" for c in CRITERIA)
    return f"Analysis:\n{analysis}\n\nSummary:\n{summary}\nFinal decision: {decision}."


def _verdict(in_context: bool | None) -> str:
    if in_context is None:
        raise InputError("A verdict is missing, so the answer cannot be written out; leave this sample out.")
    return verdict_text(in_context)


def _one_line(reason: str) -> str:
    return " ".join(reason.split())


def _check(value: str, allowed: tuple[str, ...], what: str) -> None:
    if value not in allowed:
        hint = did_you_mean(value, allowed) or f" It is one of {', '.join(allowed)}."
        raise InputError(f"'{value}' is not a {what}.{hint}")
