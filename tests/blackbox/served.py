# SPDX-License-Identifier: Apache-2.0
"""The built program where a daemon keeps every data directory that is written to.

The same tests run with it and without: what a verb says, and its exit status, must not depend on whether a daemon keeps
the book. The daemon's clock is put to the --now of each call.
"""

import fcntl
import os

from conftest import Program
from daemon import Daemon, set_clock

WRITERS = {"account set", "bill close", "hold", "ingest", "licence activate", "order", "refund", "release", "rerate",
           "reverse", "tick", "wallet pay-out", "wallet top-up"}
ALONE = {"restore", "init"}  # they want the directory for themselves


def value_after(words, name):
    return next((str(value) for word, value in zip(words, words[1:]) if str(word) == name), None)


def is_written(home):
    """Whether another process writes there."""
    with open(os.path.join(home, "book.db.lock"), "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
        except OSError:
            return True


class ServedProgram(Program):
    """Starts a daemon for a data directory before the first verb that writes to it."""

    def __init__(self, path):
        super().__init__(path)
        self.daemons = {}
        self.count = 0

    def __call__(self, *words, cwd=None, **more):
        place = {} if cwd is None else {"cwd": cwd}
        data = value_after(words, "--data")
        verb = next((" ".join(map(str, words[:count])) for count in (2, 1)
                     if " ".join(map(str, words[:count])) in WRITERS | ALONE), None)
        if data is not None and verb is not None:
            home = os.path.realpath(os.path.join(cwd or "", data))
            if verb in ALONE:
                self.end(home)
            elif "--dry-run" not in words and "--preview" not in words:
                self.serve(home, value_after(words, "--now"))
        return super().__call__(*words, **place, **more)

    def serve(self, home, now):
        clock = home + ".clock"
        if home not in self.daemons and (not os.path.exists(os.path.join(home, "book.db")) or is_written(home)):
            return
        set_clock(clock, now or "")
        if home not in self.daemons:
            self.daemons[home] = Daemon(self, "--data", home, "--clock-file", clock)
            self.count += 1

    def end(self, home):
        if home in self.daemons:
            assert self.daemons.pop(home).end() == 0

    def end_all(self):
        for home in list(self.daemons):
            self.end(home)
