# SPDX-License-Identifier: ISC
"""The schemas of docs/schemas, as consumers have them and closed."""

import copy
import json
import pathlib

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = {p.name: json.loads(p.read_text()) for p in (ROOT / "docs" / "schemas").glob("*.json")}
BASE = "https://certsync.org/schemas/"


def closed(schema):
    """No other members than those named, no other words than the examples."""
    schema = copy.deepcopy(schema)
    schema["additionalProperties"] = False
    for node in walk(schema):
        if "examples" in node and "pattern" in node:
            words = node.pop("examples")
            node["enum"] = words + ([None] if "null" in node["type"] else [])
    return schema


def walk(node):
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(child)


def validator(schemas, name="event.v1.json"):
    store = {schema["$id"]: schema for schema in schemas.values()}
    resolver = jsonschema.RefResolver(BASE + name, schemas[name], store=store)
    return jsonschema.Draft202012Validator(schemas[name], resolver=resolver,
                                           format_checker=jsonschema.FormatChecker())


STRICT = {name: closed(schema) for name, schema in SCHEMAS.items()}
