"""
/openapi.json: valid OpenAPI 3.1, complete, and true. Every example in it is asked of a running
stack and its answer compared. What no single request brings about (a 502, say) has the text that
nginx has for it; test_edge_limits.py and test_edge_upstream.py bring it about.
"""

import json
import re
import subprocess

import jsonschema
import pytest

from audit_lab import Audit, Edge, Trail
from openapi_document import (COMPONENTS, DOCUMENT, FILE, PATHS, accepted, answers, locations,
                              reached, resolved, shared_answers, validate)
from npm import installed
from ping_lab import need_echo
from stack import REPOSITORY, ask, parse_answer, stopped
from test_edge import ERRORS, assert_headers, request

VALIDATOR = REPOSITORY / "tests/http/validator"
CONTRACT = {"/", "/ping", "/calculate", "/audit", "/healthz", "/metrics", "/console/",
            "/openapi.json"}
# What any path may be answered with, and what a program's may besides.
ANYWHERE = {200, 405, 408, 413, 414, 429, 431, 500}
OF_PROGRAMS = {400, 502, 503, 504}
# Of a shared answer, whoever makes it.
ALL_ERRORS = {**ERRORS, 401: "Unauthorized", 500: "Internal error"}

ANSWERS, SHARED = list(answers()), list(shared_answers(ALL_ERRORS))
EXAMPLES = [example for answer in ANSWERS for example in answer.examples]
EXAMPLES += [example for answer in SHARED for example in answer.examples
             if example.otherwise and "flood" not in example.otherwise]
WITHOUT_EXAMPLE = [answer for answer in ANSWERS if answer.status == 200 and not answer.examples]

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)


# --- the document ---------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def validator():
    program = installed(VALIDATOR) / "@seriousme/openapi-schema-validator/bin/validate-api-cli.js"

    def judge(file):
        done = subprocess.run(["node", program, file], capture_output=True, text=True, timeout=60,
                              check=False)
        return json.loads(done.stdout)
    return judge


def test_valid(validator):
    assert validator(FILE) == {"valid": True}


def test_validator_finds_faults(validator, tmp_path):
    """Or the test above would prove nothing."""
    (tmp_path / "openapi.json").write_text(json.dumps({**DOCUMENT, "unknown": 1}))
    assert validator(tmp_path / "openapi.json")["valid"] is False


def schemas_in(thing):
    if isinstance(thing, dict) and "schema" in thing:
        yield thing["schema"]
    for inner in thing.values() if isinstance(thing, dict) else thing:
        if isinstance(inner, (dict, list)):
            yield from schemas_in(inner)


def test_schemas_are_schemas():
    """Of JSON Schema 2020-12, which OpenAPI's own schema does not look into."""
    for schema in [*COMPONENTS["schemas"].values(), *schemas_in(DOCUMENT)]:
        jsonschema.Draft202012Validator.check_schema(schema)


def test_schemas_are_strict():
    """A member that is not described, or that lacks, is a fault."""
    for name, schema in COMPONENTS["schemas"].items():
        if "properties" in schema:
            assert schema["additionalProperties"] is False, name
            assert schema["required"] == list(schema["properties"]), name


def test_references_lead_somewhere():
    for pointer in re.findall(r'"\$ref": ?"([^"]+)"', FILE.read_text()):
        assert reached(pointer), pointer


def test_version():
    """That of the release."""
    release = f"AC_INIT([Bulkhead], [{DOCUMENT['info']['version']}]"
    assert release in (REPOSITORY / "configure.ac").read_text()


def test_paths():
    """Of the contract, and of every route; and all of them are there."""
    assert set(PATHS) == CONTRACT | locations("nginx/routes/*.conf")
    assert set(PATHS) <= locations("nginx/**/*.conf")


def test_statuses():
    """Each that a path may be answered with, and each of the contract somewhere."""
    for path, item in PATHS.items():
        statuses = {int(status) for status in item["get"]["responses"]}
        assert ANYWHERE <= statuses, path
        if path in locations("nginx/routes/*.conf"):
            assert OF_PROGRAMS <= statuses, path
        assert set(item["head"]["responses"]) == {"200", "default"}, path
    assert {answer.status for answer in SHARED} == set(ALL_ERRORS)


