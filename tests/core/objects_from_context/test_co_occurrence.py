"""What the other objects tell: closed forms, scikit-learn's naive Bayes, and no leak of the answer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.naive_bayes import MultinomialNB

from coinco_core.categories import NAMES
from coinco_core.errors import InputError
from coinco_core.objects_from_context.co_occurrence import CoOccurrence, count_co_occurrence

CAT, DOG, COUCH, CAR = (NAMES.index(name) for name in ("cat", "dog", "couch", "car"))
LABELS = np.array([CAT, CAT, CAR])
OTHERS = [("couch", "couch", "dog"), ("couch",), ("person",)]
SETS = st.lists(st.lists(st.sampled_from(NAMES), max_size=6), min_size=1, max_size=8)


def counted(alpha: float = 1.0) -> CoOccurrence:
    return count_co_occurrence(LABELS, OTHERS, alpha=alpha)


def test_each_category_counts_once_an_image() -> None:
    found = counted()
    assert (found.boxed[CAT], found.boxed[CAR], found.boxed.sum()) == (2, 1, 3)
    assert (found.together[CAT, COUCH], found.together[CAT, DOG], found.together[CAR, 0]) == (2, 1, 1)
    assert found.together.sum() == 4


def test_the_bayes_answer_is_the_closed_form() -> None:
    """For the others {couch}: P(c) = (n_c + a) / (3 + 80 a), P(couch | c) = (n_c,couch + a) / (all beside c + 80 a)."""
    a = 0.5
    beside = np.full(80, (0 + a) / (0 + 80 * a))
    beside[CAT], beside[CAR] = (2 + a) / (3 + 80 * a), (0 + a) / (1 + 80 * a)
    prior = np.full(80, a)
    prior[CAT], prior[CAR] = 2 + a, 1 + a
    expected = prior * beside / (prior * beside).sum()
    np.testing.assert_allclose(counted(a).probabilities([("couch",)])[0], expected, rtol=1e-12)
    np.testing.assert_allclose(counted(a).probabilities([("couch", "couch")])[0], expected, rtol=1e-12)


def test_without_others_only_the_frequency_is_left() -> None:
    np.testing.assert_allclose(counted().probabilities([()])[0], counted().prior())
    assert counted().prior()[CAT] == pytest.approx(3 / 83)


@given(SETS, st.data())
@settings(max_examples=25)
def test_bayes_is_scikit_learns(train: list[list[str]], data: st.DataObject) -> None:
    labels = np.array(data.draw(st.lists(st.integers(0, 79), min_size=len(train), max_size=len(train))))
    alpha, test = data.draw(st.floats(0.01, 5)), data.draw(SETS)
    model = count_co_occurrence(labels, train, alpha=alpha)
    theirs = MultinomialNB(alpha=alpha, class_prior=model.prior())
    theirs.partial_fit(_present(train), labels, classes=np.arange(80))
    np.testing.assert_allclose(model.probabilities(test), theirs.predict_proba(_present(test)), rtol=1e-8, atol=1e-15)


@given(SETS, SETS)
@settings(max_examples=25)
def test_answers_are_distributions_whatever_the_order_of_the_names(
    train: list[list[str]], test: list[list[str]]
) -> None:
    labels = np.arange(len(train))
    model = count_co_occurrence(labels, train)
    found = model.probabilities(test)
    assert (found > 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_allclose(model.probabilities([names[::-1] for names in test]), found, rtol=1e-12)


def test_company_that_was_never_seen_says_nothing() -> None:
    """Categories that were never in a box do not come first just because nothing is known of them."""
    labels = np.repeat([CAT, CAR], [30, 20])
    model = count_co_occurrence(labels, [("couch", "tv", "bed")] * 30 + [("bus", "truck", "stop sign")] * 20)
    assert model.probabilities([("bus", "truck", "stop sign")])[0].argmax() == CAR
    order = np.argsort(-model.probabilities([("zebra",)])[0])[:2].tolist()
    assert order == [CAT, CAR]


def test_more_smoothing_brings_the_answer_nearer_to_even() -> None:
    spread = [np.ptp(counted(a).probabilities([("couch",)])[0]) for a in (0.01, 0.1, 1, 10, 100)]
    assert all(more > less for more, less in pairwise(spread))


@pytest.mark.parametrize(("call", "said"), [
    (lambda: count_co_occurrence(LABELS, OTHERS, alpha=0), "above 0"),
    (lambda: count_co_occurrence(LABELS, OTHERS[:2]), "3 labels and 2 lists"),
    (lambda: count_co_occurrence(LABELS, ["couch", "dog", "cat"]), "not the text 'couch'"),
    (lambda: counted().probabilities([("sofa",)]), "'sofa' is not one of the 80"),
])  # fmt: skip
def test_what_cannot_be_counted_is_named(call: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()  # type: ignore[operator]


def _present(names: list[list[str]]) -> np.ndarray:
    return np.array([[name in row for name in NAMES] for row in names], dtype=int)
