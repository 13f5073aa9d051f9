"""Options of every Java command line of the stack. There they override the user's environment."""

from __future__ import annotations

OPTIONS = ("-Duser.language=en", "-Duser.country=US", "-Duser.timezone=UTC", "-Dfile.encoding=UTF-8")
"""Kafka does not start in a Turkish or an Arabic locale: it compares words in capital letters and formats numbers
with the digits of the locale."""
