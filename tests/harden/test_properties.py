"""
daemon.json as nobody would write it by hand: what must be so of every fix. Python's own parser is
the judge.
"""

import json
import re

import pytest

import generate_json
from lab import CASES, SEED, Lab

FIXABLE = {"D1", "D2", "D3", "D4", "D5", "D6", "D10"}


class Broken(ValueError):
    """No JSON that means one thing."""


def read(data):
    """What the settings are, each number as it is written; Broken where parsers disagree."""
    def members(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise Broken("a name twice")
        return dict(pairs)

    def integer(text):
        if not -2 ** 63 <= int(text) < 2 ** 63:
            raise Broken("a big number")
        return ("number", text)

    def real(text):
        if float(text) in (float("inf"), float("-inf")):
            raise Broken("a big number")
        return ("number", text)

    def constant(text):
        raise Broken(text)

    try:
        text = data.decode("utf-8-sig")
        if not text.strip(" \t\r\n"):
            return {}
        found = json.loads(text, object_pairs_hook=members, parse_int=integer, parse_float=real,
                           parse_constant=constant)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise Broken(str(error)) from error
    if re.search(r"[\ud800-\udfff]", json.dumps(found, ensure_ascii=False)):
        raise Broken("half of a surrogate pair")
    if not isinstance(found, dict) or any("\0" in name for name in all_names(found)):
        raise Broken("no settings")
    return found


def all_names(value):
    if isinstance(value, dict):
        yield from value
    for child in value.values() if isinstance(value, dict) else \
            value if isinstance(value, list) else ():
        yield from all_names(child)


def intended(before):
    """The settings after the fixes, by what harden.md and not the program says."""
    after = dict(before)
    refused = set()

    def put(check, name, right, wrong):
        if not wrong:
            return
        if isinstance(before.get(name), (list, dict)) or (
                check == "D3" and "swarm-default-advertise-addr" in before):
            refused.add(check)
        else:
            after[name] = right

    put("D1", "icc", False, before.get("icc") is not False)
    remap = before.get("userns-remap")
    put("D2", "userns-remap", "default", not (isinstance(remap, str) and remap))
    put("D3", "live-restore", True, before.get("live-restore") is not True)
    put("D4", "userland-proxy", False, before.get("userland-proxy") is not False)
    put("D5", "no-new-privileges", True, before.get("no-new-privileges") is not True)
    put("D10", "debug", False, before.get("debug") is True)
    put("D10", "log-level", "info", before.get("log-level") == "debug")
    options = before.get("log-opts")
    size = options.get("max-size") if isinstance(options, dict) else None
    if before.get("log-driver", "json-file") == "json-file" and not (
            isinstance(size, str) and size and size[0] != "-"):
        if isinstance(options, dict):
            if isinstance(size, (list, dict)):
                refused.add("D6")
            else:
                after["log-opts"] = {**options, "max-size": "10m"}
        elif options is None and "log-opts" not in before:
            after["log-opts"] = {"max-size": "10m", "max-file": "3"}
        else:
            refused.add("D6")
    return after, refused


@pytest.fixture(name="lab", scope="module")
def every_case_fixed(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("cases"), "daemon.json", generate_json, "D5,D6")


def expectations(before):
    for path, data in before.items():
        try:
            yield path, data, read(data)
        except Broken:
            yield path, data, None


def test_what_is_broken(lab):
    """D12 is found exactly where Python's parser refuses too, and nothing is changed there."""
    valid = 0
    for path, data, settings in expectations(lab.before):
        assert ("D12" in lab.found[path]) == (settings is None), (SEED, path, data)
        if settings is None:
            assert lab.after[path] == data, (SEED, path)
        valid += settings is not None
    assert CASES / 3 < valid < CASES * 0.95, "or the cases are not what they were meant to be"


def test_the_settings_change_as_intended(lab):
    told, _ = lab.refused()
    for path, data, settings in expectations(lab.before):
        if settings is not None:
            expected, refused = intended(settings)
            assert read(lab.after[path]) == expected, (SEED, path, data, lab.after[path])
            assert told[path] == refused, (SEED, path, data)


def test_the_rest_stays(lab):
    """All bytes of the file are there, in their order, but for the values that were replaced."""
    for path, data, settings in expectations(lab.before):
        if settings is not None and data.strip(b"\xef\xbb\xbf \t\r\n{}"):
            kept = iter(lab.after[path])
            missing = [byte for byte in without_values(data) if byte not in kept]
            assert not missing, (SEED, path, data, lab.after[path])


def without_values(data):
    """The bytes of a text without its scalars, which are all that a fix may take away."""
    return re.sub(rb'(:\s*)("(?:[^"\\]|\\.)*"|[-+.\w]+)', rb"\1", data)


def test_the_findings_are_gone(lab):
    lab.expect_gone(FIXABLE)
    lab.expect_honest()


def test_again_changes_nothing(lab):
    lab.expect_settled()


def test_the_patch_is_what_is_written(lab, tmp_path):
    lab.expect_patch(tmp_path)
