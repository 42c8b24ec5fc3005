"""The page of /audit in Chromium: what people see, hear and reach, and what it must never run."""

import re

import pytest

from audit_lab import PASSWORD
from records import ALL_HOSTILE, EMPTY, PAGED, PAGED_COUNT, TRAPPED, WEEK
from test_audit_hostile import visible

PAGES = {
    "newest": "",
    "many": f"{WEEK}&limit=50",
    "none": EMPTY,
    "filtered": f"{WEEK}&route=ping&verdict=rejected&client=192.0.2.0/24&q=ip&limit=20",
    "hostile": TRAPPED,
    "hostile-filter": f"{EMPTY}&q=%22%3E%3Cscript%3Ewindow.pwned=1%3C/script%3E%E2%80%AE%27",
}
# Each width and each scheme once: the style sheets ask for the one without regard to the other.
LOOKS = [(360, "dark"), (1280, "light")]
# What a keyboard reaches, in the order of the document.
STOPS = "a[href], input, select, button, summary, [tabindex='0']"

every_page = pytest.mark.parametrize("query", PAGES.values(), ids=PAGES)
both_widths = pytest.mark.parametrize("width", [360, 1280])


def open_details(browser):
    browser.run("document.querySelectorAll('details').forEach(e => e.open = true)")


# --- people ---------------------------------------------------------------------------------------

@every_page
@pytest.mark.parametrize("width, scheme", LOOKS, ids=[f"{w}-{s}" for w, s in LOOKS])
def test_axe(page, browser, axe, query, width, scheme):
    """No violation of any rule, and no contrast that could not be judged, but where a hostile
    record is wider than its column."""
    browser.look(width, scheme)
    page(query)
    open_details(browser)
    found = browser.axe(axe)
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
    assert {"color-contrast", "label", "region"} <= {rule["id"] for rule in found["passes"]}
    if query != TRAPPED:
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["incomplete"]] == []


@every_page
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_window(page, browser, query, width):
    """On a phone not even a table: 256 bytes without a blank are broken. The figures' table may be,
    when it has routes of such a length, or less than 360 pixels."""
    browser.look(width)
    page(query)
    open_details(browser)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    if width <= 360:
        wider = browser.run("return [...document.querySelectorAll('.scroll')].filter("
                            "e => e.scrollWidth > e.clientWidth).map(e => e.textContent)")
        assert [text for text in wider if "Request id" in text or
                (width == 360 and query != TRAPPED)] == []


def test_a_long_word_leaves_room(page, browser):
    """On a wide screen no cell is wider than a third of it, whatever it holds."""
    page(TRAPPED)
    assert browser.run("return Math.max(...[...document.querySelectorAll('.records td')].map("
                       "e => e.getBoundingClientRect().width))") < 1280 / 3


def luminance(colour):
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                        for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """WCAG's."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_of_the_picture(page, browser, scheme):
    """Which axe does not judge: 3 to 1 is WCAG's for graphics."""
    browser.look(1280, scheme)
    page(WEEK)
    ground, *fills = browser.run(
        "return [getComputedStyle(document.body).backgroundColor].concat("
        "['path.allowed', '.rejected-ground', '.failed-ground'].map("
        "name => getComputedStyle(document.querySelector(name)).fill))")
    assert (luminance(ground) < 0.1) == (scheme == "dark")
    for fill in fills:
        assert contrast(fill, ground) >= 3, fill


@both_widths
def test_picture(page, browser, width):
    """A row for each route, as wide as the page; its name and sums for whoever can't see it."""
    browser.look(width)
    page(WEEK)
    names = [name for name, _ in browser.accessible("image")]
    routes = browser.texts("figcaption b")
    assert routes == ["audit", "calculate", "edge", "hello", "ping"]
    assert len(names) == len(routes)
    for name, route, caption in zip(names, routes, browser.texts("figcaption")):
        sums = caption.removeprefix(route).split(";")[0].strip()
        assert name.startswith(f"Requests to {route} over time {sums}.")
        assert re.fullmatch(r"\d+ allowed, \d+ rejected, \d+ failed", sums)
    boxes = browser.run(
        "return [...document.querySelectorAll('figure svg')].map(svg => [svg, "
        "...svg.querySelectorAll('path')].map(e => {const b = e.getBoundingClientRect();"
        "return [b.left, b.right, b.top, b.bottom]}))")
    for (left, right, top, bottom), *paths in boxes:
        assert 0 <= left < right <= width and right - left > 0.9 * width - 32
        assert bottom - top >= 60
        for path in paths:
            assert left - 1 <= path[0] and path[1] <= right + 1
            assert top - 1 <= path[2] < path[3] <= bottom + 1


