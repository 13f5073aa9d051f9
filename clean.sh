#!/usr/bin/env bash
# Stop the stack and remove its data: ./clean.sh [--yes] [--keep-data]
set -euo pipefail
root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
builtin cd "$root"
exec "$PYTHON" -EsX utf8 -m stack.clean "$@"
