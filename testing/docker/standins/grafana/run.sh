#!/bin/sh
# Grafana as the official image starts it; or the checks, and then the dashboard viewer in its place.
set -eu
if [ -x /usr/share/grafana/bin/grafana ]; then
  GF_SECURITY_ADMIN_PASSWORD="$(cat "$GF_SECURITY_ADMIN_PASSWORD__FILE")"
  export GF_SECURITY_ADMIN_PASSWORD
  unset GF_SECURITY_ADMIN_PASSWORD__FILE
  exec /usr/share/grafana/bin/grafana server --homepath=/usr/share/grafana cfg:default.log.mode=console \
    cfg:default.paths.data=/var/lib/grafana "cfg:default.paths.provisioning=$GF_PATHS_PROVISIONING"
fi
python3 /checks.py
cd /viewer
export HOST=0.0.0.0 GRAFANA_PORT=3000 SECRETS_DIR=/run/secrets VIEWER_BUNDLE=/viewer/page INFLUXDB_BATCH_LINES=1
exec python3 -B -m grafana.viewer
