"""modify_streaming_timedelta.sh, run and sourced, with and without a streamer."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from datastream.message import Topic
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.web.app import create_app
from testing.doubles import ListSink, ListSource
from testing.environment import ROOT
from tests.unit.stack.shells import STATE, run


@pytest.fixture
def streamer(clean: dict[str, str], tmp_path: Path) -> Iterator[Streamer]:
    """A streamer that serves its HTTP API on the port of the settings."""
    replay = Replay((Topic("meteo", 4),), False, tmp_path / "position.json", 0.05)
    streamer = Streamer(ListSource([]), ListSink(), replay)
    server = make_server(
        "127.0.0.1", int(clean["DATASTREAM_FLASK_PORT"]), create_app(streamer, lambda: None, lambda: 0.5)
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield streamer
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_new_time_delta_is_set_and_told(streamer: Streamer, clean: dict[str, str], tmp_path: Path) -> None:
    said = run([f"{ROOT}/modify_streaming_timedelta.sh", "0.01"], clean, tmp_path).stdout
    assert said == "time delta is now 0.01 s (list, row 0, one row every 0.01 s)\n"
    assert streamer.time_delta == 0.01


@pytest.mark.parametrize("argument", ["fast", "-1", "nan", ""])
def test_a_bad_time_delta_is_refused_with_the_streamers_words(
    streamer: Streamer, clean: dict[str, str], tmp_path: Path, argument: str
) -> None:
    refused = run([f"{ROOT}/modify_streaming_timedelta.sh", argument], clean, tmp_path, status=1)
    assert "answers 400: the time delta" in refused.stderr and "Traceback" not in refused.stderr
    assert streamer.time_delta == 0.05


@pytest.mark.usefixtures("streamer")
@pytest.mark.parametrize(("arguments", "status"), [("fast", 1), ("", 2), ("0.5", 0)])
def test_sourced_it_leaves_the_shell_open_with_its_options_and_its_folder(
    shell: str, clean: dict[str, str], tmp_path: Path, arguments: str, status: int
) -> None:
    script = f"""{STATE}
    state 0
    . "$ROOT/modify_streaming_timedelta.sh" {arguments}
    echo "status $?"
    state 1
    """
    said = run([shell, "-c", script], {**clean, "ROOT": str(ROOT)}, tmp_path).stdout
    assert said.splitlines()[-1] == f"status {status}"
    for kind in ("variables", "options", "folder"):
        assert (tmp_path / f"0.{kind}").read_text() == (tmp_path / f"1.{kind}").read_text()


def test_without_a_streamer_the_script_says_how_to_get_one(clean: dict[str, str], tmp_path: Path) -> None:
    refused = run([f"{ROOT}/modify_streaming_timedelta.sh", "1"], clean, tmp_path, status=1)
    assert re.search(r"✗ the streamer is unavailable \(.*\): start it with \./build_setup\.sh", refused.stderr)
