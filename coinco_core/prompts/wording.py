"""The project's own wording of the full prompts; the structure and the rules are the paper's (sections 3.2 and 5.1)."""

from __future__ import annotations

from coinco_core.judgements import CRITERIA, CRITERION_TITLES, verdict_text
from coinco_core.prompts.targets import layout

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


def full_teacher() -> str:
    """The template that asks for all three criteria and a final decision."""
    criteria = "\n".join(f"{i}. {_DEFINITIONS[c]}" for i, c in enumerate(CRITERIA, 1))
    rules = "\n".join([_ANY_VIOLATION, _THRESHOLD, _MATCH_ALL, _COMMON_RULES])
    bad_reasons = {"location": _BAD["location"], "co_occurrence": _BAD["co_occurrence"], "size": _GOOD["size"]}
    bad_verdicts = {c: verdict_text(c == "size") for c in CRITERIA}
    bad = layout(bad_reasons, bad_verdicts, verdict_text(False))
    good = layout(_GOOD, dict.fromkeys(CRITERIA, verdict_text(True)), verdict_text(True))
    order = "First analyse each of the three criteria, then give a verdict for each in a summary, then decide."
    return _assemble(f"There are three criteria:\n{criteria}", rules, order, bad, good)


def full_student(criterion: str) -> str:
    """The template that asks for one criterion alone."""
    definition = _DEFINITIONS[criterion] + (_REAL_SIZE if criterion == "size" else "")
    rules = "\n".join([_THRESHOLD, _MATCH_ONE, _COMMON_RULES])
    title = CRITERION_TITLES[criterion]
    bad, good = (
        f"Analysis:\n{title}: {reason[criterion]}\nSummary:\nFinal decision: {verdict_text(verdict)}."
        for reason, verdict in ((_BAD, False), (_GOOD, True))
    )
    order = f"First analyse the {title.lower()}, then sum up, then decide."
    return _assemble(f"There is one criterion:\n{definition}", rules, order, bad, good)


def _assemble(criteria: str, rules: str, order: str, bad: str, good: str) -> str:
    examples = f"An answer may look like this:\n\n{bad}\n\nOr like this:\n\n{good}\n\nYour answer is:"
    return f"{_TASK}\n\n{criteria}\n\nRules:\n{rules}\n\n{order}\n\n{examples}"
