# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document: made of the table of routes, well formed, complete, and served."""

import ast
import json
import os
import re
import sys

import jsonschema
import pytest
from conftest import DEMO, ROOT
from daemon import Daemon

sys.path.insert(0, os.path.join(ROOT, "tools"))
import openapi  # pylint: disable=wrong-import-position
import openapi_words  # pylint: disable=wrong-import-position

PAGE = os.path.join(ROOT, "docs", "openapi.json")
METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture(name="routes", scope="module")
def routes_fixture(tollgate):
    return tollgate("serve", "--routes", "--json").json


@pytest.fixture(name="document", scope="module")
def document_fixture():
    with open(PAGE, encoding="utf-8") as file:
        return json.load(file)


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def resolve(document, node):
    while "$ref" in node:
        at = document
        for part in node["$ref"][2:].split("/"):
            at = at[part]
        node = at
    return node


def test_the_document_is_made_of_the_table_of_routes(routes):
    text = openapi.text(routes)
    if os.environ.get("UPDATE_GOLDEN"):
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(text)
    with open(PAGE, encoding="utf-8") as file:
        assert file.read() == text, "docs/openapi.json is old: run this test with UPDATE_GOLDEN=1, then build"


def test_routes_and_words_agree(routes, document):
    names = {route["name"] for route in routes}
    assert set(openapi_words.OPERATIONS) - names == set(), "tools/openapi_words.py tells of what is not there"
    assert names - set(openapi_words.OPERATIONS) == set(), "tools/openapi_words.py does not tell of these"
    told = {(method.upper(), path) for method, path, _ in operations(document)}
    assert told == {(route["method"], route["path"]) for route in routes}
    for route in routes:
        operation = document["paths"][route["path"]][route["method"].lower()]
        assert operation["x-roles"] == route["roles"] and operation["summary"] == route["summary"]
        has_body = "requestBody" in operation
        assert has_body == (route["body_max"] > 0), f"{route['name']} says nothing of its body"
        given = [(one["in"], one["name"]) for one in operation.get("parameters", [])]
        assert {name for where, name in given if where == "query"} == set(route["query"])
        assert [name for where, name in given if where == "path"] == re.findall(r"\{(\w+)\}", route["path"])
        assert len(given) == len(set(given))


# What needs no Idempotency-Key: events, leases and commands of files have names of their own, which count once; other
# tariffs from this machine hold or do not; the gate, quotes, plans and sessions change nothing that lasts.
NAMED = {"eventsPost", "commandsPost", "reratePost", "leaseSettle", "leaseRelease", "admitPost", "quoteCreate",
         "planCreate", "authPost", "authPut", "authPatch", "authDelete", "sessionCreate", "sessionRemove"}


def test_every_write_takes_an_idempotency_key(document):
    without = {operation["operationId"] for method, _, operation in operations(document) if method != "get" and
               not any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", []))}
    assert without == NAMED


def test_the_document_is_what_openapi_wants(document):
    assert set(document) == {"openapi", "info", "servers", "tags", "paths", "components"}
    assert document["openapi"] == "3.1.0" and {"title", "version"} <= set(document["info"])
    tags = {tag["name"] for tag in document["tags"]}
    seen = set()
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert method in METHODS and path.startswith("/")
        assert set(operation) <= {"operationId", "summary", "description", "tags", "parameters", "requestBody",
                                  "responses", "security", "x-roles"}, where
        assert operation["operationId"] not in seen and re.fullmatch(r"[a-z][A-Za-z0-9]+", operation["operationId"])
        seen.add(operation["operationId"])
        assert set(operation["tags"]) <= tags and len(operation["tags"]) == 1
        assert re.search(r'"2\d\d"', json.dumps(list(operation["responses"]))), where
        for status, answer in operation["responses"].items():
            assert re.fullmatch(r"[2-5]\d\d", status) and resolve(document, answer)["description"], where
        for one in operation.get("parameters", []):
            assert {"name", "in", "required", "schema", "description"} <= set(one), where
            assert one["in"] != "path" or one["required"], where
        for scheme in operation["security"]:
            assert set(scheme) <= set(document["components"]["securitySchemes"])


def test_nothing_is_told_twice():
    with open(os.path.join(ROOT, "tools", "openapi_words.py"), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            assert len(keys) == len(set(keys)), f"line {node.lineno}: {sorted(keys)}"


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_references_lead_somewhere_and_nothing_is_left_over(document):
    targets = set(references(document))
    for target in targets:
        resolve(document, {"$ref": target})
    for kind in ("schemas", "responses"):
        for name in document["components"][kind]:
            assert f"#/components/{kind}/{name}" in targets, f"nobody needs {kind}/{name}"


def schemas(document):
    yield from document["components"]["schemas"].values()
    for _, _, operation in operations(document):
        for one in operation.get("parameters", []):
            yield one["schema"]
        for content in (operation.get("requestBody", {}).get("content", {}),
                        *(resolve(document, answer).get("content", {}) for answer in operation["responses"].values())):
            for media in content.values():
                yield media["schema"]


def test_schemas_are_json_schema(document):
    count = 0
    for schema in schemas(document):
        jsonschema.Draft202012Validator.check_schema(schema)
        count += 1
    assert count > 50


def test_examples_are_of_their_schema(document):
    for method, path, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            validator = jsonschema.Draft202012Validator({**media["schema"], "components": document["components"]})
            validator.validate(media["example"])
        assert "requestBody" not in operation or method != "get", path


def test_a_daemon_serves_it_to_everybody(tollgate, tmp_path, document):
    (tmp_path / "demo.yaml").write_text(DEMO)
    assert tollgate("init", tmp_path / "book", "--tariffs", tmp_path / "demo.yaml").code == 0
    with Daemon(tollgate, "--data", tmp_path / "book") as daemon:
        answer = daemon.get("/v1/openapi.json")
    assert answer.headers["Content-Type"] == "application/json" and answer.json == document
