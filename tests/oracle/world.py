# SPDX-License-Identifier: Apache-2.0
"""Random tariffs as neutral descriptions, and random journals for them.

A description is plain dictionaries; nothing here knows how a bill comes about. `tariff_file` writes a description in
the tariff language, `reckon.py` works out what it means."""

import json
import random

from oracle import clock, formula

ZONES = ["Asia/Shanghai", "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata",
         "America/Havana", "Africa/Cairo", "America/Sao_Paulo", "Pacific/Chatham"]
VARIANTS = ["faces", "bodies"]
MODES = ["down", "up", "half-up", "half-even", "half-down"]
CURRENCIES = {"CNY": 2, "USD": 2, "JPY": 0, "KWD": 3}
REGIONS = {"north": ["cn-north-1", "North One"], "south": ["ap-south"], "west": []}
CODECS = {"h264": ["avc"], "h265": ["hevc"], "copy": []}
UNITS = ["hour", "day", "month", "year"]


def keys(cells, level):
    """The names that stand at a level of a table, all branches together."""
    if level == 0:
        return list(cells)
    return [name for inner in cells.values() for name in keys(inner, level - 1)]


class Maker:
    def __init__(self, seed, name):
        self.random = random.Random(seed)
        self.name = name

    def chance(self, share):
        return self.random.random() < share

    def pick(self, values):
        return self.random.choice(values)

    def price(self):
        digits = self.pick([0, 1, 2, 2, 3, 4, 7, 11])
        low = 0 if digits > 8 else 1
        text = str(self.random.randint(low, 10 ** self.pick([1, 2, 3, 5])))
        return text if not digits else formula.decimal(formula.number(text) / 10**digits)

    def leaf(self, tiered):
        if self.chance(0.06):
            return "free"
        if self.chance(0.05):
            return "unpublished"
        if not tiered:
            return self.price()
        tiers, border = [], 0
        for _ in range(self.random.randint(0, 4)):
            border += self.random.randint(1, self.pick([5, 100, 3000]))
            tiers.append([str(border), self.price()])
        return tiers + [[None, self.price()]]

    # ---- the parts of a tariff ----

    def classes(self):
        found = [{"name": "region", "of": ["region"], "values": REGIONS, "default": self.pick([None, None, "north"])},
                 {"name": "codec", "of": ["codec"], "values": CODECS, "default": self.pick([None, "h264"])}]
        rates = sorted(self.random.sample([24, 30, 48, 60, 120], 3))
        bands = [{"name": f"fps{rate}", "limit": [str(rate)], "below": self.chance(0.3)} for rate in rates]
        if self.chance(0.4):
            bands.append({"name": "fast", "limit": None, "below": False})
        found.append({"name": "frame-rate", "of": ["fps"], "bands": bands,
                      "default": self.pick([None, bands[0]["name"]])})
        found.append({"name": "size", "of": [["max", "width", "height"], ["min", "width", "height"]], "default": None,
                      "bands": [{"name": "LD", "limit": ["640", "480"], "below": False},
                                {"name": "SD", "limit": ["1280", "720"], "below": False},
                                {"name": "HD", "limit": ["1920", "1080"], "below": False}]})
        return found

    def names(self, one):
        return list(one["values"]) if "values" in one else [band["name"] for band in one["bands"]]

    def quantity(self):
        return self.pick([
            None, None, "seconds", "seconds", "tokens", ["*", "seconds", "count"], ["ceil", ["/", "seconds", "7"]],
            ["*", ["default", "images", "1"], "count"], ["+", "seconds", ["*", "0.25", "count"]],
            ["if", ["=", "kind", "'audio'"], "seconds", ["*", "2.5", "seconds"]],
            ["*", ["/", ["*", "width", "height"], "1000"], "count"], ["/", "seconds", "3"],
            ["round", ["*", ["*", "1.8", "seconds"], "scenes"]], ["max", "seconds", ["min", "tokens", "60"]],
            ["floor", ["*", "0.3", ["abs", ["-", "seconds", "20"]]]],
        ])

    def rounding(self):
        if self.chance(0.5):
            return None
        rule = {"each": self.pick(["1", "1", "60", "1000", "0.1", "7"]), "mode": self.pick(MODES),
                "scope": self.pick(["event", "event", "stream", "cycle"])}
        if self.chance(0.3):
            rule["minimum"] = str(self.random.randint(1, 5))
        return rule

    def table(self, names, tiered, level=0):
        if level == len(names):
            return self.leaf(tiered)
        cells = {name: self.table(names, tiered, level + 1) for name in names[level] if not self.chance(0.04)}
        return cells or {names[level][0]: self.table(names, tiered, level + 1)}

    def version(self, classes, form):
        by = self.random.sample(classes, self.pick([0, 0, 1, 1, 2]) if classes else 0)
        if classes and self.chance(0.1):
            by.append({"name": "as", "values": VARIANTS})
        cells = self.table([self.names(one) for one in by], form != "flat")
        version = {"by": [one["name"] for one in by], "form": form, "cells": cells}
        if self.chance(0.4):
            version["per"] = self.pick(["1000", "60", "3", "7", "1073741824", "0.5"])
        if form != "flat":
            version["basis"] = self.pick(["gross", "net"])
            version["border"] = self.pick(["upper-inclusive", "lower-inclusive"])
        return version

    def versions(self, classes, span):
        form = self.pick(["flat", "flat", "graduated", "volume"])
        first = self.version(classes, form)
        versions = [first]
        if self.chance(0.4):
            cuts = sorted(self.random.sample(range(1, 50), self.pick([1, 1, 2])))
            for cut in cuts:
                at = span[0] + (span[1] - span[0]) * cut // 50 // clock.SECOND * clock.SECOND
                other = json.loads(json.dumps(first)) if self.chance(0.5) else self.version(classes, form)
                if other["by"] == first["by"] and form != "flat":
                    other["basis"] = self.pick(["gross", "net"])
                other.pop("until", None)
                other["from"] = at
                gap = at - clock.HOUR * clock.SECOND // 4
                if self.chance(0.15) and gap > versions[-1].get("from", span[0]):
                    versions[-1]["until"] = gap
                versions.append(other)
            if self.chance(0.3):
                versions[0]["from"] = span[0] + (span[1] - span[0]) // 100 // clock.SECOND * clock.SECOND
                if min(versions[0].get("until", versions[1]["from"]), versions[1]["from"]) <= versions[0]["from"]:
                    del versions[0]["from"]
        elif self.chance(0.12):
            first["free_until"] = span[0] + (span[1] - span[0]) // 3 // clock.SECOND * clock.SECOND
        self.random.shuffle(versions)
        return versions

    def item(self, number, classes, span):
        item = {"name": f"item-{number}", "unit": self.pick(["call", "second", "point", "minute"]),
                "quantity": self.quantity(), "round": self.rounding(), "versions": [], "billable": None}
        if self.chance(0.06):
            item["billed_by"] = "elsewhere"
            if (item.get("round") or {}).get("scope") == "cycle":
                item["round"]["scope"] = "event"  # nothing is rounded over a cycle that has no bill
        else:
            item["versions"] = self.versions(classes, span)
        if self.chance(0.2):
            item["billable"] = self.pick([["and", ["!=", "outcome", "'throttled'"], ["<", "status", "500"]],
                                          ["=", "outcome", "'succeeded'"]])
        if "billed_by" not in item and self.chance(0.25):
            item["free_quota"] = {"quantity": self.pick(["1", "10", "12.5", "100"]),
                                  "every": self.pick(["cycle", "day", "month", "year", "once"])}
        return item

    def interval_item(self, number, span):
        item = {"name": f"item-{number}", "unit": "CU", "round": None, "billable": None,
                "versions": [version for version in self.versions([], span)],
                "quantity": self.pick([["ceil", ["*", "0.3", "seconds"]], "seconds",
                                       ["if", ["=", "kind", "'audio'"], ["ceil", ["/", "seconds", "4"]],
                                        ["*", ["ceil", ["/", "height", "240"]], "seconds"]]]),
                "interval": {"key": "media", "length": "playlist.duration_seconds",
                             "segment": ["default", "playlist.segment_seconds", "10"],
                             "initial": ["default", "playlist.initial_seconds", "30"],
                             "from": "play.from", "to": "play.to",
                             "ahead": ["default", "playlist.ahead_seconds", self.pick(["0", "20", "120"])]}}
        if self.chance(0.5):
            item["free_quota"] = {"quantity": self.pick(["100", "1234.5"]),
                                  "every": self.pick(["cycle", "day", "once"])}
        return item

    @staticmethod
    def variants(items, name):
        """Those that the item's prices know, whichever version."""
        (item,) = [item for item in items if item["name"] == name]
        return sorted({variant for version in item["versions"] if "as" in version["by"]
                       for variant in keys(version["cells"], version["by"].index("as"))})

    def operation(self, number, items):
        operation = {"name": f"Do{number}", "uses": [], "each": self.chance(0.3), "at_least": self.chance(0.2)}
        for _ in range(self.pick([1, 1, 1, 2, 3])):
            use = {"item": self.pick(items)["name"]}
            plain = [item for item in items if not self.variants(items, item["name"])]
            if plain and self.chance(0.15):
                names = list(self.random.sample(list(CODECS), self.pick([2, 3, 3, 3])))
                use = {"by": ["codec"], "items": {name: self.pick(plain)["name"] for name in names}}
            if "item" in use and self.variants(items, use["item"]):
                use["as"] = self.pick(self.variants(items, use["item"]))
            if self.chance(0.25):
                use["when"] = self.pick([["=", "kind", "'video'"], "has_location", ["not", "preview_only"],
                                         [">", "seconds", "5"]])
            operation["uses"].append(use)
        if self.chance(0.2):
            operation["aliases"] = [f"alias/{number}"]
        return operation

    # ---- products ----

    def duration(self):
        return [self.pick([1, 1, 2, 7, 30]), "day"] if self.chance(0.5) else self.pick([[1, "month"], [1, "year"],
                                                                                      [36, "hour"]])

    def scope(self, items, per):
        chosen = self.random.sample(items, self.random.randint(1, min(5, len(items))))
        scope = {}
        for item in chosen:
            entry = {"factor": self.pick(["1", "1", "0.2", "40", "2.5", "3"])}
            if per:
                entry["per"] = per
            scope[item["name"]] = entry
        return scope

    def package(self, number, items, per):
        package = {"name": f"pack-{number}", "kind": self.pick(["single", "general", "free"]), "unit": "point",
                   "validity": self.duration(), "scope": self.scope(items, per),
                   "sizes": {str(size): self.pick([self.price(), self.price(), "unpublished"])
                             for size in self.random.sample([1, 5, 50, 300, 2500, 100000], 2)},
                   "alerts": self.pick([[], ["0%"], ["20%", "0%"], ["50%", "12.5%"]])}
        if self.chance(0.3):
            package["refund"] = self.pick([None, {"within": [7, "day"], "if": "always"},
                                           {"within": [5, "hour"], "if": "unused"}])
        if self.chance(0.2):
            package["restores"] = self.pick(["hour", "day", "month", "dynamic-month"])
        if self.chance(0.2):
            package["maximum"] = "3"
        return package

    def plans(self, items):
        plans = []
        for number in range(self.pick([0, 0, 1, 2])):
            plan = {"name": f"plan-{number}", "items": [item["name"] for item in self.random.sample(items, 1)],
                    "ceiling": str(self.random.randint(5, 60))}
            for period in ("day", "month"):
                plan[period] = {"border": self.pick(["upper-inclusive", "lower-inclusive"]), "tiers": self.leaf(True)}
                if not isinstance(plan[period]["tiers"], list):
                    plan[period] = self.price()
            plans.append(plan)
        return plans

    def tariff(self, span):
        cycle = self.pick(["hour", "day", "month"])
        classes = self.classes()
        items = [self.item(number, classes, span) for number in range(self.random.randint(2, 7))]
        live = [self.interval_item(len(items), span)] if self.chance(0.35) else []
        sold = [item for item in items if "billed_by" not in item]
        per = self.pick([None, None, "3", "60"])
        currency = self.pick(list(CURRENCIES))
        tariff = {
            "name": self.name, "currency": currency, "digits": CURRENCIES[currency], "zone": self.pick(ZONES),
            "cycle": cycle, "owner": self.pick(["completed", "completed", "submitted"]),
            "postpaid": self.pick([True, True, True, False]), "classes": classes, "items": items + live,
            "operations": [self.operation(number, items) for number in range(self.random.randint(2, 6))],
            "packages": [self.package(number, sold, per) for number in range(self.pick([0, 2, 3, 4]) if sold else 0)],
            "plans": self.plans(sold) if sold else [], "concurrency": [], "grants": [],
            "refunds": self.pick([None, {"within": [7, "day"], "if": "unused"},
                                  {"within": [1, "month"], "if": "always"}]),
            "scenes": self.pick([None, "3", "2.5"]),
        }
        if self.chance(0.5):
            tariff["bill_rounding"] = {"scale": self.random.randint(0, 6), "mode": self.pick(MODES)}
        if self.chance(0.3):
            tariff["line_rounding"] = {"scale": self.random.randint(2, 12), "mode": self.pick(MODES)}
        if sold and self.chance(0.2):
            tariff["concurrency"] = [{"name": "tasks", "items": [self.pick(sold)["name"]], "price": self.price(),
                                      "period": [1, "month"], "ceiling": "50"}]
        if sold and self.chance(0.3):
            tariff["grants"] = [{"name": "welcome", "kind": "free", "unit": "point", "validity": self.duration(),
                                 "units": self.pick(["5", "200", None]), "scope": self.scope(sold, per)}]
        funding = ["free", "qps", "single", "general", "concurrency"]
        self.random.shuffle(funding)
        if self.chance(0.5):
            tariff["funding"] = funding + (["payg"] if self.chance(0.9) else [])
        plain = [one["name"] for one in tariff["operations"] if not one["each"]]
        if len(plain) > 1 and self.chance(0.4):
            tariff["operations"].append({"name": "template/All", "uses": [], "each": False,
                                         "at_least": self.chance(0.5), "run": self.random.sample(plain, 2)})
        for item in live:
            tariff["operations"].append({"name": f"Play{item['name']}", "uses": [{"item": item["name"]}],
                                         "each": False, "at_least": False, "live": True})
        return tariff


