"""Spark's scratch folder does not grow with each killed driver and executor."""

from __future__ import annotations

from pathlib import Path

from spark_app import launch


def test_what_earlier_processes_left_is_removed_and_the_workers_folders_stay(tmp_path: Path) -> None:
    left = ["blockmgr-1/0e", "spark-1/executor-1/blockmgr-2", "spark-2/userFiles-3", "artifacts-4", "tmp/liblz4.so"]
    of_workers = ["worker-1/app-1/0", "app-2/1"]
    for name in [*left, *of_workers]:
        (tmp_path / name).mkdir(parents=True)
    launch.empty(tmp_path)
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["app-2", "tmp", "worker-1"]
    assert not list((tmp_path / "tmp").iterdir())
    assert (tmp_path / "worker-1" / "app-1" / "0").is_dir()


def test_a_folder_that_does_not_exist_is_made(tmp_path: Path) -> None:
    launch.empty(tmp_path / "spark")
    assert (tmp_path / "spark" / launch.TEMPORARY).is_dir()
