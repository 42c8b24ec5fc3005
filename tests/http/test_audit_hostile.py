"""
Records that were made to do harm, and the page that shows them: whatever a request held, it is text
to a browser, data to a JSON parser and text to a spreadsheet.
"""

import base64
import csv
import hashlib
import html
import html.parser
import io
import re
import unicodedata

import pytest

from audit_lab import Audit, Trail
from test_edge import policy_of

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
INVISIBLE = ("\u0600\ufff9\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f"
             "\u115f\u3164\u2800\U000e0041\ufe0f\u2028")

HOSTILE = [
    "<script>alert(1)</script>", "</code></td></tr></table><h1>gone</h1>",
    "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "<!--", "-->", "<![CDATA[",
    "]]>", "&lt;b&gt;", "&#x3C;", "</style><style>*{display:none}", "javascript:alert(1)",
    "{{7*7}}", "${7*7}", "\\u003cscript\\u003e", "\\u{202E}",
    "abc" + BIDI + "cba", INVISIBLE, "\x01\x1b[2J\x7f\x9b31m\u0085", "a\r\nb\tc",
    "\u00a0\u2003\u3000", "\U0001f600" * 64, "\U00010330" * 64, "e" + "\u0301" * 100, "\ufffd",
    "x" * 256, "\u05e9\u05dc\u05d5\u05dd" * 32, "\ue000\uffff\U0010ffff",
]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0",
            "\uff1d1+1", "=\"a\",b"]


@pytest.fixture(scope="module")
def trail():
    made = Trail()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def audit(trail):
    """Everything hostile in every column that is text."""
    trail.add([{"input": text, "route": text, "method": text, "reason": text}
               for text in HOSTILE + FORMULAS])
    with Audit(trail) as running:
        yield running


class Reader(html.parser.HTMLParser):
    """The elements of a page, and what its cells say."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.attributes, self.cells, self.label = set(), set(), [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "td":
            self.label = dict(attrs).get("data-label")
            self.cells.append([self.label, ""])

    def handle_endtag(self, tag):
        if tag == "td":
            self.label = None

    def handle_data(self, data):
        if self.label:
            self.cells[-1][1] += data

    def column(self, label):
        return [text for name, text in self.cells if name == label]


# What the page has of itself; nothing else may be there.
ELEMENTS = set("html head meta title style body a header h1 p main section h2 form label input "
               "small datalist option select button code svg defs pattern rect path ul li time "
               "figure figcaption b desc details summary div table caption thead tbody tr th td "
               "span nav".split())


def visible(text):
    """What is shown for a text, by Python's own Unicode."""
    def one(at):
        char = text[at]
        category = unicodedata.category(char)
        hidden = (category in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp") or char in INVISIBLE
                  or (category == "Zs" and char != " ")
                  or (char == "\\" and text[at + 1:at + 3] == "u{"))
        return f"\\u{{{ord(char):04X}}}" if hidden else char
    return "".join(one(at) for at in range(len(text)))


def test_html(audit):
    """Only the page's own elements, no handler, and each record's text as text."""
    answer = audit.get("limit=1000", accept="text/html")
    assert answer.status == 200
    page = Reader(answer.text)
    assert page.elements <= ELEMENTS
    assert not {name for name in page.attributes if name.startswith("on") or name == "style"}
    expected = [visible(text) for text in (HOSTILE + FORMULAS)[::-1]]
    assert page.column("Input") == expected
    assert page.column("Method") == expected
    assert page.column("Route") == expected
    body = answer.text.replace("\n", "")
    assert not [c for c in body if unicodedata.category(c) in ("Cc", "Cf", "Co", "Zl", "Zp")]


def test_the_form_gives_back_what_was_asked(audit):
    """In an attribute, where a quote ends it; nothing of it is markup."""
    text = "\"><script>&'\u202e\u00e9"
    page = audit.get("q=" + "".join(f"%{byte:02X}" for byte in text.encode()),
                     accept="text/html").text
    value = re.search(r'name="q" value="([^"]*)"', page).group(1)
    assert html.unescape(value) == text
    assert "<script" not in page and "\u202e" not in page


def test_json(audit):
    """What was recorded, to the character; escaped where a terminal would obey it."""
    answer = audit.get("limit=1000")
    assert [row["input"] for row in answer.json()["records"]] == (HOSTILE + FORMULAS)[::-1]
    assert not [c for c in answer.text if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]


def test_csv(audit):
    """What a spreadsheet would run has an apostrophe; the rest is what was recorded."""
    text = audit.get("limit=1000&format=csv").body.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    expected = ["'" + text if text in [*FORMULAS, "-->"] else text
                for text in HOSTILE + FORMULAS]
    assert [row["input"] for row in rows] == expected[::-1]
    for row in rows:
        for value in row.values():
            assert value[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")


def test_the_longest_page(trail, audit):
    """1,000 records, each as long as any, of what takes most room."""
    trail.add([{"input": "\"" * 256, "milliseconds": 1_795_000_000_000 + n} for n in range(500)])
    trail.add([{"input": "\u202e" * 85, "milliseconds": 1_795_000_001_000 + n}
               for n in range(500)])
    for accept in ("text/html", "application/json", "text/csv"):
        answer = audit.get("limit=1000&since=2026-11-01T00:00:00Z", accept=accept)
        assert answer.status == 200
        assert len(answer.body) > 250_000


def test_what_is_too_long_for_a_page(trail, audit):
    """The trail's lines are bounded; a record that somebody else put there is not."""
    trail.add([{"input": "x" * 3_000_000, "milliseconds": 1_796_000_000_000 + n}
               for n in range(2)])
    answer = audit.get("limit=2&since=2026-11-20T00:00:00Z")
    assert (answer.status, answer.json()["error"]) == (500, "Internal error")
    assert "limit" in answer.json()["detail"]
    assert audit.get("limit=1&until=2026-11-01T00:00:00Z").status == 200


def test_the_styles_hash(audit):
    """The edge lets the browser take this style and no other."""
    page = audit.get("until=2026-11-01T00:00:00Z", accept="text/html").text
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert re.findall(r"style-src '(\S+)';", policy_of("/audit")) == [f"sha256-{digest}"]
