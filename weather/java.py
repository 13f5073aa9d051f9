"""Options that stand on each Java command line of the stack, where they win over the environment of the user."""

from __future__ import annotations

OPTIONS = ("-Duser.language=en", "-Duser.country=US", "-Duser.timezone=UTC", "-Dfile.encoding=UTF-8")
"""Kafka does not start in a Turkish or an Arabic locale: it compares words by their capital letters, and formats
numbers with the digits of the locale."""
