"""Agreement between models that each say in or out of the same samples, with bootstrap intervals over the samples.

With k models there are only 2^k *patterns* of verdicts (bit m is set where model m says in-context), and every figure
here is a function of how often each pattern occurs. So samples are counted once, and the bootstrap draws the counts
themselves: n samples drawn with replacement have multinomial counts, which is the same distribution at a fraction of
the cost. Where chance agreement is certain, because nobody ever uses the second verdict, a kappa is not defined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

DRAWS = 1000
ENDS = (0.025, 0.975)  # the quantiles of the draws that bound a 95 % percentile interval
NOTHING = "no sample has a verdict of every model"
CERTAIN = "all verdicts are the same, so that agreement by chance is certain"


@dataclass(frozen=True)
class Estimate:
    """One figure with its 95 % percentile interval; if undefined, all three are None and `why` is the reason."""

    value: float | None
    low: float | None
    high: float | None
    why: str = ""


def agreement(codes: Array, models: Sequence[str], *, seed: int = 0, draws: int = DRAWS) -> dict[str, Any]:
    """How far models agree, as plain values: `n`, the figures of all models, and under `pairs` those of 'a & b'.

    `codes` is (samples, models) or, to pool several questions, (samples, models, questions): 1 in, 0 out, -1 unread.
    What any model left unread does not count; `n` is what remains (samples times questions). Intervals are over
    samples, whose questions stay together. Of all models: `all_agree` (share, 0..1), `fleiss_kappa` and `pabak`, which
    fixes chance agreement at one half; of each pair: `agree` (share, 0..1), `cohen_kappa` and `pabak`. Kappas and PABAK
    are -1..1. Each figure is an Estimate as a dict.
    """
    import numpy as np

    kinds, counts = sample_kinds(codes)
    whole = counts @ kinds
    drawn = bootstrap_counts(kinds, counts, draws, seed)
    pairs = {}
    for a, b in combinations(range(len(models)), 2):
        square = _square(np.arange(len(whole)), a, b)
        pairs[f"{models[a]} & {models[b]}"] = _estimates(pair_figures(whole @ square), pair_figures(drawn @ square))
    return {"n": int(whole.sum()), **_estimates(joint_figures(whole), joint_figures(drawn)), "pairs": pairs}


def sample_kinds(codes: Array) -> tuple[Array, Array]:
    """The distinct kinds of samples and how many samples are of each kind, (kinds, 2^k) and (kinds,) int64.

    `codes` is as in `agreement`. An entry of the first is on how many questions that kind shows that pattern. A
    question that a model left unread shows no pattern; samples that show none at all are left out.
    """
    import numpy as np

    three = codes[:, :, None] if codes.ndim == 2 else codes
    n_models = three.shape[1]
    pattern = np.einsum("imq,m->iq", three == 1, 1 << np.arange(n_models))
    pattern[(three < 0).any(axis=1)] = 1 << n_models  # a column of its own, which is then cut off
    base = ((1 << n_models) + 1) ** np.arange(pattern.shape[1])
    keys, counts = np.unique(np.sort(pattern, axis=1) @ base, return_counts=True)
    shown = keys[:, None] // base % ((1 << n_models) + 1)
    kinds = (shown[:, :, None] == np.arange(1 << n_models)).sum(axis=1)
    some = kinds.any(axis=1)
    return kinds[some], counts[some]


def bootstrap_counts(kinds: Array, counts: Array, draws: int, seed: int) -> Array:
    """How often each pattern occurs in each bootstrap draw of as many samples, (draws, 2^k) int64.

    `kinds` (kinds, 2^k) and `counts` (kinds,) are those of `sample_kinds`.
    """
    import numpy as np

    if not len(counts):
        return np.zeros((draws, kinds.shape[1]), dtype=int)
    return np.random.default_rng(seed).multinomial(counts.sum(), counts / counts.sum(), size=draws) @ kinds


def joint_figures(counts: Array) -> dict[str, Array]:
    """The figures of k models from counts of patterns (..., 2^k), each of shape (...); NaN where undefined.

    Fleiss (1971): kappa = (P - P_e) / (1 - P_e), P the mean agreement of a sample's pairs of verdicts, P_e the sum of
    the squared shares of the two verdicts. `pabak` = 2 P - 1.
    """
    import numpy as np

    k = counts.shape[-1].bit_length() - 1
    yes = np.array([pattern.bit_count() for pattern in range(1 << k)])
    n, n_yes = counts.sum(axis=-1), counts @ yes
    pairs = counts @ (yes * (yes - 1) + (k - yes) * (k - yes - 1))
    observed, share = _ratio(pairs, n * k * (k - 1)), _ratio(n_yes, n * k)
    expected = share**2 + (1 - share) ** 2
    all_agree = _ratio(counts[..., 0] + counts[..., -1], n)
    return {"all_agree": all_agree, "fleiss_kappa": _kappa(observed, expected), "pabak": 2 * observed - 1}


def pair_figures(square: Array) -> dict[str, Array]:
    """The figures of two models from counts (..., 4) of both out, only the first in, only the second in, both in.

    Each is float64 of shape (...): the share `agree` 0..1, the others -1..1, NaN where undefined.

    Cohen (1960): kappa = (p_o - p_e) / (1 - p_e), p_o the observed agreement and p_e that of independent models with
    the same shares. PABAK (Byrt and others, 1993) = 2 p_o - 1: the kappa if both verdicts were equally common.
    """
    n = square.sum(axis=-1)
    first, second = _ratio(square[..., 1] + square[..., 3], n), _ratio(square[..., 2] + square[..., 3], n)
    observed = _ratio(square[..., 0] + square[..., 3], n)
    expected = first * second + (1 - first) * (1 - second)
    return {"agree": observed, "cohen_kappa": _kappa(observed, expected), "pabak": 2 * observed - 1}


def _square(patterns: Array, a: int, b: int) -> Array:
    """The map from counts of patterns to the four counts of models a and b, (2^k, 4)."""
    import numpy as np

    return np.eye(4, dtype=int)[(patterns >> a & 1) + 2 * (patterns >> b & 1)]


def _ratio(part: Array, whole: Array) -> Array:
    import numpy as np

    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0)


def _kappa(observed: Array, expected: Array) -> Array:
    return _ratio(observed - expected, 1 - expected)


def _estimates(values: Mapping[str, Array], drawn: Mapping[str, Array]) -> dict[str, dict[str, Any]]:
    """Each figure as an Estimate; where a kappa alone is not defined, the shares beside it are."""
    import numpy as np

    why = NOTHING if all(np.isnan(value) for value in values.values()) else CERTAIN
    return {name: asdict(_estimate(float(value), drawn[name], why)) for name, value in values.items()}


def _estimate(value: float, drawn: Array, why: str) -> Estimate:
    """The value with the 2.5 and 97.5 % quantiles of its draws, but for those in which it is not defined."""
    import numpy as np

    if np.isnan(value):
        return Estimate(None, None, None, why)
    defined = drawn[~np.isnan(drawn)]
    ends = np.quantile(defined, ENDS).tolist() if len(defined) else (None, None)
    return Estimate(value, *ends)
