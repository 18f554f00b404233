# SPDX-License-Identifier: Apache-2.0
"""What a journal must come to, worked out from a description with fractions and the standard library's zones.

It shares no code and no table with the program; the rules are those of docs/tariff-language.md and
docs/decisions/0004-rating.md, one after the other, without care for speed."""

import collections
import copy
import datetime
import itertools
import json
import math
from fractions import Fraction

from oracle import clock
from oracle.formula import NUMBERS, Unpriced, attribute, decimal, evaluate, fixed, number, rounded

OPEN = 10**20
BILLABLE = ["and", ["=", "outcome", "'succeeded'"], ["<", "status", "400"]]
FUNDING = ["free", "qps", "single", "general", "concurrency", "payg"]
PICO = Fraction(1, 10**12)


class Lot:
    """Units or a plan that an account has."""

    def __init__(self, product, order, ordered, effective, expires):
        self.product, self.order, self.ordered, self.effective, self.expires = (product, order, ordered, effective,
                                                                                expires)
        self.pieces, self.bought, self.used, self.paid = Fraction(1), Fraction(0), Fraction(0), Fraction(0)
        self.is_refunded = self.is_covering = False
        self.follows = None
        self.told = 0
        self.cycle, self.was_used = None, False

    def restore(self, book, at):
        """Full again with every cycle; a late event of an older one finds nothing there."""
        every = self.product.get("restores")
        if every is None or at < self.effective:
            return
        cycle = self.dynamic(book, at) if every == "dynamic-month" else book.calendars[every].at(at)
        if self.cycle is None or cycle[0] >= self.cycle[1]:
            self.was_used |= self.used > 0
            self.used, self.told, self.cycle = Fraction(0), 0, cycle

    def dynamic(self, book, at):
        """From the purchase on; then each month at 00:00 on the day after the purchase's day, or on the 1st after."""
        start = book.zone.wall(self.effective)
        bounds, number = [self.effective], start.year * 12 + start.month - 1
        while bounds[-1] <= at:
            number += 1
            first = datetime.datetime(number // 12, number % 12 + 1, 1)
            after = datetime.datetime((number + 1) // 12, (number + 1) % 12 + 1, 1)
            day = min(first + datetime.timedelta(days=start.day), after)
            bounds.append(book.zone.instant(day) * clock.SECOND)
        return bounds[-2], bounds[-1]

    def pays(self, item, at):
        if self.cycle is not None and at < self.cycle[0]:
            return False
        return (not self.is_refunded and max(self.ordered, self.effective) <= at < self.expires
                and item in self.product["scope"])

    def cost(self, item):
        entry = self.product["scope"][item]
        return number(entry["factor"]) / number(entry.get("per", "1"))

    def left(self):
        return self.bought - self.used


class Book:
    """A description, with what is asked of it often at hand."""

    def __init__(self, tariff, span):
        self.tariff, self.name = tariff, tariff["name"]
        self.zone = clock.Zone(tariff["zone"])
        first, last = span[0] - 40 * clock.DAY * clock.SECOND, span[1] + 40 * clock.DAY * clock.SECOND
        self.calendars = {kind: clock.Cycles(self.zone, kind, first, last) for kind in
                          ("hour", "day", "month", "year")}
        self.cycles = self.calendars[tariff["cycle"]]
        self.classes = {one["name"]: one for one in tariff["classes"]}
        for one in tariff["classes"]:
            if "values" in one:
                one["spelled"] = {spelling.lower(): name for name, spellings in one["values"].items()
                                  for spelling in [name, *spellings]}
        self.items = {item["name"]: item for item in tariff["items"]}
        for item in tariff["items"]:
            item["dated"] = self._versions(item)
        self.operations = {name: one for one in tariff["operations"]
                           for name in [one["name"], *one.get("aliases", [])]}
        self.products = self._products()
        self.funding = tariff.get("funding", FUNDING)
        self.line_rounding = tariff.get("line_rounding", {"scale": 12, "mode": "half-even"})
        self.bill_rounding = tariff.get("bill_rounding", {"scale": tariff["digits"], "mode": "half-up"})

    @staticmethod
    def _versions(item):
        versions = sorted(item["versions"], key=lambda version: version.get("from", -OPEN))
        dated = []
        for index, version in enumerate(versions):
            start = version.get("from", -OPEN)
            end = versions[index + 1]["from"] if index + 1 < len(versions) else OPEN
            if "free_until" in version:
                dated.append((start, version["free_until"], {"by": [], "form": "flat", "cells": "free",
                                                             "per": version.get("per", "1")}))
                start = version["free_until"]
            dated.append((start, version.get("until", end), version))
        return dated

    def _products(self):
        tariff, products = self.tariff, {}
        for one in tariff["packages"]:
            for size, price in one["sizes"].items():
                products[f"{one['name']}-{size}"] = {
                    "kind": one["kind"], "what": "package", "unit": "piece", "scope": one["scope"],
                    "units": number(size), "price": price, "validity": one["validity"], "alerts": one["alerts"],
                    "refund": one["refund"] if "refund" in one else tariff["refunds"], "ceiling": one.get("maximum"),
                    "restores": one.get("restores")}
        for one in tariff["plans"]:
            for period in ("day", "month"):
                products[f"{one['name']}-qps-{period}"] = {
                    "kind": "qps", "what": "plan", "unit": "QPS", "scope": {name: {} for name in one["items"]},
                    "price": one[period], "validity": [1, period], "refund": tariff["refunds"], "alerts": [],
                    "ceiling": one["ceiling"]}
        for one in tariff["concurrency"]:
            products[f"{one['name']}-concurrency"] = {
                "kind": "concurrency", "what": "plan", "unit": "task", "scope": {name: {} for name in one["items"]},
                "price": one["price"], "validity": one["period"], "refund": tariff["refunds"], "alerts": [],
                "ceiling": one["ceiling"]}
        return {sku: {**product, "sku": sku} for sku, product in products.items()}

    def round_line(self, amount):
        return rounded(amount, self.line_rounding["mode"], Fraction(1, 10**self.line_rounding["scale"]))

    # ---- classes and prices ----

    def class_name(self, name, data):
        one = self.classes[name]
        try:
            measures = [evaluate(tree, data) for tree in one["of"]]
        except Unpriced:
            is_missing = any(self.is_missing(tree, data) for tree in one["of"])
            if one["default"] and is_missing:
                return one["default"]
            raise
        if "values" in one:
            found = one["spelled"].get(measures[0].lower())
            if found is None:
                raise Unpriced(f"class {name}")
            return found
        for band in one["bands"]:
            if band["limit"] is None:
                return band["name"]
            limits = [number(limit) for limit in band["limit"]]
            if all(value < limit or (value == limit and not band["below"]) for value, limit in zip(measures, limits)):
                return band["name"]
        raise Unpriced(f"band {name}")

    @staticmethod
    def is_missing(tree, data):
        return isinstance(tree, str) and data.get(tree) is None

    def cell(self, item, at, data, variant=None):
        """The version's number, its region and label, and the price that stands there."""
        for index, (start, end, version) in enumerate(item["dated"]):
            if start <= at < end:
                break
        else:
            raise Unpriced("no price at that time")
        cells, region, label = version["cells"], None, []
        for name in version["by"]:
            value = variant if name == "as" else self.class_name(name, data)
            if value is None:
                raise Unpriced("no variant is named")
            if name == "region":
                region = value
            else:
                label.append(value)
            if cells is not None:
                cells = cells.get(value)
        if cells is None:
            raise Unpriced("no such cell")
        return (index, region, " / ".join(label) or None), cells


    def cell_rank(self, item, place):
        """The place of a cell among those of its version, row by row as written."""
        version = self.items[item]["dated"][place[0]][2]
        ranks, labels = [], (place[2] or "").split(" / ")
        cells = version["cells"]
        for name in version["by"]:
            value = place[1] if name == "region" else labels.pop(0)
            ranks.append(list(cells).index(value))
            cells = cells[value]
        return ranks


class Account:
    def __init__(self):
        self.settings = {}

    def of(self, book):
        found = self.settings.get(book.name)
        if found is None:
            found = self.settings[book.name] = Contract(book)
        return found


class Contract:
    def __init__(self, book):
        self.postpaid = book.tariff["postpaid"]
        self.is_concurrent = self.is_activated = False
        self.lots, self.quotas = [], collections.Counter()


class Oracle:
    def __init__(self, tariffs, span):
        self.books = {tariff["name"]: Book(tariff, span) for tariff in tariffs}
        self.accounts = collections.defaultdict(Account)
        self.cells = collections.Counter()   # (account, tariff, cycle, item, place, funding) -> quantity
        self.prices = {}                     # (tariff, item, place) -> cell
        self.raw = collections.Counter()     # the same without funding, of items rounded once a cycle
        self.external = collections.Counter()
        self.timelines = {}
        self.purchases = collections.defaultdict(list)
        self.seen = {}
        self.unpriced, self.rejected, self.alerts = [], [], []
        self.late_unpriced = self.late_rejected = 0
        self.duplicates = self.events = self.commands = self.unbilled = 0
        self.last, self.last_end = -OPEN, -OPEN
        self.line = 0

    # ---- one line ----

    def apply(self, event):
        self.line += 1
        if event is None:
            self.rejected.append(self.line)
            return
        kind = event["type"]
        if kind == "tollgate.order" and not self.knows_sku(event):
            self.rejected.append(self.line)
            return
        identity = event["source"], event["id"]
        payload = json.dumps({key: value for key, value in event.items() if key != "id"}, sort_keys=True)
        known = self.seen.get(identity)
        if known == payload:
            self.duplicates += 1
            return
        if known is not None:
            self.rejected.append(self.line)
            return
        self.seen[identity] = payload
        if kind.startswith("tollgate."):
            self.commands += 1
            getattr(self, kind.replace("tollgate.", "do_"))(event, event["data"])
            return
        self.usage(event)

    def knows_sku(self, event):
        book = self.books[event["data"]["tariff"]]
        grants = [one["name"] for one in book.tariff["grants"]]
        return event["data"]["sku"] in book.products or event["data"]["sku"] in grants

    def usage(self, event):
        self.events += 1
        family, name = event["type"].split(".", 1)
        at = clock.parse(event["time"])
        book = self.books.get(family)
        data = flatten(event["data"])
        if book and book.tariff["owner"] == "submitted" and "submitted_at" in data:
            at = clock.parse(data["submitted_at"])
        if at > self.last:
            self.last, self.last_end = at, book.cycles.at(at)[1] if book else at
        operation = book.operations.get(name) if book else None
        if operation is None:
            self.unpriced.append(event["id"])
            return
        if book.tariff["scenes"]:
            data["*scenes"] = book.tariff["scenes"]
        try:
            quantities, ranges, is_billed = Meter(book, at, data, event["data"].get("streams")).operation(operation)
        except Unpriced:
            self.unpriced.append(event["id"])
            return
        self.unbilled += not is_billed
        account = event["subject"]
        cycle = book.cycles.at(at)
        for (item, place, cell), quantity in quantities:
            if place is None:
                self.external[account, book.name, item] += quantity
                continue
            self.prices[book.name, item, place] = cell
            if (book.items[item]["round"] or {}).get("scope") == "cycle":
                self.raw[account, book.name, cycle, item, place] += quantity
            else:
                self.fund(book, account, cycle, at, item, place, quantity, event["id"])
        for one in ranges:
            self.cover(book, account, cycle, at, one)

    # ---- who pays ----

    def fund(self, book, account, cycle, at, item, place, quantity, event_id):
        contract = self.accounts[account].settings.get(book.name) or Contract(book)
        key = account, book.name, cycle, item, place
        quota = book.items[item].get("free_quota")
        if quota:
            contract = self.accounts[account].of(book)
            every = quota["every"]
            start = {"cycle": cycle[0], "once": None}.get(every, 0)
            if every in ("day", "month", "year"):
                start = book.calendars[every].at(at)[0]
            taken = min(number(quota["quantity"]) - contract.quotas[item, start], quantity)
            if taken > 0:
                contract.quotas[item, start] += taken
                self.cells[key + ("free",)] += taken
                quantity -= taken
        kinds = ["concurrency"] if contract.is_concurrent else [kind for kind in book.funding
                                                                if kind not in ("payg", "concurrency")]
        for kind in kinds:
            if not quantity:
                return
            for lot in contract.lots:
                lot.restore(book, at)
            paid = self.take(contract, kind, item, at, quantity)
            if paid:
                self.cells[key + (kind,)] += paid
                quantity -= paid
                self.tell(account, book, contract)
        if not quantity:
            return
        if not contract.postpaid or contract.is_concurrent or "payg" not in book.funding:
            self.refuse(event_id)
        elif self.prices[book.name, item, place] == "unpublished":
            if event_id is None:
                self.late_unpriced += 1
            else:
                self.unpriced.append(event_id)
        else:
            self.cells[key + ("payg",)] += quantity

    def refuse(self, event_id):
        if event_id is None:
            self.late_rejected += 1
        else:
            self.rejected.append(self.line)

    @staticmethod
    def take(contract, kind, item, at, quantity):
        lots = sorted((lot for lot in contract.lots if lot.product["kind"] == kind and lot.pays(item, at)),
                      key=lambda lot: (lot.expires, lot.ordered, lot.order, lot.product["sku"]))
        if not lots:
            return Fraction(0)
        if kind in ("qps", "concurrency"):
            max(lots, key=lambda lot: lot.pieces).is_covering |= quantity >= 1
            return quantity
        left = Fraction(math.floor(quantity))
        fraction = quantity - left
        for index, lot in enumerate(lots):
            cost = lot.cost(item)
            whole = min(left, math.floor(lot.left() / cost))
            lot.used += whole * cost
            left -= whole
            if left and lot.left():
                left -= share([other for other in lots[index:] if other.cost(item) == cost], cost)
        holder = next((lot for lot in lots if fraction * lot.cost(item) <= lot.left()), None)
        if not left and fraction and holder:
            holder.used += fraction * holder.cost(item)
            fraction = 0
        return quantity - left - fraction

    def tell(self, account, book, contract):
        for lot in contract.lots:
            alerts = lot.product["alerts"]
            while lot.bought and lot.told < len(alerts) and \
                    lot.left() <= lot.bought * number(alerts[lot.told][:-1]) / 100:
                self.alerts.append((account, book.name, lot.order, lot.product["sku"],
                                    decimal(number(alerts[lot.told][:-1]) / 100)))
                lot.told += 1

    # ---- commands ----

    def do_account(self, event, data):
        account = self.accounts[event["subject"]]
        for name, value in data.get("postpaid", {}).items():
            account.of(self.books[name]).postpaid = value
        for name, value in data.get("mode", {}).items():
            account.of(self.books[name]).is_concurrent = value == "concurrent"

    def do_order(self, event, data):
        book = self.books[data["tariff"]]
        product = book.products.get(data["sku"])
        quantity, periods = Fraction(data.get("quantity", 1)), data.get("periods", 1)
        if product is None or (product["ceiling"] and quantity > number(product["ceiling"]) and not data.get("sales")) \
                or (periods > 1 and product["what"] == "package"):
            self.rejected.append(self.line)
            return
        if product["price"] == "unpublished":
            self.unpriced.append(event["id"])
            return
        at = clock.parse(event["time"])
        effective = clock.parse(data["effective_at"]) if "effective_at" in data else at
        count, unit = product["validity"]
        if "renews" in data:
            old = self.lot(self.accounts[event["subject"]].settings.get(book.name), data["renews"])
            if old is None or old.product is not product or old.is_refunded or quantity < old.pieces \
                    or self.follower(event, book, old):
                self.rejected.append(self.line)
                return
            effective = max(effective, old.expires)
        lot = Lot(product, event["id"], at, effective, book.zone.add(effective, count * periods, unit))
        lot.pieces = quantity
        lot.follows = data.get("renews")
        if product["kind"] == "concurrency" and not data.get("sales") and product["ceiling"] and \
                quantity + self.tasks_beside(event, book, lot) > number(product["ceiling"]):
            self.rejected.append(self.line)
            return
        lot.bought = product.get("units", 0) * quantity
        for tier, part, price in slices(product["price"], quantity):
            amount = book.round_line(part * price * periods)
            lot.paid += amount
            self.purchase(book, event["subject"], at, (
                data["sku"], None, None, "order", decimal(part), product["unit"], decimal(price), "1",
                decimal(amount), tier, event["id"]), amount)
        self.accounts[event["subject"]].of(book).lots.append(lot)

    def purchase(self, book, account, at, line, amount):
        self.purchases[account, book.name, book.cycles.at(at)].append((at, line, amount))

    def do_refund(self, event, data):
        book = self.books[data["tariff"]]
        contract = self.accounts[event["subject"]].of(book)
        lot = self.lot(contract, data["order"])
        at = clock.parse(event["time"])
        if lot is None or lot.is_refunded or not self.may_refund(book, lot, at) or self.follower(event, book, lot):
            self.rejected.append(self.line)
            return
        lot.is_refunded = True
        self.purchase(book, event["subject"], at, (
            lot.product["sku"], None, None, "refund", "-1", "order", decimal(lot.paid), "1", decimal(-lot.paid), None,
            lot.order), -lot.paid)

    @staticmethod
    def lot(contract, order):
        return next((lot for lot in contract.lots if lot.order == order), None) if contract else None

    def tasks_beside(self, event, book, lot):
        """The most that quotas of the kind give together at any instant of the lot's."""
        contract = self.accounts[event["subject"]].settings.get(book.name)
        others = [other for other in contract.lots if other.product is lot.product and not other.is_refunded] \
            if contract else []
        instants = [lot.effective] + [other.effective for other in others if lot.effective < other.effective
                                      < lot.expires]
        return max(sum((other.pieces for other in others if other.effective <= at < other.expires), Fraction(0))
                   for at in instants)

    def follower(self, event, book, lot):
        """What renews it; an order is renewed once, and given back behind what renews it."""
        lots = self.accounts[event["subject"]].of(book).lots
        return any(other.follows == lot.order and not other.is_refunded for other in lots)

    @staticmethod
    def may_refund(book, lot, at):
        rule = lot.product["refund"]
        if rule is None or lot.product["what"] == "grant":
            return False
        if at > book.zone.add(lot.ordered, *rule["within"]):
            return False
        return rule["if"] == "always" or not (lot.used or lot.was_used or lot.is_covering)

    def do_activate(self, event, data):
        book = self.books[data["tariff"]]
        contract = self.accounts[event["subject"]].of(book)
        if contract.is_activated:
            return
        contract.is_activated = True
        at = clock.parse(event["time"])
        for grant in book.tariff["grants"]:
            units = data.get("units", grant["units"])
            if units is None:
                self.unpriced.append(event["id"])
                continue
            product = {"kind": grant["kind"], "what": "grant", "sku": grant["name"], "scope": grant["scope"],
                       "alerts": [], "refund": None}
            lot = Lot(product, event["id"], at, at, book.zone.add(at, *grant["validity"]))
            lot.bought = number(units)
            contract.lots.append(lot)

    # ---- work charged by covered time ----

    def cover(self, book, account, cycle, at, one):
        line = self.timelines.setdefault((account, book.name, one["item"], one["key"]), {"lists": [], "ranges": []})
        self.prices[book.name, one["item"], one["place"]] = one["cell"]
        mine = None
        if one["streams"]:
            names = stream_names(one["streams"])
            mine = next((known for known in line["lists"] if known["names"] == names), None)
            if mine is None:
                mine = {"names": names, "streams": one["streams"], "at": at, "length": one["length"]}
                line["lists"].append(mine)
            if mine["length"] is None:
                mine["length"] = one["length"]
            mine["at"] = min(mine["at"], at)
        for start, end, segment in one["ranges"]:
            line["ranges"].append((cycle, one["place"], start, end, segment, at, mine))

    def close_timelines(self, until):
        late = []
        for (account, family, item, key), line in self.timelines.items():
            book = self.books[family]
            groups, streams, first = collections.defaultdict(list), {}, {}
            for cycle, place, start, end, segment, at, mine in line["ranges"]:
                if cycle[1] > until:
                    continue
                if not line["lists"]:
                    self.late_unpriced += 1
                    continue
                playlist = mine or known_at(line["lists"], at)
                piece = stretch(start, end, segment, playlist["length"])
                for name, stream in zip(playlist["names"], playlist["streams"]):
                    streams[name] = stream
                    groups[name, cycle, place].append(piece)
                    if piece[0] < piece[1]:
                        first[name, cycle, place] = min(at, first.get((name, cycle, place), OPEN))
            covered = collections.defaultdict(list)
            for name, cycle, place in sorted(groups, key=lambda group: group[1:]):
                added = union(groups[name, cycle, place])
                quantity = sum((evaluate(book.items[item]["quantity"], {**streams[name], "seconds": end - start})
                                for start, end in minus(added, covered[name])), Fraction(0))
                covered[name] = union(covered[name] + added)
                if quantity:
                    late.append((account, family, cycle, list(book.items).index(item), place, key, item,
                                 first[name, cycle, place], quantity))
        for rank, charges in itertools.groupby(sorted(late, key=lambda one: one[:6]), key=lambda one: one[:6]):
            charges = list(charges)
            account, family, cycle, _, place, _ = rank
            self.fund(self.books[family], account, cycle, min(one[7] for one in charges), charges[0][6], place,
                      sum((one[8] for one in charges), Fraction(0)), None)

    # ---- the close ----

    def close(self, until=None):
        end = OPEN if until is None else until
        # In the order of time, then of the tariff: versions and cells as they stand there.
        for (account, family, cycle, item, place), raw in sorted(self.raw.items(), key=self.raw_order):
            if cycle[1] <= end:
                book = self.books[family]
                quantity = round_quantity(book.items[item]["round"], raw)
                if quantity:
                    self.fund(book, account, cycle, cycle[0], item, place, quantity, None)
        self.close_timelines(end)
        bills = {}
        grouped = collections.defaultdict(lambda: collections.defaultdict(list))
        for (account, family, cycle, item, place, funding), quantity in self.cells.items():
            if cycle[1] <= end:
                grouped[account, family, cycle][item].append((place, funding, quantity))
        for (account, family, cycle), items in grouped.items():
            lines = [line for item, tallies in items.items() for line in self.lines(self.books[family], item, tallies)]
            bills[account, family, cycle, "usage"] = self.bill(self.books[family], lines)
        for (account, family, cycle), purchases in self.purchases.items():
            lines = [(line, amount) for at, line, amount in purchases if at < end]
            if lines:
                bills[account, family, cycle, "orders"] = self.bill(self.books[family], lines)
        return {"bills": bills, "balances": self.balances(self.last_end if until is None else until)}

    def raw_order(self, pair):
        account, family, cycle, item, place = pair[0]
        book = self.books[family]
        return account, family, cycle, list(book.items).index(item), place[0], book.cell_rank(item, place)

    @staticmethod
    def bill(book, lines):
        exact = sum((amount for _, amount in lines), Fraction(0))
        rule = book.bill_rounding
        total = rounded(exact, rule["mode"], Fraction(1, 10**rule["scale"]))
        return {"lines": sorted((line for line, _ in lines), key=str), "exact_total": decimal(exact),
                "rounding": decimal(total - exact), "total": fixed(total, rule["scale"])}

    def lines(self, book, item, tallies):
        for _, line, amount in self.placed_lines(book, item, tallies):
            yield line, amount

    def placed_lines(self, book, item, tallies):
        """Each with the place of its price."""
        unit = book.items[item]["unit"]
        for place, funding, quantity in tallies:
            _, region, label = place
            if funding != "payg":
                yield place, (item, region, label, funding, decimal(quantity), unit, "0", "1", "0", None,
                              None), Fraction(0)
                continue
            version = book.items[item]["dated"][place[0]][2]
            per = number(version.get("per", "1"))
            cell = self.prices[book.name, item, place]
            if version["form"] == "flat" or not isinstance(cell, list):
                parts = [(None, quantity, number(cell) if cell != "free" else Fraction(0))]
            else:
                is_gross = version["basis"] == "gross"
                same = [(other, paid, units) for other, paid, units in tallies if other[1:] == place[1:]
                        and (paid == "payg" or is_gross)]
                before = sum((units for other, paid, units in same if paid != "payg" or other[0] < place[0]),
                             Fraction(0))
                whole = sum((units for _, _, units in same), Fraction(0))
                find = graduated if version["form"] == "graduated" else volume
                parts = find(cell, version["border"], quantity, before, whole)
            for tier, part, price in parts:
                amount = book.round_line(part * price / per)
                yield place, (item, region, label, "payg", decimal(part), unit, decimal(price), decimal(per),
                              decimal(amount), tier, None), amount

    def balances(self, at):
        rows = []
        for account, owner in self.accounts.items():
            for family, contract in owner.settings.items():
                for lot in contract.lots:
                    now = copy.copy(lot)
                    now.restore(self.books[family], min(at, lot.expires) - 1)
                    rest = rounded(now.left(), "down", PICO)
                    is_over = lot.is_refunded or at >= lot.expires
                    remaining, expired = (Fraction(0), rest) if is_over else (rest, Fraction(0))
                    rows.append((account, family, lot.order, lot.product["sku"], decimal(lot.bought),
                                 decimal(lot.bought - rest), "0", decimal(remaining), decimal(expired), lot.effective,
                                 lot.expires, lot.is_refunded))
        return sorted(rows)


class Meter:
    """From an event's attributes to quantities of items."""

    def __init__(self, book, at, data, streams):
        self.book, self.at, self.data, self.streams = book, at, data, streams
        self.sums = {}       # (item, place) -> [quantity, already rounded?]
        self.cells = {}
        self.ranges = []
        self.is_kept = self.is_dropped = self.is_matched = False

    def operation(self, operation):
        if operation["each"] and self.streams is not None:
            for stream in self.streams:
                self.uses(operation, {**self.data, **flatten(stream)})
        else:
            self.uses(operation, self.data)
        if operation["at_least"] and not self.is_matched:
            raise Unpriced("nothing matches")
        quantities = []
        for (item, place), value in self.sums.items():
            rule = self.book.items[item]["round"]
            if rule and rule["scope"] == "event":
                value = round_quantity(rule, value)
            if decimal(value) is None:
                raise Unpriced("more than 12 digits")
            if value:
                quantities.append(((item, place, self.cells[item, place]), value))
        return quantities, self.ranges, self.is_kept or not self.is_dropped

    def uses(self, operation, data):
        outcome = data.get("outcome", "succeeded")
        if outcome not in ("succeeded", "failed", "throttled"):
            raise Unpriced("outcome")
        runs = [use for name in operation.get("run", []) for use in self.book.operations[name]["uses"]]
        for use in operation["uses"] + runs:
            if "when" in use and not evaluate(use["when"], data):
                continue
            self.is_matched = True
            name = use.get("item")
            if name is None:
                name = use["items"].get(self.book.class_name(use["by"][0], data))
            if name is None:
                raise Unpriced("no item for it")
            self.use(self.book.items[name], data, use.get("as"))

    def use(self, item, data, variant):
        if not evaluate(item["billable"] or BILLABLE, data):
            self.is_dropped = True
            return
        self.is_kept = True
        if "interval" in item:
            self.interval(item, data)
            return
        quantity = evaluate(item["quantity"] or "count", data)
        if quantity < 0:
            raise Unpriced("below zero")
        if quantity == 0:
            return
        place, cell = (None, None) if "billed_by" in item else self.book.cell(item, self.at, data, variant)
        if item["round"] and item["round"]["scope"] == "stream":
            quantity = round_quantity(item["round"], quantity)
        key = item["name"], place
        self.cells[key] = cell
        self.sums[key] = self.sums.get(key, 0) + quantity

    def interval(self, item, data):
        rule = item["interval"]
        place, cell = self.book.cell(item, self.at, data)
        values = {}
        for name in ("length", "initial", "from", "to", "segment", "ahead"):
            try:
                values[name] = evaluate(rule[name], data)
            except Unpriced:
                values[name] = None
        length, is_play = values["length"], values["from"] is not None and values["to"] is not None
        if length is None and not is_play:
            raise Unpriced("neither length nor range")
        ranges, segment = [], values["segment"]
        if length is not None and values["initial"]:
            ranges.append((Fraction(0), None if values["initial"] < 0 else values["initial"], segment))
        if is_play:
            if values["to"] < values["from"]:
                raise Unpriced("ends before it starts")
            end = values["to"] + values["ahead"]
            if end > values["from"]:
                ranges.append((values["from"], end, segment))
        streams = None
        if self.streams is not None:
            streams = [{**data, **flatten(stream)} for stream in self.streams]
        elif length is not None:
            streams = [data]
        self.ranges.append({"item": item["name"], "place": place, "cell": cell, "key": attribute("media", data),
                            "length": length, "streams": streams, "ranges": ranges})


def stream_names(streams):
    """What a stream is: all that it says, and which it is of several alike."""
    names = []
    for stream in streams:
        name = tuple(sorted((key, str(value)) for key, value in stream.items()
                            if not key.startswith(("play.", "playlist.", "*"))
                            and key not in ("media", "status", "outcome", "submitted_at")))
        names.append((name, sum(name == other for other, _ in names)))
    return names


def known_at(lists, at):
    """The latest playlist before, else the first one after."""
    before = [known for known in lists if known["at"] <= at]
    return max(before, key=lambda known: known["at"]) if before else min(lists, key=lambda known: known["at"])


def flatten(data):
    flat = {}
    for name, value in data.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": one for inner, one in value.items()})
        elif name != "streams":
            flat[name] = value
    return flat


def round_quantity(rule, value):
    quantity = rounded(value / number(rule["each"]), rule["mode"])
    if value > 0 and "minimum" in rule:
        quantity = max(quantity, number(rule["minimum"]))
    return quantity


def share(lots, cost):
    """One unit out of what is left in several lots; all of it or nothing."""
    if sum((lot.left() for lot in lots), Fraction(0)) < cost:
        return 0
    for lot in lots:
        part = min(lot.left(), cost)
        lot.used += part
        cost -= part
    return 1


def tier_row(tiers, index):
    return (tiers[index - 1][0] if index else "0", tiers[index][0])


def graduated(tiers, border, quantity, before, _whole):
    """Unit by unit: with upper-inclusive borders unit number `up_to` is the last of its tier, else the first of the
    next."""
    at, end = before, before + quantity
    for index, (up_to, price) in enumerate(tiers):
        limit = end if up_to is None else min(end, number(up_to) - (border == "lower-inclusive"))
        if limit > at:
            yield tier_row(tiers, index), limit - at, number(price)
            at = limit


def volume(tiers, border, quantity, _before, whole):
    for index, (up_to, price) in enumerate(tiers):
        if up_to is None or whole < number(up_to) or (whole == number(up_to) and border == "upper-inclusive"):
            yield tier_row(tiers, index), quantity, number(price)
            return


def slices(price, quantity):
    if isinstance(price, dict):
        return list(graduated(price["tiers"], price["border"], quantity, Fraction(0), quantity))
    return [(None, quantity, number(price))]


def stretch(start, end, segment, length):
    """Outwards to the segments' borders, then cut at the end."""
    start = Fraction(math.floor(start / segment)) * segment
    end = length if end is None else Fraction(math.ceil(end / segment)) * segment
    return start, min(end, length) if length is not None else end


def union(ranges):
    joined = []
    for start, end in sorted(ranges):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def minus(ranges, covered):
    left = []
    for start, end in ranges:
        for low, high in covered:
            if high <= start or low >= end:
                continue
            if low > start:
                left.append((start, low))
            start = max(start, high)
            if start >= end:
                break
        if start < end:
            left.append((start, end))
    return left
