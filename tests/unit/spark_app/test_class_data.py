from __future__ import annotations

import ast
from pathlib import Path

from spark_app.class_data import archive
from testing.environment import ROOT


def test_lists_of_classes_are_merged_without_the_numbers_that_only_one_list_knows(tmp_path: Path) -> None:
    driver, executor = tmp_path / "driver.txt", tmp_path / "executor.txt"
    driver.write_text(
        "# This file is generated\n"
        "java/lang/Object id: 0\n"
        "org/apache/spark/SparkContext id: 7\n"
        "Made id: 8 super: 0 source: file:/tmp/generated.jar\n"
        "@lambda-proxy java/lang/Thread run ()Ljava/lang/Runnable; ()V REF_invokeStatic A b ()V ()V\n"
    )
    executor.write_text("java/lang/Object id: 0\norg/apache/spark/executor/Executor id: 7\n")
    assert archive.merged([driver, executor]) == [
        "java/lang/Object",
        "org/apache/spark/SparkContext",
        "@lambda-proxy java/lang/Thread run ()Ljava/lang/Runnable; ()V REF_invokeStatic A b ()V ()V",
        "org/apache/spark/executor/Executor",
    ]


def test_it_needs_no_other_code_of_the_project_so_that_a_change_of_the_code_does_not_rebuild_the_archive() -> None:
    ours = {folder.parent.name for folder in ROOT.glob("*/__init__.py")}
    for file in (ROOT / "spark_app" / "class_data").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not {name.split(".")[0] for name in names} & ours, file
