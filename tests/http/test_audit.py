"""
/audit, to the contract: who may ask, every filter, paging, and the three forms of an answer.

The program is the real one, in its sandbox, and its database is one of the tests' own; see
audit_lab.py. What goes wrong is in test_audit_faults.py, hostile records in test_audit_hostile.py.
"""

import csv
import io
import re
import threading
import time
from urllib.parse import quote

import pytest

from audit_lab import COLUMNS, PASSWORD, basic, id_of

BASE = 1_790_000_000_000  # 2026-09-21T14:13:20Z
HOUR = 3_600_000

RECORDS = [
    {"milliseconds": BASE, "route": "hello", "client": "192.0.2.7", "input": "name=Bob"},
    {"milliseconds": BASE + HOUR, "route": "ping", "client": "192.0.2.255", "verdict": "rejected",
     "status": 403, "reason": "Address not allowed", "input": "ip=169.254.169.254"},
    {"milliseconds": BASE + 2 * HOUR, "route": "calculate", "client": "198.51.100.1",
     "verdict": "failed", "status": 500, "reason": "Internal error", "input": "expr=6*7"},
    {"milliseconds": BASE + 3 * HOUR, "route": "hello", "client": "2001:db8::1",
     "input": "name=Zo%C3%AB"},
    {"milliseconds": BASE + 4 * HOUR, "route": "hello", "client": "2001:db8:1::1",
     "input": "name=a%20b+c"},
    {"milliseconds": BASE + 5 * HOUR, "route": "edge", "client": None, "method": None,
     "verdict": "rejected", "status": 429, "reason": None, "input": None},
]


@pytest.fixture(scope="module")
def trail(make_trail):
    made = make_trail()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def ids(trail):
    """Of RECORDS, in their order."""
    return trail.add(RECORDS)


@pytest.fixture(scope="module")
def audit(trail, ids):
    with trail.audit() as running:
        yield running


def found(audit, query):
    """The places in RECORDS of what the query finds, as they came."""
    answer = audit.get(query)
    assert answer.status == 200, answer.text
    return [RECORDS.index(next(r for number, r in enumerate(RECORDS)
                               if id_of(r["milliseconds"], number) == row["id"]))
            for row in answer.json()["records"]]


# --- filters --------------------------------------------------------------------------------------

ALL = [5, 4, 3, 2, 1, 0]
T = "2026-09-21T"

