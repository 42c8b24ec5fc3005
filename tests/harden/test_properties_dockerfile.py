"""
Dockerfiles as nobody would write them by hand: what must be so of every fix. A reader of our own in
Python, after BuildKit's, is the judge.
"""

import json
import re

import pytest

import generate_dockerfile
from lab import CASES, SEED, Lab
from read_dockerfile import Broken, read

FIXABLE = {"K1", "K2", "K4", "K8", "K9", "K12", "K16", "K17", "K18"}
OPTIONS = re.compile(r"(?:^|\s)(?:--no-install-recommends|--insecure|--no-check-certificate|"
                     r"--allow-unauthenticated|--trusted-host(?:=|\s+)[^\s;&|()<>]+)")


@pytest.fixture(name="lab", scope="module")
def every_case_fixed(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("cases"), "Dockerfile", generate_dockerfile,
               "K8,K9,K12,K16")


def instructions(data):
    try:
        return read(data)
    except Broken:
        return None


def test_what_is_broken(lab):
    """What the judge can't read, harden can't, and the other way round; it is not changed."""
    unread = set(re.findall(r"harden: \./(\d+)/Dockerfile: \d+:\d+: ", lab.notes))
    broken = 0
    for path, data in lab.before.items():
        is_broken = instructions(data) is None
        assert (path.parent.name in unread) == is_broken, (SEED, path, data)
        assert not is_broken or lab.after[path] == data
        broken += is_broken
    assert CASES / 50 < broken < CASES / 2, "or the cases are not what they were meant to be"


def squeezed(keyword, text):
    """What follows a keyword, without what options and blanks fixes take away or put there."""
    if keyword.endswith("ENTRYPOINT"):
        try:
            text = " ".join(json.loads(text))
        except ValueError:
            text = re.sub(r"^(exec\s+)+", "", text)
    if keyword.endswith("RUN"):
        text = OPTIONS.sub(" ", text)
        text = re.sub(r"(?<=\s)-([\w#]+)", lambda m: m[1].replace("k", ""), text)
    return re.sub(r"\s+", "", text.replace('"', "").replace("'", ""))


def is_same(old, new):
    """Whether a fix may have made the one of the other."""
    (keyword, text, bodies), (new_keyword, new_text, new_bodies) = old, new
    if keyword.endswith("MAINTAINER") and new_keyword == "LABEL":
        old, new = (re.sub(r"[\\`]", "", squeezed("", t)) for t in (text, new_text))
        return old in new
    if keyword.replace("ADD", "COPY") != new_keyword.replace("ADD", "COPY"):
        return False
    return squeezed(keyword, text) == squeezed(keyword, new_text) and \
        [(name, [squeezed(keyword, line) for line in body]) for name, body in bodies] == \
        [(name, [squeezed(keyword, line) for line in body]) for name, body in new_bodies]


def test_only_the_cure_is_new(lab):
    """All instructions are there in their order, and between them at most USER and HEALTHCHECK."""
    _, fixed = lab.refused()
    for path, data in lab.before.items():
        if instructions(data) is None:
            continue
        after, at = instructions(lab.after[path]), 0
        assert after is not None, (SEED, path)
        new = []
        for old in instructions(data):
            while at < len(after) and not is_same(old, after[at]):
                new.append(after[at][0])
                at += 1
            assert at < len(after), (SEED, path, old)
            at += 1
        new += [keyword for keyword, _, _ in after[at:]]
        expected = (["USER"] if "K1" in fixed[path] else []) + \
            (["HEALTHCHECK"] if "K2" in fixed[path] else [])
        assert sorted(new) == sorted(expected), (SEED, path)


def test_comments_stay(lab):
    """Each line that is a comment, as it is."""
    for path, data in lab.before.items():
        def comments(text):
            return [line for line in text.split(b"\n") if line.lstrip().startswith(b"#")]
        assert comments(lab.after[path]) == comments(data), (SEED, path)


def test_the_last_user_is_not_root(lab):
    _, fixed = lab.refused()
    for path in lab.before:
        if "K1" in fixed[path]:
            users = [text for keyword, text, _ in instructions(lab.after[path])
                     if keyword == "USER"]
            assert not re.fullmatch(r"(|0+|root)(:.*)?|.*\$.*", users[-1].strip("\"'"), re.I)


def test_the_findings_are_gone(lab):
    lab.expect_gone(FIXABLE - {"K17"})
    lab.expect_honest()


def test_again_changes_nothing(lab):
    lab.expect_settled()


def test_the_patch_is_what_is_written(lab, tmp_path):
    lab.expect_patch(tmp_path)
