#!/usr/bin/env bash
# Start the stream, or resume it: ./start-streaming.sh [--restart or --recreate-topics]
set -euo pipefail
root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
builtin cd "$root"
exec "$PYTHON" -EsX utf8 -m stack.stream start "$@"