# ---- the description in the tariff language ----

def _price(version):
    def table(cells):
        if isinstance(cells, dict):
            return {name: table(cell) for name, cell in cells.items()}
        if isinstance(cells, list):
            return [{**({"up_to": border} if border else {}), "price": price} for border, price in cells]
        return cells
    price = {}
    for key in ("from", "until", "free_until"):
        if key in version:
            price[key] = clock.text(version[key], 480)
    if "per" in version:
        price["per"] = version["per"]
    if version["by"]:
        price["by"] = version["by"]
    cells = table(version["cells"])
    if version["form"] == "flat":
        price["flat"] = cells
    else:
        price[version["form"]] = {"basis": version["basis"], "border": version["border"], "tiers": cells}
    return price


def _class(one):
    out = {"of": [formula.write(tree) for tree in one["of"]]}
    if len(out["of"]) == 1:
        out["of"] = out["of"][0]
    if one["default"]:
        out["default"] = one["default"]
    if "values" in one:
        out["values"] = one["values"]
        return out
    out["bands"] = []
    for band in one["bands"]:
        entry = {"name": band["name"]}
        if band["limit"]:
            limit = band["limit"] if len(band["limit"]) > 1 else band["limit"][0]
            entry["below" if band["below"] else "up_to"] = limit
        out["bands"].append(entry)
    return out


