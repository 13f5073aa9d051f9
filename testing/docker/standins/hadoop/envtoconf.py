#!/usr/bin/env python3
"""Writes a variable such as CORE-SITE.XML_fs.defaultFS=… as a property of core-site.xml; the same for other files."""

import os
import sys
from pathlib import Path
from xml.sax.saxutils import escape

files: dict[str, list[str]] = {}
for variable, value in os.environ.items():
    name, extension, key = variable.partition(".XML_")
    if extension:
        found = files.setdefault(f"{name.lower()}.xml", [])
        found.append(f"<property><name>{key}</name><value>{escape(value)}</value></property>")
for file, properties in files.items():
    text = "\n".join(["<configuration>", *properties, "</configuration>", ""])
    (Path(sys.argv[1]) / file).write_text(text, encoding="utf-8")
