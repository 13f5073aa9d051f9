"""`python -m consumers.dead_letters list | show | export | replay | drop`: what ./dead-letters.sh runs."""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from consumers.dead_letters.correction import Correction
from consumers.dead_letters.letters import Letter, Wanted, kind, read
from consumers.dead_letters.marks import DROPPED, OPEN, REPEATED, TOPIC, Marks, Repetitions
from consumers.dead_letters.replay import AT_ONCE, Report, complete, replay
from consumers.kafka.topic_log import Cluster
from weather import logs, settings
from weather.errors import SettingsError, StackError

PROGRAM = "./dead-letters.sh"
SHOWN_BYTES = 500
COLUMNS = ("topic", "component", "reason", "open", "replayed", "dropped", "repeated", "first", "last")


def main(arguments: list[str]) -> int:
    """Run a command. Return 1 with the reason if it fails, 2 if the arguments are wrong."""
    options = _parser().parse_args(arguments)
    logs.configure()
    logging.getLogger("kafka").setLevel(logging.ERROR)
    try:
        cluster = Cluster(settings.KafkaServers.load(settings.Variables()).bootstrap_servers)
        command: Callable[[Cluster, Wanted, argparse.Namespace], int] = options.command
        return command(cluster, _wanted(options), options)
    except StackError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1


def list_letters(cluster: Cluster, wanted: Wanted, options: argparse.Namespace) -> int:
    """Print the number of dead letters by topic, component, kind of reason and state."""
    counts: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    times: dict[tuple[str, str, str], tuple[datetime, datetime]] = {}
    for letter, state in _with_states(cluster, wanted):
        group = letter.topic, _printable(letter.component), _printable(kind(letter.reason))
        counts[group][state] += 1
        first, last = times.get(group, (letter.at, letter.at))
        times[group] = min(first, letter.at), max(last, letter.at)
    if not counts:
        print("no dead letters")
        return 0
    rows: list[tuple[str, ...]] = [COLUMNS]
    for group, of_group in sorted(counts.items()):
        states = (str(of_group[state]) for state in COLUMNS[3:7])
        rows.append((*group, *states, *(f"{at:%Y-%m-%d %H:%M:%S}" for at in times[group])))
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(f"{sum(of_group[OPEN] for of_group in counts.values())} open; times in UTC")
    return 0


def show(cluster: Cluster, wanted: Wanted, options: argparse.Namespace) -> int:
    """Print dead letters one by one, at most `--limit`."""
    shown = 0
    for letter, state in _with_states(cluster, wanted):
        if state != OPEN and not options.all:
            continue
        if shown == options.limit:
            print(f"… and more: --limit N shows more than {options.limit}")
            break
        shown += 1
        print(f"{letter.name}  {letter.at:%Y-%m-%d %H:%M:%S}  {state}")
        for name, text in (("reason", letter.reason), ("component", letter.component), ("origin", letter.origin)):
            print(f"  {name + ':':10} {_printable(text)}")
        for name, content in (("key", letter.key), ("value", letter.value)):
            print(f"  {name + ':':10} {_readable(content, None if options.full else SHOWN_BYTES)}")
    if not shown:
        print("no dead letters" if options.all else "no open dead letters; --all shows the others too")
    return 0


def export(cluster: Cluster, wanted: Wanted, options: argparse.Namespace) -> int:
    """Print each dead letter as a line of JSON."""
    if options.file != "-":
        raise SettingsError(f"this program runs where files of yours may not exist: use {PROGRAM} export FILE")
    for letter, state in _with_states(cluster, wanted):
        if state == OPEN or options.all:
            print(json.dumps(letter.document(state), ensure_ascii=False))
    return 0


def replay_letters(cluster: Cluster, wanted: Wanted, options: argparse.Namespace) -> int:
    """Send open dead letters to their topics again."""
    correction = Correction.parse(options.correction) if options.correction is not None else None

    def progress(report: Report) -> None:
        if report.replayed % (20 * AT_ONCE) == 0:
            print(f"    {report.replayed} so far", file=sys.stderr, flush=True)

    report = replay(cluster, wanted, correction, dry_run=options.dry_run, progress=progress)
    print(f"{report.replayed} dead letters {'would be replayed' if options.dry_run else 'replayed'}")
    if report.repeated:
        print(f"{report.repeated} are further dead letters of the same records")
    for reason, count in sorted(report.left.items()):
        print(f"{count} left open: {reason}")
    return 0