@both_widths
def test_table_for_a_screen_reader(page, browser, width):
    """It stays a table where it looks like cards."""
    browser.look(width)
    page(f"{PAGED}&limit=7")
    assert len(browser.accessible("columnheader")) == 10
    assert len(browser.accessible("cell")) == 70
    assert [name for name, _ in browser.accessible("region")] == [
        "Filters", "Requests over time", "Records", "7 records, the newest first"]


# --- the keyboard ---------------------------------------------------------------------------------

@both_widths
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_by_keyboard(page, browser, width, scheme):
    """Tab reaches each control and link in the order of the page; one sees where one is."""
    browser.look(width, scheme)
    page(f"{WEEK}&limit=30")
    open_details(browser)
    ground = browser.run("return getComputedStyle(document.body).backgroundColor")
    expected = browser.run("const all = [...document.querySelectorAll('*')];"
                           "return [...document.querySelectorAll(arguments[0])].map("
                           "e => all.indexOf(e))", STOPS)
    reached = []
    for _ in expected:
        browser.press("TAB")
        stop = browser.focus()
        reached.append(stop["index"])
        assert stop["shown"] and stop["style"] == "solid" and stop["width"] >= 2, stop
        assert contrast(stop["colour"], ground) >= 3, stop
    assert reached == expected and len(reached) > 12


def test_skip_link(page, browser):
    """The first stop; it leads past the form and the picture."""
    page(WEEK)
    assert browser.run("return document.querySelector('.skip').getBoundingClientRect().right") < 0
    browser.press("TAB")
    assert browser.focus()["href"] == "#records" and browser.focus()["shown"]
    browser.press("ENTER")
    assert browser.focus()["id"] == "records"
    browser.press("TAB")
    assert browser.run("return document.activeElement.contains("
                       "document.querySelector('table.records'))")


def test_form_by_keyboard(page, browser):
    """From the top with Tab and letters alone; the address says what was asked."""
    page(f"{WEEK}&limit=200")
    browser.press("TAB", "TAB", "ping", "TAB", "rej", "TAB", "192.0.2.0/24", "TAB", "TAB", "TAB",
                  "IP=", "ENTER")
    browser.wait_for("verdict=rejected")
    for part in ("route=ping", "client=192.0.2.0%2F24", "q=IP%3D", "limit=200"):
        assert part in browser.driver.current_url
    assert set(browser.texts("td[data-label=Route]")) == {"ping"}
    assert set(browser.texts("td[data-label=Verdict]")) == {"rejected"}
    assert set(browser.texts("td[data-label=Client]")) <= {"192.0.2.7", "192.0.2.20"}
    assert all("ip=" in text for text in browser.texts("td[data-label=Input]"))
    assert browser.run("return [...document.forms[0].elements].filter(e => e.name).map("
                       "e => e.value)") == ["ping", "rejected", "192.0.2.0/24",
                                            "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z", "IP=",
                                            "200"]


def test_button_by_keyboard(page, browser):
    page(WEEK)
    browser.run("document.querySelector('#f-q').focus()")
    browser.press("TAB", "5", "TAB", "SPACE")
    browser.wait_for("limit=5")
    assert len(browser.texts("tbody td[data-label=Time]")) == 5


def test_figures_by_keyboard(page, browser):
    page(WEEK)
    browser.run("document.querySelector('summary').focus()")
    browser.press("ENTER")
    assert browser.run("return document.querySelector('details').open")


# --- the whole trail ------------------------------------------------------------------------------