@pytest.mark.parametrize("answer", SHARED, ids=lambda answer: str(answer.status))
def test_error_texts(answer):
    """nginx's own words, under the contract's text; and the headers that come with the status."""
    conf = (REPOSITORY / "nginx/edge/errors.conf").read_text().partition("$error_detail {")[2]
    details = dict(re.findall(r'^ +(\d{3}|default) "(.+)";', conf, re.M))
    example, = answer.examples
    if answer.status != 401:
        assert example.value["detail"] == details.get(str(answer.status), details["default"])
    validate(example.value, answer.media["schema"])
    assert set(answer.headers) - {"X-Request-Id"} == {
        405: {"Allow"}, 429: {"Retry-After"}, 401: {"WWW-Authenticate"}}.get(answer.status, set())


def test_every_answer_has_a_request_id():
    for item in PATHS.values():
        for response in [*item["get"]["responses"].values(), *item["head"]["responses"].values()]:
            assert "X-Request-Id" in resolved(response)["headers"]


def test_password():
    """Of one path, and of no other."""
    for path, item in PATHS.items():
        for method in ("get", "head"):
            needed = item[method].get("security", DOCUMENT["security"])
            assert needed == ([{"basic": []}] if path == "/audit" else [])


# --- the answers ----------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def trail_edge():
    """nginx and /audit's program, on a trail that has the record of the example."""
    trail = Trail()
    try:
        one = next(example for example in EXAMPLES if example.path == "/audit"
                   and example.answer.status == 200 and isinstance(example.value, dict))
        trail.add(one.value["records"])
        with Audit(trail) as program, Edge(program) as edge:
            yield edge
    finally:
        trail.remove()


@pytest.fixture
def server(request, stack):
    """Whoever answers a path as its example says."""
    return lambda path: request.getfixturevalue("trail_edge") if path == "/audit" else stack


def assert_as_described(answer, described):
    """Status, type, headers, and the form of the body."""
    assert answer.status == described.status
    assert answer.header("content-type").split(";")[0] == described.kind
    for name, header in described.headers.items():
        header, values = resolved(header), answer.all(name)
        assert len(values) == 1 or not (values or header.get("required")), name
        is_number = header["schema"].get("type") == "integer"
        for value in values:
            validate(int(value) if is_number else value, header["schema"])
    body = answer.json() if described.kind == "application/json" else answer.text
    validate(body, described.media["schema"])


def without_times(body):
    """Two pings never take the same time."""
    if isinstance(body, str):
        return re.sub(r"\d+\.\d{3}(?= ms|/)", "TIME", body)
    return {**body, "rtt_ms": "TIME"} if body.get("rtt_ms") is not None else body


def assert_is(answer, example):
    assert_as_described(answer, example.answer)
    if example.answer.kind != "application/json":
        assert without_times(answer.text) == without_times(example.value)
        return
    expected, body = dict(example.value), answer.json()
    if "request_id" in expected:
        assert body["request_id"] == answer.header("x-request-id")
        expected["request_id"] = body["request_id"]
    assert without_times(body) == without_times(expected)


@every_example
def test_example(server, example):
    """What the document shows is what is answered."""
    if example.path == "/ping" and example.answer.status == 200:
        need_echo()
    assert_is(example.ask(server(example.path)), example)


@every_example
def test_head_of_an_example(server, example):
    """The same status, and no body."""
    if "method" in example.asked:
        return
    answer = example.ask(server(example.path), "HEAD")
    assert (answer.status, answer.body) == (example.answer.status, b"")


@pytest.mark.parametrize("described", WITHOUT_EXAMPLE, ids=lambda answer: answer.id)
def test_answer_without_an_example(server, described):
    """Pages and counters: too long, or never the same."""
    answer = ask(server(described.path).connect(), described.path, accepted(described))
    assert_as_described(answer, described)


def test_a_program_that_is_not_ready(own):
    """Of the two forms of this 503, the one that says which."""
    with stopped(*own.pids("hello")):
        answer = own.get("/healthz")
    described = next(one for one in ANSWERS if (one.path, one.status) == ("/healthz", 503))
    assert_as_described(answer, described)
    assert answer.json()["programs"]["hello"] == {"ready": 0, "processes": 2}


def test_too_many_requests(limited_stack):
    """From an address that no other test asks from."""
    described = next(answer for answer in SHARED if answer.status == 429)
    for _ in range(200):
        answer = parse_answer(limited_stack.raw(request("GET / HTTP/1.1"), source="127.0.0.94"))
        if answer.status == 429:
            break
    assert_is(answer, described.examples[0])


def test_the_file_is_what_is_served(stack):
    answer = stack.get("/openapi.json")
    assert answer.body == FILE.read_bytes()
    assert_headers(answer)
