"""`python -m data.world.make_outlines countries-10m.json`: country outlines, simplified, for the streamer's live page.

Input: `countries-10m.json` of the npm package world-atlas, which is Natural Earth's 1:10m cultural vectors (public
domain) as TopoJSON. Output: `datastream/web/static/outlines.json`, a list of lines. A line is a list of whole numbers
in hundredths of a degree: longitude and latitude of its first point, then the steps to each next one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parents[2] / "datastream" / "web" / "static" / "outlines.json"
TOLERANCE = 0.03
"""Degrees that a line may move: two pixels of a map that is five degrees wide."""
SMALLEST = 0.1
"""Degrees: a closed line that reaches less far is left out, so that small islands do not double the file."""
UNITS = 100
DATE_LINE = 179.99

Point = tuple[float, float]


def arcs(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """The lines of a quantized TopoJSON, in degrees (specification: TopoJSON 1.0, sections 2.1.2 and 2.1.4)."""
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            line.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
        yield line


def parts(line: list[Point]) -> Iterator[list[Point]]:
    """A line without its pieces along the date line, where Natural Earth cuts countries in two."""
    part = line[:1]
    for before, after in pairwise(line):
        if min(abs(before[0]), abs(after[0])) >= DATE_LINE:
            yield part
            part = []
        part.append(after)
    yield part


def simplified(line: list[Point]) -> list[Point]:
    """The line with fewer points, none of which it misses by more than TOLERANCE (Ramer, Douglas and Peucker)."""
    kept, spans = {0, len(line) - 1}, [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        far, at = max(
            ((_distance(line[n], line[first], line[last]), n) for n in range(first + 1, last)), default=(0, 0)
        )
        if far > TOLERANCE:
            kept.add(at)
            spans += [(first, at), (at, last)]
    return [line[number] for number in sorted(kept)]


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to the stretch between two others."""
    (x, y), (left, low), (right, high) = point, start, end
    width, height = right - left, high - low
    square = width * width + height * height
    along = ((x - left) * width + (y - low) * height) / square if square else 0.0
    along = min(1.0, max(0.0, along))
    return float(((x - left - along * width) ** 2 + (y - low - along * height) ** 2) ** 0.5)


def is_small(line: list[Point]) -> bool:
    """Whether a closed line encloses less than anybody would see."""
    xs, ys = zip(*line, strict=True)
    return line[0] == line[-1] and max(max(xs) - min(xs), max(ys) - min(ys)) < SMALLEST


def encoded(line: list[Point]) -> list[int]:
    """The line in whole units: its first point, then steps; points that fall together are one."""
    whole = [(round(x * UNITS), round(y * UNITS)) for x, y in line]
    steps = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(whole)]
    return [*whole[0], *(number for step in steps if step != (0, 0) for number in step)]


def main(arguments: list[str]) -> int:
    """Write the outlines."""
    (source,) = arguments
    topology = json.loads(Path(source).read_text(encoding="utf-8"))
    lines = [part for line in arcs(topology) for part in parts(line) if len(part) > 1 and not is_small(part)]
    made = [numbers for line in lines if len(numbers := encoded(simplified(line))) > 2]
    TARGET.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="ascii")
    print(f"{len(made)} lines, {TARGET.stat().st_size / 1024:.0f} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
