# SPDX-License-Identifier: Apache-2.0
"""Several books share out the accounts: fed the same stream, together they say what one book says."""

import json

import pytest

from conftest import event

NOW = "2026-02-20T00:00:00Z"


@pytest.fixture
def make(tollgate, tmp_path):
    def book(name, *options):
        made = tollgate("init", tmp_path / name, *options)
        assert made.code == 0, made.err

        def run(*words, stdin=""):
            return tollgate(*words, "--data", tmp_path / name, stdin=stdin)
        return run
    return book


def journal():
    lines = []
    for number in range(400):
        account = f"acct-{number % 37}"
        lines.append(event("imm.DetectImageFaces", {"count": number % 5 + 1}, number, account,
                           f"2026-02-{number % 18 + 1:02}T08:50:00+08:00"))
    lines.append(event("imm.NoSuch", {}, 900, "acct-3"))
    lines.append('{"no": "record"}\n')
    tick = {"specversion": "1.0", "id": "t", "source": "test", "type": "tollgate.tick", "time": "2026-02-10T00:00:00Z"}
    lines.insert(300, json.dumps(tick) + "\n")
    return "".join(lines)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_partitions_say_together_what_one_book_says(make, count):
    whole, parts = make("whole"), [make(f"part-{n}", "--partition", f"{n}/{count}") for n in range(1, count + 1)]
    taken = []
    for book in [whole, *parts]:
        done = book("ingest", "--now", NOW, "--json", "-", stdin=journal())
        assert done.code == 0, done.err
        taken.append(done.json)
        assert book("verify", "--json").json["ok"]
    assert taken[0]["elsewhere"] == 0
    own = [entry["documents"] - entry["elsewhere"] for entry in taken[1:]]
    assert sum(own) == taken[0]["documents"] + count - 1  # everybody keeps the tick
    assert all(number > 1 for number in own)
    for words, key in [(("bill", "preview"), "bills"), (("alerts",), "alerts"), (("events", "unpriced"), "unpriced"),
                       (("events", "rejected"), "rejected")]:
        def plain(entries):
            return sorted(json.dumps({k: v for k, v in entry.items() if k not in ("file", "line")})
                          for entry in entries)
        want = whole(*words, "--json").json[key]
        assert plain(want) == plain([entry for book in parts for entry in book(*words, "--json").json[key]])
    assert whole("bill", "preview", "--json").json["bills"]


def test_what_is_elsewhere_is_told(make):
    done = make("part", "--partition", "1/2")("ingest", "--now", NOW, "-", stdin=journal())
    assert done.code == 0 and "accounts that other partitions keep" in done.err


def test_a_command_for_another_partition_is_refused(make):
    books = [make(f"part-{n}", "--partition", f"{n}/2") for n in (1, 2)]
    done = [book("account", "set", "acct-7", "--postpaid", "vclm=on", "--now", NOW, "--json") for book in books]
    assert sorted(entry.code for entry in done) == [0, 1]
    refused = next(entry for entry in done if entry.code == 1)
    assert "belongs to partition" in refused.out + refused.err


@pytest.mark.parametrize("text", ["0/4", "5/4", "4", "a/b", "1/5000", "1/2/3", "-1/2"])
def test_a_wrong_partition_is_refused(tollgate, tmp_path, text):
    done = tollgate("init", tmp_path / "book", f"--partition={text}")
    assert done.code == 2 and "N/COUNT" in done.err
    assert not (tmp_path / "book").exists()
