"""The buckets of InfluxDB, copied and restored over its API of backups: a description and the shards of each bucket.

The metadata of InfluxDB as a whole is left out, because it contains tokens and passwords.
https://docs.influxdata.com/influxdb/v2/api/v2/#tag/Backup
"""

from __future__ import annotations

import email
import gzip
import http.client
import json
import shutil
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, Self

from stack.backups.archive import Writer
from stack.common.steps import say
from stack.common.web import NotFound, answered
from weather import settings
from weather.errors import SetupError
from weather.secrets import ensure_secret, read_secret

FOLDER = "influxdb"
TIMEOUT = 600.0

Manifest = dict[str, Any]


class Buckets:
    """The buckets of the stack, with the operator token."""

    def __init__(self, influxdb: settings.InfluxDB, credentials: settings.Credentials) -> None:
        self._influxdb = influxdb
        self._credentials = credentials

    @classmethod
    def load(cls, variables: settings.Variables) -> Self:
        return cls(settings.InfluxDB.load(variables), settings.Credentials.load(variables))

    @property
    def names(self) -> tuple[str, str]:
        return self._influxdb.bucket, self._influxdb.monitoring_bucket

    def version(self) -> str:
        return str(self._json("GET", "/health").get("version", ""))

    def back_up(self, writer: Writer) -> None:
        """Add a description and the shards of each bucket."""
        for manifest in self._manifests():
            writer.add(f"{FOLDER}/{manifest['bucketID']}.json", json.dumps(manifest).encode())
            for shard in shards(manifest):
                try:
                    with self._ask("GET", f"/api/v2/backup/shards/{shard}") as content:
                        writer.add_compressed(f"{FOLDER}/{shard}.tar", content)
                except NotFound:  # its retention has ended meanwhile
                    continue

    def restore(self, folder: Path) -> None:
        """Replace the buckets by those of an unpacked backup, in an empty InfluxDB that this sets up."""
        organisation = self._set_up()
        for file in sorted((folder / FOLDER).glob("*.json")):
            manifest = json.loads(file.read_text(encoding="utf-8"))
            self._remove(organisation, manifest["bucketName"])
            manifest |= {"organizationID": organisation, "organizationName": self._influxdb.org}
            answer = self._json("POST", "/api/v2/restore/bucketMetadata", json.dumps(manifest).encode())
            for mapping in answer["shardMappings"]:
                self._restore_shard(folder / FOLDER / f"{mapping['oldId']}.tar.gz", mapping["newId"])
            say(f"    bucket {manifest['bucketName']}: {len(answer['shardMappings'])} shards")

    def _restore_shard(self, file: Path, shard: int) -> None:
        if not file.exists():
            return
        with gzip.open(file) as content, _unpacked(content, file) as plain, plain.open("rb") as body:
            size = {"Content-Length": str(plain.stat().st_size)}
            with self._ask("POST", f"/api/v2/restore/shards/{shard}", body, size):
                pass

    def _manifests(self) -> list[Manifest]:
        """InfluxDB's descriptions of the buckets: one part of an answer in several parts."""
        with self._ask("GET", "/api/v2/backup/metadata") as answer:
            kind = answer.headers["Content-Type"]
            message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + answer.read())
        for part in message.walk():
            content = part.get_payload(decode=True)
            if 'name="buckets"' in part.get("Content-Disposition", "") and isinstance(content, bytes):
                found: list[Manifest] = json.loads(content)
                return [each for each in found if each["bucketName"] in self.names]
        raise SetupError("InfluxDB describes no buckets in its answer to /api/v2/backup/metadata")

    def _set_up(self) -> str:
        """The id of the organisation, which is made if InfluxDB is empty."""
        token = ensure_secret(self._influxdb.admin_token_file)
        if self._json("GET", "/api/v2/setup")["allowed"]:
            body = {
                "username": self._credentials.user,
                "password": self._credentials.password,
                "org": self._influxdb.org,
                "bucket": self._influxdb.bucket,
                "token": token,
            }
            return str(self._json("POST", "/api/v2/setup", json.dumps(body).encode())["org"]["id"])
        query = urllib.parse.urlencode({"org": self._influxdb.org})
        return str(self._json("GET", f"/api/v2/orgs?{query}")["orgs"][0]["id"])

    def _remove(self, organisation: str, name: str) -> None:
        query = urllib.parse.urlencode({"orgID": organisation, "name": name})
        try:
            found = self._json("GET", f"/api/v2/buckets?{query}")["buckets"]
        except NotFound:
            return
        for bucket in found:
            with self._ask("DELETE", f"/api/v2/buckets/{bucket['id']}"):
                pass

    def _json(self, method: str, path: str, body: bytes | None = None) -> Any:
        with self._ask(method, path, body, {"Content-Type": "application/json"}) as answer:
            return json.load(answer)

    def _ask(
        self, method: str, path: str, body: bytes | IO[bytes] | None = None, headers: dict[str, str] | None = None
    ) -> AbstractContextManager[http.client.HTTPResponse]:
        """The answer to a request with the operator token."""
        token = read_secret(self._influxdb.admin_token_file)
        given = {"Authorization": f"Token {token}", "Content-Type": "application/octet-stream", **(headers or {})}
        url = f"{self._influxdb.url}{path}"
        return answered(urllib.request.Request(url, data=body, headers=given, method=method), TIMEOUT)


def shards(manifest: Manifest) -> list[int]:
    """The ids of a bucket's shards."""
    groups = [group for policy in manifest["retentionPolicies"] for group in policy["shardGroups"]]
    return [shard["id"] for group in groups if not group.get("deletedAt") for shard in group["shards"]]


@contextmanager
def _unpacked(content: IO[bytes] | gzip.GzipFile, file: Path) -> Iterator[Path]:
    """A file with the content, because a request needs its length."""
    plain = file.with_suffix("")
    with plain.open("wb") as to:
        shutil.copyfileobj(content, to)
    try:
        yield plain
    finally:
        plain.unlink()
