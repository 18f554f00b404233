# SPDX-License-Identifier: Apache-2.0
"""Plans for expected and for booked usage: break-even volumes and the curve against an oracle in fractions that tries
every volume, over HTTP the same bytes as on the command line, and what a daemon refuses to search."""

import json
from fractions import Fraction

import pytest
from daemon import Daemon

# sku: units, price; how many units a call takes is in SCOPES.
PACKAGES = {"plain-100": (100, 4), "plain-1000": (1000, 31), "free-50": (50, 2), "steps-20": (20, 14),
            "steps-100": (100, 70), "cliff-20": (20, 15), "cliff-100": (100, 55), "gross-30": (30, 31),
            "points-90": (90, 3)}
# item: (mode, basis, border, tiers, free quota)
PRICES = {
    "plain": ("flat", "net", "upper", [(None, "0.05")], 0),
    "gratis": ("flat", "net", "upper", [(None, "0.09")], 17),
    "steps": ("graduated", "net", "upper", [(50, "1"), (90, "0.7"), (None, "0.4")], 0),
    "cliff": ("volume", "net", "upper", [(50, "1"), (None, "0.6")], 5),
    "gross": ("volume", "gross", "lower", [(40, "1.2"), (100, "0.9"), (None, "0.2")], 0),
}
SCOPES = {"plain-100": {"plain": (1, 1)}, "plain-1000": {"plain": (1, 1)}, "free-50": {"gratis": (1, 1)},
          "steps-20": {"steps": (1, 1)}, "steps-100": {"steps": (1, 1)}, "cliff-20": {"cliff": (1, 1)},
          "cliff-100": {"cliff": (1, 1)}, "gross-30": {"gross": (1, 1)},
          "points-90": {"plain": (1, 3), "gratis": (3, 2)}}
TARIFF = """\
tariff: t
title: T
currency: USD
zone: Asia/Shanghai
cycle: month
postpaid: on
funding: [free, qps, single, general, concurrency, payg]
items:
  plain: {unit: call, price: 0.05}
  gratis: {unit: call, free_quota: {quantity: 17, every: cycle}, price: 0.09}
  steps: {unit: call, price: {graduated: {tiers: [{up_to: 50, price: 1}, {up_to: 90, price: 0.7}, {price: 0.4}]}}}
  cliff:
    unit: call
    free_quota: {quantity: 5, every: cycle}
    price: {volume: {tiers: [{up_to: 50, price: 1}, {price: 0.6}]}}
  gross:
    unit: call
    price:
      volume:
        basis: gross
        border: lower-inclusive
        tiers: [{up_to: 40, price: 1.2}, {up_to: 100, price: 0.9}, {price: 0.2}]
  dear: {unit: call, price: 0.5}
  dark: {unit: call, price: unpublished}
operations: {Plain: plain, Gratis: gratis, Steps: steps, Cliff: cliff, Gross: gross, Dear: dear, Dark: dark}
packages:
  plain: {kind: single, unit: call, validity: 1 year, scope: [plain], sizes: {100: 4, 1000: 31}}
  free: {kind: single, unit: call, validity: 1 year, scope: [gratis], sizes: {50: 2}}
  steps: {kind: single, unit: call, validity: 1 year, scope: [steps], sizes: {20: 14, 100: 70}}
  cliff: {kind: single, unit: call, validity: 1 year, scope: [cliff], sizes: {20: 15, 100: 55}}
  gross: {kind: single, unit: call, validity: 1 year, scope: [gross], sizes: {30: 31}}
  dark: {kind: single, unit: call, validity: 1 year, scope: [dark], sizes: {10: 3}}
  points:
    kind: general
    unit: point
    validity: 1 year
    scope: {plain: {factor: 1, per: 3}, gratis: {factor: 3, per: 2}}
    sizes: {90: 3}
qps:
  dear-qps: {items: [dear], default: 2, day: 0.9, month: 14}
"""


