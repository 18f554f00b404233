#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the shipped tariffs with the published tables, digit by digit.

The tables stand in tests/data as neutral lists (rows.csv, operations.csv, capabilities.csv, scope.csv). The tariffs are
read here as plain YAML, without the program, so that neither a slip in a tariff nor one in the loader goes unseen.
Every listed price must be in the tariff with the same digits, and every price of a tariff must be listed.

Usage: check_tariff_rows.py [--tariffs DIR] [--data DIR]; exit 1 when something differs.
"""
import argparse
import csv
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARIFFS = ("ims-batch", "ims-batch-cn", "imm", "vclm", "viapi")
TIERED = ("graduated", "volume")
FACE = "Face and body"


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def leaves(node, path):
    """(cell, price) of everything below a price table."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, path + [key])
    elif isinstance(node, list):
        for tier in node:
            yield "/".join(path + [tier.get("up_to", "last")]), tier["price"]
    else:
        yield "/".join(path), node


def price_rows(price):
    """(cell, from, price, per) of one price, in any of its forms."""
    if isinstance(price, list):
        for version in price:
            yield from price_rows(version)
        return
    if isinstance(price, str):
        yield "", "", price, "1"
        return
    start, per = price.get("from", ""), price.get("per", "1")
    for cell, amount in leaves(price.get("flat", {}), []):
        yield cell, start, amount, per
    for mode in TIERED:
        for cell, amount in leaves(price.get(mode, {}).get("tiers", {}), [mode]):
            yield cell, start, amount, per


def plan_rows(plan):
    """(cell, price) of a QPS plan's day and month prices."""
    for period in ("day", "month"):
        for cell, _, amount, _ in price_rows(plan[period]):
            yield "/".join(part for part in (period, cell) if part), amount


def product_rows(tariff):
    for name, package in tariff.get("packages", {}).items():
        sizes = package["sizes"]
        for cell, amount in leaves(sizes, []) if isinstance(sizes, dict) else []:
            yield f"packages/{name}", cell, "", amount, "1"
    for name, plan in tariff.get("qps", {}).items():
        for cell, amount in plan_rows(plan):
            yield f"qps/{name}", cell, "", amount, "1"
    for section in ("concurrency", "licences"):
        for name, product in tariff.get(section, {}).items():
            yield f"{section}/{name}", "", "", product["price"], "1"


def tariff_rows(tariff):
    for name, item in tariff["items"].items():
        if "billed_by" in item:
            yield name, "", "", f"billed by {item['billed_by']}", "1"
        for cell, start, amount, per in price_rows(item.get("price", [])):
            yield name, cell, start, amount, per
    yield from product_rows(tariff)


def compare_prices(tariffs, rows):
    """Both directions: what is listed is there, and what is there is listed, unless it is unpublished."""
    listed = {(r["tariff"], r["item"], r["cell"], r["from"]): (r["price"], r["per"]) for r in rows}
    if len(listed) != len(rows):
        yield "rows.csv lists a cell twice"
    found = {}
    for name, tariff in tariffs.items():
        for item, cell, start, amount, per in tariff_rows(tariff):
            found[(name, item, cell, start)] = (amount, per)
    for key, want in listed.items():
        if found.get(key) != want:
            yield f"{' '.join(key)}: the table says {want}, the tariff {found.get(key)}"
    for key, have in found.items():
        if key not in listed and have[0] != "unpublished":
            yield f"{' '.join(key)}: the tariff says {have}, no table does"


def sources_missing(tariff_name, tariff):
    """Every item, product, price and rule names one of the tariff's sources."""
    known = set(tariff["sources"])

    def check(where, node, required):
        source = node.get("source")
        if source is None and required:
            yield f"{tariff_name} {where}: no source"
        if source is not None and source.split("/")[0] not in known:
            yield f"{tariff_name} {where}: source {source} is not declared"

    for section in ("items", "rules", "packages", "qps", "concurrency", "licences", "grants", "classes"):
        for name, node in tariff.get(section, {}).items():
            yield from check(f"{section}/{name}", node, True)
            prices = node.get("price", [])
            for price in prices if isinstance(prices, list) else [prices]:
                if isinstance(price, dict):
                    yield from check(f"{section}/{name} price", price, True)
    for name, node in tariff["operations"].items():
        if isinstance(node, dict):
            yield from check(f"operations/{name}", node, False)
    for node in tariff["examples"]:
        yield from check(f"example {node['name']}", node, False)


def operation_table(tariff):
    """Name or alias -> the operation's value."""
    table = {}
    for name, node in tariff["operations"].items():
        for spelling in [name] + (node.get("aliases", []) if isinstance(node, dict) else []):
            if spelling in table:
                raise ValueError(f"{tariff['tariff']}: operation {spelling} is named twice")
            table[spelling] = node
    return table


