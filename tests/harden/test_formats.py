"""What a report looks like: for people, and for programs."""

import base64
import hashlib
import io
import json
import os
import pty
import shutil
import subprocess
import tarfile

import pytest

from harden import BUILD, FINDINGS, PROGRAM, audit, checks, harden

# One package of npm's has the schema of SARIF 2.1.0 in it.
PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
SHA512 = ("A1fOhPd6Ic5iDk4F9YPw1qNB4XF+7+IviR7xl8r2F6QzQkx5cpY9LsGk2rExiFIEcBbjpVnSmwWGBukASkiQ9A"
          "==")
MEMBER = "package/lib/schemas/sarif-2.1.0-rtm.5.json"


@pytest.fixture(name="folder")
def folder_of_findings(tmp_path):
    """Names and contents that a format could stumble on."""
    for name, text in {
            "daemon.json": b'{"icc": true}\n',
            "a b%\"#/daemon.json": b'{\t"hosts": ["tcp://\xc3\xa4:1\\u0022"], "icc": false }',
            "control\x1b[2J\n/daemon.json": b'\xef\xbb\xbf\r\n {"icc":\ttrue, "x\xff": 1',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text)
    return tmp_path


# --- text -----------------------------------------------------------------------------------------

def test_text(tmp_path):
    (tmp_path / "daemon.json").write_text('{\n\t"a": "\u20ac", "icc": true\n}\n')
    done = harden("audit", "--only", "D1", "daemon.json", cwd=tmp_path)
    assert done.stdout == """\
daemon.json:2:19: medium D1: icc is not false
    2 |  "a": "\u20ac", "icc": true
      |                   ^~~~
        why: {why}
        do: {advice}
        fix: harden fix; may break: {may_break}
        information disclosure; MITRE ATT&CK T1046; CIS Docker Benchmark 1.6.0: 2.2

1 findings in 1 files
""".format(**checks()["D1"])


def test_text_of_a_long_line(tmp_path):
    """The part around the finding, however long the line is."""
    settings = {"a": "\u20ac" * 5000, "icc": True, "b": "x" * 5000}
    (tmp_path / "daemon.json").write_text(json.dumps(settings, ensure_ascii=False))
    done = harden("audit", "--only", "D1", "daemon.json", cwd=tmp_path)
    line, marks = done.stdout.splitlines()[1:3]
    assert len(line) < 140
    assert line[marks.index("^"):].startswith("true, ")


def test_text_is_safe_on_a_terminal(folder):
    done = harden("audit", ".", cwd=folder)
    assert done.returncode == FINDINGS
    assert not [c for c in done.stdout if ord(c) < 32 and c != "\n"]
    assert "control\\x1b[2J\\x0a/daemon.json" in done.stdout


@pytest.mark.parametrize("settings, is_coloured", [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours(settings, is_coloured, folder):
    """On a terminal alone, and not for who has said no."""
    assert "\x1b" not in harden("audit", ".", cwd=folder).stdout
    master, slave = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **settings}
    with subprocess.Popen([PROGRAM, "audit", "--only", "D1", "daemon.json"], cwd=folder,
                          env=environment, stdout=slave):
        os.close(slave)
    assert (b"\x1b[33mmedium D1\x1b[0m" in os.read(master, 65536)) == is_coloured
    os.close(master)


# --- JSON -----------------------------------------------------------------------------------------

def test_json(tmp_path):
    (tmp_path / "daemon.json").write_text('{\n  "icc": true\n}\n')
    (finding,) = audit("--only", "D1", "daemon.json", cwd=tmp_path)
    row = checks()["D1"]
    assert {name: finding[name] for name in row} == row
    assert finding["benchmarks"] == [{"name": "CIS Docker Benchmark 1.6.0", "number": "2.2"}]
    assert (finding["severity"], finding["stride"], finding["attack"]) == ("medium", "I", "T1046")
    assert (finding["file"], finding["message"]) == ("daemon.json", "icc is not false")
    place = [finding[name] for name in ("line", "column", "end_line", "end_column")]
    assert place == [2, 10, 2, 14]


def test_json_of_awkward_names(folder):
    files = {finding["file"] for finding in audit(".", cwd=folder)}
    assert files == {"./daemon.json", './a b%"#/daemon.json', "./control\x1b[2J\n/daemon.json"}


# --- SARIF ----------------------------------------------------------------------------------------

def schema():
    """Fetched once, and known by its hash."""
    path = BUILD / "npm/sarif-2.1.0.json"
    if not path.exists():
        if not shutil.which("npm"):
            if os.environ.get("CI") == "true":
                pytest.fail("the program npm is needed")
            pytest.skip("the program npm is needed")
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=path.parent, timeout=300,
                                check=True, capture_output=True, text=True).stdout.strip()
        archive = (path.parent / packed).read_bytes()
        assert base64.b64encode(hashlib.sha512(archive).digest()).decode() == SHA512
        with tarfile.open(fileobj=io.BytesIO(archive)) as package:
            path.write_bytes(package.extractfile(MEMBER).read())
    return json.loads(path.read_text())


def sarif(*arguments, cwd):
    return json.loads(harden("audit", "--format", "sarif", *arguments, cwd=cwd).stdout)


def test_sarif_is_valid(folder, tmp_path_factory):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft7Validator(schema())
    validator.validate(sarif(".", cwd=folder))
    validator.validate(sarif(".", "/nonexistent", cwd=folder))
    validator.validate(sarif(cwd=tmp_path_factory.mktemp("empty")))


def test_sarif(folder):
    (run,) = sarif("--only", "D1", ".", cwd=folder)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(checks())
    (result,) = run["results"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "D1"
    assert (result["level"], result["message"]) == ("warning", {"text": "icc is not false"})
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "./daemon.json"},
        "region": {"startLine": 1, "startColumn": 9, "endLine": 1, "endColumn": 13}}
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_sarif_of_awkward_names(folder):
    (run,) = sarif(".", cwd=folder)["runs"]
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            for result in run["results"]}
    assert uris == {"./daemon.json", "./a%20b%25%22%23/daemon.json",
                    "./control%1B%5B2J%0A/daemon.json"}
    absolute = sarif(folder / "daemon.json", cwd="/")["runs"][0]["results"][0]
    uri = absolute["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == f"file://{folder}/daemon.json"


def test_fingerprints_agree(folder):
    """A finding has one, in both."""
    (run,) = sarif("daemon.json", cwd=folder)["runs"]
    assert [r["partialFingerprints"]["harden/v1"] for r in run["results"]] == [
        finding["fingerprint"] for finding in audit("daemon.json", cwd=folder)]
