#!/usr/bin/env bash
# Show the state, address and metrics of each component: ./status.sh
set -euo pipefail
root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
builtin cd "$root"
exec "$PYTHON" -EsX utf8 -m stack.status "$@"
