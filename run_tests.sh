#!/usr/bin/env bash
# Install what the tests need and run them: ./run_tests.sh [all | check | unit | contract | spark | integration | consumers | forecast | uscrn | live | faults | end_to_end | docker | long | bare] [pytest options]
set -euo pipefail
root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
builtin cd "$root"
# The tests do not use a Spark or Python configuration of yours.
unset SPARK_HOME SPARK_CONF_DIR HADOOP_HOME HADOOP_CONF_DIR CLASSPATH PYTHONPATH PYTHONHOME PYTHONSAFEPATH
# Java's second compiler does not pay off in processes of a minute: without it they use a third less CPU time.
export JDK_JAVA_OPTIONS="-XX:TieredStopAtLevel=1"

what="${1:-all}"
[ $# -eq 0 ] || shift
case $what in
  all | check | unit | contract | spark | integration | consumers | forecast | uscrn | live | faults | end_to_end | docker | long | bare) ;;
  *) echo "run_tests.sh: no part is called '$what'; there are all, check, unit, contract, spark, integration, consumers, forecast, uscrn, live, faults, end_to_end, docker, long, bare" >&2; exit 2 ;;
esac

"$PYTHON" -EsX utf8 -m tests.tools.programs "$what"
python="$("$PYTHON" -EsX utf8 -m stack.native.install packages tests.txt)"
case $what in
  all | long | consumers) "$PYTHON" -EsX utf8 -m stack.native.install hadoop >/dev/null ;;
esac
case $what in
  all | long | spark | integration | consumers | forecast | uscrn | live | faults | end_to_end)
    "$PYTHON" -EsX utf8 -m stack.native.install jars >/dev/null
    "$PYTHON" -EsX utf8 -m stack.native.install influxd >/dev/null
    "$PYTHON" -EsX utf8 -m stack.native.install class-data >/dev/null
    ;;
esac

check() {
  shellcheck -x ./*.sh .ci/run testing/docker/standins/*/*.sh
  "$(dirname "$python")/hadolint" --config .hadolint.yaml ./*/Dockerfile testing/docker/standins/*/Dockerfile
  "$PYTHON" -EsX utf8 -m tests.tools.go_programs actionlint
  "$python" -m ruff check .
  "$python" -m ruff format --check .
  "$python" -m mypy --cache-dir "$STACK_CACHE/mypy"
  git ls-files -z | xargs -0 "$(dirname "$python")/codespell"
  "$PYTHON" -EsX utf8 -m tests.tools.type_check
  "$python" -m grafana.build --check
  "$python" -m weather.messages.build --check
}

case $what in
  check) check ;;
  all | long)
    chosen=(--long)
    if [ "$what" = all ]; then
      chosen=(-m "not long")
      check
    fi
    # What takes long comes first: see tests/tools/parallel.py.
    parts=(tests/faults tests/end_to_end tests/live tests/uscrn tests/forecast tests/sources tests/consumers tests/integration tests/spark tests/contract tests/unit)
    if reason="$("$python" -m testing.docker.engine)"; then
      parts=(tests/docker "${parts[@]}")
    else
      echo "run_tests.sh: Docker mode is not tested: $reason" >&2
    fi
    processes=(-p tests.tools.parallel -n "${TEST_PROCESSES:-$(($(nproc) + 1))}")
    exec "$python" -m pytest "${processes[@]}" "${chosen[@]}" --durations=40 --durations-min=5 "${parts[@]}" "$@"
    ;;
  consumers) exec "$python" -m pytest tests/consumers tests/sources "$@" ;;
  *) exec "$python" -m pytest "tests/$what" "$@" ;;
esac