def drop(cluster: Cluster, wanted: Wanted, options: argparse.Namespace) -> int:
    """Mark open dead letters as dropped."""
    open_ones = [letter for letter, state in _with_states(cluster, wanted) if state in (OPEN, REPEATED)]
    if options.dry_run or not options.yes:
        print(f"{len(open_ones)} dead letters would be dropped" + ("" if options.dry_run else "; add --yes to do it"))
        return 0 if options.dry_run else 1
    cluster.create_compacted(TOPIC)
    marks = Marks(cluster)
    with cluster.appender() as appender:
        complete(cluster, marks, appender)
        dropped = [letter for letter in open_ones if marks.state(letter) == OPEN]
        marks.put(appender, dropped, DROPPED)
        appender.confirm()
    print(f"{len(open_ones)} dead letters dropped; Kafka deletes them when their topic's retention is over")
    return 0


def _with_states(cluster: Cluster, wanted: Wanted) -> Iterator[tuple[Letter, str]]:
    """The wanted dead letters with their states. A further one of the same record is REPEATED while that is open."""
    marks, repetitions = Marks(cluster), Repetitions()
    for letter in read(cluster, wanted):
        state, is_new = marks.state(letter), repetitions.is_new(letter)
        yield letter, state if is_new or state != OPEN else REPEATED


def _readable(content: bytes | None, most: int | None) -> str:
    if content is None:
        return "none"
    text = _printable(content[:most].decode(errors="backslashreplace"))
    return text if most is None or len(content) <= most else f"{text}… ({len(content)} bytes; --full shows all)"


def _printable(text: str) -> str:
    """The text without control characters, which would change what the terminal shows."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def _wanted(options: argparse.Namespace) -> Wanted:
    return Wanted(options.topic, options.reason, options.component, options.origin, options.since, options.until)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a regular expression: {error}") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2026-01-31 or 2026-01-31T12:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parser() -> argparse.ArgumentParser:
    which = argparse.ArgumentParser(add_help=False)
    chosen = which.add_argument_group("which dead letters (default: all)")
    chosen.add_argument("--topic", action="append", default=[], help="topic of the records; may be repeated")
    chosen.add_argument("--reason", type=_pattern, help="part of the reason, a regular expression")
    chosen.add_argument("--component", default="", help="who rejected the record, such as spark_app")
    chosen.add_argument("--origin", default="", help="part of the origin, such as meteo-0@55 or a file name")
    chosen.add_argument("--since", type=_moment, default=datetime.min.replace(tzinfo=UTC), help="time in UTC, included")
    chosen.add_argument("--until", type=_moment, default=datetime.max.replace(tzinfo=UTC), help="time in UTC, excluded")
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Look at the records in the dead-letter topics, and do something about them."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[..., int], words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, parents=[which], help=words, description=words[0].upper() + words[1:] + ".")
        made.set_defaults(command=command)
        return made

    add("list", list_letters, "count dead letters by topic, component, reason and state")
    for name, command, words in (
        ("show", show, "print open dead letters one by one"),
        ("export", export, "write open dead letters to a file, one line of JSON each"),
    ):
        made = add(name, command, words)
        made.add_argument("--all", action="store_true", help="include replayed and dropped ones")
        if name == "export":
            made.add_argument("file", metavar="FILE", nargs="?", default="-", help="default: standard output")
        else:
            made.add_argument("--limit", type=int, default=20, help="how many (default: 20)")
            made.add_argument("--full", action="store_true", help=f"whole values, not their first {SHOWN_BYTES} bytes")
    replaying = add("replay", replay_letters, "send open dead letters to their topics again, each once")
    replaying.add_argument(
        "--correct", dest="correction", metavar="FILE", help="TOML file of what to change in JSON messages first"
    )
    dropping = add("drop", drop, "mark open dead letters as dropped: they are no longer shown or replayed")
    dropping.add_argument("--yes", action="store_true", help="do it")
    for made in (replaying, dropping):
        made.add_argument("--dry-run", action="store_true", help="only say how many")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
