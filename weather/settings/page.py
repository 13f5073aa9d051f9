"""`python -m weather.settings.page`: writes docs/settings.md from settings.sh and the declarations."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from weather.settings import programs

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "settings.md"
_SECTION = re.compile(r"# --- (.+)")
_SETTING = re.compile(r': "\$\{(\w+):=(.*)\}" +# (.+)')

HEAD = """# Settings

Generated from `settings.sh` and `weather/settings/` by `python -m weather.settings.page`: change those files.

Set a variable in your environment, or edit `settings.sh`: the environment wins. `./build_setup.sh` checks all of them
before it starts anything and keeps what you set for the other scripts and for its next run
(`./build_setup.sh --defaults` forgets that).
"""


def page(settings_sh: str) -> str:
    """The page as Markdown: one table per section of settings.sh."""
    kinds: dict[str, str] = {}
    for setting in programs.settings():
        own = [name for name in setting.names if name not in setting.instead]
        if own:  # others are set in containers only
            kinds.setdefault(own[0], setting.kind)
    parts = [HEAD]
    for line in settings_sh.splitlines():
        section, assignment = _SECTION.fullmatch(line), _SETTING.fullmatch(line)
        if section:
            title = section[1][0].upper() + section[1][1:]
            parts.append(f"\n## {title}\n\n| setting | default | values | meaning |\n| --- | --- | --- | --- |\n")
        elif assignment:
            name, default, meaning = assignment.groups()
            parts.append(f"| `{name}` | {_shown(default)} | {_cell(kinds[name])} | {_cell(meaning)} |\n")
    return "".join(parts)


def _shown(default: str) -> str:
    """A default as it is printed: paths in the checkout are relative."""
    default = default.replace("$_stack_root/", "").replace("${XDG_CACHE_HOME:-$HOME/.cache}", "~/.cache")
    return f"`{default}`" if default else "empty"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def main() -> int:
    """Write the page."""
    PAGE.write_text(page((ROOT / "settings.sh").read_text(encoding="utf-8")), encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
