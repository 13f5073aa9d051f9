from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from datastream.message import Topic
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.web.app import create_app
from testing.doubles import ListOutlet, ListSource
from testing.environment import ROOT, free_port
from weather.settings import programs

SCRIPTS = (
    "build_setup.sh",
    "start-streaming.sh",
    "submit.sh",
    "modify_streaming_timedelta.sh",
    "status.sh",
    "clean.sh",
)

STATE = """state() {
  env | LC_ALL=C sort | grep -v '^_=' > "$1.variables"
  set +o > "$1.options"
  pwd > "$1.folder"
}
"""


def tool(name: str) -> str:
    """The program; the test fails where it is missing."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing: install it (apt-get install {name})")
    return found


@pytest.fixture(params=["bash", "zsh"])
def shell(request: pytest.FixtureRequest) -> str:
    return tool(request.param)


@pytest.fixture
def clean(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has set nothing, on ports where nobody listens."""
    ports = {name: str(free_port()) for name in programs.ports()}
    places = {"HOME": str(tmp_path), "STACK_HOME": environment["STACK_HOME"], "STACK_CACHE": environment["STACK_CACHE"]}
    return {"PATH": os.environ["PATH"], "PYTHON": sys.executable, "LANG": "C.UTF-8", **places, **ports}


def run(command: list[str], env: dict[str, str], cwd: Path, status: int | None = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert status is None or done.returncode == status, done.stdout + done.stderr
    return done


def sourced(shell: str, script: str, cwd: Path, options: str = "set -euo pipefail", **env: str) -> str:
    """What a shell says that runs `script`, in which $ROOT is the checkout."""
    checkout = {"ROOT": str(ROOT), "STACK_DEFAULTS": "1"}  # whatever its last set-up has kept
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), **checkout, **env}
    return run([shell, "-c", f"{options}\n{script}"], environment, cwd).stdout


@pytest.mark.parametrize("options", ["", "set -euo pipefail"])
def test_settings_sourced_twice_are_the_same_and_change_nothing_else(shell: str, tmp_path: Path, options: str) -> None:
    script = (
        f'{STATE} state 0; . "$ROOT/settings.sh"; state 1; . "$ROOT/settings.sh"; state 2; echo "${{_stack_root-gone}}"'
    )
    assert sourced(shell, script, tmp_path, options) == "gone\n"
    variables, set_options, folders = (
        [(tmp_path / f"{number}.{kind}").read_text() for number in range(3)]
        for kind in ("variables", "options", "folder")
    )
    assert variables[0] != variables[1] == variables[2]
    assert len(set(set_options)) == len(set(folders)) == 1


def setting_names() -> list[str]:
    return re.findall(r'^: "\$\{(\w+):=', (ROOT / "settings.sh").read_text(), flags=re.MULTILINE)


def test_bash_and_zsh_read_the_same_settings(tmp_path: Path) -> None:
    script = '. "$ROOT/settings.sh"; printenv ' + " ".join(setting_names())
    in_bash, in_zsh = (sourced(tool(name), script, tmp_path).splitlines() for name in ("bash", "zsh"))
    assert len(in_bash) == len(setting_names())
    assert in_bash == in_zsh


def test_every_setting_is_exported_and_nothing_else(defaults: dict[str, str]) -> None:
    assert set(defaults) - {"PATH", "HOME", "PWD", "OLDPWD", "SHLVL", "_"} == set(setting_names())


def test_every_setting_has_a_comment_of_one_line() -> None:
    rows = [row for row in (ROOT / "settings.sh").read_text().splitlines() if row.startswith(': "')]
    assert len(rows) > 30
    assert [row for row in rows if not re.fullmatch(r': "\$\{\w+:=.*\}" +# \S.*', row)] == []


def test_a_variable_of_the_environment_wins(shell: str, tmp_path: Path) -> None:
    own = {"KAFKA_PORT": "19092", "STREAMING_TIME_DELTA": "0", "INFLUXDB_PASS": "a b'c", "METEO_DATA": "/x y/H.csv"}
    script = '. "$ROOT/settings.sh"; . "$ROOT/settings.sh"; printenv ' + " ".join(own)
    assert sourced(shell, script, tmp_path, **own).splitlines() == list(own.values())


@pytest.mark.parametrize("name", ["METEO_DATA", "STACK_HOME", "STACK_CACHE"])
def test_a_relative_path_stays_where_it_was_given(shell: str, tmp_path: Path, name: str) -> None:
    script = f'. "$ROOT/settings.sh"; cd /; . "$ROOT/settings.sh"; printenv {name}'
    assert sourced(shell, script, tmp_path, **{name: "my data/x"}) == f"{tmp_path}/my data/x\n"


