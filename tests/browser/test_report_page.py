"""The page of `harden report` in Chromium: it looks as it should everywhere, and runs nothing."""

import json
import subprocess

import pytest

from stack import BUILD
from test_page import LOOKS, contrast, luminance

TRAP = "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>"
LONG = "a/very-long-name-of-a-folder" * 8
SEVERITIES = ("critical", "high", "medium", "low", "info")


def finding(number, severity, file="Dockerfile"):
    return {"file": file, "line": number, "column": 1, "id": f"K{number}", "message": TRAP,
            "type": "dockerfile" if number % 3 else "compose", "title": "t" * 90,
            "severity": severity, "fingerprint": f"{number:016x}"}


def scan(path, numbers):
    findings = [finding(number, SEVERITIES[number % 5], LONG if number % 4 == 0 else TRAP)
                for number in numbers]
    path.write_text(json.dumps({
        "harden": "1", "findings": findings,
        "summary": {"findings": len(findings), "files": 2, "ignored": 0, "baseline": 0,
                    "unreadable": 0}}))


@pytest.fixture(scope="session", name="page_file")
def make_page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    scan(folder / "first.json", range(1, 30))
    scan(folder / "second.json", range(20, 40))
    done = subprocess.run([BUILD / "harden/harden", "report", "--format", "html", "first.json",
                           "second.json"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    page = folder / "report.html"
    page.write_bytes(done.stdout)
    return page


@pytest.fixture(name="report")
def make_report(chromium, page_file):
    def open_page(width=1280, scheme="light"):
        chromium.look(width, scheme)
        chromium.open(page_file.as_uri())
        assert chromium.driver.title == "Two scans by harden: 29 found, 19 fixed, 10 left, 10 new"
        return chromium
    return open_page


every_look = pytest.mark.parametrize("width, scheme", LOOKS, ids=[f"{w}-{s}" for w, s in LOOKS])


@every_look
def test_axe(report, axe, width, scheme):
    browser = report(width, scheme)
    found = browser.axe(axe)
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
    assert {"color-contrast", "region", "svg-img-alt"} <= {rule["id"] for rule in found["passes"]}


def test_nothing_is_wider_than_the_window(report):
    for width in (320, 360, 768, 1280):
        assert report(width).run("return document.documentElement.scrollWidth") <= width


def test_its_own_policy_lets_the_style_in_and_nothing_else(report):
    browser = report()
    assert browser.run("return getComputedStyle(document.querySelector('.bar')).display") == "grid"
    assert browser.console() == []
    assert [url for url in browser.requests() if not url.startswith("file:")] == []
    with browser.without_policy():
        report()
        assert browser.run("return window.pwned") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_of_the_picture(report, scheme):
    """Which axe does not judge: 3 to 1 is WCAG's for graphics."""
    ground, *fills = report(1280, scheme).run(
        "return [getComputedStyle(document.body).backgroundColor].concat("
        "['rect.fixed', '.left-ground', '.new-ground'].map("
        "name => getComputedStyle(document.querySelector(name)).fill))")
    assert (luminance(ground) < 0.1) == (scheme == "dark")
    for fill in fills:
        assert contrast(fill, ground) >= 3, fill


def test_picture(report):
    """Each bar has its parts beside each other, as wide as their numbers are to each other."""
    browser = report()
    names = [name for name, _ in browser.accessible("image")]
    assert names[0].startswith("critical: ") and len(names) == len(SEVERITIES) + 2
    rows = browser.run(
        "return [...document.querySelectorAll('.bar svg')].map(svg => [...svg.children].map("
        "e => {const b = e.getBoundingClientRect(); return [e.classList[1], b.left, b.width]}))")
    for name, parts in zip(names, rows):
        words = name.replace(",", "").replace(":", "").split()
        said = dict(zip(words[2::2], map(int, words[1::2])))
        assert [part[0] for part in parts] == [
            word for word in ("fixed", "left", "new") if said[word]]
        for (word, left, width), (_, after, _) in zip(parts, parts[1:] + [["", None, 0]]):
            assert after is None or abs(left + width - after) < 1
            assert abs(width / parts[0][2] - said[word] / said[parts[0][0]]) < 0.1


def test_print(report):
    """Paper is light where the screen is dark."""
    browser = report(1280, "dark")
    browser.devtools("Emulation.setEmulatedMedia", media="print",
                     features=[{"name": "prefers-color-scheme", "value": "dark"}])
    try:
        colour = browser.run("return getComputedStyle(document.body).color")
        assert luminance(colour) < 0.1
        assert len(browser.devtools("Page.printToPDF")["data"]) > 10000
    finally:
        browser.devtools("Emulation.setEmulatedMedia", media="")


@pytest.mark.parametrize("name, width, scheme", [
    ("light", 1280, "light"), ("dark", 1280, "dark"), ("narrow", 360, "light")])
def test_screenshots(report, output, name, width, scheme):
    file = output / f"report-{name}.png"
    report(width, scheme).screenshot(file)
    assert file.read_bytes()[:4] == b"\x89PNG"
