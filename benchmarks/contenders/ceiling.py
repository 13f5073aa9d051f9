"""`python -m benchmarks.contenders.ceiling FILE`: ready-made lines over two connections, to find influxd's limit."""

from __future__ import annotations

import http.client
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from weather import settings
from weather.secrets import read_secret

CONNECTIONS = 2
TIMEOUT = 120.0


def main(arguments: list[str]) -> int:
    """Write the lines of the file. Return 1 if InfluxDB rejected any."""
    influxdb = settings.InfluxDBSink.load(settings.Variables())
    requests = list(chunks(Path(arguments[0]).read_bytes(), influxdb.batch_lines))
    problems: list[str] = []
    threads = [
        threading.Thread(target=feed, args=(influxdb, requests[number::CONNECTIONS], problems))
        for number in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    threading.Event().wait()  # wait to be ended: CPU time and memory are read while it lives
    return 0


def chunks(text: bytes, lines: int) -> Iterator[bytes]:
    """Split the text into pieces of `lines` lines, without copying each line."""
    start = end = count = 0
    while (end := text.find(b"\n", end) + 1) > 0:
        count += 1
        if count % lines == 0:
            yield text[start:end]
            start = end
    if start < len(text):
        yield text[start:]


def feed(influxdb: settings.InfluxDBSink, requests: Iterable[bytes], problems: list[str]) -> None:
    """Send requests one after the other over one connection; add to `problems` and stop if one is rejected."""
    query = urlencode({"org": influxdb.org, "bucket": influxdb.bucket, "precision": "s"})
    headers = {"Authorization": f"Token {read_secret(influxdb.write_token_file)}"}
    connection = http.client.HTTPConnection(urlsplit(influxdb.url).netloc, timeout=TIMEOUT)
    for body in requests:
        connection.request("POST", f"/api/v2/write?{query}", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 204:
            problems.append(f"InfluxDB answers {answer.status}: {text.decode(errors='replace')[:200]}")
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
