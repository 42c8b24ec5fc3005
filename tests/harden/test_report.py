"""`harden report`: two scans beside each other, from the command line."""

import base64
import hashlib
import html.parser
import json
import re

import pytest

from harden import CLEAN, FINDINGS, TROUBLE, harden

FIRST = {
    "web/Dockerfile": "FROM debian:12\nMAINTAINER me\nADD app /app\nEXPOSE 22\nCMD [\"/app\"]\n",
    "daemon.json": '{"icc": true, "debug": true}\n',
}
SECOND = {  # K18 and K4 are fixed, D1 too; all lines have moved; K15 is new
    "web/Dockerfile": "# a comment\n\nFROM debian:12\nCOPY app /app\nRUN echo root:x | chpasswd\n"
                      "EXPOSE 22\nCMD [\"/app\"]\n",
    "daemon.json": '{\n  "icc": false,\n  "debug": true\n}\n',
}
ONLY = ("--only", "K4,K14,K15,K18,D1,D10")
FORMATS = ("text", "json", "html")


def scan(folder, files, name, *paths):
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    done = harden("audit", "--format", "json", *ONLY, *(paths or (".",)), cwd=folder)
    (folder / name).write_text(done.stdout)


@pytest.fixture(name="scans")
def make_scans(tmp_path):
    """A folder with a.json and b.json; the second was asked by the files' names."""
    scan(tmp_path, FIRST, "a.json")
    scan(tmp_path, SECOND, "b.json", *SECOND)
    return tmp_path


def report(folder, *arguments, form="json"):
    return harden("report", "--format", form, *arguments, cwd=folder)


def test_found_fixed_left_new(scans):
    done = report(scans, "a.json", "b.json")
    assert done.returncode == FINDINGS and done.stderr == ""
    said = json.loads(done.stdout)
    states = {(finding["id"], finding["state"]) for finding in said["findings"]}
    assert states == {("K4", "fixed"), ("K18", "fixed"), ("D1", "fixed"), ("K14", "left"),
                      ("D10", "left"), ("K15", "new")}
    assert said["summary"] == {"found": 5, "fixed": 3, "left": 2, "new": 1}
    assert said["severities"]["high"] == {"found": 0, "fixed": 0, "left": 0, "new": 1}
    assert said["types"] == {"daemon": {"found": 2, "fixed": 1, "left": 1, "new": 0},
                             "dockerfile": {"found": 3, "fixed": 2, "left": 1, "new": 1}}
    assert said["first"]["findings"] == 5 and said["second"]["files"] == 2


def test_text(scans):
    done = report(scans, "a.json", "b.json", form="text")
    assert done.returncode == FINDINGS
    assert re.search(r"^all +5 +3 +2 +1$", done.stdout, re.M)
    assert re.search(r"^new: web/Dockerfile:5:\d+: high K15: ", done.stdout, re.M)
    assert re.search(r"^left: web/Dockerfile:6:\d+: medium K14: ", done.stdout, re.M)


@pytest.mark.parametrize("first, second, code", [
    ("b.json", "none.json", CLEAN), ("none.json", "none.json", CLEAN),
    ("none.json", "b.json", FINDINGS), ("b.json", "b.json", FINDINGS)])
@pytest.mark.parametrize("form", FORMATS)
def test_exit_codes(scans, first, second, code, form):
    (scans / "empty").mkdir()
    done = harden("audit", "--format", "json", "empty", cwd=scans)
    (scans / "none.json").write_text(done.stdout)
    assert report(scans, first, second, form=form).returncode == code


def test_what_is_unreadable_is_not_fixed(scans):
    said = json.loads((scans / "b.json").read_text())
    said["summary"].update(unreadable=1, findings=0)
    said["findings"] = []
    (scans / "c.json").write_text(json.dumps(said))
    done = report(scans, "a.json", "c.json")
    assert done.returncode == TROUBLE
    assert done.stderr == "harden: c.json: 1 files or folders could not be read\n"


@pytest.mark.parametrize("text, why", [
    ("", "it is no report of"), ("{}", "it is no report of"), ("[" * 99, "1:65: "),
    ('{"harden": "1", "findings": [1], "summary": {}}', "something lacks in finding 1"),
    ('{"baseline": []}', "it is no report of"), ("{" * 3, "1:2: "),
    (" " * (16 * 1024 * 1024 + 1), "it is larger than 16 MiB")])
def test_hostile(scans, text, why):
    (scans / "hostile").write_text(text)
    for pair in (("hostile", "b.json"), ("a.json", "hostile")):
        done = report(scans, *pair)
        assert done.returncode == TROUBLE and done.stdout == ""
        assert done.stderr.startswith("harden: hostile: ") and why in done.stderr


@pytest.mark.parametrize("arguments, why", [
    ((), "Usage: "), (("a.json",), "Usage: "), (("a.json", "b.json", "a.json"), "Usage: "),
    (("--format", "sarif", "a.json", "b.json"), "harden: report: --format: sarif: allowed is text"),
    (("--with", "K1", "a.json", "b.json"), "harden: report: --with: it is no option of this"),
    (("a.json", "nowhere"), "harden: nowhere: No such file")])
def test_usage(scans, arguments, why):
    done = harden("report", *arguments, cwd=scans)
    assert done.returncode == TROUBLE and done.stderr.startswith(why)


class Page(html.parser.HTMLParser):
    """What somebody without eyes, and what a policy, would ask of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.style, self.text, self.open = [], "", "", []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "rect", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("rect", "circle"):
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] == ["style"]:
            self.style += data
        else:
            self.text += data

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


def test_page(scans):
    done = report(scans, "a.json", "b.json", form="html")
    page = Page(done.stdout)
    assert page.all("html") == [{"lang": "en"}] and len(page.all("title")) == 1
    assert len(page.all("h1")) == 1 and len(page.all("h2")) == 4
    assert page.all("th") and all(cell["scope"] in ("col", "row") for cell in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) == 5
    pictures = [svg["aria-label"] for svg in page.all("svg") if svg.get("role") == "img"]
    assert "high: 0 found, 0 fixed, 0 left, 1 new" in pictures and len(pictures) == 5 + 2


def test_page_asks_for_nothing(scans):
    """No script, no address, no style beside the one that its policy names by its hash."""
    page = Page(report(scans, "a.json", "b.json", form="html").stdout)
    assert not {"script", "link", "img", "a", "iframe", "base"} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        assert not any(name == "style" or name.startswith("on") for name in attributes)
        assert not {"src", "href", "srcset"} & set(attributes)
    policy = page.all("meta")[1]["content"]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    assert "url(" not in re.sub(r"url\(#\w+\)", "", page.style) and "@import" not in page.style


def test_hostile_names(tmp_path):
    """A file may be called anything: in the page it is text."""
    name = "a<script>alert(1)<&\"'>\u202e.Dockerfile"
    scan(tmp_path, {name: "FROM debian:12\nMAINTAINER <b>\n"}, "a.json")
    page = Page(report(tmp_path, "a.json", "a.json", form="html").stdout)
    assert not page.all("script")
    assert name.replace("\u202e", "\\u{202e}") + ":2:1" in page.text
    text = report(tmp_path, "a.json", "a.json", form="text").stdout
    assert "\u202e" not in text
