"""The parser: a corpus of answers written by hand with what a careful reader makes of each, and properties."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from coinco_core.errors import InputError
from coinco_core.judgements import CRITERIA, Finding, Judgement
from coinco_core.prompts import student_target, teacher_answer, teacher_prompt
from coinco_core.responses import RULES, contradictions, parse_response, parse_student_response, read_response

PLAIN = (
    "Analysis:\nLocation: The cow hangs in the air.\nCo-occurrence: Cows go with grass.\nSize: It is as large as a cow."
    "\n\n"
    "Summary:\nLocation: Out-of-context\nCo-occurrence: In-context\nSize: In-context\nFinal decision: Out-of-context."
)

HAND_WRITTEN = yaml.safe_load((Path(__file__).parent / "answers.yaml").read_text(encoding="utf-8"))
LETTERS = {True: "I", False: "O", None: "-"}  # the verdicts in the order location, co-occurrence, size, final decision
VARIANTS: dict[str, tuple[str, str]] = {
    "plain": (PLAIN, "OIIO"),
    "windows line ends": (PLAIN.replace("\n", "\r\n"), "OIIO"),
    "old mac line ends": (PLAIN.replace("\n", "\r"), "OIIO"),
    "blank lines everywhere": (PLAIN.replace("\n", "\n\n"), "OIIO"),
    "indented": (PLAIN.replace("\n", "\n      "), "OIIO"),
    "upper case": (PLAIN.upper(), "OIIO"),
    "lower case": (PLAIN.lower(), "OIIO"),
    "title case verdicts": (PLAIN.replace("Out-of-context", "Out-Of-Context"), "OIIO"),
    "no hyphens": (PLAIN.replace("-", " "), "OIIO"),
    "odd hyphens": (PLAIN.replace("-", "\u2011"), "OIIO"),
    "en dashes": (PLAIN.replace("-", "–"), "OIIO"),
    "full-width colons": (PLAIN.replace(":", "："), "OIIO"),
    "space before colons": (PLAIN.replace(":", " :"), "OIIO"),
    "no space after colons": (PLAIN.replace(": ", ":"), "OIIO"),
    "byte order mark": ("\ufeff" + PLAIN, "OIIO"),
    "all in one line": (PLAIN.replace("\n", " "), "OIIO"),
    "text after the decision": (PLAIN + "\n\nNote: on a farm the cow would be in-context.\nI hope this helps!", "OIIO"),
    "text before the analysis": ("Sure! The size and location of the cow follow.\n" + PLAIN, "OIIO"),
    "no summary heading": (PLAIN.replace("Summary:\n", ""), "OIIO"),
    "no analysis": (PLAIN[PLAIN.index("Summary") :], "OIIO"),
    "the summary wins over the analysis": (
        PLAIN.replace("Location: The cow hangs", "Location: In-context? The cow hangs"),
        "OIIO",
    ),
    "cut in the analysis": (PLAIN[: PLAIN.index("Size")], "----"),
    "cut in the summary": (PLAIN[: PLAIN.index("Size: In-context")], "OI--"),
    "cut in the last word": (PLAIN[:-6], "OII-"),
    "an idiom in the analysis": (PLAIN.replace("hangs in the air", "stands in context of a farm"), "OIIO"),
    "a negated verdict": (PLAIN.replace("Location: Out-of-context", "Location: Not in-context"), "-IIO"),
    "both verdicts offered": (
        PLAIN.replace("Final decision: Out-of-context", "Final decision: In-context/Out-of-context"),
        "OII-",
    ),
    "a question": (PLAIN.replace("Size: In-context", "Size: In-context? No."), "OI-O"),
    "two summaries that differ": (PLAIN + "\nSummary:\nLocation: In-context", "-IIO"),
    "two decisions that differ": (PLAIN + "\nFinal decision: In-context.", "OII-"),
    "two decisions that agree": (PLAIN + "\nFinal decision: Out-of-context.", "OIIO"),
}
CORPUS = VARIANTS | {name: (entry["text"], entry["reads"]) for name, entry in HAND_WRITTEN.items()}


def verdicts(judgement: Judgement) -> tuple[bool | None, ...]:
    return (*(judgement.finding(c).in_context for c in CRITERIA), judgement.in_context)


@pytest.mark.parametrize("name", CORPUS)
def test_corpus(name: str) -> None:
    text, expected = CORPUS[name]
    judgement = parse_response(text)
    assert "".join(LETTERS[verdict] for verdict in verdicts(judgement)) == expected
    assert len(judgement.problems) == expected.count("-")


@pytest.mark.parametrize("name", HAND_WRITTEN)
def test_what_else_is_said_of_the_corpus(name: str) -> None:
    entry, reading = HAND_WRITTEN[name], read_response(HAND_WRITTEN[name]["text"])
    reasons = [reading.judgement.finding(criterion).reason for criterion in CRITERIA]
    assert reading.rule == entry.get("rule", reading.rule)
    assert reasons == entry.get("reasons", reasons)
    assert reading.contradictions == tuple(entry.get("contradictions", reading.contradictions))
    unread = [question for question, rule in reading.rules.items() if not rule]
    assert len(unread) == len(reading.judgement.problems)
    assert reading.rule in RULES


def test_the_corpus_is_large_and_every_rule_reads_some_of_it() -> None:
    assert len(HAND_WRITTEN) >= 80
    assert {read_response(text).rule for text, _ in CORPUS.values()} == set(RULES)


def test_a_reading_names_the_rule_of_each_verdict() -> None:
    mixed = PLAIN.replace("Size: In-context\n", "").replace("as large as a cow", "as large as a cow, so in-context")
    reading = read_response(mixed)
    assert reading.judgement == parse_response(mixed)
    assert reading.rules == {
        "location": "summary",
        "co_occurrence": "summary",
        "size": "analysis",
        "in_context": "decision",
    }
    assert reading.rule == "mixed"


@pytest.mark.parametrize(
    "variant",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("hangs in", "hangs\nin"),
        PLAIN.replace("Location: The cow hangs in the air.", "**Location:** The cow hangs in the air."),
        PLAIN.replace("Location: The cow hangs in the air.", "**Location: The cow hangs in the air.**"),
        PLAIN.replace("Location: The cow", "1. Location:\n   The cow"),
        PLAIN.replace("Location: The cow", "### Location\n\nThe cow"),
        PLAIN.replace("\n", " "),
    ],
)
def test_the_reason_is_the_analysis_text_alone(variant: str) -> None:
    judgement = parse_response(variant)
    assert judgement.location.reason == "The cow hangs in the air."
    assert judgement.size.reason == "It is as large as a cow."


def test_problems_name_what_could_not_be_read() -> None:
    judgement = parse_response("Summary:\nLocation: Not in-context\nSize: In-context\nSize: Out-of-context")
    assert judgement.problems == (
        "Location: the verdict is unclear",
        "Co-occurrence: no verdict was found",
        "Size: two verdicts contradict each other",
        "Final decision: no verdict was found",
    )


def test_the_prompt_echoed_is_not_read_as_a_decision() -> None:
    assert parse_response(teacher_prompt().render("cow")).in_context is None


REASONS = st.text(max_size=80).map(lambda s: " ".join(s.split())).filter(lambda s: "ecision" not in s.lower())
FINDINGS = st.builds(Finding, st.booleans(), REASONS)
JUDGEMENTS = st.builds(Judgement, FINDINGS, FINDINGS, FINDINGS, st.booleans())


@given(JUDGEMENTS)
def test_what_is_written_is_read_back(judgement: Judgement) -> None:
    assert parse_response(teacher_answer(judgement)) == judgement


@given(st.sampled_from(CRITERIA), FINDINGS)
def test_a_students_target_is_read_back(criterion: str, finding: Finding) -> None:
    assert parse_student_response(student_target(criterion, finding), criterion) == finding
    verdict = parse_student_response(student_target(criterion, finding, "verdict"), criterion)
    assert verdict == Finding(finding.in_context, "")


PIECES = st.sampled_from(
    [
        "Location",
        "Co-occurrence",
        "Size",
        "Summary",
        "Analysis",
        "Final decision",
        ":",
        "**",
        "- ",
        "1. ",
        "\n",
        "\r\n",
        " ",
    ]
    + ["In-context", "Out-of-context", "not ", " or ", "?", "\u2028", "(", "|", "would be ", "."]
)


@settings(max_examples=300)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join)))
def test_any_text_is_read_without_an_error(text: str) -> None:
    judgement = parse_response(text)
    assert len(judgement.problems) == verdicts(judgement).count(None)
    assert parse_student_response(text, "size").in_context in (True, False, None)
    assert isinstance(contradictions(text), tuple)


WRITTEN = st.builds(  # a good answer, whose reasons say nothing of the verdicts
    lambda *verdicts: teacher_answer(
        Judgement(*(Finding(v, "it stands there, as it should") for v in verdicts[:3]), verdicts[3])
    ),
    *[st.booleans()] * 4,
)


@st.composite
def tampered(draw: st.DrawFn) -> tuple[str, str]:
    """A good answer, and the same with lines lost, doubled and swapped, odd capitals and marks, and its end lost."""
    good = draw(WRITTEN)
    lines = good.split("\n")
    for change in draw(st.lists(st.sampled_from(["lose", "double", "swap"]), max_size=3)):
        at, to = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        if change == "swap":
            lines[at], lines[to] = lines[to], lines[at]
        else:
            lines[at : at + 1] = [lines[at]] * (2 if change == "double" else 0) or [""]
    text = draw(st.sampled_from(["\n", "\r\n", "\n\n"])).join(lines)
    marks = st.sampled_from(["*", "**", "_", "# ", "`", "> ", "- ", "?", " ", ":", "("])
    for mark in draw(st.lists(marks, max_size=6)):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + mark + text[at:]
    text = draw(st.sampled_from([str, str.upper, str.lower, str.title]))(text)
    return good, text[: draw(st.integers(0, len(text)))] if draw(st.booleans()) else text


def test_a_verdict_under_a_misspelt_heading_is_nobody_elses() -> None:
    text = "Analysis:\nSize: as it should be\n\nSize: In-c*ontext\nF:inal decision: Out-of-context."
    assert parse_response(text).size.in_context is None
    assert parse_response("Analysis:\nSize: as it should be.\nVerdict: Out-of-context").size.in_context is False


@settings(max_examples=400)
@given(tampered())
def test_a_tampered_answer_never_turns_a_verdict_round(pair: tuple[str, str]) -> None:
    truth, read = (parse_response(text) for text in pair)
    assert all(seen in (None, true) for seen, true in zip(verdicts(read), verdicts(truth), strict=True))
    assert len(read.problems) == verdicts(read).count(None)


@given(WRITTEN, st.one_of(st.text(), st.lists(PIECES, max_size=20).map("".join)))
def test_what_follows_the_decision_never_turns_a_verdict_round(good: str, more: str) -> None:
    truth, read = parse_response(good), parse_response(f"{good}\n{more}")
    assert all(seen in (None, true) for seen, true in zip(verdicts(read), verdicts(truth), strict=True))


@given(WRITTEN, st.sampled_from(["**", "*", "__", "_"]), st.booleans(), st.sampled_from(["", "- ", "1. ", "# "]))
def test_marks_and_windows_line_ends_change_no_verdict(good: str, mark: str, inside: bool, bullet: str) -> None:
    pairs = [line.partition(":") for line in good.split("\n")]
    close = f":{mark} " if inside else f"{mark}: "
    marked = "\r\n".join(f"{bullet}{mark}{title}{close}{rest}" if colon else "" for title, colon, rest in pairs)
    assert verdicts(parse_response(marked)) == verdicts(parse_response(good))


@given(JUDGEMENTS, st.integers(0, 400))
def test_a_truncated_answer_never_turns_a_verdict_round(judgement: Judgement, kept: int) -> None:
    plain = Judgement(
        *(Finding(judgement.finding(c).in_context, "it stands there") for c in CRITERIA), judgement.in_context
    )
    read = parse_response(teacher_answer(plain)[:kept])
    assert all(seen in (None, true) for seen, true in zip(verdicts(read), verdicts(plain), strict=True))


MEGABYTE = 1_000_000
HOSTILE = {
    "stars": "*" * MEGABYTE,
    "headings": "Location: " * (MEGABYTE // 10),
    "summary": "Summary:\n" + "Location: In-context " * (MEGABYTE // 21),
    "verdicts": "not in-context? " * (MEGABYTE // 16),
    "spaces": " " * MEGABYTE + "x",
    "line ends": "\n" * MEGABYTE,
    "the usual beginning": "Analysis:\nLocation: a" + "\n* " * (MEGABYTE // 3),
    "summaries without verdicts": "Summary:\nLocation: x\n" * (MEGABYTE // 21),
    "conclusions": "Location: " + "*" * (MEGABYTE // 2) + "\n" + "Conclusion: y\n" * (MEGABYTE // 28),
    "open brackets": "Location (" * (MEGABYTE // 10),
    "sentences": "Location: x " + "in context, " * (MEGABYTE // 12),
    "alternatives": "Location: in-context" + " or" * (MEGABYTE // 3),
    "json without an end": '{"location":' * (MEGABYTE // 12),
    "json to the depth": '{"location":' + '{"verdict":' * 300 + "1" + "}" * 301 + "z" * MEGABYTE,
    "much small json": '{"location":0}' * (MEGABYTE // 14),
    "a long number": '{"location":' + "1" * MEGABYTE + "}",
    "broken json": "{'x" + ',   "size' * (MEGABYTE // 9),
    "thoughts": "<think>" * (MEGABYTE // 7),
    "ends of thoughts": "</think>" * (MEGABYTE // 8),
    "tags": "<p " * (MEGABYTE // 3),
    "latex": "\\text{" * (MEGABYTE // 6),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_is_read(name: str) -> None:
    """Each of these would take minutes if any step looked twice at what it has seen."""
    assert len(parse_response(HOSTILE[name]).problems) >= 3
    assert parse_student_response(HOSTILE[name], "size") is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Analysis:\nSize: It is huge.\n\nSummary:\nFinal decision: Out-of-context", Finding(False, "It is huge.")),
        (
            "Analysis:\nSize: nothing is out of context.\n\nSummary:\nFinal decision: In-context",
            Finding(True, "nothing is out of context."),
        ),
        ("Analysis:\nIt is huge.\n\nSummary:\nFinal decision: Out-of-context", Finding(False, "It is huge.")),
        ("Analysis:\nSize: a\nSummary:\nSize: Out-of-context\nFinal decision: Out-of-context.", Finding(False, "a")),
        ("Analysis:\nSize: a\nSummary:\nSize: In-context\nFinal decision: Out-of-context.", Finding(None, "a")),
        ("Analysis:\nSize: far too large, so out-of-context.", Finding(False, "far too large, so out-of-context.")),
        ("Final decision: In-context", Finding(True)),
        ("Size: In-context", Finding(True)),
        ("**Out-of-context.**", Finding(False)),
        ("<think>In-context? No.</think>\nOut-of-context", Finding(False)),
        ("<think>It is in-context.\nFinal decision: In-context", Finding(None)),
        ("$\\boxed{\\text{In-context}}$", Finding(True)),
        ("**Analysis:** It is huge.\n\n**Conclusion:** Out-of-context", Finding(False, "It is huge.")),
        ("Size Analysis: It is huge.\nSize Conclusion: Out-of-context", Finding(False, "It is huge.")),
        ('{"analysis": "It is huge.", "final_decision": "Out-of-context"}', Finding(False, "It is huge.")),
        ('{"size": "It is huge.", "in_context": false}', Finding(False, "It is huge.")),
        (
            '{"size": {"reason": "It is huge.", "verdict": "In-context"}, "verdict": "Out-of-context"}',
            Finding(None, "It is huge."),
        ),
        ("Analysis:\nSize: a\n\nSummary:\nFinal decision: In-context or out-of-context", Finding(None, "a")),
        ("Analysis:\nSize: a\n\nSummary:\nFinal decision: Out-of", Finding(None, "a")),
        ("分析：\nSize：a\nFinal decision：「Out-of-context」", Finding(False, "a")),
        ("This is out-of-context", Finding(None)),
        ("", Finding(None)),
    ],
)
def test_students_answers(text: str, expected: Finding) -> None:
    assert parse_student_response(text, "size") == expected


def test_in_a_teachers_answer_the_decision_is_not_the_criterions() -> None:
    assert parse_student_response(PLAIN, "size") == Finding(True, "It is as large as a cow.")


def test_an_unknown_criterion_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'location'"):
        parse_student_response("", "locations")


def test_contradictions_are_named() -> None:
    assert contradictions(PLAIN) == ()
    turned = PLAIN.replace("The cow hangs in the air.", "This is in-context.").replace(
        "decision: Out-of", "decision: In"
    )
    assert contradictions(turned) == (
        "Location: the analysis and the summary differ",
        "Final decision: not the one that the three verdicts imply",
    )
