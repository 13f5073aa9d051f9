#!/usr/bin/env bash
# Stop the stack and remove its data: ./clean.sh [--yes] [--keep-data]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
cd "$root"
exec "$PYTHON" -m stack.clean "$@"
