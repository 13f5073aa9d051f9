#!/usr/bin/env bash
# Write a backup of the stack to one file: ./backup.sh FILE [--with-secrets]
set -euo pipefail
root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
. "$root/settings.sh"
export SUBMITTED_FROM="$PWD" # the file is relative to it
builtin cd "$root"
exec "$PYTHON" -EsX utf8 -m stack.backup "$@"
