"""The reference is true: it names all routes, and what they give is what it says."""

import base64
import json

import pytest

from hydranet.serving._app import create_app
from hydranet.serving._pages import openapi_document

pytestmark = pytest.mark.slow

DOCUMENT = openapi_document()
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
TYPES = {
    "string": str,
    "array": list,
    "object": dict,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def resolve(item):
    while "$ref" in item:
        place = DOCUMENT
        for key in item["$ref"].removeprefix("#/").split("/"):
            place = place[key]
        item = place
    return item


def fits(value, schema):
    """Whether a value is as the schema says, for the keywords that the document uses."""
    schema = resolve(schema)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    checks = [
        not kinds or any(isinstance(value, TYPES[kind]) for kind in kinds),
        "const" not in schema or value == schema["const"],
        "enum" not in schema or value in schema["enum"],
        "anyOf" not in schema or any(fits(value, option) for option in schema["anyOf"]),
    ]
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties", {})
        checks += [name in value for name in schema.get("required", ())]
        checks += [fits(part, properties.get(name, rest)) for name, part in value.items()]
    if isinstance(value, list):
        prefix = schema.get("prefixItems", [])
        checks += [
            fits(part, prefix[i] if i < len(prefix) else schema.get("items", {}))
            for i, part in enumerate(value)
        ]
    return all(checks)


def check(response, operation):
    """Check a response against what the document says of its status."""
    described = resolve(operation["responses"][str(response.status_code)])
    kind = response.headers["content-type"].partition(";")[0]
    assert kind in described["content"]
    value = response.json() if kind == "application/json" else response.text
    assert fits(value, described["content"][kind]["schema"]), value


def test_the_document_names_exactly_the_routes_there_are(served):
    app = create_app(served.service)
    routes = {
        (route.path, method.lower()) for route in app.routes for method in route.methods if method != "HEAD"
    }
    assert {(path, method) for path, method, _ in OPERATIONS} == routes


def test_every_reference_leads_somewhere_and_every_operation_is_described():
    def walk(item):
        if isinstance(item, dict):
            resolve(item)
        for part in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
            walk(part)

    walk(DOCUMENT)
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(ids)) == len(ids)
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    assert all(set(operation["tags"]) <= tags and operation["summary"] for _, _, operation in OPERATIONS)


def request_of(operation_id, pictures, head_files):
    tensor = {"name": "images", "datatype": "BYTES", "shape": [1]}
    tensor["data"] = [base64.b64encode(pictures[0]).decode()]
    return {
        "predict": {"content": pictures[0]},
        "infer": {"json": {"inputs": [tensor]}},
        "put_head": {"content": head_files["age"]},
    }.get(operation_id, {})


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=lambda value: str(value)[:40])
def test_each_route_gives_what_the_document_says(start, pictures, head_files, path, method, operation):
    served = start(admin_token="token")
    url = path.replace("{name}", "tiny").replace("{task}", "age")
    options = {
        "headers": {"authorization": "Bearer token"},
        **request_of(operation["operationId"], pictures, head_files),
    }
    response = served.client.request(method, url, **options)
    assert response.status_code == 200
    check(response, operation)
    if method == "get":
        assert served.client.head(url).status_code == 200
    if method != "get" or "{name}" in path:
        wrong = served.client.request(
            method, path.replace("{name}", "x").replace("{task}", "x"), content=b"{"
        )
        assert wrong.status_code in (400, 401, 404, 422)
        check(wrong, operation)


def test_several_files_get_the_other_form_of_answer(served, pictures):
    response = served.client.post("/predict", files=[("image", content) for content in pictures[:2]])
    check(response, DOCUMENT["paths"]["/predict"]["post"])
    assert "results" in response.json()


def test_the_example_requests_in_the_document_fit_their_schemas():
    request = DOCUMENT["components"]["schemas"]["InferRequest"]
    assert fits(
        {"inputs": [{"name": "images", "datatype": "BYTES", "shape": [1], "data": ["AA=="]}]}, request
    )
    assert not fits({"inputs": [{"name": "x", "datatype": "BYTES", "shape": [1]}]}, request)
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
