"""
What others' tools think of the edge: testssl.sh of its TLS, MDN's HTTP Observatory of its headers.

pytest -rP shows what each has found.
"""

import json
import os
import subprocess

import pytest

from certificates import responder
from npm import installed
from ping_lab import need_tools
from program import wait_until
from stack import REPOSITORY, free_port
from test_edge_tls import stapled
from tls_stack import TlsStack

FOLDER = REPOSITORY / "tests/judges"


@pytest.fixture(scope="module")
def stack():
    """
    As a public deployment: its certificate names an OCSP responder, and that one answers. Nobody
    may see /healthz, so that there is an error which the Observatory scans.
    """
    port = free_port()
    source = f"authorityInfoAccess=OCSP;URI:http://127.0.0.1:{port}"
    options = ["-addext", source, "-days", "180"]
    with TlsStack(*options, HEALTH_FROM="") as running, responder(running.tls, port):
        # Each worker asks the responder for itself, after its first handshake.
        wait_until(lambda: all(stapled(running) for _ in range(10)), "stapled answers")
        yield running


# --- TLS ------------------------------------------------------------------------------------------

SEVERITIES = {"OK", "INFO", "LOW"}
# What it could not try: by an openssl without old ciphers, or, now and then, by its own client.
ABOUT_THE_TOOL = {"engine_problem", "old_fart", "sessionresumption_ticket"}


def findings_in(found):
    """Everything with a severity, however deep."""
    if isinstance(found, dict):
        if "severity" in found:
            yield found
        for value in found.values():
            yield from findings_in(value)
    elif isinstance(found, list):
        for value in found:
            yield from findings_in(value)


def is_harmless(finding):
    return (finding["severity"] in SEVERITIES
            or (finding["severity"] == "WARN" and finding["id"] in ABOUT_THE_TOOL))


def test_testssl(stack, tmp_path):
    """No finding above LOW."""
    need_tools("testssl")
    report = tmp_path / "report.json"
    done = subprocess.run(
        ["testssl", "--openssl", "/usr/bin/openssl", "--warnings", "batch", "--nodns", "none",
         "--ip", "127.0.0.1", "--quiet", "--color", "0", "--jsonfile-pretty", str(report),
         "--add-ca", str(stack.ca), f"https://localhost:{stack.port}/"],
        capture_output=True, text=True, timeout=1500, check=False, stdin=subprocess.DEVNULL)
    findings = list(findings_in(json.loads(report.read_text())))
    assert len(findings) > 100, done.stdout[-2000:]
    counts = {}
    for finding in findings:
        counts[finding["severity"]] = counts.get(finding["severity"], 0) + 1
        if finding["severity"] not in ("OK", "INFO") or "grade" in finding["id"]:
            print(finding["severity"], finding["id"], finding["finding"])
    print("testssl.sh:", counts)
    assert [f"{finding['severity']} {finding['id']}: {finding['finding']}" for finding in findings
            if not is_harmless(finding)] == []


# --- headers --------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def observatory():
    """The scanner; its list of preloaded hosts is one that it would fetch, and none of ours is."""
    folder = installed(FOLDER / "observatory") / "@mdn/mdn-http-observatory"
    (folder / "conf/hsts-preload.json").write_text("{}")
    return folder / "src/scan.js"


def scan(program, stack, path, authority=None):
    done = subprocess.run(["node", program, f"localhost:{stack.port}{path}"], capture_output=True,
                          text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
                          env={**os.environ, "NODE_EXTRA_CA_CERTS": str(authority or stack.ca)})
    return json.loads(done.stdout)


# All that the policy, the referrer, framing and resource policy give; and on the page its scripts.
SCORES = {"/": 130, "/console/": 135, "/console/guide.html": 130, "/audit": 130, "/healthz": 130}


@pytest.mark.parametrize(("path", "score"), SCORES.items(), ids=SCORES.keys())
def test_observatory(stack, observatory, path, score):
    """A+, with every bonus that applies: to an answer, a page, a locked page, an error."""
    found = scan(observatory, stack, path)
    for name, test in found["tests"].items():
        print(path, name, test["result"], test["scoreModifier"])
    assert all(test["pass"] for test in found["tests"].values())
    assert (found["scan"]["grade"], found["scan"]["score"]) == ("A+", score)


def test_observatory_can_be_displeased(stack, observatory):
    """Or the test above would prove nothing: of a certificate that it does not trust, say."""
    found = scan(observatory, stack, "/", stack.tls / "other.pem")
    assert found["scan"]["grade"] == "C+"
