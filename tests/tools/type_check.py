"""`python -m tests.tools.type_check`: tsc checks the dashboard viewer's TypeScript and the live page's JavaScript.

tsc and the types of the packages come from the viewer's package-lock.json. They are installed once and kept in the
cache. The scripts are checked in a copy beside them, so that nothing is written into the checkout.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from grafana.viewer import build as viewer
from stack.common import environment
from stack.common.steps import fail, run
from stack.native.cache import ensure
from stack.native.install import Installation
from weather import settings
from weather.errors import StackError

PROJECTS = (Path("grafana/viewer/tsconfig.json"), Path("datastream/web/jsconfig.json"))
"""What tsc is told about the scripts beside or below it."""
SCRIPTS = (Path("grafana/viewer/src"), Path("datastream/web/static"))


def check(checkout: Path, variables: settings.Variables) -> int:
    """Print the type errors in the scripts of a checkout; 0 if there are none. StackError where tsc cannot be had."""
    cache = Path(variables.text("STACK_CACHE"))
    log = cache / "install.log"
    npm, env = Installation(variables, log).npm()  # the Node.js that bundles the viewer's page

    def install(folder: Path) -> None:
        viewer.install_packages(folder, lambda title, command, cwd: run(title, [*npm, *command[1:]], log, env, cwd))

    packages = ensure(cache / f"viewer-packages-{viewer.packages_digest()}", install) / "node_modules"
    tsc = ["node", str(packages / "typescript" / "bin" / "tsc")]
    with tempfile.TemporaryDirectory(prefix="types-") as temporary:
        copy = Path(temporary)
        (copy / "node_modules").symlink_to(packages)
        for folder in SCRIPTS:
            shutil.copytree(checkout / folder, copy / folder)
        for project in PROJECTS:
            shutil.copyfile(checkout / project, copy / project)
        # Called from the top of the copy, tsc names each file as it is named in the checkout.
        results = [subprocess.run([*tsc, "--project", str(p)], cwd=copy, env=env, check=False) for p in PROJECTS]
    return max(result.returncode for result in results)


def main() -> int:
    """Check this checkout; 1 or 2 where a type is wrong."""
    try:
        return check(environment.ROOT, environment.variables())
    except StackError as error:
        return fail(error)


if __name__ == "__main__":
    sys.exit(main())
