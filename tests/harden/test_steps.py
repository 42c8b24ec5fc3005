"""Fixes of many findings at once: what can't be done of some does not keep the others from it."""

import re

from harden import FINDINGS, harden

SERVICE = "  s{0}:\n    image: x\n    volumes: ['{1}:/a']\n"


def mend(path, text, check):
    """What becomes of a file, and how many findings were fixed and how many were not."""
    path.write_text(text)
    done = harden("fix", "--write", "--only", check, "--with", check, path)
    assert done.returncode == FINDINGS
    told = re.findall(r": (fixed|not fixed): ", done.stderr)
    return path.read_text(), told.count("fixed"), told.count("not fixed"), done.stderr


def test_what_core_refuses_is_left_alone(tmp_path):
    """Two ports of which the fix would make the same: Compose takes no list with an item twice."""
    ports = ["80:80", "81:81", "0.0.0.0:80:80", "82:82"]
    text = "services:\n  a:\n    image: x\n    ports:\n" + "".join(
        f'      - "{port}"\n' for port in ports)
    after, fixed, refused, said = mend(tmp_path / "compose.yml", text, "C4")
    assert (fixed, refused) == (3, 1)
    assert ":7: C4: not fixed: it would also mean: an item twice in /services/a/ports" in said
    assert after == re.sub('"8', '"127.0.0.1:8', text)


def test_many_that_are_refused_come_first(tmp_path):
    """Each of them is told, and what comes after them is fixed."""
    text = "services:\n" + "".join(SERVICE.format(i, "/etc") for i in range(1200)) + \
        SERVICE.format("", "/usr")
    after, fixed, refused, _ = mend(tmp_path / "compose.yml", text, "C3")
    assert (fixed, refused) == (1, 1200)
    assert after == text.replace("/usr:/a", "/usr:/a:ro")


def test_more_than_a_step_holds(tmp_path):
    """All of them, one of which can't be done; and what is noted is of the file's own lines."""
    text = "services:\n  a:\n    image: x\n    ports:\n" + "".join(
        f'      - "{i}:80"\n' for i in range(1, 12001)) + '      - "0.0.0.0:9:80"\n'
    after, fixed, refused, said = mend(tmp_path / "compose.yml", text, "C4")
    assert (fixed, refused) == (12000, 1)
    assert after == re.sub(r'"(\d+:80)"', r'"127.0.0.1:\1"', text)
    assert "compose.yml:12005: C4: not fixed: " in said and "compose.yml:12004: C4: fixed: " in said
