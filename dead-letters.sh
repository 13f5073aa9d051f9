#!/usr/bin/env bash
# Look at invalid records, correct and replay them: ./dead-letters.sh list | show | export FILE | replay [--correct FILE] | drop
set -euo pipefail
root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
export SUBMITTED_FROM="$PWD" # files among the arguments are relative to it
builtin cd "$root"
exec "$PYTHON" -EsX utf8 -m stack.dead_letters "$@"
