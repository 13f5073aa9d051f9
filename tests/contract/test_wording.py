"""Plain technical English: phrases that made readers stop, each with the wording that the field uses."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing.environment import PACKAGES, ROOT, python_files

BETTER = {
    r"\bset(s|ting)? aside\b": "goes to the dead-letter topic",
    r"\b(made|begins?|began|goes|make|makes) anew\b": "recreated, restarted",
    r"\bwhoever\b": "name who",
    r"\b(tell|tells|told) apart\b": "distinguish",
    r"\bfor ever\b": "permanently, indefinitely",
    r"\bof no use\b": "invalid, unused",
    r"\bwhat comes of it\b": "the result",
    r"\bwhat became of\b": "the result of",
    r"\bnone where there is none\b": "None if there is none",
    r"\b(is|are|was|were) told (by|that|to|of)\b": "is reported by, is logged",
    r"\bvouche?[sd]? for\b": "committed",
    r"\bso many (days|hours|rows|seconds|millimetres|lines|records)\b": "name the parameter",
}

DOCUMENTS = [file for file in sorted(ROOT.rglob("*.md")) if not {"node_modules", ".stack", ".git"} & set(file.parts)]


def complaints(text: str) -> list[str]:
    """The phrases of a text that have a better wording."""
    flat = " ".join(text.split())
    found = [
        (match[0], better) for phrase, better in BETTER.items() for match in re.finditer(phrase, flat, re.IGNORECASE)
    ]
    return [f"{said!r}: {better}" for said, better in found]


def prose(file: Path) -> Iterator[str]:
    """The texts of a module: its strings, docstrings and comments."""
    text = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    yield " ".join(token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_uses_the_words_of_the_field(document: Path) -> None:
    assert complaints(document.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_texts_docstrings_and_comments_use_the_words_of_the_field(package: str) -> None:
    files = [file for file in python_files() if file.relative_to(ROOT).parts[0] == package]
    found = {str(file.relative_to(ROOT)): [c for text in prose(file) for c in complaints(text)] for file in files}
    assert len(files) > 2 and {name: said for name, said in found.items() if said} == {}


def test_the_check_notices_a_phrase_over_a_line_break() -> None:
    assert complaints("What cannot be used is set\naside, and the topic is made anew.") != []
    assert complaints("Invalid records go to the dead-letter topic.") == []
