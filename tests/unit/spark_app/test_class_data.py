from __future__ import annotations

import ast

from testing.environment import ROOT


def test_it_needs_no_other_code_of_the_project_so_that_a_change_of_the_code_does_not_rebuild_the_archive() -> None:
    ours = {folder.parent.name for folder in ROOT.glob("*/__init__.py")}
    for file in (ROOT / "spark_app" / "class_data").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not {name.split(".")[0] for name in names} & ours, file
