# SPDX-License-Identifier: Apache-2.0
"""Nothing that a document says can stop a book: numbers and instants from the edges of what can be kept, in commands
and events that know each other. HOSTILE_SEED repeats a book, HOSTILE_BOOKS makes more of them."""

import json
import os
import random

import pytest

from conftest import ROOT

NUMBERS = ["0", "1", "3", "7.5", "-1", "1e15", "999999999999999.999999999999", "0.000000000001", "1e26", "36500",
           "99999999999999999999999999", "-1000000000000000", "100000", 1000000000, True, None, "x", [], {}]
INSTANTS = ["1700-01-01T00:00:00Z", "2199-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "2026-02-29T00:00:00Z",
            "1969-12-31T23:59:59.999999999Z", "2026-03-01T00:00:00Z", "2026-02-15T08:50:00+08:00", "x", None]
CLOCKS = ["1700-01-03T00:00:00Z", "2026-02-15T08:50:00+08:00", "2026-03-01T00:00:00Z", "2199-12-31T00:00:00Z",
          "2200-01-01T00:00:00Z"]
PRODUCTS = [("viapi", "object-detection-5000"), ("viapi", "face-comparison-1-1-qps-day"),
            ("vclm", "image-animate-100"), ("vclm", "image-animate-concurrency"), ("imm", "nothing")]
OPERATIONS = ["viapi.object-detection", "viapi.RecognizeLicensePlate", "vclm.image-animate", "imm.DetectImageFaces",
              "imm.CreateMediaConvertTask", "ims-batch.script-to-video"]
READING = [["balance"], ["bill", "preview"], ["tick", "--now", "2026-06-01T00:00:00Z"], ["bill", "preview"],
           ["bill", "list"], ["usage", "--by", "operation"], ["wallet", "show"], ["account", "list"], ["alerts"],
           ["export", "csv"], ["events", "tail"]]


class Author:
    """Writes documents; each knows the ids and documents before it."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.documents = []

    def one(self, choices):
        return self.dice.choice(choices)

    def some(self, names, values, share=0.5):
        return {name: self.one(values) for name in names if self.dice.random() < share}

    def known(self):
        return self.one(self.documents)["id"] if self.documents else "none"

    def order(self):
        tariff, sku = self.one(PRODUCTS)
        data = {"tariff": tariff, "sku": sku, **self.some(["quantity", "periods"], NUMBERS),
                **self.some(["effective_at", "until"], INSTANTS, 0.3), **self.some(["sales", "temporary"], [True])}
        if self.dice.random() < 0.3:
            data[self.one(["renews", "upgrades"])] = self.known()
        return data

    def account(self):
        tariff = self.one(PRODUCTS)[0]
        return {"postpaid": {tariff: self.one([True, False])}, "mode": {tariff: self.one(["payg", "concurrent"])},
                "credit": {"CNY": self.one(NUMBERS)}, "low": {"USD": self.one(NUMBERS)},
                "zone": self.one(["UTC", "Asia/Shanghai", "X/Y"])}

    def measures(self):
        names = ["count", "seconds", "width", "height", "fps", "output_seconds", "input_seconds", "bytes"]
        data = {**self.some(names, NUMBERS), "region": self.one(["cn-shanghai", "us-west-1", "x"])}
        if self.dice.random() < 0.3:
            data["streams"] = [{"kind": "video", "codec": "h264", **self.some(names, NUMBERS)}]
        if self.dice.random() < 0.2:
            data["hold"] = self.known()
        return data

    def document(self, time):
        tariff = self.one(PRODUCTS)[0]
        kind, data = self.one([
            (self.one(OPERATIONS), self.measures()), (self.one(OPERATIONS), self.measures()),
            ("tollgate.order", self.order()), ("tollgate.account", self.account()), ("tollgate.tick", {}),
            ("tollgate.refund", {"order": self.known()}), ("tollgate.release", {"hold": self.known()}),
            ("tollgate.activate", {"tariff": tariff, "units": self.one(NUMBERS)}),
            ("tollgate.wallet", {"amount": self.one(NUMBERS), "currency": self.one(["CNY", "USD", "XXX"])}),
            ("tollgate.hold", {"operation": self.one(OPERATIONS), "data": self.measures(),
                               "expires_at": self.one(INSTANTS)}),
            ("tollgate.reversal", {"event": self.one(self.documents or [{}]), "reason": "x"})])
        self.documents.append({"specversion": "1.0", "id": str(len(self.documents)), "source": "hostile", "type": kind,
                               "subject": self.one("ab"), "time": time, "data": data})
        return json.dumps(self.documents[-1]) + "\n"


@pytest.mark.parametrize("number", range(int(os.environ.get("HOSTILE_BOOKS", "4"))))
def test_no_document_stops_a_book(tollgate, tmp_path, number):
    seed = os.environ.get("HOSTILE_SEED", f"2026/{number}")
    print("HOSTILE_SEED", seed)
    author, home = Author(seed), tmp_path / "book"
    assert tollgate("init", home, "--tariffs", os.path.join(ROOT, "tariffs")).code == 0
    clocks = sorted(author.one(CLOCKS) for _ in range(8)) if author.dice.random() < 0.5 else [CLOCKS[1]] * 8
    for clock in clocks:
        lines = "".join(author.document(clock) for _ in range(25))
        taken = tollgate("ingest", "--data", home, "--now", clock, "-", stdin=lines)
        assert taken.code == 0, taken.err
    for words in READING:
        told = tollgate(*words, "--data", home)
        assert told.code in (0, 1), (words, told.err)
    assert tollgate("verify", "--data", home).code == 0
