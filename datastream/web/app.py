"""The streamer's HTTP API and its live page. It depends on Flask and the Streamer, not on Kafka or files."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest

from datastream.replay.streamer import Streamer
from datastream.sources import pages
from datastream.sources.pages import Page
from datastream.web.metrics import StreamerCollector
from weather.errors import SetupError, Unavailable
from weather.settings import seconds

CONTENT_SECURITY_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"


def create_app(
    streamer: Streamer,
    check_kafka: Callable[[], None],
    free_disk: Callable[[], float],
    shown: Page = pages.METEOFRANCE,
) -> Flask:
    """The Flask application of one streamer. `check_kafka` raises Unavailable if Kafka does not answer."""
    app = Flask(__name__)
    registry = CollectorRegistry()
    registry.register(StreamerCollector(streamer, check_kafka, free_disk))
    ProcessCollector(namespace="datastream", registry=registry)

    @app.before_request
    def refuse_other_sites() -> ResponseReturnValue | None:
        """A page of another site must not start or stop the stream from a visitor's browser."""
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") in ("cross-site", "same-site"):
            return jsonify(message="this request comes from a page of another site"), 403
        return None

    @app.get("/")
    def page() -> str:
        return render_template("index.html", page=shown)

    @app.post("/start_streaming")
    def start_streaming() -> ResponseReturnValue:
        asked = {name: request.values.get(name) == "1" for name in ("restart", "recreate_topics")}
        try:
            started = streamer.start(**asked)
        except SetupError as error:
            return jsonify(message=str(error)), 409
        return _answer(streamer, "streaming started" if started else "streaming is already running")

    @app.post("/stop_streaming")
    def stop_streaming() -> ResponseReturnValue:
        stopped = streamer.stop()
        return _answer(streamer, "streaming stopped" if stopped else "streaming was not running")

    @app.post("/time_delta")
    def time_delta() -> ResponseReturnValue:
        try:
            streamer.time_delta = seconds(_requested_delta())
        except ValueError as error:
            return jsonify(message=str(error), time_delta=streamer.time_delta), 400
        return _answer(streamer, f"time delta is now {streamer.time_delta:g} s")

    @app.get("/status")
    def status() -> ResponseReturnValue:
        return jsonify(streamer.status())

    @app.get("/stations")
    def stations() -> ResponseReturnValue:
        return Response(b"[" + b",".join(streamer.latest()) + b"]", mimetype="application/json")

    @app.get("/health")
    def health() -> ResponseReturnValue:
        try:
            check_kafka()
        except Unavailable as error:
            return jsonify(healthy=False, reason=str(error)), 503
        if streamer.obstacle:
            return jsonify(healthy=False, reason=streamer.obstacle), 503
        return jsonify(healthy=True)

    @app.get("/metrics")
    def metrics() -> ResponseReturnValue:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _requested_delta() -> str | float | None:
    """`t_delta` of a form, a query or a JSON object; None if it is missing."""
    if request.is_json:
        body = request.get_json(silent=True)
        return body.get("t_delta") if isinstance(body, dict) else None
    return request.values.get("t_delta")


def _answer(streamer: Streamer, message: str) -> ResponseReturnValue:
    return jsonify(message=message, **streamer.status())
