from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from stack import submit
from stack.docker.mode import ComposeMode
from stack.native.supervision.component import Component
from stack.native.supervision.supervisor import Supervisor
from weather.errors import SettingsError
from weather.settings import InfluxDB, Variables, forecast, sources


def jobs_after(variables: Variables, *words: str) -> tuple[str, ...]:
    return sources.jobs(submit.with_jobs(variables, submit._parser().parse_args(words)))


def test_without_a_word_the_jobs_are_those_of_the_source(variables: Variables) -> None:
    assert jobs_after(variables) == ("meteo", "daily", "stats", "rain")
    stations = Variables(variables.all() | {"STREAM_SOURCE": "stations"})
    assert jobs_after(stations) == ("stats", "rain")


def test_named_jobs_are_the_only_ones(variables: Variables) -> None:
    assert jobs_after(variables, "stats") == ("stats",)
    assert jobs_after(variables, "--console", "meteo", "rain") == ("meteo", "rain")


def test_tables_are_shown_on_request(variables: Variables) -> None:
    asked = submit.with_jobs(variables, submit._parser().parse_args(["--console"]))
    assert asked.flag("SPARK_CONSOLE") and not variables.flag("SPARK_CONSOLE")


def test_an_unknown_job_is_told_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert submit.main(["stats", "mood"]) == 1
    assert (
        "no job is called mood; there are meteo, daily, stats, rain, uscrn, csv, train, reset, models, use"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize("words", [["--models", "here/m", "--seed", "3"], ["--models=here/m", "--seed=3"]])
def test_folders_of_a_batch_run_are_those_of_the_person_who_asks(words: list[str]) -> None:
    said, folders = submit.with_whole_paths(words, Path("/somewhere"))
    assert said[:2] == ["--models", "/somewhere/here/m"]
    assert folders == [Path("/somewhere/here/m")]
    assert "".join(said[2:]).replace("=", "") == "--seed3"


def test_in_docker_a_batch_run_sees_the_folders_that_it_is_told_of(environment: dict[str, str], tmp_path: Path) -> None:
    mode = ComposeMode(Variables(environment))
    command, _ = mode.batch_command("spark_app.rain.training.train", ["--models", str(tmp_path)], [tmp_path])
    said = command[command.index("run") :]
    assert said[-5:] == ["python", "-m", "spark_app.rain.training.train", "--models", str(tmp_path)]
    mounted = [word for option, word in itertools.pairwise(said) if option == "--volume"]
    token = InfluxDB.load(Variables(environment)).read_token_file
    assert mounted == [f"{token}:/run/secrets/influxdb_read_token:ro", f"{tmp_path}:{tmp_path}"]


def component(name: str, **environment: str) -> Component:
    return Component(name, ["true"], environment)


def test_one_component_is_written_anew_and_the_others_stay(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    others = [component("kafka", A="1"), component("grafana", B="1")]
    supervisor.configure([others[0], component("spark-app", SPARK_JOBS=""), others[1]])
    file = tmp_path / "run" / "supervisord.conf"
    supervisor.renew(component("spark-app", SPARK_JOBS="stats"))
    renewed = file.read_text()
    supervisor.configure([others[0], component("spark-app", SPARK_JOBS="stats"), others[1]])
    assert file.read_text() == renewed


def test_the_folders_of_the_forecast_are_those_of_the_source_unless_they_are_given(variables: Variables) -> None:
    for source in ("stations", "meteofrance"):
        chosen = Variables(variables.all() | {"STREAM_SOURCE": source})
        options = forecast.Forecast.load(chosen)
        assert options.dataset.parts[-3:] == ("forecast", source, "dataset")
        assert options.temperatures.name == "dataset-temperatures" and options.models.parts[-2:] == (source, "models")
    given = Variables(variables.all() | {"RAIN_DATASET_DIR": "/a/rain", "MODELS_DIR": "/b"})
    options = forecast.Forecast.load(given)
    assert (options.dataset, options.models) == (Path("/a/rain"), Path("/b"))


@pytest.mark.parametrize("source", ["place", "sql"])
def test_a_source_without_daily_reports_is_told(variables: Variables, source: str) -> None:
    with pytest.raises(SettingsError, match=f"STREAM_SOURCE={source} has no daily reports"):
        forecast.reports_topic(Variables(variables.all() | {"STREAM_SOURCE": source}))


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../etc", "no zone"])
def test_a_time_zone_must_exist(variables: Variables, zone: str) -> None:
    with pytest.raises(SettingsError, match="DAILY_TIME_ZONE"):
        forecast.Days.load(Variables(variables.all() | {"DAILY_TIME_ZONE": zone}))


def test_an_unknown_model_is_told_with_those_that_there_are(variables: Variables) -> None:
    asked = Variables(variables.all() | {"TRAIN_CANDIDATES": "decision_tree, crystal_ball"})
    with pytest.raises(SettingsError, match="TRAIN_CANDIDATES: no model is called 'crystal_ball'; there are decision_"):
        forecast.Training.load(asked)
