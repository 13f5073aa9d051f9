"""`python -m spark_app.checkpoints.reset NAME`: moves the checkpoint of a query aside. The application must not run."""

from __future__ import annotations

import sys

from spark_app.checkpoints.repair import reset
from weather import settings
from weather.errors import SettingsError, StackError


def main(arguments: list[str]) -> int:
    """Return 1 with the reason if there is no such checkpoint."""
    try:
        if len(arguments) != 1:
            raise SettingsError("name one checkpoint")
        aside = reset(settings.Spark.load(settings.Variables()).checkpoints, arguments[0])
    except StackError as error:
        print(f"./submit.sh reset: {error}", file=sys.stderr)
        return 1
    print(f"{arguments[0]} begins at the start of its topic; the old checkpoint is {aside}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
