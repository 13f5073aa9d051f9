"""The documents say what the code does."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from testing.environment import ROOT
from weather.reading import FIELDS, MESSAGE_COLUMNS
from weather.settings import page

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")])


def rows(document: Path) -> list[list[str]]:
    """The cells of every table row of a document."""
    lines = document.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]


def settings_names() -> list[str]:
    return re.findall(r'^: "\$\{(\w+):=', (ROOT / "settings.sh").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_store_is_described_as_it_is() -> None:
    described = {tuple(cell.strip(" |") for cell in row) for row in rows(ROOT / "influxdb" / "README.md")}
    fields = {(f"`{f.name}`", f.unit, f"`{f.source}`", f.meaning, f.daily or "-") for f in FIELDS}
    assert fields <= described


def test_every_setting_has_a_comment_on_its_line() -> None:
    text = (ROOT / "settings.sh").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith(': "${')]
    assert lines
    assert not [line for line in lines if not re.search(r'"\s+# \S', line)]


def test_the_page_of_settings_is_the_one_that_the_code_makes() -> None:
    made = page.page((ROOT / "settings.sh").read_text(encoding="utf-8"))
    assert page.PAGE.read_text(encoding="utf-8") == made, "run `python -m weather.settings.page`"
    assert all(f"| `{name}` | " in made for name in settings_names())


def test_the_readme_is_read_in_one_go() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 140


def test_the_index_of_the_documents_names_each_of_them() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"]({name})" not in index} == set()


def test_every_script_stands_in_the_readme_and_can_be_run() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    scripts = [path for path in ROOT.glob("*.sh") if path.name != "settings.sh"]
    assert len(scripts) == 12
    assert not [path.name for path in scripts if f"./{path.name}" not in readme]
    assert not [path.name for path in scripts if not path.stat().st_mode & 0o111]


def test_the_road_of_one_reading_names_files_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    road = readme.split("## The road of one reading")[1].split("\n## ")[0]
    files = re.findall(r"`([\w./]+/[\w./]+)`", road)
    assert len(files) >= 10
    assert not [file for file in files if not (ROOT / file).exists()]


def test_the_message_is_described_as_it_is() -> None:
    formats = (ROOT / "docs" / "data-formats.md").read_text(encoding="utf-8")
    assert " ".join(MESSAGE_COLUMNS) in formats


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (document.parent / target).exists()]


def test_no_file_names_a_path_of_one_machine_or_a_registry() -> None:
    pattern = r"/(work|farm|root|home)/[a-z]|registry\.npmjs|pypi\.org/simple|repo1?\.maven"
    found = subprocess.run(
        ["git", "grep", "-nIE", pattern, "--", ".", ":!tests/contract/test_docs.py"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert found.stdout == ""
