"""`./run_tests.sh check` finds a wrong type in the viewer's TypeScript and in the live page's JavaScript."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from testing.environment import ROOT, settings_environment
from tests.tools import type_check
from weather.settings import Variables

PANEL, PART = "grafana/viewer/src/panel.tsx", "datastream/web/static/part.js"
RIGHT = {
    PANEL: 'import type { ReactNode } from "react";\nexport const panel = (title: ReactNode) => <b>{title}</b>;\n',
    PART: "/** @param {number} rate */\nexport const words = (rate) => rate.toFixed(1);\n",
}
WRONG = {
    PANEL: f"{RIGHT[PANEL]}panel({{ words: 1 }});\nexport const title = (of) => of.title;\n",
    PART: f'{RIGHT[PART]}document.getElementById("rate").title = words("1");\nexport const twice = (of) => 2 * of;\n',
}
ERRORS = {
    PANEL: [
        f"{PANEL}(3,9): error TS2353",  # an object where React takes a node
        f"{PANEL}(4,23): error TS7006",  # a parameter without a type
    ],
    PART: [
        f"{PART}(3,1): error TS2531",  # the page may have no such element
        f"{PART}(3,47): error TS2345",  # text where a number is needed
        f"{PART}(4,23): error TS7006",
    ],
}


def checked(scripts: dict[str, str], checkout: Path) -> int:
    """The status of a check of the real projects with these scripts alone."""
    for project in type_check.PROJECTS:
        (checkout / project).parent.mkdir(parents=True)
        shutil.copyfile(ROOT / project, checkout / project)
    for name, script in scripts.items():
        (checkout / name).parent.mkdir()
        (checkout / name).write_text(script, encoding="utf-8")
    return type_check.check(checkout, Variables(settings_environment()))


@pytest.mark.parametrize("wrong", [PANEL, PART])
def test_wrong_types_in_one_of_the_two_fail_the_check_and_are_told_with_their_places(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], wrong: str
) -> None:
    assert checked(RIGHT | {wrong: WRONG[wrong]}, tmp_path) != 0
    assert re.findall(r"^\S+: error \w+", capfd.readouterr().out, re.MULTILINE) == ERRORS[wrong]


def test_every_script_of_the_checkout_is_checked_by_run_tests() -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.tsx", "*.js", "*.mjs"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    unchecked = [name for name in names if not any(Path(name).is_relative_to(f) for f in type_check.SCRIPTS)]
    assert unchecked == ["grafana/viewer/bundle.mjs"], "it runs in Node.js, whose types are not among the packages"
    check = (ROOT / "run_tests.sh").read_text(encoding="utf-8").split("check() {", 1)[1].split("\n}", 1)[0]
    assert "tests.tools.type_check" in check


def test_no_script_keeps_the_check_from_looking() -> None:
    scripts = [file for folder in type_check.SCRIPTS for file in (ROOT / folder).rglob("*.[jt]s*")]
    silent = [str(file) for file in scripts if re.search("@ts-(ignore|nocheck)", file.read_text(encoding="utf-8"))]
    assert len(scripts) > 50 and silent == []
