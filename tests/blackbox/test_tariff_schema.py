# SPDX-License-Identifier: Apache-2.0
"""The key table printed: the JSON Schema takes every shipped tariff and refuses slips, the reference is up to date."""

import json
import os
import pathlib
import re
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TARIFF_BUILD") or ROOT / "build")
DRIVER = BUILD / "tests" / "unit" / "tariff" / "tariff_driver"
TARIFFS = sorted((ROOT / "tariffs").glob("*.yaml")) + sorted((ROOT / "tests" / "data").glob("mini*.yaml"))
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "number": (int, float)}


class Loader(yaml.SafeLoader):
    """As editors read YAML 1.2: `on` is text, and JSON knows no instants."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if tag.endswith((":int", ":float"))]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), "tf")


def driver(*arguments):
    return subprocess.run([DRIVER, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def schema():
    return json.loads(driver("--schema"))


def has_type(value, name):
    if name == "number" and isinstance(value, bool):
        return False
    return isinstance(value, TYPES[name])


def fits(value, rule, root):
    """The few keywords of JSON Schema that the printer uses; any other is a mistake of the printer."""
    for keyword, wanted in rule.items():
        if keyword == "$ref":
            is_right = fits(value, root["$defs"][wanted.removeprefix("#/$defs/")], root)
        elif keyword == "type":
            is_right = any(has_type(value, name) for name in ([wanted] if isinstance(wanted, str) else wanted))
        elif keyword == "enum":
            is_right = value in wanted
        elif keyword == "anyOf":
            is_right = any(fits(value, one, root) for one in wanted)
        elif keyword == "allOf":
            is_right = all(fits(value, one, root) for one in wanted)
        elif keyword == "required":
            is_right = all(name in value for name in wanted)
        elif keyword == "properties":
            is_right = all(fits(value[name], wanted[name], root) for name in value if name in wanted)
        elif keyword == "additionalProperties":
            others = [name for name in value if name not in rule.get("properties", {})]
            is_right = not others if wanted is False else all(fits(value[name], wanted, root) for name in others)
        elif keyword == "items":
            is_right = all(fits(one, wanted, root) for one in value)
        else:
            assert keyword in ("description", "title", "$schema", "$defs"), keyword
            continue
        if not is_right:
            return False
    return True


@pytest.mark.parametrize("path", TARIFFS, ids=lambda path: path.name)
def test_shipped_tariffs_fit_the_schema(path, schema):
    assert fits(yaml.load(path.read_text(), Loader), schema, schema)


@pytest.mark.parametrize("old, new", [
    pytest.param("    unit: second", "    units: second", id="an unknown key"),
    pytest.param("    unit: second\n", "", id="a missing key"),
    pytest.param("cycle: month", "cycle: weekly", id="an unknown choice"),
    pytest.param("operations:\n", "operations: []\nrules:\n", id="a list in place of a mapping"),
])
def test_slips_do_not_fit_the_schema(old, new, schema):
    text = (ROOT / "tests" / "data" / "mini.yaml").read_text()
    assert old in text
    assert not fits(yaml.load(text.replace(old, new), Loader), schema, schema)


def test_the_reference_is_up_to_date():
    """To renew it: build/tests/unit/tariff/tariff_driver --reference > docs/tariff-reference.md"""
    assert (ROOT / "docs" / "tariff-reference.md").read_text() == driver("--reference")


def test_every_shipped_tariff_loads():
    assert driver(ROOT / "tariffs").endswith("ok\n")
