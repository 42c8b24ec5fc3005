"""
The console in Chromium: its forms with script and without, what goes wrong, and what must not run.
How its files are served is in tests/http/test_console.py.
"""

import pytest

from console_page import fake, is_invalid, part, send, text_of, wait_for_answer
from program import wait_until
from stack import LIMITS_OFF, Stack

FIELDS = {"name": "/", "ip": "/ping", "expr": "/calculate"}
# what is typed, and the result
GOOD = [("name", "Zoë٢", "Hello, Zoë٢!"), ("ip", "127.0.0.1", "1 sent, 1 received"),
        ("expr", "1 + 2", "3"), ("expr", "2**0.5+1", "2.414213562373095")]
BAD = [("name", "a b", 400), ("name", "", 400), ("ip", "localhost", 400),
       ("ip", "169.254.169.254", 403), ("expr", "1/0", 400), ("expr", "a" * 20_000, 414)]
HOSTILE = ["<script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>",
           "</output><svg onload=window.pwned=1>", "javascript:window.pwned=1", "&lt;b&gt;&amp;"]

both_widths = pytest.mark.parametrize("width", [360, 1280])


# --- answers --------------------------------------------------------------------------------------

@both_widths
@pytest.mark.parametrize("field, text, result", GOOD)
def test_result_in_place(stack, browser, console, width, field, text, result):
    """With the id of its request, on the page that one is on."""
    browser.look(width)
    console()
    send(browser, field, text)
    assert text_of(browser, field, ".result") == result
    assert browser.driver.current_url == f"{stack.url}/console/"
    number = text_of(browser, field, ".facts div:last-child dd")

    def logged():
        return [line for line in stack.access_log() if line["request_id"] == number]
    wait_until(logged, "its line in the access log")
    assert logged()[0]["target"].startswith(f"{FIELDS[field]}?{field}=")
    assert not is_invalid(browser, field) and text_of(browser, field, ".error") == ""
    assert browser.focus()["id"] == field


@pytest.mark.parametrize("field, text, status", BAD)
def test_error_beside_its_field(stack, browser, console, field, text, status):
    """In the server's words, tied to the field, and announced; the other fields are left alone."""
    console()
    send(browser, field, text)
    query = {"": "?" + field + "="}.get(text, f"?{field}=" + text.replace(" ", "+"))
    said = stack.get(FIELDS[field] + query).json()
    assert text_of(browser, field, ".error") == f"{said['error']}: {said['detail']}"
    assert [name for name in FIELDS if is_invalid(browser, name)] == [field]
    described = dict(browser.accessible("textbox"))
    label = text_of(browser, field, "label")
    assert said["error"] in described[label] and said["detail"] in described[label]
    assert sum(said["error"] in (text or "") for text in described.values()) == 1
    assert browser.run("return document.querySelector(arguments[0]).getAttribute('role')",
                       part(field, ".error")) == "alert"
    assert browser.focus()["id"] == field
    assert browser.texts(part(field, "dd"))[0] == str(status)
    assert len(browser.texts(part(field, "dd"))[-1]) == 32


def test_error_goes_with_the_next_answer(browser, console):
    console()
    send(browser, "expr", "1/0")
    send(browser, "expr", "6*7")
    assert text_of(browser, "expr", ".error") == ""
    assert not is_invalid(browser, "expr")
    assert text_of(browser, "expr", ".result") == "42"


def test_link_to_the_text(browser, console):
    """The same as the programs answer without a page."""
    console()
    send(browser, "expr", "'a' 'b+c'")
    browser.click(part("expr", ".plain a"))
    assert browser.texts("body") == ["ab+c\n"]


def test_double_click_sends_once(browser, console):
    """Nor do Enter and a third click, while the button says that it is busy, where it was."""
    console()
    browser.run("const real = window.fetch; window.sent = 0; window.release = null;"
                "window.fetch = async (...all) => { window.sent++;"
                "await new Promise(done => { window.release = done }); return real(...all) }")
    button = "return (e => [e.textContent, e.getAttribute('aria-disabled'), e.offsetWidth])" \
             f"(document.querySelector('{part('name', 'button')}'))"
    label, _, width = browser.run(button)
    for _ in range(3):
        browser.click(part("name", "button"))
    browser.press("ENTER")
    assert browser.run(button) == ["Asking…", "true", width]
    browser.run("window.release()")
    wait_for_answer(browser, "name")
    assert browser.run(button) == [label, "false", width]
    assert browser.run("return window.sent") == 1
    assert browser.run("return document.activeElement.textContent") == label


# --- what goes wrong elsewhere --------------------------------------------------------------------

@pytest.fixture(scope="module")
def strict():
    """A stack that answers each client a few times."""
    with Stack(RATE_LIMIT="1", RATE_BURST="10") as running:
        yield running


def test_too_many_requests(browser, console, strict):
    """How long to wait is the server's word; the field is not at fault."""
    console(server=strict)
    for _ in range(30):
        send(browser, "name", "Bob")
        if text_of(browser, "name", ".error"):
            break
    assert text_of(browser, "name", ".error") == (
        "Too many requests: Wait a second, then send requests more slowly. "
        "Wait 1 second, then ask again")
    assert not is_invalid(browser, "name")
    assert browser.texts(part("name", "dd"))[0] == "429"


