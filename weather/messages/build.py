"""Generates the Python code of the protobuf messages: `python -m weather.messages.build`.

The code is committed; `--check` writes nothing and exits 1 if it differs from the .proto files. The compiler is
grpcio-tools, which only developers need (requirements/tests.txt). Programs need only its runtime, protobuf.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
MADE = ("*_pb2.py", "*_pb2.pyi")


def compile_into(folder: Path) -> None:
    """Write the code of every .proto to `folder`, under the package's path."""
    protos = [str(proto.relative_to(ROOT)) for proto in sorted(FOLDER.glob("*.proto"))]
    options = [f"--proto_path={ROOT}", f"--python_out={folder}", f"--pyi_out={folder}"]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *options, *protos], cwd=ROOT, check=True)


def generated(folder: Path) -> dict[str, str]:
    """Name → text of the generated files in `folder`."""
    return {path.name: path.read_text(encoding="utf-8") for pattern in MADE for path in folder.glob(pattern)}


def stale(folder: Path = FOLDER) -> list[str]:
    """The generated files in `folder` that are missing, differ from their .proto, or have no .proto."""
    with tempfile.TemporaryDirectory() as made:
        compile_into(Path(made))
        wanted = generated(Path(made) / FOLDER.relative_to(ROOT))
    found = generated(folder)
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, or only compare with `--check`. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m weather.messages.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 if the committed code is stale")
    if not parser.parse_args(arguments).check:
        compile_into(ROOT)
        return 0
    names = stale()
    for name in names:
        print(f"{FOLDER / name} does not match its .proto: run python -m weather.messages.build", file=sys.stderr)
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