FILTERS = [
    ("", ALL, "none: all, the newest first"),
    ("route=&verdict=&client=&since=&until=&q=&limit=&before=&format=", ALL, "an untouched form"),
    ("route=hello", [4, 3, 0], "a route"),
    ("route=hell", [], "a route is its whole name"),
    ("verdict=allowed", [4, 3, 0], "allowed"),
    ("verdict=rejected", [5, 1], "rejected"),
    ("verdict=failed", [2], "failed"),
    ("client=192.0.2.7", [0], "an address"),
    ("client=192.0.2.0/24", [1, 0], "a network"),
    ("client=192.0.2.99/25", [0], "host bits are masked"),
    ("client=0.0.0.0/0", [2, 1, 0], "all of IPv4"),
    ("client=2001:db8::/48", [3], "an IPv6 network"),
    ("client=2001:db8::/32", [4, 3], "a larger one"),
    ("client=::/0", [4, 3], "all of IPv6"),
    (f"since={T}15:13:20Z", [5, 4, 3, 2, 1], "from a time on, which is included"),
    (f"since={T}15:13:20.001Z", [5, 4, 3, 2], "from a millisecond later on"),
    (f"until={T}15:13:20Z", [0], "until a time, which is not"),
    (f"until={T}15:13:20.001Z", [1, 0], "until a millisecond later"),
    (f"since={T}15:13:20Z&until={T}17:13:20Z", [2, 1], "between two"),
    (f"since={T}15:13:20Z&until={T}15:13:20Z", [], "an empty time"),
    (f"since={T}17:13:20%2B02:00", [5, 4, 3, 2, 1], "an offset"),
    (f"since={T}17:13:20+02:00", [5, 4, 3, 2, 1], "an offset whose + became a space"),
    (f"since={T}10:13:20-05:00", [5, 4, 3, 2, 1], "west of Greenwich"),
    ("since=2026-09-21+15:13:20z", [5, 4, 3, 2, 1], "a space and a small z"),
    ("since=9999-12-31T23:59:59.999Z", [], "the end of time"),
    ("until=1970-01-01T00:00:00Z", [], "the beginning of time"),
    ("q=bob", [0], "without regard to case"),
    ("q=6*7", [2], "no character is special"),
    ("q=%25", [4, 3], "nor is SQL's wildcard: two have a percent sign"),
    ("q=_", [], "nor the other one"),
    ("q=%5C", [], "nor a backslash"),
    ("q=Zo%C3%AB", [3], "what a query has percent-encoded"),
    ("q=zo%25c3%25ab", [3], "the same as it was sent"),
    ("q=a+b", [4], "a space that was sent as %20"),
    ("q=b+c", [4], "one that was sent as +"),
    ("q='%20OR%201=1%20--", [], "no SQL"),
    ("route=hello&verdict=allowed&client=2001:db8::/32&q=name", [4, 3], "all of several"),
    ("limit=2", [5, 4], "as many as were asked for"),
    (f"before={id_of(BASE + 3 * HOUR, 3)}", [2, 1, 0], "older than a record"),
    (f"before={id_of(BASE + 3 * HOUR, 3).upper()}", [2, 1, 0], "an id knows no case"),
    ("undeclared=1", ALL, "what nobody declared is nothing"),
]


@pytest.mark.parametrize("query, places", [row[:2] for row in FILTERS],
                         ids=[row[2] for row in FILTERS])
def test_filter(audit, query, places):
    assert found(audit, query) == places


REFUSED = [
    ("route", "Hello", "capitals"), ("route", "a" * 33, "too long"), ("route", "a/b", "a slash"),
    ("route", "h\u00e9llo", "beyond ASCII"),
    ("verdict", "Allowed", "capitals"), ("verdict", "ok", "another word"),
    ("client", "localhost", "a name"), ("client", "192.0.2", "an old form"),
    ("client", "192.0.2.1/33", "too long a prefix"), ("client", "192.0.2.1/", "no prefix"),
    ("client", "192.0.2.1/08", "a leading zero"), ("client", "::1/129", "too long a prefix"),
    ("client", "1.2.3.4/-1", "a sign"), ("client", "fe80::1%eth0", "a scope"),
    ("since", "2026-11-25", "a date alone"), ("since", "2026-02-29T00:00:00Z", "no leap year"),
    ("since", "2026-11-25T24:00:00Z", "no such hour"), ("since", "2026-11-25T10:00:00", "no zone"),
    ("since", "1969-12-31T23:59:59Z", "before 1970"), ("since", "now", "a word"),
    ("since", "1970-01-01T00:00:00+01:00", "before 1970, by its offset"),
    ("until", "10000-01-01T00:00:00Z", "five digits"),
    ("until", "9999-12-31T23:59:59-00:01", "after 9999, by its offset"),
    ("until", "2026-11-25T10:00:00Zx", "something behind it"),
    ("q", "x" * 257, "too long"),
    ("limit", "0", "none"), ("limit", "1001", "too many"), ("limit", "-1", "negative"),
    ("limit", "1e2", "no integer"), ("limit", "010", "octal, to some"),
    ("before", "x", "no id"), ("before", "0" * 36, "without hyphens"),
    ("format", "xml", "another"), ("format", "HTML", "capitals"),
]


@pytest.mark.parametrize("name, value", [row[:2] for row in REFUSED],
                         ids=[f"{row[0]}: {row[2]}" for row in REFUSED])
