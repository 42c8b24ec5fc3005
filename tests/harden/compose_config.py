#!/usr/bin/python3
"""
What docker-compose (1.29) makes of each of many files: `docker-compose -f FILE config`, by its own
code, in one process.

    compose_config.py FILE...

One line of JSON a file: what its services are, without names that no fix may know; or the error.
"""

import json
import logging
import os
import sys

import yaml
from compose.config import config, validation
from compose.config.environment import Environment, env_vars_from_file
from compose.config.serialize import serialize_config

SETTINGS = {"API_TOKEN": "x", "PORT": "8089", "UID": "1000"}
KNOWN = validation.load_jsonschema
WARNINGS = logging.getLogger("compose")


def widened(version):
    """The schema with what Compose 2 knows and 1.29 does not."""
    schema = KNOWN(version)
    schema.pop("id", None)  # or it is read again from its file where it refers to itself
    definitions = schema["definitions"]
    if "deployment" not in definitions:
        return schema
    service = definitions["service"]["properties"]
    service["uts"] = {"type": "string"}
    for port in service["ports"]["items"]["oneOf"]:
        port.get("properties", {})["host_ip"] = {"type": "string"}
    limits = definitions["deployment"]["properties"]["resources"]["properties"]["limits"]
    limits["properties"]["pids"] = {"type": "integer"}
    return schema


def read(path):
    """The normalised text as a value; an error's text."""
    base, name = os.path.split(path)
    try:
        secrets = os.path.join(base, ".env")
        known = env_vars_from_file(secrets) if os.path.exists(secrets) else {}
        found = config.load(config.find(base, [name], Environment({**known, **SETTINGS}), base))
        return yaml.safe_load(serialize_config(found))
    except Exception as error:  # pylint: disable=broad-except  # it has many of its own, and bugs
        return f"{type(error).__name__}: {error}"


validation.load_jsonschema = widened
WARNINGS.setLevel(logging.CRITICAL)
for file in sys.argv[1:]:
    print(json.dumps(read(file), sort_keys=True, default=str))
