#!/usr/bin/env bash
# Start the stack at boot (native mode), with systemd: ./service.sh install | remove | status
set -euo pipefail
root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
builtin cd "$root"
exec "$PYTHON" -EsX utf8 -m stack.service "$@"
