"""Stands in for Grafana: checks and uses what Compose passes to Grafana.

Every variable that the provisioning files name is set, every dashboard is JSON, the administrator's password can be
read, the data folder can be written, and InfluxDB answers a query with the token.
"""

import json
import os
import re
import urllib.parse
import urllib.request
from pathlib import Path

provisioning = Path(os.environ["GF_PATHS_PROVISIONING"])
for file in [*provisioning.rglob("*.yml"), *provisioning.glob("alerting/*.json")]:
    for name in re.findall(r"(?<!\$)\$\{?([A-Z]\w+)", file.read_text()):
        if not os.environ.get(name):
            raise SystemExit(f"{file}: ${name} is not set")
if not [json.loads(file.read_text()) for file in Path(os.environ["GRAFANA_DASHBOARDS"]).glob("*.json")]:
    raise SystemExit("no dashboards")
if not Path(os.environ["GF_SECURITY_ADMIN_PASSWORD__FILE"]).read_text().strip():
    raise SystemExit("the administrator's password is empty")
Path("/var/lib/grafana/written").touch()
query = f'from(bucket: "{os.environ["INFLUXDB_BUCKET"]}") |> range(start: -1m)'
urllib.request.urlopen(
    urllib.request.Request(
        f"{os.environ['INFLUXDB_URL']}/api/v2/query?{urllib.parse.urlencode({'org': os.environ['INFLUXDB_ORG']})}",
        data=query.encode(),
        headers={"Authorization": f"Token {os.environ['INFLUXDB_TOKEN']}", "Content-Type": "application/vnd.flux"},
    ),
    timeout=10,
)
