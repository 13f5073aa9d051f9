#!/usr/bin/env bash
# Start the Spark application, or see to its models: ./submit.sh [--console] [JOB …] | train [--help] | models | use NAME
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
export SUBMITTED_FROM="$PWD" # folders among the arguments are relative to it
cd "$root"
exec "$PYTHON" -m stack.submit "$@"
