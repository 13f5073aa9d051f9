"""The viewer's HTTP server: the page, the dashboards, and queries passed on to InfluxDB."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from flask import Flask, Response, jsonify, redirect, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from grafana.viewer import provisioned
from grafana.viewer.config import Viewer
from grafana.viewer.store import AnswerTooLarge, QueryRefused, TooSlow
from weather.errors import StackError

MAX_QUERY_BYTES = 64 * 1024
# Grafana's libraries write their styles into the page; scripts come from files of this server alone.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
NO_BUNDLE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Dashboards</title>
<h1>The dashboard viewer is not built</h1>
<p>The set-up did not find npm, so it could not build the page of the viewer.
Install Node.js 20 or later with npm, then run <code>./build_setup.sh</code> again.
The stack itself is not affected: readings arrive in InfluxDB.</p></html>
"""
MIMETYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
STATUS: dict[type[StackError], int] = {QueryRefused: 400, AnswerTooLarge: 413, TooSlow: 504}


class Questions(Protocol):
    """What the server asks the store; see store.Store."""

    def is_healthy(self) -> bool: ...

    def query(self, flux: str) -> bytes: ...


def create_app(config: Viewer, store: Questions) -> Flask:
    """The Flask application that shows the dashboards of `config` with what `store` answers."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_QUERY_BYTES
    _add_api(app, config, store)
    _add_page(app, config.bundle)
    _add_home(app, config.dashboards)

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        message = f"the query is larger than {MAX_QUERY_BYTES // 1024} KiB" if error.code == 413 else error.description
        return jsonify(message=message), error.code or 500

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return app


def _add_api(app: Flask, config: Viewer, store: Questions) -> None:
    @app.get("/api/health")
    def health() -> ResponseReturnValue:
        healthy = store.is_healthy()
        return jsonify(database="ok" if healthy else "does not answer", viewer=True), 200 if healthy else 503

    @app.get("/api/settings")
    def settings() -> ResponseReturnValue:
        organization = config.influxdb.org
        known = [
            {"uid": one.uid, "name": one.name, "organization": organization, "defaultBucket": one.bucket}
            for one in config.datasources
        ]
        return jsonify(organization=organization, defaultBucket=config.influxdb.bucket, datasources=known)

    @app.get("/api/dashboards")
    def dashboards() -> ResponseReturnValue:
        return jsonify(provisioned.summaries(config.dashboards))

    @app.get("/api/dashboards/<uid>")
    def dashboard(uid: str) -> ResponseReturnValue:
        board = provisioned.find(config.dashboards, uid)
        return jsonify(board) if board else (jsonify(message=f"there is no dashboard {uid!r}"), 404)

    @app.post("/api/query")
    def query() -> ResponseReturnValue:
        # A form of another site cannot send JSON, and its scripts may not without this server's consent.
        if request.mimetype != "application/json":
            return jsonify(message="send the query as JSON: Content-Type: application/json"), 415
        body = request.get_json(silent=True)
        flux = body.get("query") if isinstance(body, dict) else None
        if not isinstance(flux, str) or not flux.strip():
            return jsonify(message='send {"query": "<Flux>"}'), 400
        try:
            return Response(store.query(flux), mimetype="text/csv")
        except StackError as error:
            return jsonify(message=str(error)), STATUS.get(type(error), 503)


def _add_home(app: Flask, dashboards: Path) -> None:
    @app.get("/")
    def home() -> ResponseReturnValue:
        """The first dashboard; the list of them if there is none."""
        offered = provisioned.summaries(dashboards)
        address = url_for("page", uid=offered[0]["uid"]) if offered else url_for("page")
        query = request.query_string.decode()
        return redirect(f"{address}?{query}" if query else address)


def _add_page(app: Flask, bundle: Path) -> None:
    @app.get("/dashboards")
    @app.get("/d/<uid>")
    @app.get("/d/<uid>/<slug>")
    def page(uid: str = "", slug: str = "") -> ResponseReturnValue:
        if not (bundle / "index.html").is_file():
            return NO_BUNDLE, 503
        return _file(bundle, "index.html")

    @app.get("/static/<path:name>")
    def static_file(name: str) -> ResponseReturnValue:
        return _file(bundle, name)


def _file(bundle: Path, name: str) -> Response:
    """A file of the bundle, compressed if the browser accepts that, and fetched again only if it changed."""
    compressed = request.accept_encodings.quality("gzip") > 0 and (bundle / f"{name}.gz").is_file()
    response = send_from_directory(bundle, f"{name}.gz" if compressed else name)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
        response.mimetype = MIMETYPES.get(Path(name).suffix, "application/octet-stream")
    return response
