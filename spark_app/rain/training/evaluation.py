"""How good predictions of rain, and of temperatures, are. Pure: arrays in, numbers out."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """Of predictions of rain, 0 or 1, for days whose weather is known.

    `brier` is the mean squared distance of the probability from what came, 0 is best. `confusion` counts days:
    rows dry and rainy, columns predicted dry and predicted rainy. `roc_auc` is None where all days were alike.
    """

    days: int
    rainy_share: float
    accuracy: float
    f1: float
    roc_auc: float | None
    brier: float
    confusion: list[list[int]]

    def plain(self) -> dict[str, object]:
        """As JSON has it."""
        return asdict(self)


def quality(observed: Numbers, probability: Numbers) -> Quality:
    """The quality of probabilities of rain; rain is predicted from 0.5 on. ValueError where there is no day."""
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
    """How often a rainy day has the higher probability of a pair of one rainy and one dry day; ties count half."""
    rainy = int(observed.sum())
    dry = len(observed) - rainy
    if not rainy or not dry:
        return None
    _, at, counts = np.unique(probability, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[at]
    return float((ranks[observed == 1].sum() - rainy * (rainy + 1) / 2) / (rainy * dry))


def baselines(observed: Numbers, yesterday: Numbers) -> dict[str, float]:
    """The accuracy of saying that it never rains, and that it is as yesterday."""
    return {"never_rain": float((observed == 0).mean()), "as_yesterday": float((observed == yesterday).mean())}


def is_better(new: Quality, old: Quality) -> bool:
    """Whether a model replaces the one in use: more accurate on the same days, or as accurate with a lower Brier."""
    return (new.accuracy, -new.brier) > (old.accuracy, -old.brier)


def mean_absolute_error(observed: Numbers, expected: Numbers) -> float:
    """The mean distance of what was expected from what came."""
    return float(np.abs(observed - expected).mean())
