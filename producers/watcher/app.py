"""The watcher's process: looks at the inbox again and again, and hands over what is finished, in fair order."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, chain
from typing import Final

from producers.watcher import decisions
from producers.watcher.arrival import NEVER_SETTLED
from producers.watcher.durable import private_folder
from producers.watcher.inbox import Listing, Seen, look
from producers.watcher.ledger import Ledger
from producers.watcher.observe import Hints
from producers.watcher.order import fair_order
from producers.watcher.peek import Peek
from producers.watcher.publish import Publisher
from producers.watcher.register_file import RegisterFile
from producers.watcher.settle import UNSEEN, finished, renamed_into_place, settle
from producers.watcher.shards import owns
from producers.watcher.spool import Spool
from producers.watcher.waiting import note_sweep
from producers.watcher.work import Step, Work
from schemas.errors import BrokerError, PupilstreamError
from schemas.process import log, metrics
from schemas.process.lifecycle import StopRequest, say_why_stopped, stop_on_signals, stopped_file
from schemas.process.log import get_logger
from schemas.process.settings import Settings

NAME: Final = "watcher"
STOPPED: Final = 0
GAVE_UP: Final = 3
FENCED: Final = 4

_TAKEN_OVER: Final = "Another watcher has taken over this inbox: stop it, then start this one again"
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_LONGEST_WORK_S: Final = 0.5  # then look again: an older file, or a suspension, may have come
_LONGEST_DEAFNESS_S: Final = 0.25
_LONGEST_GROWTH_S: Final = 24 * 3600.0
_AT_ONCE: Final = 16
_BYTES_AT_ONCE: Final = 2_000_000  # half a second's work: what is claimed together is not interrupted
_DISK_THREADS: Final = 8  # syncs that wait together cost a disk hardly more than one


def main(settings: Settings) -> int:
    """Watch until a signal asks to stop; the exit status.

    0 when asked to stop, 3 where broker or disk fail for long, 4 where another watcher has taken over: the one that
    `up` looks after then says so in `HOME/run/watcher.stopped`, so that it is not started again to fence the other.
    """
    log.configure(NAME)
    metrics.serve(settings, NAME)
    stop = stop_on_signals()
    if settings.looked_after:
        stopped_file(settings.home, NAME).unlink(missing_ok=True)
    try:
        run(settings, stop)
    except BrokerError as error:
        if error.fenced:
            return _fenced(settings)
        get_logger().error("watcher_gave_up", exc_info=True, exit_code=GAVE_UP)
        return GAVE_UP
    except (PupilstreamError, OSError):
        get_logger().error("watcher_gave_up", exc_info=True, exit_code=GAVE_UP)
        return GAVE_UP
    return STOPPED


def _fenced(settings: Settings) -> int:
    get_logger().error("fenced_by_another_watcher", shard=settings.shard, exit_code=FENCED)
    if settings.looked_after:
        say_why_stopped(settings, NAME, _TAKEN_OVER)
    return FENCED


def run(settings: Settings, stop: StopRequest) -> None:
    """Watch until asked to stop.

    Raises:
        BrokerError: `fenced`: another watcher has taken over; else the broker did not come back.
        ContractError: the ledger holds what no version of this program wrote.

    """
    if settings.inbox.parent == settings.home:
        private_folder(settings.inbox)
    spool = Spool(settings)
    ledger = Ledger(settings, lambda: chain(spool.identities(), decisions.identities(settings.home)))
    try:
        with (
            Publisher(settings, ledger, stop) as publisher,
            Hints(settings.inbox) as hints,
            ThreadPoolExecutor(_DISK_THREADS) as pool,
        ):
            work = Work(settings, publisher, ledger=ledger, spool=spool, pool=pool)
            Watcher(settings, stop, hints, work).run()
    except BrokerError as error:
        if error.fenced or not stop:
            raise


class Watcher:
    """The loop around the work: what to do next, and when to look again."""

    def __init__(self, settings: Settings, stop: StopRequest, hints: Hints, work: Work) -> None:
        self._settings = settings
        self._stop = stop
        self._hints = hints
        self._work = work
        self._register = RegisterFile(settings.home, settings.settle_s)
        self._peek = Peek(settings.inbox)
        self._settling = UNSEEN
        self._renamed: dict[tuple[str | None, str], int] = {}
        self._special = 0
        self._failing: set[tuple[str, str]] = set()

    def run(self) -> None:
        """Sweep until asked to stop."""
        done = self._sweep()
        if self._settings.looked_after:
            note_sweep(self._settings.home)
        while not self._stop:
            if done:
                self._rest()
            done = self._sweep()

    def _sweep(self) -> bool:
        """One look, and a stretch of work; whether all there was is done."""
        ends = time.monotonic() + _LONGEST_WORK_S
        ready = self._finished()
        if not self._register.refresh(time.monotonic()):
            return True
        self._work.begin(self._register.register)
        room = self._do(self._work.resume()) and self._do(self._work.decide())
        done = not (room and self._do(self._work.take(self._restless(), NEVER_SETTLED))) or self._take(ready, ends)
        self._do(self._work.end())
        return done

    def _take(self, ready: list[Seen], ends: float) -> bool:
        """Take finished files in order, some at a time, until time is up; whether there is no more to do now."""
        files = self._in_order(ready)
        while files and not self._stop:
            if time.monotonic() >= ends:
                return False
            count = _few(files)
            if not self._do(self._work.take(files[:count])):
                return True
            files = files[count:]
        return True

    def _do(self, steps: Iterable[Step]) -> bool:
        """Do all steps, each on its own; whether there is room on the disk to go on."""
        outcomes = [self._attempt(*step) for step in steps]
        return all(outcomes)

    def _attempt(self, sender: str, do: Callable[[], None]) -> bool:
        """Do one step; what the file system refuses is tried again by the next sweep. False: the disk is full."""
        try:
            do()
        except OSError as error:
            code = errno.errorcode.get(error.errno or 0, "unknown")
            if (sender, code) not in self._failing:
                get_logger().warning("file_left_for_later", sender=sender, code=code)
            self._failing.add((sender, code))
            return error.errno not in _DISK_FULL
        self._failing = {failing for failing in self._failing if failing[0] != sender}
        return True

    def _finished(self) -> list[Seen]:
        """The files of our senders that may be taken now."""
        listing = self._look()
        own = [file for file in listing.files if owns(self._settings, file.sender)]
        metrics.WAITING.set(len(own))
        metrics.turned()
        self._settling, quiet = settle(self._settling, own, time.monotonic(), settle_s=self._settings.settle_s)
        renamed = renamed_into_place(own, self._renamed)
        return finished(own, quiet=quiet, renamed=renamed, now_ns=time.time_ns())

    def _restless(self) -> list[Seen]:
        """The files of our senders that have been written to for so long that a person must look."""
        return self._settling.restless(time.monotonic(), self._settings.settle_s, _LONGEST_GROWTH_S)

    def _look(self) -> Listing:
        """The inbox as it is, with the hints that belong to it; empty where it cannot be read."""
        self._renamed |= self._hints.renamed()
        try:
            listing = look(self._settings.inbox)
        except OSError as error:
            get_logger().error("inbox_unreachable", code=errno.errorcode.get(error.errno or 0, "unknown"))
            return Listing((), (), self._special)
        self._hints.follow(listing.folders)
        places = {(file.folder, file.name) for file in listing.files}
        self._renamed = {place: moment for place, moment in self._renamed.items() if place in places}
        if listing.special != self._special:
            get_logger().warning("special_files_left_alone", count=listing.special)
        self._special = listing.special
        return listing

    def _in_order(self, ready: list[Seen]) -> list[Seen]:
        self._peek.forget_all_but(ready)
        today = self._settings.clock.today()
        return list(
            fair_order(
                ready,
                waits=lambda file: len(ready) > 1 and self._peek.waits(file, self._register.register, today),
                now_ns=time.time_ns(),
                last_served=self._work.last_served,
            )
        )

    def _rest(self) -> None:
        """Wait for a hint, the next file to settle, or the next sweep; deaf to a stop only for a moment."""
        unsettled = self._settling.unsettled(time.monotonic(), self._settings.settle_s)
        ends = time.monotonic() + min(self._settings.sweep_s, unsettled or self._settings.sweep_s)
        while not self._stop and (left := ends - time.monotonic()) > 0:
            if self._hints.wait(min(left, _LONGEST_DEAFNESS_S)):
                return


def _few(files: list[Seen]) -> int:
    """How many of the first files are taken together: at least one."""
    sizes = accumulate(file.size for file in files[:_AT_ONCE])
    return max(1, sum(size <= _BYTES_AT_ONCE for size in sizes))
