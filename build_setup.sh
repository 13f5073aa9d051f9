#!/usr/bin/env bash
# Bring the whole stack up, or complete it: ./build_setup.sh [--docker or --native] [--no-start]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
cd "$root"
exec "$PYTHON" -m stack.up "$@"
