#!/usr/bin/env bash
# What runs where, with the figures of the stream: ./status.sh
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
cd "$root"
exec "$PYTHON" -m stack.status "$@"
