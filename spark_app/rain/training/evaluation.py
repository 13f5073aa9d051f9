"""The quality of predictions of rain and of temperatures. Pure: arrays in, numbers out."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """The quality of predictions of rain, 0 or 1, for observed days.

    `brier` is the mean squared difference of probability and observation; 0 is best. `confusion` counts days: rows dry
    and rainy, columns predicted dry and predicted rainy. `roc_auc` is None if all days are dry or all are rainy.
    """

    days: int
    rainy_share: float
    accuracy: float
    f1: float
    roc_auc: float | None
    brier: float
    confusion: list[list[int]]

    def plain(self) -> dict[str, object]:
        """The fields as JSON values."""
        return asdict(self)


def quality(observed: Numbers, probability: Numbers) -> Quality:
    """The quality of probabilities of rain; rain is predicted from 0.5 on. Raise ValueError if there are no days."""
    if not len(observed):
        raise ValueError("no days to compare")
    predicted = (probability >= 0.5).astype(float)
    confusion = [[int(((observed == o) & (predicted == p)).sum()) for p in (0, 1)] for o in (0, 1)]
    (_, false_alarms), (missed, hits) = confusion
    named = 2 * hits + false_alarms + missed
    return Quality(
        days=len(observed),
        rainy_share=float(observed.mean()),
        accuracy=float((predicted == observed).mean()),
        f1=2 * hits / named if named else 0.0,
        roc_auc=roc_auc(observed, probability),
        brier=float(((probability - observed) ** 2).mean()),
        confusion=confusion,
    )


def roc_auc(observed: Numbers, probability: Numbers) -> float | None:
    """How often the rainy day has the higher probability, of all pairs of a rainy and a dry day. Ties count half.

    None if there is no such pair.
    """
    rainy = int(observed.sum())
    dry = len(observed) - rainy
    if not rainy or not dry:
        return None
    _, at, counts = np.unique(probability, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[at]
    return float((ranks[observed == 1].sum() - rainy * (rainy + 1) / 2) / (rainy * dry))


def baselines(observed: Numbers, yesterday: Numbers) -> dict[str, float]:
    """The accuracy of two baselines: it never rains, and it is as yesterday."""
    return {"never_rain": float((observed == 0).mean()), "as_yesterday": float((observed == yesterday).mean())}


def is_better(new: Quality, old: Quality) -> bool:
    """Whether `new` replaces `old`: more accurate on the same days, or as accurate with a lower Brier score."""
    return (new.accuracy, -new.brier) > (old.accuracy, -old.brier)


def mean_absolute_error(observed: Numbers, expected: Numbers) -> float:
    """The mean absolute difference of observation and expectation."""
    return float(np.abs(observed - expected).mean())
