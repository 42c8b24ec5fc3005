"""
Compose files as people publish them, and as nobody would write them by hand: what must be so of
every fix. PyYAML is one judge, docker-compose the other.
"""

import json
import os
import pathlib
import re
import subprocess

import pytest

import compose_oracle
import generate_compose
from harden import checks, harden
from lab import CASES, LONG, SEED, Lab

HERE = pathlib.Path(__file__).parent
ASKED = "C1,C3,C8,C10,C12,C16,C20,C22"
FIXABLE = {row["id"] for row in checks().values()
           if row["type"] == "compose" and row["fix"] != "none"}
JUDGED = min(CASES, 1000) if LONG else 100


@pytest.fixture(name="lab", scope="module", params=["", ASKED], ids=["safe", "asked"])
def every_case_fixed(request, tmp_path_factory):
    published = [path.read_bytes() for path in sorted((HERE / "published").glob("*.yml"))]
    return Lab(tmp_path_factory.mktemp("cases"), "compose.yml", generate_compose, request.param,
               published)


def test_what_people_publish_has_faults(lab):
    """Each file of published/: or harden, or the folder, is no good."""
    given = list(lab.found)[:len(list((HERE / "published").glob("*.yml")))]
    assert len(given) >= 20 and all(lab.found[path] & {"C4", "C9", "C14"} for path in given)


def models(lab):
    """Path, bytes before, the models before and after; of what PyYAML reads."""
    for path, data in lab.before.items():
        model = compose_oracle.read(data)
        if model is not None:
            yield path, data, model, compose_oracle.read(lab.after[path])


UNREAD = re.compile(r"harden: (?:\./)?(?:(\d+)/)?compose\.yml: \d+:\d+: (?![A-Z]\d+: )(.*)")


def is_unread(said, judged):
    """Whether harden may refuse a text, by what it says and what libyaml does; and has to."""
    anyway = said is not None and any(said.startswith(why) for why in compose_oracle.REFUSED_ANYWAY)
    return anyway or judged is not None and \
        not any(why in judged for why in compose_oracle.READ_ANYWAY)


def test_what_is_broken(lab):
    """harden can't read exactly what libyaml can't, but for what is listed; and leaves it alone."""
    unread = dict(UNREAD.findall(lab.notes))
    for path, data in lab.before.items():
        said, judged = unread.get(path.parent.name), compose_oracle.refusal(data)
        assert (said is not None) == is_unread(said, judged), (SEED, path, said, judged)
        assert said is None or lab.after[path] == data, (SEED, path)
    assert CASES / 50 < len(unread) < CASES / 2, "or the cases are not what they were meant to be"


def test_the_model_changes_as_intended(lab):
    _, fixed = lab.refused()
    for path, data, old, new in models(lab):
        assert new is not None, (SEED, path)
        before, after = compose_oracle.services(old), compose_oracle.services(new)
        assert list(before) == list(after), (SEED, path)
        around = {key: value for key, value in old.items() if key != "services"}
        if "services" in old:
            for key, value in around.items():  # what is shared by an anchor may be fixed there
                why = compose_oracle.unintended(value, new[key], fixed[path])
                assert why is None, (SEED, path, key, why)
        for name, service in before.items():
            why = compose_oracle.unintended(service, after[name], fixed[path])
            assert why is None, (SEED, path, name, why)
        if not fixed[path]:
            assert lab.after[path] == data, (SEED, path)


# What a fix adds to a line that its finding does not name, or puts another value to: in a list, in
# braces, in a port or mount that has several lines.
ADDED = {
    "C4": r"""host_ip: ["']?(127\.0\.0\.1|0\.0\.0\.0|::1|::)["']?""",
    "C9": r"""security_opt: \["no-new-privileges:true"\]|, ["']?no-new-privileges:true["']?""",
    "C12": r"""cap_drop: \[ALL\]|, ["']?ALL["']?""",
    "C13": r"""read_only: true|tmpfs: \[[/a-z, ]+\]|, ["']?/(run|tmp|var/cache/nginx)["']?""",
    "C14": "mem_limit: 512m|memory: 512M",
    "C15": "pids_limit: 100|pids: 100",
    "C16": 'cpus: "?1.0"?',
    "C22": "propagation: r?(shared|slave)",
}
FIRST = re.compile(rb"[ \t]*([-?:][ \t]+)+")


def is_kept(old, new, added):
    """Whether a line is as it was, but for what was added to it; or, where the new is put before
    what shares its line with a dash, what stands behind that."""
    return added.sub(b"", new) == added.sub(b"", old) or \
        (FIRST.match(old) and FIRST.sub(b"", old) == new.lstrip())


def is_emptied(lines, number, named):
    """Whether the line is that of a list of which the first item is named, and so all of it."""
    return lines[number - 1].strip() == b"security_opt:" and number + 1 in named


