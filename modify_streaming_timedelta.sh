#!/usr/bin/env bash
# Change the seconds between two streamed rows, live: ./modify_streaming_timedelta.sh 0.01
# It may also be sourced, from bash or zsh: everything runs in a subshell, so your shell keeps its options and folder.
(
  set -euo pipefail
  # shellcheck disable=SC2296  # the second form is zsh's
  root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]:-${(%):-%x}}")" && pwd)"
  # shellcheck source=settings.sh
  . "$root/settings.sh"
  builtin cd "$root"
  "$PYTHON" -EsX utf8 -m stack.stream delta "$@"
)