def item_names(node):
    """All items below a use's `item`, which may be a table by classes."""
    if isinstance(node, dict):
        for value in node.values():
            yield from item_names(value)
    else:
        yield node


def operation_items(table, node):
    if isinstance(node, str):
        return {node}
    uses = node
    if isinstance(node, dict):
        if "run" in node:
            return set().union(*(operation_items(table, table[name]) for name in node["run"]))
        uses = node["items"] if "items" in node else [node]
        uses = [uses] if isinstance(uses, (str, dict)) else uses
    return {name for use in uses for name in item_names(use if isinstance(use, str) else use["item"])}


def compare_operations(tariffs, rows):
    tables = {name: operation_table(tariff) for name, tariff in tariffs.items()}
    listed = {(row["tariff"], row["operation"]) for row in rows}
    for row in rows:
        table = tables[row["tariff"]]
        if row["operation"] not in table:
            yield f"{row['tariff']}: operation {row['operation']} is missing"
            continue
        have = operation_items(table, table[row["operation"]])
        if have != set(row["items"].split()):
            yield f"{row['tariff']} {row['operation']}: the table says {row['items']}, the tariff {sorted(have)}"
    for tariff in ("imm", "vclm"):
        for name, node in tariffs[tariff]["operations"].items():
            spellings = [name] + (node.get("aliases", []) if isinstance(node, dict) else [])
            if not any((tariff, spelling) in listed for spelling in spellings):
                yield f"{tariff}: no table has operation {name}"
    for name, tariff in tariffs.items():
        used = set().union(*(operation_items(tables[name], node) for node in tables[name].values()))
        for item in set(tariff["items"]) - used:
            yield f"{name}: no operation creates {item}"


def kebab(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("'", "")).strip("-")


def compare_capabilities(tariff, rows):
    """Every capability of the method tables is an operation, and its items have as many methods as the page leaves."""
    table = operation_table(tariff)
    seen = set()
    for row in rows:
        code = kebab(row["capability"])
        if code not in table:
            yield f"viapi: capability {row['capability']} is missing"
            continue
        left = 4 - int(row["missing"]) - (1 if row["single_converted"] else 0)
        for name in operation_items(table, table[code]):
            seen.add(name)
            item = tariff["items"][name]
            open_question = "unknown which" in item.get("note", "")
            count = len(item["methods"])
            if count > left or (count < left and not open_question):
                yield f"viapi {name}: {count} methods, the page leaves {left}"
    for name in set(tariff["items"]) - seen:
        yield f"viapi: no table has {name}"


def compare_scope(tariff, rows):
    table = operation_table(tariff)
    want = {}
    for row in rows:
        for name in operation_items(table, table.get(kebab(row["capability"]), f"missing {row['capability']}")):
            want.setdefault(row["package"], set()).add(name)
    for package, names in want.items():
        have = set(tariff["packages"][package]["scope"])
        if have != names:
            yield f"viapi {package}: {sorted(have ^ names)} in the scope of one, not of the other"


def check_products(tariff):
    """A QPS product for every item with that method, and no package or plan for an item without its method."""
    items = tariff["items"]
    planned = {name for plan in tariff["qps"].values() for name in plan["items"]}
    for name in planned ^ {name for name, item in items.items() if "qps" in item["methods"]}:
        yield f"viapi {name}: QPS plan and method disagree"
    for package, node in tariff["packages"].items():
        for name in node["scope"]:
            if node["kind"] not in items[name]["methods"]:
                yield f"viapi {package}: {name} has no method {node['kind']}"


def mistakes(tariff_dir, data_dir):
    # BaseLoader leaves every scalar as text, so that digits are compared and not numbers.
    tariffs = {}
    for name in TARIFFS:
        with open(tariff_dir / f"{name}.yaml", encoding="utf-8") as file:
            tariffs[name] = yaml.load(file, yaml.BaseLoader)
    found = list(compare_prices(tariffs, read_csv(data_dir / "rows.csv")))
    found += compare_operations(tariffs, read_csv(data_dir / "operations.csv"))
    found += compare_capabilities(tariffs["viapi"], read_csv(data_dir / "capabilities.csv"))
    found += compare_scope(tariffs["viapi"], read_csv(data_dir / "scope.csv"))
    found += check_products(tariffs["viapi"])
    for name, tariff in tariffs.items():
        found += sources_missing(name, tariff)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tariffs", type=pathlib.Path, default=ROOT / "tariffs")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "tests" / "data")
    options = parser.parse_args()
    found = mistakes(options.tariffs, options.data)
    for line in found:
        print(line)
    print(f"{len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