def _item(item):
    out = {"unit": item["unit"]}
    if item["quantity"] is not None:
        out["quantity"] = formula.write(item["quantity"])
    if item["round"]:
        out["round"] = item["round"]
    if item["billable"]:
        out["billable"] = formula.write(item["billable"])
    if "billed_by" in item:
        out["billed_by"] = item["billed_by"]
    else:
        versions = [_price(version) for version in item["versions"]]
        is_dated = len(versions) > 1 or "from" in versions[0]
        out["price"] = versions if is_dated else versions[0]
    if "free_quota" in item:
        out["free_quota"] = item["free_quota"]
    if "interval" in item:
        out["intervals"] = {key: formula.write(tree) for key, tree in item["interval"].items()}
    return out


def _duration(duration):
    count, unit = duration
    return f"{count} {unit}{'s' if count > 1 else ''}"


def _refund(rule):
    return "none" if rule is None else {"within": _duration(rule["within"]), "if": rule["if"]}


def _use(use):
    out = {key: use[key] for key in ("item", "by", "as") if key in use}
    if "items" in use:
        out["item"] = use["items"]
    if "when" in use:
        out["when"] = formula.write(use["when"])
    return out


def _operation(operation):
    out = {"items": [_use(use) for use in operation["uses"]]}
    if operation["each"]:
        out["each"] = "streams"
    if operation["at_least"]:
        out["at_least"] = "one"
    for key in ("aliases", "run"):
        if key in operation:
            out[key] = operation[key]
    if "run" in operation and not out["items"]:
        del out["items"]
    return out