def test_server_gone(browser, console):
    """Said as such; and once it is back the same page asks it again."""
    with Stack(**LIMITS_OFF) as own:
        console(server=own)
        own.down()
        send(browser, "name", "Bob")
        assert text_of(browser, "name", ".error") == "No answer: the server can't be reached"
        assert not is_invalid(browser, "name") and browser.focus()["id"] == "name"
        own.up()
        send(browser, "name", "Bob")
        assert text_of(browser, "name", ".result") == "Hello, Bob!"
        assert text_of(browser, "name", ".error") == ""


@pytest.mark.parametrize("body, status, text", [
    ("<html><b>Bad gateway</b></html>", 502, "The server answered with status 502"),
    ("", 503, "The server answered with status 503"),
    ("null", 500, "The server answered with status 500"),
    ("<html>Log in</html>", 200, "The server answered with status 200"),
    ('{"error": "Gone"}', 410, "Gone")])
def test_answers_of_others(browser, console, body, status, text):
    """A proxy in between speaks another language."""
    console()
    fake(browser, body, status)
    send(browser, "name", "Bob")
    assert text_of(browser, "name", ".error") == text


def test_changed_script_does_not_run(browser, console):
    """Its hash is in the page. The forms go on without it."""
    with Stack(**LIMITS_OFF) as own:
        with (own.state / "nginx/console/console.js").open("a") as script:
            script.write("window.pwned = 1;\n")
        console(server=own)
        assert browser.run("return ['pwned' in window, document.documentElement.className]") == [
            False, ""]
        assert any("integrity" in line for line in browser.console())
        browser.click(part("name", "button"))
        assert browser.texts("body") == ["Hello, World!\n"]


# --- harm -----------------------------------------------------------------------------------------

def assert_harmless(browser, elements):
    assert not browser.has_dialog()
    assert browser.run("return 'pwned' in window") is False
    assert browser.run("return document.querySelectorAll('*').length") == elements


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_result_is_text(browser, console, text):
    """/calculate gives back what it is given as a literal."""
    console()
    send(browser, "expr", "'safe'")
    elements = browser.run("return document.querySelectorAll('*').length")
    send(browser, "expr", f"'{text}'")
    assert text_of(browser, "expr", ".result") == text
    assert_harmless(browser, elements)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_server_is_text(browser, console, text):
    """Every member and header of an answer, also of one that no program of ours would give."""
    console()
    fake(browser, '{"greeting": "x"}', 200, {"X-Request-Id": "x"})
    send(browser, "name", "Bob")
    good = browser.run("return document.querySelectorAll('*').length")
    fake(browser, f'{{"greeting": "{text}"}}', 200, {"X-Request-Id": text})
    send(browser, "name", "Bob")
    assert text_of(browser, "name", ".result") == text
    assert_harmless(browser, good)
    fake(browser, f'{{"error": "{text}", "detail": "{text}"}}', 400,
         {"X-Request-Id": text, "Retry-After": text})
    send(browser, "name", "Bob")
    assert text_of(browser, "name", ".error") == f"{text}: {text}"
    assert_harmless(browser, good + 4)  # three for the row of the status, one for the bold error


@pytest.mark.parametrize("path, asked", [
    ("/console/", ["console.css", "console.js", "icon.svg"]),
    ("/console/guide.html", ["console.css", "icon.svg"])])
def test_nobody_else_is_asked(stack, browser, console, path, asked):
    """Nor does the browser complain about the page."""
    console(path)
    if path == "/console/":
        send(browser, "name", "Bob")
        asked = [*asked, "../?name=Bob"]
    assert browser.console() == []
    places = {f"{stack.url}/console/{name}".replace("/console/../", "/") for name in asked}
    assert set(browser.requests()) == {stack.url + path, *places}


PUT_IN = [
    ("const s = document.createElement('script'); s.append('window.pwned = 1');"
     "document.body.append(s)", "TrustedScript"),
    ("const s = document.createElement('script'); s.src = 'http://127.0.0.2/';"
     "document.body.append(s)", "TrustedScriptURL"),
    ("document.body.setAttribute('onclick', 'window.pwned = 1'); document.body.click()",
     "TrustedScript"),
    ("document.body.innerHTML = '<b>x</b>'", "TrustedHTML"),
    ("const s = document.createElement('style'); s.append('body{display:none}');"
     "document.body.append(s)", "style-src"),
    ("const i = new Image(); i.src = 'http://127.0.0.2/x.png'; document.body.append(i)",
     "img-src"),
    ("fetch('http://127.0.0.2/').catch(() => {})", "connect-src"),
    ("trustedTypes.createPolicy('mine', {})", "policy"),
]


@pytest.mark.parametrize("script, directive", PUT_IN)
def test_policy(browser, console, script, directive):
    """If something did get into the page, it would not run; and the test above would notice."""
    console()
    browser.run(f"try {{ {script} }} catch (error) {{ }}")
    assert browser.run("return 'pwned' in window") is False
    assert browser.run("return getComputedStyle(document.body).display") == "block"
    wait_until(lambda: any(directive in line for line in browser.console()), "a complaint")
