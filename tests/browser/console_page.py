"""The console as somebody uses it: what test_console*.py share."""

from program import wait_until


def type_in(browser, field, text):
    browser.run("document.getElementById(arguments[0]).value = arguments[1]", field, text)


def part(field, selector):
    return f".route:has(#{field}) {selector}"


def text_of(browser, field, selector):
    return browser.texts(part(field, selector))[0]


def wait_for_answer(browser, field):
    wait_until(lambda: browser.run(
        "const e = document.querySelector(arguments[0]);"
        "return e.getAttribute('aria-busy') === 'false'", part(field, "form")), "the answer")


def send(browser, field, text):
    """By Enter, in the field."""
    type_in(browser, field, text)
    browser.run("document.getElementById(arguments[0]).focus()", field)
    browser.press("ENTER")
    wait_for_answer(browser, field)


def is_invalid(browser, field):
    return browser.run("return document.getElementById(arguments[0]).getAttribute('aria-invalid')",
                       field) == "true"


def fake(browser, body, status=200, headers=None):
    """Puts an answer in the place of each that the page asks for."""
    browser.run("const [body, status, headers] = arguments;"
                "window.fetch = async () => new Response(body, {status, headers})",
                body, status, headers or {})
