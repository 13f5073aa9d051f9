#!/bin/sh
# Grafana as the official image starts it, or the checks in its place.
set -eu
[ -x /usr/share/grafana/bin/grafana ] || exec python3 /checks.py
GF_SECURITY_ADMIN_PASSWORD="$(cat "$GF_SECURITY_ADMIN_PASSWORD__FILE")"
export GF_SECURITY_ADMIN_PASSWORD
unset GF_SECURITY_ADMIN_PASSWORD__FILE
exec /usr/share/grafana/bin/grafana server --homepath=/usr/share/grafana cfg:default.log.mode=console \
  cfg:default.paths.data=/var/lib/grafana "cfg:default.paths.provisioning=$GF_PATHS_PROVISIONING"
