"""The report of a training: the quality of a model, printed."""

from __future__ import annotations

from collections.abc import Mapping

from spark_app.rain.training.evaluation import Quality


def print_report(title: str, quality: Quality, without: Mapping[str, float]) -> None:
    """Print the quality of a model, beside the accuracy of the baselines."""
    (right_dry, false_alarms), (missed, hits) = quality.confusion
    auc = "-" if quality.roc_auc is None else f"{quality.roc_auc:.4f}"
    print(f"\n{title}: {quality.days} days of stations")
    print("+------------------+------------------+\n|      avg(correct)|      avg(raining)|")
    print(f"|{quality.accuracy:18.16f}|{quality.rainy_share:18.16f}|\n+------------------+------------------+")
    print(f"accuracy {quality.accuracy:.4f}; baselines: never rain {without['never_rain']:.4f}, as yesterday ", end="")
    print(f"{without['as_yesterday']:.4f}\nF1 {quality.f1:.4f}, ROC AUC {auc}, Brier score {quality.brier:.4f}")
    print(f"predicted dry: {right_dry} dry, {missed} rainy; predicted rainy: {false_alarms} dry, {hits} rainy\n")
