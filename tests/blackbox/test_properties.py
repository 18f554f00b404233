# SPDX-License-Identifier: Apache-2.0
"""What holds for every journal: the order of pay-as-you-go events, the cutting into files, the number of threads and
repetitions change no bill; balances and bills add up; the same input gives the same bytes."""

import json
import pathlib
import random
import sys
from decimal import Decimal, localcontext

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from oracle import program, world  # noqa: E402

CLANG = program.ROOT / "build-clang" / "src" / "cli" / "tollgate"
WORLDS = [pytest.param(f"property {number}", id=f"world {number}") for number in range(12)]


class World:
    """Tariffs in a folder and the lines of a journal."""

    def __init__(self, folder, seed, events, change=None):
        self.folder = folder
        tariffs, journal, _ = world.make(seed, events)
        journal.is_clean = True
        if change:
            change(tariffs, journal)
        (folder / "tariffs").mkdir()
        for tariff in tariffs:
            path = folder / "tariffs" / f"{tariff['name']}.yaml"
            path.write_text(world.tariff_file(tariff), encoding="utf-8")
        self.tariffs = tariffs
        self.lines = [text for text, _ in journal.lines()]

    def write(self, name, lines):
        path = self.folder / name
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return path

    def bytes(self, lines, *options, binary=None):
        path = self.write("journal.ndjson", lines)
        return program.rate_bytes([path], "--tariffs", str(self.folder / "tariffs"), *options, binary=binary)

    def rate(self, lines):
        return json.loads(self.bytes(lines))


def pay_as_you_go(cycle):
    """Nothing but pay-as-you-go, in cycles of one kind."""
    def change(tariffs, journal):
        journal.order_share = 0
        for tariff in tariffs:
            tariff.pop("funding", None)
            tariff.update(packages=[], plans=[], concurrency=[], grants=[], postpaid=True, cycle=cycle)
            for item in tariff["items"]:
                item.pop("free_quota", None)
    return change


@pytest.mark.parametrize("cycle", ["hour", "month"])
@pytest.mark.parametrize("seed", WORLDS)
def test_the_order_of_pay_as_you_go_events_changes_no_bill(tmp_path, seed, cycle):
    made = World(tmp_path, seed, 500, pay_as_you_go(cycle))
    first = made.rate(made.lines)
    assert first["bills"]
    for shuffle in range(2):
        lines = list(made.lines)
        random.Random(shuffle).shuffle(lines)
        other = made.rate(lines)
        for part in ("bills", "external", "counts"):
            assert other[part] == first[part], f"{part} of {seed}, shuffle {shuffle}"
        ids = [sorted(str(one["id"]) for one in answer["unpriced"]) for answer in (first, other)]
        assert ids[0] == ids[1]


def live(viewer, start, end, at):
    return program.event(f"{viewer}-{start}", "imm.process/hls/ts", at, media="film", play={"from": start, "to": end},
                         playlist={"ahead_seconds": 10})


def test_the_order_of_viewers_changes_no_bill(tmp_path):
    """Within an hour and across two, and whether the playlist is told first or last."""
    streams = [{"kind": "video", "codec": "h264", "width": 800, "height": 600, "fps": 30}, {"kind": "audio"}]
    events = [program.event("list", "imm.GenerateVideoPlaylist", "2026-03-02T10:00:00+08:00", media="film",
                            playlist={"initial_seconds": 30, "duration_seconds": 2280}, streams=streams)]
    events += [live(viewer, start, start + 65, f"2026-03-02T1{viewer % 2}:{start // 60:02d}:00+08:00")
               for viewer in range(4) for start in range(0, 2280, 190 + viewer)]
    bills = program.rate_events(tmp_path, events)["bills"]
    assert len(bills) == 2
    for shuffle in range(10):
        random.Random(shuffle).shuffle(events)
        assert program.rate_events(tmp_path, events)["bills"] == bills, f"shuffle {shuffle}"