def test_refused_filter(audit, name, value):
    """Named in the detail, which does not repeat the value."""
    answer = audit.get(f"{name}={quote(value)}", accept="text/html")
    assert answer.status == 400
    assert answer.header("content-type") == "application/json"
    assert answer.json()["error"] == "Invalid filter"
    assert answer.json()["detail"].startswith(f"{name} takes ")


def test_since_after_until(audit):
    answer = audit.get(f"since={T}15:00:01Z&until={T}15:00:00Z")
    assert (answer.status, answer.json()["error"]) == (400, "Invalid filter")
    assert "since" in answer.json()["detail"]


def test_a_filter_given_twice(audit):
    assert audit.get("route=a&route=b").status == 400


# --- who may ask ----------------------------------------------------------------------------------

NO_CREDENTIALS = [
    ("", "none"),
    # harden: ignore S1 because it is a wrong one
    (basic(password="x9-keeps-out-the-se"), "a password cut by one"),
    (basic(password=PASSWORD + "x"), "one character more"),
    (basic(password=""), "an empty password"),
    (basic(user=""), "an empty user"),
    (basic(user="Admin"), "another user"),
    (basic(user="administrator"), "a longer user"),
    ("Basic", "no credentials"),
    ("Basic " + "=" * 8, "no base64"),
    (basic()[:-1], "cut base64"),
    (basic() + "=", "padded too far"),
    (basic() + " ", "a space behind"),
    ("Basic " + "YWRtaW4=", "no colon"),
    (basic().replace("Basic", "Bearer"), "another scheme"),
    (basic().replace("Basic ", "Basic"), "no space"),
    ("Basic " + "A" * 1400, "too long"),
    ("x" * 20000, "much too long"),
    ("Digest username=\"admin\"", "another scheme altogether"),
]


@pytest.mark.parametrize("header", [row[0] for row in NO_CREDENTIALS],
                         ids=[row[1] for row in NO_CREDENTIALS])
def test_401(audit, header):
    answer = audit.get("limit=bad", authorization=header, client=f"203.0.113.{len(header) % 256}")
    assert answer.status == 401, "before a look at the query"
    assert answer.header("www-authenticate") == 'Basic realm="Bulkhead audit", charset="UTF-8"'
    assert list(answer.json()) == ["error", "detail", "request_id"]
    assert answer.json()["error"] == "Unauthorized"
    assert audit.get("limit=1").status == 200, "the good password is as good as before"


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "Basic  "])
def test_the_scheme_has_no_case(audit, scheme):
    assert audit.get(authorization=basic().replace("Basic", scheme)).status == 200


def test_other_methods(audit):
    assert audit.get(method="POST").status == 405


def test_the_password_is_quick_the_second_time(audit):
    """It is verified slowly once; guesses always are."""
    def seconds(authorization):
        began = time.monotonic()
        for _ in range(10):
            audit.get("limit=1", authorization=authorization, client="203.0.113.7")
        return time.monotonic() - began
    audit.get()
    assert seconds(basic()) < seconds(basic(password="x" * 12))


def test_too_many_guesses(audit):
    """Then not even the password opens it, or the answer would tell. Others are not concerned."""
    statuses = [audit.get("limit=1", authorization=basic(password=f"guess {n}"),
                          client="2001:db8:bad::1").status for n in range(22)]
    assert statuses[:20] == [401] * 20 and set(statuses[20:]) <= {401, 429}
    refused = audit.get("limit=1", client="2001:db8:bad::2")
    assert (refused.status, refused.json()["error"]) == (429, "Too many requests")
    assert audit.get("limit=1", client="2001:db8:bad:1::1").status == 200


def test_the_password_is_no_guess(audit):
    """However often it is right."""
    assert [audit.get("limit=1").status for _ in range(40)] == [200] * 40


# --- paging ---------------------------------------------------------------------------------------