def payg(item, volume, prepaid=0):
    """What a volume costs as you go, of which so much is prepaid behind the free quota."""
    mode, basis, border, tiers, free = PRICES[item]
    free = min(free, volume)
    paid = max(0, volume - free - prepaid)
    if paid == 0:
        return Fraction(0)
    if mode == "flat":
        return paid * Fraction(tiers[0][1])
    if mode == "graduated":
        cost, below = Fraction(0), 0
        for up_to, price in tiers:
            top = paid if up_to is None else min(paid, up_to)
            cost += max(0, top - below) * Fraction(price)
            below = max(below, top)
        return cost
    reached = volume if basis == "gross" else paid
    for up_to, price in tiers:
        if up_to is None or (reached <= up_to if border == "upper" else reached < up_to):
            return paid * Fraction(price)
    raise AssertionError


def with_package(item, volume, sku):
    units, price = PACKAGES[sku]
    factor, per = SCOPES[sku][item]
    return price + payg(item, volume, units * per // factor)


def operation(item):
    return item.capitalize()


@pytest.fixture(name="tariffs", scope="module")
def tariffs_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("volumes") / "tariffs"
    folder.mkdir()
    (folder / "t.yaml").write_text(TARIFF)
    return folder


@pytest.fixture(name="ask", scope="module")
def ask_fixture(tollgate, tariffs):
    def ask(*uses, words=()):
        given = [word for use in uses for word in ("--use", use)]
        done = tollgate("plan", "--tariff", "t", "--tariffs", tariffs, "--from", "2026-02-01", "--json", *given, *words)
        assert done.code == 0, done.err
        return done.json
    return ask


@pytest.mark.parametrize("item", PRICES)
def test_break_even_is_the_first_volume_that_pays(ask, item):
    """Every volume is tried."""
    table = ask(f"{operation(item)}=1000")["break_even"]
    assert {row["sku"] for row in table} == {sku for sku, scope in SCOPES.items() if item in scope}
    for row in table:
        first = next((volume for volume in range(1, 3000)
                      if with_package(item, volume, row["sku"]) <= payg(item, volume)), None)
        if first is None:
            assert row["volume"] is None and row["why"] and row["at"] is None
            continue
        assert Fraction(row["volume"]) == first, row
        assert Fraction(row["at"]["payg"]) == payg(item, first)
        assert Fraction(row["at"]["with"]) == with_package(item, first, row["sku"]) <= payg(item, first)
        assert Fraction(row["below"]["payg"]) == payg(item, first - 1)
        assert Fraction(row["below"]["with"]) == with_package(item, first - 1, row["sku"]) > payg(item, first - 1)


def test_break_even_of_plans(ask):
    rows = {row["sku"]: row for row in ask("Dear=100", words=["--calls", "3"])["break_even"]}
    assert rows["dear-qps-day"]["volume"] == "6" and rows["dear-qps-day"]["price"] == "2.7"  # 5 calls: 2.5
    assert rows["dear-qps-month"]["volume"] == "84" and rows["dear-qps-month"]["below"]["payg"] == "41.5"


def test_what_has_no_price_has_no_break_even(ask):
    answer = ask("Dark=12")
    assert answer["plans"][0]["best"]["cost"] == "6" and answer["plans"][0]["best"]["unpaid_events"] == 0
    assert [(row["sku"], row["volume"], row["why"]) for row in answer["break_even"]] == [
        ("dark-10", None, "it has no price as you go")]


def cheapest_plain(volume):
    """Any number of each package."""
    costs = []
    for small in range(volume // 100 + 2):
        for large in range(volume // 1000 + 2):
            for points in range(volume // 270 + 2):
                left = max(0, volume - 100 * small - 1000 * large - 270 * points)
                costs.append(4 * small + 31 * large + 3 * points + left * Fraction(5, 100))
    return min(costs)


def test_the_curve_is_the_cheapest_at_each_point(ask):
    """And a change is one: for one call less, another mix."""
    answer = ask("Plain=700", words=["--curve", "--sensitivity"])
    points = answer["curve"]["points"]
    assert answer["curve"]["whole"] and points[0]["volume"] == "1" and points[-1]["volume"] == "1400"
    volumes = [int(point["volume"]) for point in points]
    assert volumes == sorted(set(volumes))
    for point in points:
        volume = int(point["volume"])
        assert Fraction(point["cost"]) == cheapest_plain(volume)
        assert Fraction(point["payg"]) == volume * Fraction(5, 100) >= Fraction(point["cost"])
    changes = [index for index, point in enumerate(points) if point["changes"]]
    assert len(changes) >= 5
    for index in changes:
        assert volumes[index - 1] == volumes[index] - 1 and points[index - 1]["mix"] != points[index]["mix"]
    for index in set(range(1, len(points))) - set(changes):
        assert points[index - 1]["mix"] == points[index]["mix"]
    assert [plan["percent"] for plan in answer["plans"]] == [100, 80, 120]
    for plan, volume in zip(answer["plans"], (700, 560, 840)):
        assert Fraction(plan["best"]["cost"]) == cheapest_plain(volume) and plan["proof"]["proved"]


def test_a_volume_is_spread_over_days_and_months(ask):
    answer = ask("Steps=1000", "Dear=31", words=["--months", "3"])
    assert answer["events"] == 3093 and answer["from"] == "2026-02-01T00:00:00+08:00"
    assert answer["until"] == "2026-04-30T00:00:00+08:00"
    month = payg("steps", 1000) + 31 * Fraction(1, 2)
    assert Fraction(answer["plans"][0]["payg"]["cost"]) == 3 * month
    assert "QPS plans: not looked at" in answer["space"]


def test_no_single_strategy_is_cheaper(ask):
    """One product alone, as often as it takes, is in the space."""
    for item in PRICES:
        for volume in (3, 47, 120, 333):
            best = Fraction(ask(f"{operation(item)}={volume}")["plans"][0]["best"]["cost"])
            assert best <= payg(item, volume)
            for sku in (sku for sku, scope in SCOPES.items() if item in scope):
                units, price = PACKAGES[sku]
                factor, per = SCOPES[sku][item]
                for pieces in range(1, 8):
                    assert best <= pieces * price + payg(item, volume, pieces * (units * per // factor))


@pytest.mark.parametrize("words, error", [
    (["--use", "Plian=3"], 'the tariff has no operation "Plian". Did you mean "Plain"?'),
    (["--use", "Plain=0"], '"volume" must be a whole number from 1'),
    (["--use", "Plain"], "is not OPERATION=CALLS"),
    (["--use", "Plain=3,cuont=2"], 'no tariff uses an attribute "cuont". Did you mean "count"?'),
    (["--use", "Plain=3,count=two"], "count"),
    (["--use", "Plain=3", "x.ndjson"], "one of them"),
    ([], "one of them"),
    (["--use", "Plain=3", "--months", "13"], "--months"),
])
def test_what_cannot_be_planned_is_told(tollgate, tariffs, words, error):
    done = tollgate("plan", "--tariff", "t", "--tariffs", tariffs, *words)
    assert done.code == 2 and error in done.err


def test_tables(tollgate, tariffs):
    done = tollgate("plan", "--tariff", "t", "--tariffs", tariffs, "--use", "Cliff=60", "--use", "Dark=1", "--curve")
    assert done.code == 0
    for words in ("From which volume of an item one order pays", "Cost against volume", "cliff-100", "never",
                  "it has no price as you go", "1 x dark-10"):
        assert words in done.out, words


# ---- over HTTP ----


def usage_event(number, what, time, account="ann", **data):
    return json.dumps({"specversion": "1.0", "id": f"e-{number}", "source": "s", "type": f"t.{what}",
                       "subject": account, "time": time, "data": data}) + "\n"


@pytest.fixture(name="daemon", scope="module")
def daemon_fixture(tollgate, tariffs, tmp_path_factory):
    """Ann has used something in February; one event of hers was taken back."""
    folder = tmp_path_factory.mktemp("plans")
    assert tollgate("init", folder / "book", "--tariffs", tariffs).code == 0
    events = [usage_event(number, "Plain" if number % 3 else "Steps", f"2026-02-{number % 28 + 1:02}T10:00:00+08:00",
                          count=number % 5 + 1) for number in range(80)]
    events += [usage_event(100 + number, "Plain", "2026-02-03T10:00:00+08:00", account="bob") for number in range(9)]
    events += [usage_event(200, "Plain", "2026-01-31T23:59:59+08:00"),
               usage_event(201, "Plain", "2026-03-01T00:00:00+08:00")]
    (folder / "usage.ndjson").write_text("".join(events))
    reversal = {"specversion": "1.0", "id": "r-1", "source": "s", "type": "tollgate.reversal", "subject": "ann",
                "time": "2026-03-02T00:00:00+08:00",
                "data": {"event": json.loads(events[7]), "reason": "by mistake"}}
    (folder / "back.ndjson").write_text(json.dumps(reversal) + "\n")
    for name in ("usage", "back"):
        done = tollgate("ingest", "--data", folder / "book", folder / f"{name}.ndjson", "--now",
                        "2026-03-02T01:00:00+08:00")
        assert done.code == 0, done.err
    (folder / "february.ndjson").write_text("".join(events[:7] + events[8:80]))
    with Daemon(tollgate, "--data", folder / "book") as daemon:
        daemon.folder = folder
        yield daemon


def post(daemon, **body):
    return daemon.post("/v1/plan", json.dumps(body), Content_Type="application/json")


def test_it_says_what_the_command_line_says(daemon, tollgate, tariffs):
    answer = post(daemon, tariff="t", **{"from": "2026-02-01T00:00:00+08:00"}, months=2, calls="4", tasks=2,
                  sensitivity=True, curve=True,
                  usage=[{"operation": "Cliff", "volume": "90"},
                         {"operation": "Plain", "volume": 300, "data": {"count": "2"}}])
    shown = tollgate("plan", "--tariff", "t", "--tariffs", tariffs, "--use", "Cliff=90", "--use", "Plain=300,count=2",
                     "--from", "2026-02-01", "--months", "2", "--calls", "4", "--tasks", "2", "--sensitivity",
                     "--curve", "--json")
    assert answer.status == 200 and answer.json == shown.json
    assert len(answer.json["plans"]) == 3 and answer.json["curve"]["points"]


def test_an_account_is_planned_for_by_what_it_used(daemon, tollgate, tariffs):
    """Without what was taken back, of others, or outside; the same from the book as from the same events in a file."""
    span = {"from": "2026-02-01T00:00:00+08:00", "until": "2026-03-01T00:00:00+08:00"}
    answer = post(daemon, tariff="t", account="ann", **span)
    assert answer.status == 200, answer.text
    booked = tollgate("plan", "--tariff", "t", "--data", daemon.folder / "book", "--account", "ann", "--from",
                      "2026-02-01", "--until", "2026-03-01", "--json")
    filed = tollgate("plan", "--tariff", "t", "--tariffs", tariffs, daemon.folder / "february.ndjson", "--json")
    assert answer.json == booked.json == filed.json
    assert answer.json["events"] == 79 and answer.json["account"] == "ann"
    defaults = tollgate("plan", "--tariff", "t", "--data", daemon.folder / "book", "--account", "ann", "--now",
                        "2026-03-15T00:00:00+08:00", "--json")
    assert defaults.json == booked.json


@pytest.mark.parametrize("pointer, body", [
    ("/tariff", {"usage": [{"operation": "Plain", "volume": 1}]}),
    ("/tariff", {"tariff": "tt", "usage": [{"operation": "Plain", "volume": 1}]}),
    ("/usage", {"tariff": "t"}),
    ("/usage", {"tariff": "t", "usage": []}),
    ("/usage", {"tariff": "t", "usage": {"operation": "Plain", "volume": 1}}),
    ("/usage/0", {"tariff": "t", "usage": [3]}),
    ("/usage/1/operation", {"tariff": "t", "usage": [{"operation": "Plain", "volume": 1},
                                                     {"operation": "No", "volume": 1}]}),
    ("/usage/0/volume", {"tariff": "t", "usage": [{"operation": "Plain"}]}),
    ("/usage/0/volume", {"tariff": "t", "usage": [{"operation": "Plain", "volume": "1.5"}]}),
    ("/usage/0/volume", {"tariff": "t", "usage": [{"operation": "Plain", "volume": 1000000000001}]}),
    ("/usage/0/data", {"tariff": "t", "usage": [{"operation": "Plain", "volume": 1, "data": {"nothing": 1}}]}),
    ("/usage/0", {"tariff": "t", "usage": [{"operation": "Plain", "volume": 1, "often": 1}]}),
    ("/usage", {"tariff": "t", "usage": [{"operation": "Plain", "volume": 1}] * 65}),
    ("/account", {"tariff": "t", "usage": [{"operation": "Plain", "volume": 1}], "account": "ann"}),
    ("/until", {"tariff": "t", "usage": [{"operation": "Plain", "volume": 1}], "until": "2026-01-01T00:00:00Z"}),
    ("/months", {"tariff": "t", "account": "ann", "months": 2}),
    ("/months", {"tariff": "t", "usage": [{"operation": "Plain", "volume": 1}], "months": 13}),
    ("/tasks", {"tariff": "t", "usage": [{"operation": "Plain", "volume": 1}], "tasks": 0}),
    ("/curve", {"tariff": "t", "usage": [{"operation": "Plain", "volume": 1}], "curve": "yes"}),
    ("/from", {"tariff": "t", "usage": [{"operation": "Plain", "volume": 1}], "from": "yesterday"}),
    ("/from", {"tariff": "t", "account": "ann", "from": "2025-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}),
    ("/account", {"tariff": "t", "account": "ann", "from": "2025-12-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}),
])
def test_what_is_wrong_is_pointed_at(daemon, pointer, body):
    answer = post(daemon, **body)
    assert answer.status == 422, answer.text
    place = answer.json["errors"][0]["pointer"]
    assert place == pointer or place.startswith(pointer + "/64"), answer.text


def test_unknown_accounts_and_other_peoples(daemon, tollgate):
    assert post(daemon, tariff="t", account="nobody").status == 404
    made = daemon.post("/v1/keys", json.dumps({"name": "ann's", "roles": ["customer"], "account": "ann"})).json
    secret = made["secret"]
    own = daemon.post("/v1/plan", json.dumps({"tariff": "t", "account": "ann", "from": "2026-02-01T00:00:00+08:00",
                                              "until": "2026-03-01T00:00:00+08:00"}), Authorization=f"Bearer {secret}")
    other = daemon.post("/v1/plan", json.dumps({"tariff": "t", "account": "bob"}), Authorization=f"Bearer {secret}")
    assert own.status == 200 and other.status == 404


def test_a_search_that_takes_too_much_is_refused(daemon):
    """It ends by the work that it does, not by the clock: the same request is refused every time."""
    usage = [{"operation": name, "volume": 10 ** 9} for name in ("Plain", "Gratis", "Steps", "Cliff", "Gross")]
    answer = post(daemon, tariff="t", usage=usage, months=6, curve=True)
    assert answer.status == 422 and answer.json["code"] == "plan-too-large", answer.text
    assert "tollgate plan" in answer.json["detail"]
    assert post(daemon, tariff="t", usage=[{"operation": "Plain", "volume": 10}]).status == 200


def test_a_year_has_its_curve_to_the_end(daemon):
    points = post(daemon, tariff="t", usage=[{"operation": "Gratis", "volume": 10}], months=12,
                  curve=True).json["curve"]["points"]
    assert points[0]["volume"] == "1" and points[-1]["volume"] == "240"
    assert [p["volume"] for p in points] == sorted((p["volume"] for p in points), key=int)
    plan = post(daemon, tariff="t", usage=[{"operation": "Dear", "volume": 40}], months=12, calls=4).json["plans"][0]
    assert plan["proof"]["proved"], "months of a plan are chosen freely among twelve"


def test_asking_is_no_change(daemon):
    before = daemon.get("/v1/audit?limit=1000").json["items"]
    assert post(daemon, tariff="t", usage=[{"operation": "Plain", "volume": 10}]).status == 200
    after = daemon.get("/v1/audit?limit=1000").json["items"]
    assert not [line for line in after[len(before):] if line["action"] == "plan_create"]
