#!/usr/bin/env bash
# Install what the tests need and run them: ./run_tests.sh [all | check | unit | contract | spark | integration | consumers | forecast | uscrn | end_to_end | docker] [pytest options]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
cd "$root"

what="${1:-all}"
[ $# -eq 0 ] || shift
case $what in
  all | check | unit | contract | spark | integration | consumers | forecast | uscrn | end_to_end | docker) ;;
  *) echo "run_tests.sh: no part is called '$what': all, check, unit, contract, spark, integration, consumers, forecast, uscrn, end_to_end, docker" >&2; exit 2 ;;
esac

"$PYTHON" -m tests.tools.programs "$what"
python="$("$PYTHON" -m native.install packages tests.txt)"
case $what in
  all | consumers) "$PYTHON" -m native.install hadoop >/dev/null ;;
esac
case $what in
  all | spark | integration | consumers | forecast | uscrn | end_to_end)
    "$PYTHON" -m native.install jars >/dev/null
    "$PYTHON" -m native.install influxd >/dev/null
    ;;
esac

check() {
  shellcheck -x ./*.sh .ci/run tests/docker/standins/*/*.sh
  "$(dirname "$python")/hadolint" --config .hadolint.yaml ./*/Dockerfile tests/docker/standins/*/Dockerfile
  "$PYTHON" -m tests.tools.go_programs actionlint
  "$python" -m ruff check .
  "$python" -m ruff format --check .
  "$python" -m mypy
  "$python" -m grafana.build --check
  "$python" -m weather.messages.build --check
}

case $what in
  check) check ;;
  all)
    check
    parts=(tests/unit tests/contract tests/spark tests/integration tests/consumers tests/sources tests/forecast tests/uscrn tests/end_to_end)
    if reason="$("$python" -m tests.docker.engine)"; then
      parts+=(tests/docker)
    else
      echo "run_tests.sh: Docker mode is not tested: $reason" >&2
    fi
    exec "$python" -m pytest -m "not long" --durations=40 --durations-min=5 "${parts[@]}" "$@"
    ;;
  consumers) exec "$python" -m pytest tests/consumers tests/sources "$@" ;;
  *) exec "$python" -m pytest "tests/$what" "$@" ;;
esac
