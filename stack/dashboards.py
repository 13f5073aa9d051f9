"""The dashboards as this stack serves them: those of the weather open on the time range of its data."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from datastream import hourly_file
from weather import settings

BUILT = Path(__file__).resolve().parent.parent / "grafana" / "provisioning" / "dashboards" / "json"


def folder(home: Path) -> Path:
    """Where a stack's dashboards are."""
    return home / "run" / "dashboards"


def prepare(variables: settings.Variables) -> None:
    """Write this stack's dashboards, each file whole; one that is as it should be is left alone."""
    target = folder(Path(variables.text("STACK_HOME")))
    target.mkdir(mode=0o755, parents=True, exist_ok=True)
    span = time_range(Path(variables.text("METEO_DATA")))
    wanted = {file.name: _opened_on(file.read_text(encoding="utf-8"), span) for file in BUILT.glob("*.json")}
    for name, text in wanted.items():
        file = target / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            temporary = file.with_suffix(".tmp")
            temporary.write_text(text, encoding="utf-8")
            temporary.chmod(0o644)
            temporary.replace(file)
    for file in target.iterdir():
        if file.name not in wanted:
            file.unlink()


def time_range(data: Path) -> dict[str, str]:
    """The whole days (UTC) that a data file covers, as a dashboard's `time`; SourceError where it has no row."""
    first, last = hourly_file.hours(data)
    midnight = {"hour": 0, "minute": 0, "second": 0}
    start, stop = first.replace(**midnight), last.replace(**midnight) + timedelta(days=1)  # type: ignore[arg-type]
    return {"from": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "to": stop.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _opened_on(text: str, span: dict[str, str]) -> str:
    """A dashboard with another time range, unless its own is relative to now: that one shows the pipeline."""
    board = json.loads(text)
    if not board["time"]["from"].startswith("now"):
        board["time"] = span
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"
