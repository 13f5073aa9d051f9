#!/usr/bin/env bash
# Start the whole stack, or what is missing of it: ./build_setup.sh [--docker or --native] [--no-start] [--defaults]
set -euo pipefail
root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck disable=SC2034  # settings.sh reads it
case " $* " in *" --defaults "*) STACK_DEFAULTS=1 ;; esac
# shellcheck source=settings.sh
. "$root/settings.sh"
builtin cd "$root"
exec "$PYTHON" -EsX utf8 -m stack.up "$@"