def _package(package):
    out = {key: package[key] for key in ("kind", "unit", "scope", "sizes", "alerts", "maximum", "restores")
           if key in package}
    out["validity"] = _duration(package["validity"])
    if "refund" in package:
        out["refund"] = _refund(package["refund"])
    return out


def _plan_price(price):
    if not isinstance(price, dict):
        return price
    tiers = [{**({"up_to": border} if border else {}), "price": amount} for border, amount in price["tiers"]]
    return {"graduated": {"border": price["border"], "tiers": tiers}}


def tariff_file(tariff):
    """JSON is YAML too."""
    out = {key: tariff[key] for key in ("currency", "zone", "cycle", "owner")}
    out["tariff"] = tariff["name"]
    out["postpaid"] = "on" if tariff["postpaid"] else "off"
    for key in ("bill_rounding", "line_rounding", "funding"):
        if key in tariff:
            out[key] = tariff[key]
    out["attributes"] = {"scenes": {"type": "number", **({"default": tariff["scenes"]} if tariff["scenes"] else {})}}
    out["classes"] = {one["name"]: _class(one) for one in tariff["classes"]}
    out["items"] = {item["name"]: _item(item) for item in tariff["items"]}
    out["operations"] = {one["name"]: _operation(one) for one in tariff["operations"]}
    out["packages"] = {one["name"]: _package(one) for one in tariff["packages"]}
    out["qps"] = {plan["name"]: {"items": plan["items"], "ceiling": plan["ceiling"], "day": _plan_price(plan["day"]),
                                 "month": _plan_price(plan["month"])} for plan in tariff["plans"]}
    out["concurrency"] = {one["name"]: {"items": one["items"], "price": one["price"], "ceiling": one["ceiling"],
                                        "period": _duration(one["period"])} for one in tariff["concurrency"]}
    out["grants"] = {one["name"]: {"kind": one["kind"], "unit": one["unit"], "units": one["units"] or "unpublished",
                                   "validity": _duration(one["validity"]), "on": "activation", "scope": one["scope"]}
                     for one in tariff["grants"]}
    if tariff["refunds"]:
        out["refunds"] = _refund(tariff["refunds"])
    return json.dumps({key: value for key, value in out.items() if value != {}}, indent=1)


