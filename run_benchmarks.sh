#!/usr/bin/env bash
# Install what a benchmark needs and run it: ./run_benchmarks.sh [NAME [options]]; without a NAME, list them
set -euo pipefail
root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
builtin cd "$root"
unset SPARK_HOME SPARK_CONF_DIR HADOOP_HOME HADOOP_CONF_DIR CLASSPATH PYTHONPATH PYTHONHOME PYTHONSAFEPATH

if [ $# -eq 0 ] || [ ! -f "benchmarks/${1//.//}.py" ]; then
  [ $# -eq 0 ] || echo "run_benchmarks.sh: no benchmark is called '$1'" >&2
  sed -sn '1s/^"""\(.*\)$/\1/p' benchmarks/[a-z]*.py benchmarks/connector/[a-z]*.py benchmarks/live/[a-z]*.py
  exit $(($# > 0 ? 2 : 0))
fi
name="$1"
shift
python="$("$PYTHON" -EsX utf8 -m stack.native.install packages tests.txt)"
"$PYTHON" -EsX utf8 -m stack.native.install jars >/dev/null
"$PYTHON" -EsX utf8 -m stack.native.install influxd >/dev/null
exec "$python" -m "benchmarks.$name" "$@"
