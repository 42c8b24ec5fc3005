"""The console's pages for people: how they look, read and are reached, with script and without."""

import pytest

from console_page import send, text_of
from test_page import LOOKS, STOPS, contrast

PAGES = ["/console/", "/console/guide.html"]
DIGITS = "10**4299"  # the longest result of one word

every_look = pytest.mark.parametrize("width, scheme", LOOKS, ids=[f"{w}-{s}" for w, s in LOOKS])
every_page = pytest.mark.parametrize("path", PAGES)


def fill(browser):
    """An answer, a long one, and an error."""
    send(browser, "name", "Bob")
    send(browser, "ip", "localhost")
    send(browser, "expr", DIGITS)


def assert_no_violation(browser, axe):
    found = browser.axe(axe)
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["incomplete"]] == []
    assert {"color-contrast", "region"} <= {rule["id"] for rule in found["passes"]}


@every_page
@every_look
def test_axe(browser, console, axe, path, width, scheme):
    browser.look(width, scheme)
    console(path)
    assert_no_violation(browser, axe)


@every_look
def test_axe_of_answers(browser, console, axe, width, scheme):
    browser.look(width, scheme)
    console()
    fill(browser)
    assert_no_violation(browser, axe)


@every_look
def test_axe_without_script(browser, console, axe, width, scheme):
    """axe itself is a script, and looks at the page afterwards."""
    browser.look(width, scheme)
    with browser.without_scripts():
        console()
    assert browser.run("return document.documentElement.className") == ""
    assert_no_violation(browser, axe)


@every_page
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_window(browser, console, path, width):
    browser.look(width)
    console(path)
    if path == "/console/":
        fill(browser)
        assert len(text_of(browser, "expr", ".result")) == 4300
    assert browser.run("return document.documentElement.scrollWidth") <= width


@every_look
def test_answers_move_nothing(browser, console, width, scheme):
    """Neither does the page's own start, nor an answer or a short error."""
    browser.look(width, scheme)
    console()
    boxes = "return [...document.querySelectorAll('.route, form, .answer')].map(" \
            "e => [e.getBoundingClientRect().top, e.getBoundingClientRect().height])"
    before = browser.run("scrollTo(0, 0);" + boxes)
    for field, text in (("name", "Bob"), ("ip", "127.0.0.1"), ("expr", "1/0")):
        send(browser, field, text)
    assert browser.run("scrollTo(0, 0);" + boxes) == before
    shifts = browser.driver.execute_async_script("""
        const done = arguments[0];
        new PerformanceObserver(list => done(list.getEntries().map(e => e.value)))
            .observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done([]), 300)""")
    assert sum(shifts) < 0.0001  # less than a pixel of anything: its rounding


def test_nothing_moves(browser, console):
    """So nobody has to ask for less of it, as prefers-reduced-motion does."""
    console()
    assert set(browser.run(
        "return [...document.querySelectorAll('*')].map(e => getComputedStyle(e)).flatMap("
        "s => [s.transitionDuration, s.animationName, s.scrollBehavior])")) == {
            "0s", "none", "auto"}


def test_colours_of_the_system(browser, console):
    """With those there is no ground of ours: the place of an answer has a border instead."""
    border = "return getComputedStyle(document.querySelector('.answer')).borderTopStyle"
    console()
    assert browser.run(border) == "none"
    browser.devtools("Emulation.setEmulatedMedia",
                     features=[{"name": "forced-colors", "value": "active"}])
    assert browser.run(border) == "solid"


# --- the keyboard, the screen reader --------------------------------------------------------------

@every_page
@every_look
def test_everything_by_keyboard(browser, console, path, width, scheme):
    """Tab reaches each control and link in the order of the page; one sees where one is."""
    browser.look(width, scheme)
    console(path)
    if path == "/console/":
        fill(browser)
    ground = browser.run("return getComputedStyle(document.body).backgroundColor")
    expected = browser.run("const all = [...document.querySelectorAll('*')];"
                           "return [...document.querySelectorAll(arguments[0])].map("
                           "e => all.indexOf(e))", STOPS)
    browser.run("document.querySelector('.skip').focus()")
    reached = []
    for _ in expected:
        if reached:
            browser.press("TAB")
        stop = browser.focus()
        reached.append(stop["index"])
        assert stop["shown"] and stop["style"] == "solid" and stop["width"] >= 2, stop
        assert contrast(stop["colour"], ground) >= 3, stop
    assert reached == expected and len(reached) > 4


def test_by_keyboard_alone(browser, console):
    """Past the head of the page, to a field, and to its button."""
    console()
    browser.press("TAB", "ENTER", "TAB")
    assert browser.focus()["id"] == "name"
    browser.press("Zoe", "TAB", "SPACE")
    assert browser.run("return document.activeElement.type") == "submit"
    send(browser, "ip", "127.0.0.2")
    assert text_of(browser, "name", ".result") == "Hello, Zoe!"
    assert text_of(browser, "ip", ".result") == "1 sent, 1 received"


def test_for_a_screen_reader(browser, console):
    console()
    assert [name for name, _ in browser.accessible("textbox")] == [
        "Name", "IP address", "Expression"]
    assert {name for name, _ in browser.accessible("region")} == {
        "Greet", "Answer of /", "Ping", "Answer of /ping", "Calculate", "Answer of /calculate"}
    assert len(browser.accessible("status")) == len(browser.accessible("alert")) == 3
    assert [name for name, _ in browser.accessible("navigation")] == ["More"]


# --- without script -------------------------------------------------------------------------------

@pytest.mark.parametrize("field, text, answer", [
    ("name", "Bob", "Hello, Bob!"), ("expr", "1 + 2", "3"), ("expr", "'a+b'", "a+b"),
    ("ip", "127.0.0.1", "PING 127.0.0.1"), ("name", "a b", '"error":"Invalid name"')])
def test_forms_without_script(browser, console, field, text, answer):
    """Plain forms: the browser encodes, a plus too, and goes to the route's own answer."""
    with browser.without_scripts():
        console()
        assert "The answer appears here" not in browser.html()
        browser.fill(f"#{field}", text)
        browser.press("ENTER")
        browser.wait_for(f"?{field}=")
        assert answer in browser.html()


def test_page_without_script(browser, console, output):
    """No place for answers that never come."""
    with browser.without_scripts():
        console()
        browser.screenshot(output / "console-without-script.png")
    assert browser.run("return [...document.querySelectorAll('.answer, .scripted-only')].map("
                       "e => getComputedStyle(e).display)") == ["none"] * 4


# --- to be looked at ------------------------------------------------------------------------------

@pytest.mark.parametrize("name, width, scheme", [
    ("light", 1280, "light"), ("dark", 1280, "dark"), ("narrow", 360, "light")])
def test_screenshots(browser, console, output, name, width, scheme):
    """Those of docs/ are made of these: see tests/README.md."""
    browser.look(width, scheme)
    console()
    for field, text in (("name", "Bob"), ("ip", "127.0.0.1"), ("expr", "1/0")):
        send(browser, field, text)
    browser.run("document.activeElement.blur()")
    file = output / f"console-{name}.png"
    browser.screenshot(file)
    console("/console/guide.html")
    browser.screenshot(output / f"guide-{name}.png")
    assert file.read_bytes()[:4] == b"\x89PNG"
