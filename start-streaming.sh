#!/usr/bin/env bash
# Start the stream, or go on where it stopped: ./start-streaming.sh [--restart or --recreate-topics]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
cd "$root"
exec "$PYTHON" -m stack.stream start "$@"