def test_only_lines_that_are_named_change(lab):
    """All lines that no fix names are there in their order, as they were or with what it adds."""
    _, fixed = lab.refused()
    for path, data in lab.before.items():
        named = {line for check, line in lab.placed[path] if check in fixed[path]}
        pieces = "|".join(ADDED[check] for check in sorted(fixed[path] & ADDED.keys()))
        added = re.compile(f"(?:{pieces or '(?!)'})(?:, )?".encode())
        before, after = (re.split(b"\r*\n", text.rstrip(b"\r")) for text in (data, lab.after[path]))
        after = iter(after)
        for number, old in enumerate(before, 1):
            if number not in named and not is_emptied(before, number, named):
                assert any(is_kept(old, new, added) for new in after), (SEED, path, number, old)


def test_comments_stay(lab):
    for path, data in lab.before.items():
        def comments(text):
            return [line.rstrip(b"\r") for line in text.split(b"\n") if line.lstrip()[:1] == b"#"]
        assert comments(lab.after[path]) == comments(data), (SEED, path)


def test_the_findings_are_gone(lab):
    lab.expect_gone(FIXABLE if lab.asked else FIXABLE - set(ASKED.split(",")), {"C5"})
    lab.expect_honest()


def test_again_changes_nothing(lab):
    lab.expect_settled()


def test_the_patch_is_what_is_written(lab, tmp_path):
    lab.expect_patch(tmp_path)


# --- docker-compose -------------------------------------------------------------------------------

def configs(folder, files):
    """What docker-compose makes of each: its value, or its complaint. `files`: bytes, and .env."""
    if not pathlib.Path("/usr/lib/python3/dist-packages/compose").is_dir():
        assert os.environ.get("CI") != "true", "no docker-compose"
        pytest.skip("no docker-compose 1.29")
    paths = []
    for number, (data, secrets) in enumerate(files):
        here = folder / str(number) / "case"
        for name in ("folder", "setup", "elasticsearch", "logstash", "kibana", "vote", "result",
                     "seed-data"):
            (here / name).mkdir(parents=True)
        for name in ("a.env", "other.env", "mailserver.env"):
            (here / name).touch()
        (here / ".env").write_bytes(secrets)
        (here / "compose.yml").write_bytes(data)
        paths.append(here / "compose.yml")
    done = subprocess.run(["/usr/bin/python3", HERE / "compose_config.py", *paths], check=True,
                          capture_output=True, text=True, timeout=900)
    said = done.stdout.replace(str(folder), "")
    return [json.loads(re.sub(r'"/\d+/case', '"/case', line)) for line in said.splitlines()]


@pytest.mark.parametrize("text, is_read, is_tree, is_taken", [
    (b"services: {a: &x {image: a}, b: &x {image: b}}", True, False, False),
    (b"services: {a: {image: a}}\n---\nservices: {b: {image: b}}", True, False, False),
    (b"services: {a: &x {image: a, labels: [*x]}}", False, True, False),
    (b"services: {a: {image:\ta}}", True, True, False),
    (b"services: {a: {image: a}", False, False, False),
    (b"services: {a: {image: *x}}", False, False, False),
    (b"services: {a: {image: a}}", True, True, True),
], ids=["an anchor twice", "two documents", "itself", "a tab", "open", "no anchor", "good"])
def test_where_the_judges_differ(text, is_read, is_tree, is_taken, tmp_path):
    """What is listed in compose_oracle.py is so; and docker-compose 1.29, which reads with PyYAML's
    own scanner, takes nothing that harden refuses."""
    (tmp_path / "compose.yml").write_bytes(text)
    said = UNREAD.search(harden("audit", "compose.yml", cwd=tmp_path).stderr)
    assert (said is None, compose_oracle.refusal(text) is None) == (is_read, is_tree)
    assert (said is not None) == is_unread(said and said[2], compose_oracle.refusal(text))
    (taken,) = configs(tmp_path, [(text, b"")])
    assert isinstance(taken, dict) == is_taken, taken


def test_docker_compose_takes_it(lab, tmp_path):
    """What it took before, it takes; and what it makes of it is the same, but for the cure."""
    _, fixed = lab.refused()
    cases = [path for path in lab.before if lab.after[path] != lab.before[path]][:JUDGED]
    secrets = [path.with_name(".env") for path in cases]
    before = configs(tmp_path / "before", [(lab.before[path], b"") for path in cases])
    after = configs(tmp_path / "after", [
        (lab.after[path], env.read_bytes() if env.exists() else b"")
        for path, env in zip(cases, secrets)])
    taken = 0
    for path, old, new in zip(cases, before, after):
        if isinstance(old, str):
            continue
        taken += 1
        assert isinstance(new, dict), (SEED, path, new)
        assert {**old, "services": 0} == {**new, "services": 0}, (SEED, path)
        for name, service in old["services"].items():
            changed = {key for key in {**service, **new["services"][name]}
                       if service.get(key) != new["services"][name].get(key)}
            allowed = {key for key, (ids, _) in compose_oracle.MAY_CHANGE.items()
                       if fixed[path] & set(ids.split())} - {"environment"}
            assert changed <= allowed, (SEED, path, name, changed)
    assert taken > len(cases) / 2, "or the cases are not what they were meant to be"
