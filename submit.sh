#!/usr/bin/env bash
# Start the Spark application, or manage models: ./submit.sh [--console] [JOB …] | train [--help] | models | use NAME
set -euo pipefail
root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
export SUBMITTED_FROM="$PWD" # folders among the arguments are relative to it
builtin cd "$root"
exec "$PYTHON" -EsX utf8 -m stack.submit "$@"
