#!/usr/bin/env bash
# Start the Spark application: ./submit.sh
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
cd "$root"
exec "$PYTHON" -m stack.submit "$@"
