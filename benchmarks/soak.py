"""`./run_benchmarks.sh soak [--minutes 60] [--rate 1000] [--fault-every 120]`: a native stack for hours, with faults.

Every two minutes a part of the stack is killed with -9, chosen at random from a seed. Once a minute the memory and the
open files of each component are read, and the size and the number of files of each folder of STACK_HOME. At the end
the rest of the data is streamed at full speed, and the store is compared with the file: the number of all points, and
each value of every tenth copy of the stations.

A supervised process that was killed begins with little memory, so the growth is that of the whole stack: the slope of
a line through the samples after the first ten minutes.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from benchmarks.idle import component_of
from benchmarks.time_order import MAX_COPIES, make_file
from stack.common.steps import say
from testing.environment import eventually
from testing.healing import VICTIMS, Healing
from testing.running_stack import RunningStack, assert_same_points, expected_points
from testing.throwaway_stack import machine
from weather.reading import FIELDS, MEASUREMENT

ROWS_OF_A_COPY = 36_999
WARM_UP, SAMPLE_EVERY = 600.0, 60.0
"""Seconds."""
MIB = 2**20


@dataclass
class Sample:
    """Memory (proportional set size) and open files by component, and the folders of STACK_HOME, at one moment."""

    seconds: float
    memory: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    descriptors: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sizes: dict[str, float] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    lag: float = 0.0


def sample(stack: RunningStack, seconds: float) -> Sample:
    """Look at every process and every folder of a stack."""
    found = Sample(seconds)
    for process in stack.processes():
        try:
            name = component_of(process)
            found.memory[name] += process.memory_full_info().pss / MIB
            found.descriptors[name] += process.num_fds()
        except psutil.Error:
            continue
    for folder in sorted([*(stack.home / "data").iterdir(), stack.home / "logs"]):
        files = [file for file in folder.rglob("*") if file.is_file()]
        found.files[folder.name] = len(files)
        found.sizes[folder.name] = sum(size_of(file) for file in files) / MIB
    found.lag = stack.figure("pipeline", "lag")
    return found


def size_of(file: Path) -> float:
    """The room that a file takes on the disk; 0 if it has just been removed."""
    try:
        return file.stat().st_blocks * 512
    except FileNotFoundError:
        return 0.0


def slope(samples: list[Sample], values: list[float]) -> float:
    """The growth per hour, by least squares."""
    hours = [each.seconds / 3600 for each in samples]
    return float(np.polyfit(hours, values, 1)[0]) if len(samples) > 2 else float("nan")


def report(samples: list[Sample], healing: Healing) -> None:
    """Print what the soak has shown."""
    steady = [each for each in samples if each.seconds >= WARM_UP] or samples
    first, last = steady[0], steady[-1]
    say(f"\nmemory (MiB) and open files after {first.seconds / 60:.0f} and {last.seconds / 60:.0f} minutes")
    for name in sorted({*first.memory, *last.memory}):
        say(
            f"  {name:<20} {first.memory[name]:7.0f} {last.memory[name]:7.0f}"
            f"   {first.descriptors[name]:5d} {last.descriptors[name]:5d}"
        )
    for title, values in (
        ("memory (MiB)", [sum(each.memory.values()) for each in steady]),
        ("open files", [float(sum(each.descriptors.values())) for each in steady]),
    ):
        most, growth = max(values), slope(steady, values)
        say(f"  all {title}: {values[0]:.0f}, {values[-1]:.0f}, most {most:.0f}; growth per hour {growth:+.0f}")
    say("\nfolders: MiB and files")
    for name in sorted({*first.sizes, *last.sizes}):
        say(
            f"  {name:<20} {first.sizes.get(name, 0):8.1f} {last.sizes.get(name, 0):8.1f}"
            f"   {first.files.get(name, 0):6d} {last.files.get(name, 0):6d}"
        )
    by_victim: dict[str, list[float]] = defaultdict(list)
    for fault, seconds in healing.times:
        by_victim[fault].append(seconds)
    say("\nfaults: number, median and longest seconds until all is healthy and rows flow")
    for fault, seconds_of in sorted(by_victim.items()):
        say(f"  {fault:<32} {len(seconds_of):3d} {np.median(seconds_of):6.1f} {max(seconds_of):6.1f}")


def compare(stack: RunningStack, data: Path) -> None:
    """Raise AssertionError unless the store holds exactly what the file holds."""
    everything = expected_points(data)
    eventually(lambda: stack.count() == len(everything), f"{len(everything)} points are stored", within=3600)
    for copy in range(0, MAX_COPIES, 10):
        of_copy = everything[everything.index.get_level_values(0).str.startswith(f"{copy:02d}")]
        if not of_copy.empty:
            got = stack.table(MEASUREMENT, f"r.station_id =~ /^{copy:02d}/")
            assert_same_points(got.reindex(columns=["station", *(each.name for each in FIELDS)]), of_copy)
    say(f"\nthe store holds exactly the {len(everything)} points of the file")


def main() -> int:
    """Print the report. Return 1 if the store is not exact."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=1000.0, help="rows per second")
    parser.add_argument("--fault-every", type=float, default=120.0, help="seconds from one fault to the next; 0 = none")
    parser.add_argument("--seed", type=int, default=22)
    options = parser.parse_args()
    say(f"{machine()}; {options.minutes:g} minutes, {options.rate:g} rows/s, a fault every {options.fault_every:g} s")
    folder = Path(tempfile.mkdtemp(prefix="w"))
    copies = min(MAX_COPIES, int(options.minutes * 60 * options.rate / ROWS_OF_A_COPY) + 1)
    make_file(folder / "H_00_copies.csv.gz", copies)
    stack = RunningStack(folder)
    stack.environment |= {
        "METEO_DATA": str(folder / "H_00_copies.csv.gz"), "STREAMING_TIME_DELTA": str(1 / options.rate),
    }  # fmt: skip
    try:
        stack.must("./build_setup.sh", "--native")
        healing = Healing(stack)
        samples = soak(stack, healing, options)
        stack.set_delta(0)
        report(samples, healing)
        eventually(lambda: stack.status()["state"] == "finished", "the file is streamed", within=3600)
        compare(stack, folder / "H_00_copies.csv.gz")
    except AssertionError as error:
        say(f"\n✗ the store is not exact: {error}")
        return 1
    finally:
        stack.run("./clean.sh", "--yes")
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def soak(stack: RunningStack, healing: Healing, options: argparse.Namespace) -> list[Sample]:
    """Let the stack stream, with faults. Return the samples."""
    chance, names = random.Random(options.seed), sorted(VICTIMS)
    started = time.monotonic()
    next_sample, next_fault = 0.0, options.fault_every or float("inf")
    samples: list[Sample] = []
    while (now := time.monotonic() - started) < options.minutes * 60:
        if now >= next_sample:
            samples.append(sample(stack, now))
            memory, files = sum(samples[-1].memory.values()), sum(samples[-1].descriptors.values())
            sent = stack.status()["rows_sent"]
            say(f"{now / 60:5.1f} min: {memory:.0f} MiB, {files} open files, {sent} rows, lag {samples[-1].lag:.0f}")
            next_sample += SAMPLE_EVERY
        if now >= next_fault:
            healing.kill([chance.choice(names)])
            next_fault += options.fault_every
        time.sleep(1)
    samples.append(sample(stack, time.monotonic() - started))
    return samples


if __name__ == "__main__":
    sys.exit(main())
