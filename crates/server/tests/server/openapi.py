"""Holds what the server says against the OpenAPI document that it serves.

    openapi.py DOCUMENT

First checks the document itself. Then takes a line of JSON for each answer, and says "ok" or what is wrong with it:

    {"method", "path", "status", "type", "body"}    an answer to a request
    {"schema", "body"}                              something that has to be as a schema of the document says
"""

import json
import re
import sys

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

with open(sys.argv[1]) as file:
    document = json.load(file)
OpenAPIV31SpecValidator(document).validate()
validators = {}


def template(path):
    parts = [r"[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/")]
    return re.compile("/".join(parts))


# Those without a parameter first: they are what a path means that two templates fit.
templates = sorted(document["paths"], key=lambda path: path.count("{"))
templates = [(template(path), document["paths"][path]) for path in templates]


def fault(schema, value):
    """What is wrong with a value, if anything is."""
    key = json.dumps(schema)
    if key not in validators:
        # References are from the document's root, and so is this.
        whole = {**schema, "components": document["components"]}
        checker = Draft202012Validator.FORMAT_CHECKER
        validators[key] = Draft202012Validator(whole, format_checker=checker)
    errors = list(validators[key].iter_errors(value))
    return "; ".join(f"{error.json_path}: {error.message}" for error in errors)


def hold(it):
    path = it["path"].split("?")[0]
    item = next((item for pattern, item in templates if pattern.fullmatch(path)), None)
    if item is None:
        known = path.startswith("/api/") and it["status"] != 404
        return "the document has no such path" if known else ""
    operation = item.get(it["method"].lower())
    if operation is None:
        known = it["status"] not in (405, 404, 400, 408)
        return "the document has no such method there" if known else ""
    responses = operation["responses"]
    response = responses.get(str(it["status"]))
    if response is None:
        if it["status"] < 400:
            return f"the document has no status {it['status']} there"
        response = document["components"]["responses"]["Problem"]
    contents = response.get("content")
    if contents is None:
        return "" if not it["body"] else "the document has no body there"
    if not it["type"]:
        return "" if it["status"] >= 400 and not it["body"] else "it has no content type"
    kind = it["type"].split(";")[0]
    if kind not in contents:
        return f"the document has no {kind} there" if it["status"] < 400 or path.startswith("/api/") else ""
    if not kind.endswith("json"):
        return ""
    return fault(contents[kind]["schema"], json.loads(it["body"]))


print("ok", flush=True)
for line in sys.stdin:
    told = json.loads(line)
    if "schema" in told:
        said = fault({"$ref": "#/components/schemas/" + told["schema"]}, told["body"])
    else:
        said = hold(told)
    print(said.replace("\n", " ") or "ok", flush=True)