def test_paging(page, browser):
    """By clicking: each record once, to the end, and back to the start."""
    page(f"{PAGED}&limit=25")
    seen, pages = browser.texts("td[data-label=Input]"), 1
    first = list(seen)
    while browser.texts("a[rel=next]"):
        browser.click("a[rel=next]")
        seen += browser.texts("td[data-label=Input]")
        pages += 1
        assert pages <= PAGED_COUNT
    assert seen == [f"name=n{number}" for number in reversed(range(PAGED_COUNT))]
    assert pages == -(-PAGED_COUNT // 25)
    browser.driver.find_element("link text", "Newest records").click()
    assert browser.texts("td[data-label=Input]") == first


def test_password_in_the_address(stack, browser):
    """The browser's own HTTP Basic, after a 401."""
    browser.devtools("Network.setExtraHTTPHeaders", headers={})
    browser.open(f"http://admin:{PASSWORD}@127.0.0.1:{stack.port}/audit?{EMPTY}")
    assert browser.texts("h1") == ["Audit trail"]


# --- harm -----------------------------------------------------------------------------------------

def assert_is_harmless(browser, url, *more):
    """`more` may be asked for besides."""
    assert not browser.has_dialog()
    assert browser.run("return 'pwned' in window") is False
    assert browser.texts("script, iframe, img, object, embed, link, base, meta[http-equiv]") == []
    assert browser.run("return [...document.querySelectorAll('*')].flatMap("
                       "e => e.getAttributeNames()).filter(n => /^on|^style$/.test(n))") == []
    assert [line for line in browser.console() if line.split()[0] not in more] == []
    assert set(browser.requests()) - set(more) == {url}


@every_page
def test_nothing_runs(page, browser, stack, query):
    """Nor is anybody else asked, nor does the browser complain about the page."""
    page(query)
    assert_is_harmless(browser, f"{stack.url}/audit?{query}")


def test_nothing_runs_without_the_policy_either(page, browser, stack):
    """The policy is a second wall. Where there is none, the records are still text."""
    with browser.without_policy():
        page(TRAPPED)
        # an icon is what the browser wishes for by itself, and the policy refuses
        assert_is_harmless(browser, f"{stack.url}/audit?{TRAPPED}", f"{stack.url}/favicon.ico")


PUT_IN = [
    ("const s = document.createElement('script'); s.textContent = 'window.pwned = 1';"
     "document.body.append(s)", "script-src"),
    ("document.body.insertAdjacentHTML('beforeend', '<b onclick=\"window.pwned = 1\">x</b>');"
     "document.body.lastChild.click()", "script-src"),
    ("document.body.insertAdjacentHTML('beforeend', '<style>body{display:none}</style>')",
     "style-src"),
    ("document.body.insertAdjacentHTML('beforeend', '<img src=/x.png>')", "img-src"),
]


@pytest.mark.parametrize("script, directive", PUT_IN)
def test_policy(page, browser, script, directive):
    """If something did get into the page, it would not run; and the tests above would notice."""
    page(EMPTY)
    browser.run(script)
    assert browser.run("return 'pwned' in window") is False
    assert browser.run("return getComputedStyle(document.body).display") == "block"
    console = browser.console()
    assert len(console) == 1 and directive in console[0] and "Security Policy" in console[0]


@both_widths
def test_hostile_text_is_text(page, browser, width):
    browser.look(width)
    page(TRAPPED)
    expected = [visible(text) for text in reversed(ALL_HOSTILE)]
    for label in ("Input", "Route", "Method", "Reason"):
        assert browser.texts(f"td[data-label={label}]") == expected
    assert set(browser.run("return [...document.querySelectorAll('td code')].map("
                           "e => getComputedStyle(e).unicodeBidi)")) == {"isolate"}


def test_hostile_filter_is_text(page, browser):
    """In the field as it was given; in words with what is invisible made visible."""
    page(PAGES["hostile-filter"])
    text = "\"><script>window.pwned=1</script>\u202e'"
    assert browser.run("return document.querySelector('#f-q').value") == text
    assert browser.texts(".active code")[-1] == visible(text)


def test_without_scripts(page, browser, output):
    """The page is the same, to the pixel."""
    seen = []
    for name in ("with", "without"):
        file = output / f"{name}-scripts.png"
        with browser.without_scripts() if name == "without" else browser.as_it_is():
            page(f"{WEEK}&limit=20")
            browser.screenshot(file)
            seen.append((browser.html(), file.read_bytes()))
    assert "<table" in seen[0][0]
    assert seen[0] == seen[1]


# --- to be looked at ------------------------------------------------------------------------------

@pytest.mark.parametrize("name, width, scheme, limit", [
    ("light", 1280, "light", 8), ("dark", 1280, "dark", 8), ("narrow", 360, "light", 2)])
def test_screenshots(page, browser, output, name, width, scheme, limit):
    """Those of docs/ are made of these: see tests/README.md."""
    browser.look(width, scheme)
    page(f"{WEEK}&limit={limit}")
    file = output / f"audit-{name}.png"
    browser.screenshot(file)
    assert file.read_bytes()[:4] == b"\x89PNG"