@pytest.mark.parametrize("seed", WORLDS)
def test_cutting_a_journal_into_files_changes_nothing(tmp_path, seed):
    made = World(tmp_path, seed, 500)
    whole = made.rate(made.lines)
    for parts in (2, 7):
        step = len(made.lines) // parts + 1
        files = [made.write(f"part-{start:05d}", made.lines[start:start + step])
                 for start in range(0, len(made.lines), step)]
        cut = program.rate(files, "--tariffs", str(tmp_path / "tariffs"))
        for part in ("bills", "balances", "alerts", "external", "counts", "duplicates"):
            assert cut[part] == whole[part], part
        for part in ("unpriced", "rejected"):
            strip = [[{key: one[key] for key in ("id", "source", "reason", "column")} for one in answer[part]]
                     for answer in (cut, whole)]
            assert sorted(strip[0], key=str) == sorted(strip[1], key=str), part


@pytest.mark.parametrize("seed", WORLDS[:3])
def test_the_number_of_threads_changes_no_byte(tmp_path, seed):
    made = World(tmp_path, seed, 9000)
    assert sum(map(len, made.lines)) > 2 << 20, "several chunks, or threads have nothing to share"
    one = made.bytes(made.lines, "--threads", "1")
    for threads in ("2", "8"):
        assert made.bytes(made.lines, "--threads", threads) == one, f"{threads} threads"


@pytest.mark.parametrize("seed", WORLDS)
def test_repeated_lines_change_nothing(tmp_path, seed):
    made = World(tmp_path, seed, 400)
    once = made.rate(made.lines)
    repeated = [json.dumps(dict(reversed(list(json.loads(line).items())))) for line in made.lines]
    random.Random(seed).shuffle(repeated)
    for lines in (made.lines + repeated, [line for line in made.lines for _ in range(3)]):
        twice = made.rate(lines)
        for part in ("bills", "balances", "alerts", "external", "counts"):
            assert twice[part] == once[part], part
        # A line that is refused before anybody looks at its identity is refused each time.
        known = sum("sells no" in one["reason"] for one in once["rejected"])
        assert twice["duplicates"] == (len(lines) - len(made.lines)) - known * (len(lines) // len(made.lines) - 1)


@pytest.mark.parametrize("seed", WORLDS)
def test_balances_and_bills_add_up(tmp_path, seed):
    def change(_tariffs, journal):
        journal.order_share = 0.1
    made = World(tmp_path, seed, 600, change)
    answer = made.rate(made.lines)
    with localcontext() as context:
        context.prec = 60
        for row in answer["balances"]:
            used, held, left, over = (Decimal(row[name]) for name in ("used", "held", "remaining", "expired"))
            assert Decimal(row["bought"]) == used + held + left + over, row
            assert min(used, held, left, over) >= 0, row
        for bill in answer["bills"]:
            exact = sum((Decimal(line["amount"]) for line in bill["lines"]), Decimal(0))
            assert exact == Decimal(bill["exact_total"]), bill
            assert exact + Decimal(bill["rounding"]) == Decimal(bill["total"]), bill
            assert bill["lines"], bill


@pytest.mark.parametrize("seed", WORLDS[:4])
def test_the_same_input_gives_the_same_bytes(tmp_path, seed):
    made = World(tmp_path, seed, 2000)
    assert made.bytes(made.lines) == made.bytes(made.lines)


def clang_is_current():
    if not CLANG.exists():
        return False
    return CLANG.stat().st_mtime >= max(path.stat().st_mtime for path in (program.ROOT / "src").rglob("*.[ch]*"))


@pytest.mark.skipif(not clang_is_current(), reason="build-clang has no program, or an old one: nothing to compare with")
@pytest.mark.parametrize("seed", WORLDS[:4])
def test_both_compilers_give_the_same_bytes(tmp_path, seed):
    made = World(tmp_path, seed, 2000)
    assert made.bytes(made.lines) == made.bytes(made.lines, binary=str(CLANG))
