# SPDX-License-Identifier: Apache-2.0
"""One world through the program and through the oracle, compared to the last digit."""

import collections
import json
import pathlib
import tempfile

from oracle import clock, program, reckon, world


def build(folder, seed, events):
    """Write the tariffs and the journal of a world; the oracle has seen every line. Returns it, and the options."""
    tariffs, journal, is_cut = world.make(seed, events)
    folder = pathlib.Path(folder)
    (folder / "tariffs").mkdir()
    for tariff in tariffs:
        (folder / "tariffs" / f"{tariff['name']}.yaml").write_text(world.tariff_file(tariff), encoding="utf-8")
    oracle = reckon.Oracle(tariffs, journal.span)
    with open(folder / "journal.ndjson", "w", encoding="utf-8") as out:
        for text, event in journal.lines():
            out.write(text + "\n")
            oracle.apply(event)
    options, until = ["--tariffs", str(folder / "tariffs")], None
    if is_cut:
        until = (journal.span[0] + journal.span[1]) // 2 // clock.SECOND * clock.SECOND
        options += ["--until", clock.text(until)]
    return oracle, options, until


def bill_key(bill):
    cycle = clock.parse(bill["cycle"]["start"]), clock.parse(bill["cycle"]["end"])
    return bill["account"], bill["tariff"], cycle, bill["kind"]


def bill_row(bill):
    lines = []
    for line in bill["lines"]:
        tier = (line["tier"]["from"], line["tier"]["up_to"]) if line["tier"] else None
        lines.append((line["item"], line["region"], line["label"], line["funding"], line["quantity"], line["unit"],
                      line["unit_price"], line["per"], line["amount"], tier, line["order"]))
    return {"lines": sorted(lines, key=str), "exact_total": bill["exact_total"], "rounding": bill["rounding"],
            "total": bill["total"]}


def balance_rows(answer):
    return sorted((row["account"], row["tariff"], row["order"], row["sku"], row["bought"], row["used"], row["held"],
                   row["remaining"], row["expired"], clock.parse(row["effective_at"]), clock.parse(row["expires_at"]),
                   row["refunded"]) for row in answer["balances"])


def differences(oracle, expected, answer):
    """Sentences; none when both agree."""
    bills = {bill_key(bill): bill_row(bill) for bill in answer["bills"]}
    for key in sorted(set(bills) | set(expected["bills"]), key=str):
        ours, theirs = expected["bills"].get(key), bills.get(key)
        if ours is None or theirs is None:
            yield f"bill {key}: oracle {ours}\n    program {theirs}"
        elif ours != theirs:
            mine = [line for line in ours["lines"] if line not in theirs["lines"]]
            other = [line for line in theirs["lines"] if line not in ours["lines"]]
            sums = [f"{name}: oracle {ours[name]} program {theirs[name]}"
                    for name in ("exact_total", "rounding", "total") if ours[name] != theirs[name]]
            yield f"bill {key}:\n    oracle {mine}\n    program {other}\n    {sums}"
    rows = balance_rows(answer)
    for row in sorted(set(rows) ^ set(expected["balances"])):
        yield f"balance of the {'program' if row in rows else 'oracle'}: {row}"
    if len(rows) != len(expected["balances"]):
        yield f"{len(rows)} balances, the oracle has {len(expected['balances'])}"
    unpriced = collections.Counter(one["id"] for one in answer["unpriced"])
    missing = collections.Counter(oracle.unpriced) - unpriced
    if missing or sum(unpriced.values()) != len(oracle.unpriced) + oracle.late_unpriced:
        extra = unpriced - collections.Counter(oracle.unpriced)
        yield f"unpriced: the program lacks {list(missing)[:5]}, has beyond {list(extra)[:5]}"
    rejected = collections.Counter(one["line"] for one in answer["rejected"])
    missing = collections.Counter(oracle.rejected) - rejected
    if missing or sum(rejected.values()) != len(oracle.rejected) + oracle.late_rejected:
        extra = rejected - collections.Counter(oracle.rejected)
        yield f"rejected lines: the program lacks {list(missing)[:5]}, has beyond {list(extra)[:5]}"
    alerts = collections.Counter((one["account"], one["tariff"], one["order"], one["sku"], one["threshold"])
                                 for one in answer["alerts"] if one["kind"] in ("package-low", "package-empty"))
    ours = collections.Counter(oracle.alerts)
    if alerts != ours:
        yield f"alerts: the program lacks {list(ours - alerts)[:4]}, has beyond {list(alerts - ours)[:4]}"
    external = {(row["account"], row["tariff"], row["item"]): row["quantity"] for row in answer["external"]}
    if external != {key: reckon.decimal(value) for key, value in oracle.external.items()}:
        yield "external quantities"
    counts = {"duplicates": answer["duplicates"], **answer["counts"]}
    ours = {"duplicates": oracle.duplicates, "events": oracle.events, "commands": oracle.commands,
            "unbilled": oracle.unbilled}
    if counts != ours:
        yield f"counts: oracle {ours} program {counts}"


def both(folder, seed, events):
    """The oracle, what it expects, and the program's answer."""
    folder = pathlib.Path(folder)
    oracle, options, until = build(folder, seed, events)
    return oracle, oracle.close(until), json.loads(program.rate_bytes([folder / "journal.ndjson"], *options))


def check(seed, events):
    """What differs in a world, and how many things were compared."""
    with tempfile.TemporaryDirectory() as folder:
        oracle, expected, answer = both(folder, seed, events)
        seen = {"events": oracle.events, "bills": len(answer["bills"]), "balances": len(answer["balances"]),
                "lines": sum(len(bill["lines"]) for bill in answer["bills"]), "unpriced": len(answer["unpriced"]),
                "rejected": len(answer["rejected"]), "duplicates": answer["duplicates"]}
        return list(differences(oracle, expected, answer)), seen


def size(number):
    """How many lines the journal of a numbered world has: many short ones, some long ones."""
    return (250, 600, 250, 1500, 250, 600, 250, 4500)[number % 8]
