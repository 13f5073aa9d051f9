#!/usr/bin/env bash
# Restore a backup onto an empty stack, and start it: ./restore.sh FILE [--no-start]
set -euo pipefail
root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
(
  # In a shell of its own, because the set-up reads the restored settings.
  # shellcheck source=settings.sh
  . "$root/settings.sh"
  export SUBMITTED_FROM="$PWD" # the file is relative to it
  builtin cd "$root"
  exec "$PYTHON" -EsX utf8 -m stack.restore "$@"
)
case " $* " in
  *" --help "* | *" -h "*) ;;
  *" --no-start "*) exec "$root/build_setup.sh" --no-start ;;
  *) exec "$root/build_setup.sh" ;;
esac
