#!/usr/bin/env bash
# Install what the tests need and run them: ./run_tests.sh [all | check | unit | contract | spark | integration | end_to_end] [pytest options]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
cd "$root"

what="${1:-all}"
[ $# -eq 0 ] || shift
case $what in
  all | check | unit | contract | spark | integration | end_to_end) ;;
  *) echo "run_tests.sh: no part is called '$what': all, check, unit, contract, spark, integration, end_to_end" >&2; exit 2 ;;
esac

"$PYTHON" -m tests.tools.programs
python="$("$PYTHON" -m native.install packages tests.txt)"
case $what in
  all | spark | integration | end_to_end)
    "$PYTHON" -m native.install jars >/dev/null
    "$PYTHON" -m native.install influxd >/dev/null
    ;;
esac

check() {
  shellcheck -x ./*.sh .ci/run
  "$python" -m ruff check .
  "$python" -m ruff format --check .
  "$python" -m mypy
  "$python" -m grafana.build --check
}

case $what in
  check) check ;;
  all) check; exec "$python" -m pytest tests/unit tests/contract tests/spark tests/integration tests/end_to_end "$@" ;;
  *) exec "$python" -m pytest "tests/$what" "$@" ;;
esac