def test_2500_records_by_pages(trail, audit):
    """None is missing and none comes twice, while new ones arrive and time stands still."""
    start = BASE + 100 * HOUR
    old = trail.add([{"milliseconds": start + number // 10, "route": "paged"}
                     for number in range(2500)])
    seen, query, pages, stop = [], "route=paged&limit=100", 0, threading.Event()

    def add_new():
        number = 0
        while not stop.is_set():
            trail.add([{"milliseconds": start + HOUR + number, "route": "paged"}])
            number += 1
    adding = threading.Thread(target=add_new)
    adding.start()
    try:
        while query:
            answer = audit.get(query)
            body = answer.json()
            seen += [row["id"] for row in body["records"]]
            link = answer.header("link")
            assert (link is None) == (body["next"] is None)
            if link:
                assert link == f'<{body["next"]}>; rel="next"'
            query = body["next"] and body["next"].partition("?")[2]
            pages += 1
    finally:
        stop.set()
        adding.join()
    assert seen == sorted(seen, reverse=True), "the newest first"
    assert len(seen) == len(set(seen)), "none twice"
    assert set(old) <= set(seen), "none missing"
    assert pages >= 25


def test_the_last_page_has_no_next(audit):
    assert audit.get("limit=6&until=2026-09-22T00:00:00Z").json()["next"] is None
    assert audit.get("limit=5&until=2026-09-22T00:00:00Z").json()["next"] is not None


def test_next_keeps_the_filters(audit):
    """In the form that every reader takes alike: percent-encoded, times in UTC."""
    first = audit.get("client=0.0.0.0/0&limit=1&q=%3D&since=2026-09-21T12:00:00-01:00&format=json"
                      "&until=2026-09-22t00:00:00z")
    link = first.json()["next"]
    assert link == (f"/audit?client=0.0.0.0/0&since={T}13:00:00.000Z"
                    "&until=2026-09-22T00:00:00.000Z&q=%3D&limit=1"
                    f"&before={first.json()['records'][0]['id']}&format=json")
    assert audit.get(link.partition("?")[2]).json()["records"][0]["client"] == "192.0.2.255"


# --- forms ----------------------------------------------------------------------------------------

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
JSON, HTML, CSV = "application/json", "text/html; charset=utf-8", "text/csv; charset=utf-8"

FORMS = [
    ("", "", JSON, "nothing"),
    ("", "*/*", JSON, "curl's"),
    ("", JSON, JSON, "asked for"),
    ("", BROWSER, HTML, "a browser's"),
    ("", "text/csv", CSV, "asked for"),
    ("", "text/html;q=0.4, text/csv;q=0.5", CSV, "the better of two"),
    ("", "text/html;q=0, text/csv;q=0", JSON, "neither"),
    ("", "text/html;q=0.5, application/json;q=0.6", JSON, "JSON is liked better"),
    ("format=csv", BROWSER, CSV, "the parameter is a link's word"),
    ("format=json", BROWSER, JSON, "likewise"),
    ("format=html", "", HTML, "likewise"),
    ("format=", BROWSER, HTML, "an empty one is none"),
]


@pytest.mark.parametrize("query, accept, kind", [row[:3] for row in FORMS],
                         ids=[f"{row[2]}: {row[3]}" for row in FORMS])
def test_form(audit, query, accept, kind):
    answer = audit.get(query, accept=accept)
    assert answer.status == 200
    assert answer.header("content-type").startswith(kind)
    assert answer.header("cache-control") == "no-store"
    assert int(answer.header("content-length")) == len(answer.body)


def test_json(audit, ids):
    """Every member, in its order; null for what a record lacks."""
    records = audit.get("until=2026-09-22T00:00:00Z").json()["records"]
    assert all(tuple(row) == COLUMNS for row in records)
    assert records[4] == {
        "id": ids[1], "time": "2026-09-21T15:13:20.000Z", "route": "ping",
        "client": "192.0.2.255", "method": "GET", "verdict": "rejected", "status": 403,
        "reason": "Address not allowed", "input": "ip=169.254.169.254", "microseconds": 1234,
        "request_id": f"{1:032x}"}
    assert [records[0][name] for name in ("client", "method", "reason", "input")] == [None] * 4


def test_csv(audit, ids):
    """RFC 4180, with a name to save it under."""
    answer = audit.get("format=csv&until=2026-09-22T00:00:00Z")
    assert answer.header("content-disposition") == 'attachment; filename="audit.csv"'
    assert answer.body.endswith(b"\r\n") and answer.body.count(b"\n") == answer.body.count(b"\r\n")
    rows = list(csv.reader(io.StringIO(answer.text, newline=""), strict=True))
    assert rows[0] == list(COLUMNS)
    assert [row[0] for row in rows[1:]] == ids[::-1]
    assert rows[1][3:5] == ["", ""]


def test_csv_without_records(audit):
    assert audit.get("format=csv&route=none").text == ",".join(COLUMNS) + "\r\n"


def test_head(audit):
    """What a GET answers, without the body."""
    for accept in ("", "text/html"):
        head, get = (audit.get("limit=2", accept=accept, method=m) for m in ("HEAD", "GET"))
        assert (head.status, head.body) == (200, b"")
        assert without_its_own(head.headers) == without_its_own(get.headers)


def without_its_own(headers):
    """What nginx says of one answer."""
    return [pair for pair in headers if pair[0] not in ("date", "x-request-id")]


def test_page(audit):
    """Records as rows, the filters in the form and in words, a picture, and links on."""
    page = audit.get("route=hello&since=2026-09-21T00:00:00Z&until=2026-09-22T00:00:00Z&limit=2",
                     accept="text/html").text
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert page.count("<h1>") == 1 and "<script" not in page and " style=" not in page
    assert len(re.findall(r'<tr role="row"><td', page)) == 2
    assert 'name="route" value="hello"' in page
    assert 'name="since" value="2026-09-21T00:00:00Z"' in page
    assert re.search(r"Shown now: route <code dir=\"ltr\">hello</code>, from", page)
    assert '<option value="hello">' in page
    assert "3 allowed, 0 rejected, 0 failed" in page
    assert re.search(r'<path class="allowed" d="M', page)
    assert re.search(r'<a rel="next" href="/audit\?route=hello&amp;[^"]*before=', page)
    assert re.search(r'href="/audit\?[^"]*format=csv">', page)


def test_the_picture_counts(audit):
    """Each bar's figures are in the table, by hours where a day is shown."""
    page = audit.get("since=2026-09-21T14:00:00Z&until=2026-09-21T20:00:00Z",
                     accept="text/html").text
    rows = re.findall(r'<tr><th scope="row">(\w+)</th><td><time datetime="([^"]+)">[^<]*</time>'
                      r'</td><td class="number">(\d+)</td><td class="number">(\d+)</td>'
                      r'<td class="number">(\d+)</td></tr>', page)
    assert ("ping", f"{T}15:10:00.000Z", "0", "1", "0") in rows
    assert ("calculate", f"{T}16:10:00.000Z", "0", "0", "1") in rows
    assert len(rows) == len(RECORDS)


def test_links_of_the_page_work(audit):
    """What they lead to is what they say."""
    page = audit.get("q=name&limit=1&until=2026-09-22T00:00:00Z", accept=BROWSER).text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="/audit\?([^"]*)"', page)]
    answers = [audit.get(link, accept=BROWSER) for link in links]
    assert [a.header("content-type").split(";")[0] for a in answers] == [
        "text/html", "application/json", "text/csv"]
    assert answers[1].json()["records"][0]["input"] == "name=a%20b+c"
    assert "name=Zo%C3%AB" in answers[0].text and "name=a%20b+c" not in answers[0].text
