#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI 3.1 document of the daemon, made of its table of routes and of what tools/openapi_words.py says of bodies
and answers. Reads `tollgate serve --routes --json`. Usage: openapi.py ROUTES.json > docs/openapi.json
"""

import json
import re
import sys

import openapi_words as words

STATUS_TEXTS = {200: "Done", 201: "Made", 202: "Taken, and not done yet", 204: "Done, and nothing to show",
                304: "What the client has is what there is"}


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def parameters(route, about):
    found = []
    for name in re.findall(r"\{([a-z_]+)\}", route["path"]):
        description, example = words.PATH.get(name, (f"The {name}'s name.", name))
        found.append({"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1},
                      "description": description, "example": example})
    for name in route["query"]:
        known = words.QUERY.get(name, ({"type": "string"}, f"Only of this {name}."))
        schema, description = about.get("query", {}).get(name, known)
        found.append({"name": name, "in": "query", "required": False, "schema": schema, "description": description})
    if about.get("key"):
        found.append({"name": "Idempotency-Key", "in": "header", "required": about["key"] == "needed",
                      "schema": {"type": "string", "minLength": 1, "maxLength": 257},
                      "description": "A text that no other request has. Whoever repeats the request with it gets the "
                                     "same answer, and it is done once. Kept for 40 days."})
    return found


def problems(route, about):
    """The statuses with which any request of this route may be refused."""
    statuses = {400, 500, 503}
    if route["roles"]:
        statuses |= {401, 403, 429}
    if "{" in route["path"] or "account" in route["query"]:
        statuses.add(404)
    if route["method"] == "GET":
        statuses.add(406)
    else:
        statuses |= {411} if route["body_max"] else set()
    if route["body_max"]:
        statuses |= {408, 413, 415, 422}
    if route["method"] != "GET":
        statuses.add(409)
    if about.get("key"):
        statuses.add(422)  # the key of another request
    return statuses | set(about.get("problems", ()))


def answers(route, about):
    found = {}
    for status, schema in about.get("answers", {200: words.ANYTHING}).items():
        answer = {"description": STATUS_TEXTS[status]}
        if schema is not None:
            kinds = about.get("kinds", ["application/json"])
            answer["content"] = {kind: {"schema": schema if kind.endswith("json") else {"type": "string"}}
                                 for kind in kinds}
        if about.get("key"):
            answer["headers"] = {"Idempotent-Replayed": {"schema": {"const": "true"}, "required": False,
                                                         "description": "The answer is one that was given before."}}
        found[str(status)] = answer
    for status in sorted(problems(route, about)):
        found[str(status)] = {"$ref": "#/components/responses/Problem"}
    return found


def body(about):
    content = {}
    for kind, (schema, example) in about["body"].items():
        content[kind] = {"schema": schema, "example": example}
    return {"required": about.get("body_needed", True), "content": content}


def operation(route):
    about = words.OPERATIONS.get(route["name"], {})
    made = {"operationId": camel(route["name"]), "summary": route["summary"], "tags": [about.get("tag", "More")]}
    if "text" in about:
        made["description"] = about["text"]
    found = parameters(route, about)
    if found:
        made["parameters"] = found
    if "body" in about:
        made["requestBody"] = body(about)
    made["responses"] = answers(route, about)
    made["security"] = [{"key": []}] if route["roles"] else []
    made["x-roles"] = route["roles"]
    return made


def document(routes):
    paths = {}
    for route in routes:
        paths.setdefault(route["path"], {})[route["method"].lower()] = operation(route)
    return {"openapi": "3.1.0", "info": words.INFO, "servers": [{"url": "http://127.0.0.1:8080"}],
            "tags": [{"name": name, "description": text} for name, text in words.TAGS.items()],
            "paths": paths, "components": words.COMPONENTS}


def text(routes):
    return json.dumps(document(routes), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.write(text(json.load(file)))
