# SPDX-License-Identifier: Apache-2.0
"""Live transcoding against a second reading of its rules: random playlists and plays, segment by segment in Python.

The second reading keeps a set of transcoded segments per stream and hour, where the program unites intervals; it shares
neither code nor tariff with it. Each random history is an account of its own, so that one run rates them all."""

import json
import os
import pathlib
import random
import subprocess
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from math import ceil, floor

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TOLLGATE", str(ROOT / "build" / "src" / "cli" / "tollgate"))
ZONE = timezone(timedelta(hours=8))
HISTORIES = 400
INITIAL, AHEAD, SEGMENT = 30, 120, 10  # seconds, unless an event says otherwise


class Media:
    def __init__(self, length, segment, streams):
        self.length, self.segment, self.streams = Fraction(length), segment, streams
        self.covered = set()  # starts of segments
        self.new = {}         # hour -> starts covered in it

    def cover(self, hour, start, end):
        """Every segment that [start, end) touches, unless it was covered before."""
        if start >= end:
            return
        first = floor(Fraction(start) / self.segment) * self.segment
        for begin in range(first, min(ceil(end), ceil(self.length)), self.segment):
            if begin not in self.covered and begin < self.length:
                self.covered.add(begin)
                self.new.setdefault(hour, []).append(begin)

    def ranges(self, hour):
        """Lengths of the contiguous ranges that are new in an hour."""
        lengths, last = [], None
        for begin in sorted(self.new[hour]):
            seconds = min(begin + self.segment, self.length) - begin
            if begin == last:
                lengths[-1] += seconds
            else:
                lengths.append(seconds)
            last = begin + self.segment
        return lengths


def compute_units(stream, seconds):
    if stream.get("kind") == "audio":
        return ceil(Fraction(3, 10) * ceil(seconds))
    efficiency = {"h264": Fraction(3, 10), "h265": Fraction(18, 10)}[stream["codec"]]
    pixels = ceil(Fraction(stream["height"], 240)) * ceil(Fraction(stream["width"], 240))
    return ceil(efficiency * pixels * ceil(Fraction(stream["fps"]) / 30) + 1) * ceil(seconds)


def random_stream(dice):
    if dice.random() < 0.4:
        return {"kind": "audio"}
    return {"codec": dice.choice(["h264", "h265"]), "width": dice.choice([320, 800, 1920]),
            "height": dice.choice([240, 600, 1080]), "fps": dice.choice(["24", "29.97", "30", "60"])}


def random_playlist(dice, name, hour, medias):
    given = {"segment_seconds": dice.choice([None, 5, 10, 15]), "ahead_seconds": dice.choice([None, 0, 50]),
             "initial_seconds": dice.choice([None, 0, -1, 1, 12, 30, 1000])}
    length = dice.choice(["1", "7", "10", "33", "95", "123.4", "600"])
    streams = [random_stream(dice) for _ in range(dice.randint(1, 3))]
    media = medias[name] = Media(length, given["segment_seconds"] or SEGMENT, streams)
    initial = INITIAL if given["initial_seconds"] is None else given["initial_seconds"]
    media.cover(hour, 0, media.length if initial < 0 else initial)
    playlist = {key: value for key, value in given.items() if value is not None}
    return "GenerateVideoPlaylist", {"media": name, "streams": streams,
                                     "playlist": {"duration_seconds": length, **playlist}}


def random_play(dice, name, hour, media):
    start = dice.randint(0, int(media.length))
    end = dice.randint(start, int(media.length))
    ahead = dice.choice([None, 0, 30])
    media.cover(hour, start, end + (AHEAD if ahead is None else ahead))
    playlist = {"segment_seconds": media.segment}
    if ahead is not None:
        playlist["ahead_seconds"] = ahead
    return "process/hls/ts", {"media": name, "play": {"from": start, "to": end}, "playlist": playlist}


def random_history(dice, account):
    """(journal lines, hour -> compute units)."""
    medias, lines, time = {}, [], datetime(2026, 3, 2, 10, tzinfo=ZONE)
    for number in range(dice.randint(1, 25)):
        time += timedelta(minutes=dice.choice([0, 1, 7, 20, 45]))
        hour, name = time.replace(minute=0), dice.choice("abc")
        if name in medias:
            operation, data = random_play(dice, name, hour, medias[name])
        else:
            operation, data = random_playlist(dice, name, hour, medias)
        lines.append(json.dumps({"specversion": "1.0", "id": f"{account}-{number}", "source": "s", "subject": account,
                                 "type": f"imm.{operation}", "time": time.isoformat(), "data": data}))
    units = {}
    for media in medias.values():
        for hour in media.new:
            units[hour] = units.get(hour, 0) + sum(compute_units(stream, seconds) for stream in media.streams
                                                   for seconds in media.ranges(hour))
    return lines, units


def rated(journal):
    command = [PROGRAM, "rate", "--tariffs", ROOT / "tariffs" / "imm.yaml", "--until", "2027-01-01T00:00:00Z", "--json"]
    statement = json.loads(subprocess.run(command + [journal], capture_output=True, text=True, check=True).stdout)
    units = {}
    for bill in statement["bills"]:
        hour = datetime.fromisoformat(bill["cycle"]["start"].replace("Z", "+00:00")).astimezone(ZONE)
        for line in bill["lines"]:
            account = units.setdefault(bill["account"], {})
            account[hour] = account.get(hour, 0) + int(line["quantity"])
    return units


def test_random_histories_agree(tmp_path):
    journal, wanted = tmp_path / "journal.ndjson", {}
    with open(journal, "w", encoding="utf-8") as file:
        for seed in range(HISTORIES):
            lines, units = random_history(random.Random(seed), f"account-{seed}")
            file.write("".join(line + "\n" for line in lines))
            if units:
                wanted[f"account-{seed}"] = units
    assert len(wanted) > HISTORIES // 2
    assert rated(journal) == wanted
