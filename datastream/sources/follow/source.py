"""The source that follows files: it sends what they hold, in time order, then what is new or changed at each poll.

Delivery promise: at least once. The messages of a poll are written to an outbox before the first one is sent, together
with the ledger that knows them (the pattern "transactional outbox"), so a streamer that is killed sends the rest of the
outbox after its restart, and nothing that Kafka had confirmed at the last stored position a second time.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace as changed
from pathlib import Path

from datastream.message import Following, Item, Message, Pause
from datastream.sources.backoff import Backoff
from datastream.sources.downloads.download import Downloads, NotNow
from datastream.sources.external_sort import TimeOrdered, TimeSorter
from datastream.sources.follow import versions
from datastream.sources.follow.comparison import Comparison
from datastream.sources.follow.format import Format, Stream
from datastream.sources.follow.ledger import Ledger
from weather import files
from weather.errors import RejectedRecord, SourceError
from weather.settings.locations import Location

LEDGER, OUTBOX = "ledger.sqlite", "outbox"


class Followed:
    """Files and addresses, polled every `every` seconds; with `every` 0 they are read once.

    A file that cannot be downloaded is replaced by its last copy. Without a copy, the source retries a limited number
    of times. `folder` keeps the ledger and the outbox.
    """

    def __init__(
        self,
        locations: Callable[[], Sequence[Location]],
        form: Format,
        downloads: Downloads,
        folder: Path,
        every: float,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.total: int | None = None
        self.following = Following(every, form.moment)
        self._locations = locations
        self._form = form
        self._downloads = downloads
        self._folder = folder
        self._newest = ""
        self._offset = 0
        self._fingerprint = ""

    @property
    def name(self) -> str:
        names = [location.name for location in self._locations()]
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    @property
    def fingerprint(self) -> str:
        """That of the ledger: a position belongs to the ledger, whatever the files have become meanwhile."""
        if not self._fingerprint:
            ledger = self._open()
            self._fingerprint = f"ledger {ledger.id}"
            ledger.close()
        return self._fingerprint

    @property
    def earlier_fingerprint(self) -> str:
        return self.fingerprint

    def refresh(self) -> None:
        """Nothing to do: every poll reads what has changed."""

    def end_marker(self) -> Message | None:
        return self._form.end_marker(self._newest) if self._newest else None

    def close(self) -> None:
        self._downloads.close()

    def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
        ledger, backoff = self._open(), Backoff()
        self.following.live = False
        try:
            yield from self._resumed(ledger, skip)
            while not cancelled():
                yield Pause(0.0)  # after it every message is confirmed, so the outbox may be replaced
                if cancelled():
                    return
                try:
                    pause = yield from self._poll(ledger, cancelled)
                except NotNow as error:
                    if (wait := backoff.failed()) is None:
                        raise SourceError(f"gave up after {backoff.failures} attempts: {error}") from error
                    yield Pause(wait if error.retry_after is None else error.retry_after, str(error))
                    continue
                if cancelled():
                    return
                yield from self._outbox(ledger)
                self.following.live = True
                if not self.following.every:
                    return
                yield pause
        finally:
            ledger.close()

    def _poll(self, ledger: Ledger, cancelled: Callable[[], bool]) -> Generator[RejectedRecord, None, Pause]:
        """Put what is new or changed into the outbox. Return the pause until the next poll, with what is wrong.

        Raise SourceError only before the first rows: later the files may become readable again.
        """
        problems, retry_after = [], 0.0
        try:
            found = versions.find(self._locations(), self._form, self._downloads, cancelled)
            retry_after = found.retry_after
            comparison = Comparison(ledger, self._form, found.versions, self.counts)
            if comparison.has_work:
                yield from self._compare(ledger, comparison, cancelled)
            problems = found.problems + comparison.problems
            self.following.checked_at = time.time()
        except SourceError as error:
            ledger.roll_back()
            if not self.following.live:
                raise
            problems = [str(error)]
        return Pause(max(self.following.every, retry_after), "; ".join(problems))

    def _compare(
        self, ledger: Ledger, comparison: Comparison, cancelled: Callable[[], bool]
    ) -> Iterator[RejectedRecord]:
        """Replace the outbox, in one step with the ledger. Keep both if cancelled."""
        first = sum(ledger.outbox)
        sorter = TimeSorter()
        try:
            for item in comparison.items():
                if cancelled():
                    ledger.roll_back()
                    return
                if isinstance(item, Message):
                    sorter.add(item)
                else:
                    yield item
            file = self._outbox_file(first)
            outbox = sorter.finish(file)
            outbox.close()
        finally:
            sorter.close()
        files.sync(file)
        files.sync(self._folder)
        ledger.commit(first, outbox.count)
        if outbox.count:
            self.following.changed_at = time.time()
        for old in self._folder.glob(f"{OUTBOX}-*"):
            if old != file:
                old.unlink()

    def _resumed(self, ledger: Ledger, skip: int) -> Iterator[Message]:
        """The messages of the outbox after offset `skip`. A position outside of it makes all rows be sent again."""
        first, count = ledger.outbox
        usable = first <= skip <= first + count and (not count or self._outbox_file(first).exists())
        if not usable:
            ledger.send_all_again()
        self._offset = skip if usable else 0
        yield from self._outbox(ledger)

    def _outbox(self, ledger: Ledger) -> Iterator[Message]:
        """The messages of the outbox that were not sent yet."""
        first, count = ledger.outbox
        self.total, skip = first + count, self._offset - first
        if skip == count:
            return
        stream = Stream(ledger.id, ledger.labels())
        with TimeOrdered.opened(self._outbox_file(first), count) as outbox:
            last = set() if self.following.every else outbox.last_of_each_key()
            for number, message in enumerate(outbox.messages(skip), start=skip + 1):
                self._newest = max(self._newest, message.event_time)
                self._offset = first + number
                yield changed(self._form.addressed(message, stream, number in last), offset=self._offset)

    def _outbox_file(self, first: int) -> Path:
        return self._folder / f"{OUTBOX}-{first}"

    def _open(self) -> Ledger:
        return Ledger(self._folder / LEDGER, self._form.field_names)
