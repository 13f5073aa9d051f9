"""Writes the dashboards and alert rules as the JSON that Grafana provisions: `python -m grafana.build`.

The JSON is committed; `--check` writes nothing and exits 1 if it is not what the code builds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana import alerts
from grafana.dashboards import meteo, overview, own_table, pipeline, predictions, station, statistics, uscrn

DASHBOARDS: tuple[Callable[[], Dashboard], ...] = (
    overview.dashboard,
    station.dashboard,
    meteo.dashboard,
    statistics.dashboard,
    predictions.dashboard,
    uscrn.dashboard,
    pipeline.dashboard,
)
FOLDER = Path(__file__).parent / "provisioning"
BOARDS, RULES, TEMPLATE = "dashboards/json", "alerting/rules.json", "dashboards/own_table.template"


def render(board: Dashboard) -> str:
    """The JSON of one dashboard, the same for the same code; `id` is null, as file provisioning requires."""
    plain = json.loads(JSONEncoder().encode(board.build()))
    return json.dumps({**plain, "id": None}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def rendered() -> dict[str, str]:
    """File name → JSON of every dashboard, of the alert rules, and of the template for tables of your own."""
    boards = [dashboard() for dashboard in DASHBOARDS]
    files = {f"{BOARDS}/{board.build().uid}.json": render(board) for board in boards}
    return files | {RULES: alerts.render(), TEMPLATE: render(own_table.dashboard())}


def stale(folder: Path = FOLDER) -> list[str]:
    """The files under `folder` that are missing, differ from the code, or are not built by it."""
    wanted = rendered()
    found = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in [*folder.rglob("*.json"), *folder.rglob("*.template")]
    }
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the files, or only compare them with --check. Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m grafana.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the JSON is stale")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the JSON files (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.check:
        names = stale(options.folder)
        for name in names:
            print(f"{options.folder / name} is stale: run python -m grafana.build", file=sys.stderr)
        return 1 if names else 0
    for name, text in rendered().items():
        file = options.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