def test_settings_find_their_checkout_from_any_folder(shell: str, tmp_path: Path) -> None:
    said = sourced(shell, '. "$ROOT/settings.sh"; printenv STACK_HOME METEO_DATA', tmp_path).splitlines()
    assert said == [str(ROOT / ".stack"), str(ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz")]


@pytest.mark.parametrize(("given", "host"), [({}, "127.0.0.1"), ({"HOST": "0.0.0.0"}, "0.0.0.0")])
def test_host_is_loopback_unless_it_is_exported(shell: str, tmp_path: Path, given: dict[str, str], host: str) -> None:
    script = '. "$ROOT/settings.sh"; printenv HOST; . "$ROOT/settings.sh"; printenv HOST; echo "$HOST"'
    assert sourced(shell, script, tmp_path, **given).splitlines() == [host] * 3


@pytest.fixture
def streamer(clean: dict[str, str], tmp_path: Path) -> Iterator[Streamer]:
    """A streamer that serves its HTTP API on the port of the settings."""
    replay = Replay((Topic("meteo", 4),), False, tmp_path / "position.json", 0.05)
    streamer = Streamer(ListSource([]), ListOutlet(), replay)
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
    assert said == "time delta is now 0.01 s (list, row 0, one row each 0.01 s)\n"
    assert streamer.time_delta == 0.01


@pytest.mark.parametrize("argument", ["fast", "-1", "nan", ""])
def test_a_bad_time_delta_is_refused_with_the_streamers_words(
    streamer: Streamer, clean: dict[str, str], tmp_path: Path, argument: str
) -> None:
    refused = run([f"{ROOT}/modify_streaming_timedelta.sh", argument], clean, tmp_path, status=1)
    assert "answers 400: the time delta" in refused.stderr and "Traceback" not in refused.stderr
    assert streamer.time_delta == 0.05


@pytest.mark.usefixtures("streamer")
@pytest.mark.parametrize(("arguments", "status"), [("fast", 1), ("", 1), ("0.5", 0)])
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
    assert re.search(r"✗ the streamer is not there \(.*\): \./build_setup\.sh brings it up", refused.stderr)


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ("build_setup.sh --bogus", 2, "usage: ./build_setup.sh"),
        ("build_setup.sh --docker --native", 2, "usage: ./build_setup.sh"),
        ("clean.sh --bogus", 2, "usage: ./clean.sh"),
        ("start-streaming.sh bogus", 1, "usage: "),
        ("modify_streaming_timedelta.sh", 1, "give the seconds between two rows"),
        ("modify_streaming_timedelta.sh 1 2", 1, "usage: "),
    ],
)
def test_a_script_that_is_called_wrongly_says_how_to_call_it_and_does_nothing(
    clean: dict[str, str], tmp_path: Path, command: str, status: int, words: str
) -> None:
    name, *arguments = command.split()
    refused = run([f"{ROOT}/{name}", *arguments], clean, tmp_path, status=status)
    assert words in refused.stderr and "Traceback" not in refused.stderr
    assert not Path(clean["STACK_HOME"]).exists()


@pytest.fixture
def hostile(clean: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment that changes how Python and the shell work, as some users' do."""
    modules = tmp_path / "modules"
    modules.mkdir()
    for name in ("kafka", "json", "stack", "sitecustomize"):
        (modules / f"{name}.py").write_text("raise SystemExit('a module of the user')\n", encoding="ascii")
    return clean | {
        "PYTHONPATH": str(modules), "PYTHONHOME": "/nonexistent", "PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "ascii",
        "LC_ALL": "POSIX", "LANG": "tr_TR.UTF-8", "POSIXLY_CORRECT": "1", "BASH_FUNC_cd%%": "() { echo elsewhere; }",
    }  # fmt: skip


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name != "modify_streaming_timedelta.sh"])
def test_a_script_runs_whatever_the_user_has_set_for_python_and_the_shell(
    hostile: dict[str, str], tmp_path: Path, script: str
) -> None:
    arguments = ["bogus"] if script == "start-streaming.sh" else ["--help"]
    told = run([f"{ROOT}/{script}", *arguments], hostile, tmp_path, status=None)
    assert "usage: " in told.stdout + told.stderr
    assert "Traceback" not in told.stderr


def test_a_script_called_by_a_relative_path_is_not_looked_for_in_cdpath(clean: dict[str, str], tmp_path: Path) -> None:
    other, here = tmp_path / "other" / ROOT.name, tmp_path / "here"
    other.mkdir(parents=True)
    here.mkdir()
    (here / ROOT.name).symlink_to(ROOT)
    said = run(["bash", f"{ROOT.name}/build_setup.sh", "--help"], clean | {"CDPATH": str(other.parent)}, here).stdout
    assert said.startswith("usage: ./build_setup.sh")


def test_signs_beyond_ascii_are_printed_in_any_locale(hostile: dict[str, str], tmp_path: Path) -> None:
    refused = run([f"{ROOT}/status.sh"], hostile | {"KAFKA_PORT": "http"}, tmp_path, status=1)
    assert "✗ KAFKA_PORT='http'" in refused.stderr


def test_the_status_of_a_stack_that_does_not_run_is_a_table_and_exit_status_1(
    clean: dict[str, str], tmp_path: Path
) -> None:
    modes = Path(clean["STACK_HOME"]) / "run"
    modes.mkdir(parents=True)
    (modes / "mode").write_text("native")
    told = run([f"{ROOT}/status.sh"], clean, tmp_path, status=1)
    assert told.stdout.startswith(f"mode: native, under {clean['STACK_HOME']}\n")
    assert re.search(r"^kafka +stopped +127\.0\.0\.1:\d+ +not running$", told.stdout, flags=re.MULTILINE)


def test_a_clean_that_is_not_confirmed_changes_nothing(clean: dict[str, str], tmp_path: Path) -> None:
    kept = Path(clean["STACK_HOME"]) / "data" / "precious"
    kept.parent.mkdir(parents=True)
    kept.touch()
    asked = run([f"{ROOT}/clean.sh"], clean, tmp_path, status=1)
    assert asked.stdout.endswith("nothing was changed\n")
    assert kept.exists()


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_can_be_run_and_is_short(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert len((ROOT / script).read_text().splitlines()) < 100


def test_shellcheck_has_no_complaint() -> None:
    hidden = ("node_modules", "artifacts")
    scripts = [
        path
        for path in ROOT.rglob("*.sh")
        if not any(part.startswith(".") or part in hidden for part in path.relative_to(ROOT).parts)
    ]
    assert {ROOT / name for name in (*SCRIPTS, "settings.sh")} <= set(scripts)
    run([tool("shellcheck"), "-x", *map(str, sorted(scripts))], dict(os.environ), ROOT)
