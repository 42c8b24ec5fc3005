"""
nginx's configuration as nobody would write it by hand: what must be so of every fix. nginx itself
is the judge: what it took before a fix it takes afterwards.
"""

import re
import shutil
import subprocess

import pytest

import generate_nginx
from lab import LONG, SEED, Lab

FIXABLE = {"N1", "N2", "N3", "N7", "N8", "N9", "N10", "N11"}
# What fixes put in or change, without blanks and quotes.
CURES = [r"server_tokens(on|off|build);", r"client_(header|body)_timeout10s;", r"send_timeout10s;",
         r"client_max_body_size1m;", r"add_headerX-Content-Type-Optionsnosniffalways;",
         r"add_headerContent-Security-Policyframe-ancestorsselfalways;",
         r"add_headerReferrer-Policystrict-origin-when-cross-originalways;",
         r"location~/\\\.\(\?!well-known/\)\{return404;\}", r"(?<=ssl_protocols)[\w.]+(?=;)",
         r"(?<=autoindex)(on|off)(?=;)", r"\$\{?(http_)?host\}?", r"/(?=\{)"]


@pytest.fixture(name="lab", scope="module")
def every_case_fixed(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("cases"), "nginx.conf", generate_nginx, "N3,N7,N8,N10,N11")


@pytest.fixture(name="judge", scope="module")
def nginx_itself(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    assert program, "nginx is missing: apt-get install nginx-light"

    def takes(data):
        path = folder / "nginx.conf"
        path.write_bytes(data)
        done = subprocess.run([program, "-t", "-q", "-p", folder, "-c", path, "-e", "/dev/null",
                               "-g", f"pid {folder}/pid;"], capture_output=True, check=False,
                              timeout=60)
        return done.returncode == 0
    return takes


def test_nginx_takes_what_it_took(lab, judge):
    """What it takes is read, but for a byte of 0; what a fix makes of that it takes too."""
    unread = set(re.findall(r"harden: \./(\d+)/nginx.conf: \d+:\d+: ", lab.notes))
    taken = changed = 0
    judged = list(lab.before.items())[:None if LONG else 100]
    for path, data in judged:
        if b"\0" in data or not judge(data):
            continue
        taken += 1
        assert path.parent.name not in unread, (SEED, path, data)
        if lab.after[path] != data:
            changed += 1
            assert judge(lab.after[path]), (SEED, path, data)
    assert taken > len(judged) / 8 and changed > taken / 3, "or the cases are not as was meant"


def squeezed(data):
    text = re.sub(r"[\s'\"]", "", data.decode("utf-8", "surrogateescape"))
    for cure in CURES:
        text = re.sub(cure, "", text)
    return text


def test_only_the_cure_is_new(lab):
    """Without what fixes are about, both are the same; and of lines, most stay as they are."""
    for path, data in lab.before.items():
        assert squeezed(data) == squeezed(lab.after[path]), (SEED, path)


def test_comments_stay(lab):
    def comments(data):
        return [line.strip() for line in data.split(b"\n") if line.lstrip().startswith(b"#")]
    for path, data in lab.before.items():
        assert comments(lab.after[path]) == comments(data), (SEED, path)


def test_the_findings_are_gone(lab):
    lab.expect_gone(FIXABLE, {"N4"})  # it was about a header that N8's fix has put in
    lab.expect_honest()


def test_again_changes_nothing(lab):
    lab.expect_settled()


def test_the_patch_is_what_is_written(lab, tmp_path):
    lab.expect_patch(tmp_path)
