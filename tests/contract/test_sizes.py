"""A folder or a module that is too large for one look hides what it holds."""

from __future__ import annotations

from collections import Counter

from testing.environment import PACKAGES, ROOT, python_files

MAX_MODULES = 14
"""More names than that are read one by one instead of at a glance."""

MAX_LINES = 250
"""A longer module does more than one thing."""


def test_no_folder_holds_more_modules_than_one_sees_at_a_glance() -> None:
    modules = Counter(file.parent for file in python_files() if file.name != "__init__.py")
    assert {str(d.relative_to(ROOT)): count for d, count in modules.items() if count > MAX_MODULES} == {}


def test_no_module_is_longer_than_one_reads_in_one_go() -> None:
    lines = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in python_files()}
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


def test_every_package_says_in_one_line_what_is_inside() -> None:
    inits = [
        file for file in python_files() if file.name == "__init__.py" and file.relative_to(ROOT).parts[0] in PACKAGES
    ]
    silent = [str(file.relative_to(ROOT)) for file in inits if not file.read_text("utf-8").startswith('"""')]
    assert len(inits) > 20 and silent == []
