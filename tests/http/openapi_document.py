"""console/openapi.json, and how its examples are asked: what test_openapi.py reads it with."""

import json
import re
from urllib.parse import urlencode

import jsonschema

from audit_lab import basic
from stack import REPOSITORY, ask

FILE = REPOSITORY / "console/openapi.json"
DOCUMENT = json.loads(FILE.read_text())
PATHS, COMPONENTS = DOCUMENT["paths"], DOCUMENT["components"]


def locations(pattern):
    """The paths that nginx has a location for in these files."""
    return {path for file in REPOSITORY.glob(pattern)
            for path in re.findall(r"^\s*location = (\S+)", file.read_text(), re.M)}


def reached(pointer):
    """What a $ref means; the names in it have no slash."""
    found = DOCUMENT
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part]
    return found


def resolved(thing):
    return reached(thing["$ref"]) if "$ref" in thing else thing


def validate(value, schema):
    """Raises what says how a value is not as described."""
    resolver = jsonschema.RefResolver("", DOCUMENT)
    jsonschema.Draft202012Validator(
        schema, resolver=resolver, format_checker=jsonschema.FormatChecker()).validate(value)


class Answer:
    """One that is described: of a path, with a status, in one of its forms."""

    def __init__(self, path, parameters, status, response, kind):
        self.path, self.parameters, self.status = path, parameters, status
        self.headers = response["headers"]
        self.kind, self.media = kind, response["content"][kind]
        self.id = f"{path} {status} {kind}"

    @property
    def examples(self):
        return [Example(self, name) for name in self.media.get("examples", {})]


class Example:
    """
    The answer to the parameters' examples of the same name. Its x-request says what is asked
    otherwise: path, query, method; bytes of query, header or body; or a flood.
    """

    def __init__(self, answer, name):
        example = answer.media["examples"][name]
        self.answer, self.value = answer, example["value"]
        self.otherwise = example.get("x-request")
        self.asked = self.otherwise or {}
        self.path = self.asked.get("path", answer.path)
        given = {p["name"]: p["examples"][name]["value"] for p in answer.parameters
                 if name in p.get("examples", {})}
        query = self.asked.get("query", urlencode(given)) + "a" * self.asked.get("query_bytes", 0)
        self.target = f"{self.path}?{query}" if query else self.path
        self.id = f"{self.path} {answer.status} {answer.kind} {name}"

    def ask(self, server, method="GET"):
        """`server` has a connect()."""
        headers = accepted(self.answer)
        if "header_bytes" in self.asked:
            headers["X"] = "a" * self.asked["header_bytes"]
        body = b"a" * self.asked["body_bytes"] if "body_bytes" in self.asked else None
        return ask(server.connect(), self.target, headers, self.asked.get("method", method), body)


def accepted(answer):
    """The headers that ask for it: errors come as JSON whatever one accepts."""
    headers = {"Accept": answer.kind} if answer.status == 200 else {}
    if answer.path == "/audit" and answer.status != 401:
        headers["Authorization"] = basic()
    return headers


def answers():
    """Of each path, what it does not share with the others."""
    for path, item in PATHS.items():
        for status, response in item["get"]["responses"].items():
            for kind in response.get("content", {}):
                yield Answer(path, item.get("parameters", []), int(status), response, kind)


def shared_answers(errors):
    """By their public text, {status: text}, whose example is named `edge`."""
    status = {text: number for number, text in errors.items()}
    for response in COMPONENTS["responses"].values():
        if "content" in response:
            value = response["content"]["application/json"]["examples"]["edge"]["value"]
            yield Answer("/", [], status[value["error"]], response, "application/json")
