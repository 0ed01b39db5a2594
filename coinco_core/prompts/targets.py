"""The answers that the prompts ask for: the teacher's (section 3.2) and a student's target (section 5.1)."""

from __future__ import annotations

from coinco_core.errors import InputError
from coinco_core.judgements import CRITERIA, CRITERION_TITLES, Finding, Judgement, verdict_text
from coinco_core.prompts.prompt import check_choice

_REASON, _VERDICT = "REASON", "VERDICT"  # what varies in an answer's form


def teacher_answer(judgement: Judgement) -> str:
    """The answer that the teacher's prompt asks for; an InputError when one of the four verdicts is missing.

    Line breaks inside a reason become spaces: one line a criterion is what the format allows.
    """
    findings = {c: judgement.finding(c) for c in CRITERIA}
    verdicts = {c: _verdict(finding.in_context) for c, finding in findings.items()}
    reasons = {c: _one_line(finding.reason) for c, finding in findings.items()}
    return layout(reasons, verdicts, _verdict(judgement.in_context))


def student_target(criterion: str, finding: Finding, kind: str = "reasoning") -> str:
    """The text a student learns to write, with the reason ('reasoning') or without it ('verdict').

    As published, no full stop follows the verdict and the Summary has no line of its own (section 5.1). An InputError
    is raised when the verdict is missing.
    """
    check_choice(criterion, CRITERIA, "criterion")
    check_choice(kind, ("reasoning", "verdict"), "kind of target")
    decision = f"Final decision: {_verdict(finding.in_context)}"
    if kind == "verdict":
        return decision
    return f"Analysis:\n{CRITERION_TITLES[criterion]}: {_one_line(finding.reason)}\n\nSummary:\n{decision}"


def layout(reasons: dict[str, str], verdicts: dict[str, str], decision: str) -> str:
    """A teacher's answer from the three reasons and verdicts, each by criterion, and the decision."""
    analysis = "\n".join(f"{CRITERION_TITLES[c]}: {reasons[c]}" for c in CRITERIA)
    summary = "\n".join(f"{CRITERION_TITLES[c]}: {verdicts[c]}" for c in CRITERIA)
    return f"Analysis:\n{analysis}\n\nSummary:\n{summary}\nFinal decision: {decision}."


def answer_form(criterion: str | None = None) -> str:
    """A regular expression of the answers that the teacher's prompt asks for, or a student's: one line a reason.

    For servers that can force an answer into a form, which may change its verdict.
    """
    if criterion is None:
        text = layout(dict.fromkeys(CRITERIA, _REASON), dict.fromkeys(CRITERIA, _VERDICT), _VERDICT)
    else:
        check_choice(criterion, CRITERIA, "criterion")
        text = f"Analysis:\n{CRITERION_TITLES[criterion]}: {_REASON}\n\nSummary:\nFinal decision: {_VERDICT}"
    either = "|".join(verdict_text(verdict) for verdict in (True, False))
    fixed = "".join({"\n": r"\n", ".": r"\."}.get(sign, sign) for sign in text)
    return fixed.replace(_REASON, r"[^\n]+").replace(_VERDICT, f"({either})")


def _verdict(in_context: bool | None) -> str:
    if in_context is None:
        raise InputError("A verdict is missing, so the answer cannot be written out; leave this sample out.")
    return verdict_text(in_context)


def _one_line(reason: str) -> str:
    return " ".join(reason.split())