# ---- journals ----

class Journal:
    """Lines of a journal, made one by one; the same seed gives the same lines."""

    def __init__(self, seed, tariffs, span, events):
        self.random = random.Random(seed)
        self.tariffs, self.span, self.events = tariffs, span, events
        self.accounts = [f"acct-{number}" for number in range(self.random.choice([1, 3, 3, 20, 300]))]
        self.is_shuffled = self.random.random() < 0.3
        self.order_share = self.random.choice([0, 0.03, 0.12]) * min(1, 3000 / max(events, 1))
        self.is_clean = self.random.random() < 0.3
        self.orders, self.past = [], []
        self.skus = {tariff["name"]: self._skus(tariff) for tariff in tariffs}

    @staticmethod
    def _skus(tariff):
        skus = [(f"{one['name']}-{size}", "package") for one in tariff["packages"] for size in one["sizes"]]
        skus += [(f"{one['name']}-qps-{period}", "plan") for one in tariff["plans"] for period in ("day", "month")]
        return skus + [(f"{one['name']}-concurrency", "plan") for one in tariff["concurrency"]]

    def chance(self, share):
        return self.random.random() < share

    def pick(self, values):
        return values[int(self.random.random() * len(values))]

    def time(self, index):
        first, last = self.span
        share = self.random.random() if self.is_shuffled else min(1, max(0, (index + self.random.gauss(0, 3))
                                                                       / self.events))
        at = first + int((last - first) * share) // clock.SECOND * clock.SECOND
        return at + (int(self.random.random() * 10**9) if self.chance(0.05) else 0)

    def stamp(self, at_ns):
        return clock.text(at_ns, self.pick((0, 480, 480, -300, 345)))

    def amount(self, most):
        value = int(self.random.random() * most)
        if self.chance(0.3):
            value = f"{value}.{int(self.random.random() * 1000):03d}".rstrip("0").rstrip(".")
        return value

    def number(self, value):
        return str(value) if isinstance(value, str) or self.chance(0.2) else value

    def media(self):
        data = {}
        if self.chance(0.99):
            data["seconds"] = self.number(self.amount(200))
        if self.chance(0.97):
            data["codec"] = self.pick(("h264", "AVC", "H265", "hevc", "copy", "vp9") if self.chance(0.1)
                                      else ("h264", "avc", "h265", "copy"))
        if self.chance(0.98):
            data["width"], data["height"] = self.pick(((640, 480), (480, 640), (1280, 720), (1281, 720), (1920, 1080),
                                                       (100, 50), (3840, 2160) if self.chance(0.1) else (720, 1280)))
        if self.chance(0.98):
            data["fps"] = self.pick((24, 25, 30, "29.97", 48, 60, 120 if self.chance(0.2) else 50))
        if self.chance(0.99):
            data["kind"] = self.pick(("audio", "video"))
        return data

    def call(self, index):
        tariff = self.pick(self.tariffs)
        operation = self.pick(tariff["operations"])
        data = self.play() if operation.get("live") else self.work(operation)
        if self.chance(0.04):
            data["outcome"] = self.pick(("failed", "throttled", "failed", "odd" if self.chance(0.1) else "failed"))
        if self.chance(0.05):
            data["status"] = self.pick((200, 404, 503, 500, "400"))
        at = self.time(index)
        if tariff["owner"] == "submitted" and self.chance(0.7):
            data["submitted_at"] = self.stamp(at - int(self.random.random() * 7200) * clock.SECOND)
        name = self.pick(operation.get("aliases", [operation["name"]]) + [operation["name"]])
        return f"{tariff['name']}.{name}", at, data

    def work(self, operation):
        data = self.media()
        if self.chance(0.98):
            data["region"] = self.pick(("north", "CN-NORTH-1", "north one", "south", "ap-south", "west", "West")
                                       if self.chance(0.98) else ("mars",))
        if self.chance(0.4):
            data["count"] = self.number(int(self.random.random() ** 3 * 300))
        if self.chance(0.99):
            data["tokens"] = self.number(int(self.random.random() * 5000))
        for name, share in (("has_location", 0.3), ("preview_only", 0.2)):
            if self.chance(share):
                data[name] = self.chance(0.5)
        if self.chance(0.2):
            data["images"] = int(self.random.random() * 9)
        if self.chance(0.1):
            data["scenes"] = int(self.random.random() * 4)
        if operation["each"] and self.chance(0.85):
            data["streams"] = [self.media() for _ in range(self.pick((1, 1, 2, 3)))]
        if self.chance(0.01):
            data["seconds"] = "soon"
        if self.chance(0.02):
            data["colour"] = "blue"
        return data

    def streams(self, number):
        height = 240 * (1 + number % 4) + (240 if self.chance(0.15) else 0)
        streams = [{"kind": "audio"}, {"kind": "video", "height": height}, {"kind": "audio"}]
        return streams[number % 2:2 + number // 20]

    def play(self):
        number = int(self.random.random() * 40)
        data = {"media": f"media-{number}"}
        playlist = {}
        if number % 3 == 0:
            playlist["segment_seconds"] = 4 + number % 7
        if self.chance(0.25):
            playlist["duration_seconds"] = 600 + 31 * number
            playlist["initial_seconds"] = (0, 30, -1, 45)[number % 4]
            data["streams"] = self.streams(number)
        else:
            start = int(self.random.random() * 700)
            end = start + int(self.random.random() * 200)
            data["play"] = {"from": start, "to": f"{end}.5" if self.chance(0.2) else end}
            if self.chance(0.1):
                data["streams"] = self.streams(number)[:1]
            if number % 5 == 0:
                playlist["ahead_seconds"] = 3 * number
        if playlist:
            data["playlist"] = playlist
        return data

    def order(self, index):
        tariff = self.pick(self.tariffs)
        skus = self.skus[tariff["name"]]
        if not skus:
            return None
        sku, kind = self.pick(skus)
        at = self.time(index)
        data = {"tariff": tariff["name"], "sku": sku if self.chance(0.98) else sku + "0"}
        if self.chance(0.4):
            data["quantity"] = self.random.randint(1, 4) if kind == "package" else self.random.randint(1, 70)
        if self.chance(0.3):
            data["periods"] = self.random.randint(1, 3)
        if self.orders and self.chance(0.1):
            old = self.pick(self.orders)
            data.update(renews=old[0], sku=old[2], tariff=old[1] if self.chance(0.95) else tariff["name"])
        if self.chance(0.1):
            data["sales"] = True
        if self.chance(0.3):
            data["effective_at"] = self.stamp(at + int(self.random.gauss(0, 2) * clock.DAY) * clock.SECOND)
        return "tollgate.order", at, data

    def command(self, index):
        kind = self.random.random()
        at, tariff = self.time(index), self.pick(self.tariffs)["name"]
        if kind < 0.65 or not self.orders:
            return self.order(index)
        if kind < 0.8:
            return "tollgate.refund", at, {"tariff": tariff, "order": self.pick(self.orders)[0]}
        if kind < 0.9:
            data = {"postpaid": {tariff: self.chance(0.6)}}
            if self.chance(0.3):
                data["mode"] = {tariff: self.pick(("concurrent", "payg", "payg"))}
            return "tollgate.account", at, data
        data = {"tariff": tariff}
        if self.chance(0.7):
            data["units"] = self.pick(("7", "30", "0.5"))
        return "tollgate.activate", at, data

    def fresh(self, index):
        entry = None
        if self.chance(self.order_share):
            entry = self.command(index)
        if entry is None:
            entry = self.call(index)
        kind, at, data = entry
        if not self.is_clean and self.chance(0.003):
            kind = self.pick(("nobody.Work", self.tariffs[0]["name"] + ".Unheard"))
        account = self.pick(self.accounts)
        if "renews" in data or kind == "tollgate.refund":
            account = data.get("renews", data.get("order")).split("/")[1]
        identity = f"n{index}"
        if kind == "tollgate.order":
            identity = f"o{index}/{account}"
            self.orders.append((identity, data["tariff"], data["sku"]))
        return {"specversion": "1.0", "id": identity, "source": "world", "type": kind, "subject": account,
                "time": self.stamp(at), "data": data}

    def line(self, index):
        """The text of a line, and what it says; None where it is no event."""
        if not self.is_clean and self.past and self.chance(0.02):
            event = self.pick(self.past)
            if self.chance(0.2):
                event = {**event, "data": {**event["data"], "colour": f"c{index}"}}
            elif self.chance(0.5):
                event = dict(reversed(list(event.items())))
            return json.dumps(event), event
        if not self.is_clean and self.chance(0.001):
            return self.pick(('{"specversion":"1.0"', '17', '{"specversion":"1.0","id":"x","source":"world"}')), None
        event = self.fresh(index)
        if len(self.past) < 200:
            self.past.append(event)
        elif self.chance(0.05):
            self.past[int(self.random.random() * 200)] = event
        return json.dumps(event), event

    def lines(self):
        for index in range(self.events):
            yield self.line(index)


def make(seed, events):
    """The tariffs and the journal of one world."""
    maker = random.Random(f"world {seed}")
    first = clock.parse("2026-01-01T00:00:00Z") + maker.randrange(300 * 86400) * clock.SECOND
    days = maker.choice([0.2, 1, 3, 40, 75])
    span = (first, first + int(days * 86400) * clock.SECOND)
    count = maker.choice([1, 1, 2])
    tariffs = [Maker(f"tariff {seed} {number}", f"t{number}").tariff(span) for number in range(count)]
    return tariffs, Journal(f"journal {seed}", tariffs, span, events), maker.random() < 0.2
