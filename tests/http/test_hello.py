"""
hello, to the contract: through nginx, and the same as plain CGI.

Which names are accepted is compared with CPython's own str.isalnum, for every code point.
"""

import subprocess
import unicodedata
from urllib.parse import quote

import pytest

import fcgi_client as fcgi
from program import BUILD, Program, cgi

MOST = 256  # code points of a name


def row(query, status, text, why):
    return pytest.param(query, status, text, id=why)


def greets(query, name, why):
    return row(query, 200, f"Hello, {name}!\n", why)


def refuses(query, why):
    return row(query, 400, "Invalid name", why)


GOTHIC = "\U00010330"  # a letter of four bytes

ROWS = [
    greets("", "World", "no query: the default"),
    greets("nam=Bob", "World", "no name: the default"),
    greets("Name=Bob", "World", "names of parameters know their case"),
    greets("%6eame=Bob", "Bob", "names of parameters may be escaped"),
    greets("name=Bob", "Bob", "plain"),
    greets("x=1&name=Bob&y=2", "Bob", "among others"),
    greets("&&name=Bob&", "Bob", "empty pairs are nothing"),
    greets("name=0", "0", "one digit"),
    greets("name=B%6fb", "Bob", "an escape, lower case"),
    greets("name=%4A", "J", "an escape, upper case"),
    greets("name=" + quote("Zoë"), "Zoë", "two bytes"),
    greets("name=" + quote("Олена"), "Олена", "Cyrillic"),
    greets("name=" + quote("李小龍"), "李小龍", "CJK"),
    greets("name=" + quote("𠮷"), "𠮷", "CJK of four bytes"),
    greets("name=" + quote("שלום"), "שלום", "right to left"),
    greets("name=" + quote("１２３"), "１２３", "fullwidth digits"),
    greets("name=" + quote("x²"), "x²", "a superscript is numeric"),
    greets("name=" + quote("½"), "½", "a fraction is numeric"),
    greets("name=" + quote("Ⅻ"), "Ⅻ", "a roman numeral is numeric"),
    greets("name=" + quote("〇四"), "〇四", "ideographs that are numbers"),
    greets("name=" + quote("①"), "①", "a circled digit"),
    greets("name=" + quote("٣"), "٣", "an Arabic-Indic digit"),
    greets("name=" + quote("ﬁ"), "ﬁ", "a ligature is a letter"),
    greets("name=" + quote("ªº"), "ªº", "ordinals are letters"),
    greets("name=" + quote("ǅ"), "ǅ", "title case is a letter"),
    greets("name=" + quote("ʰ"), "ʰ", "a modifier letter"),
    greets("name=" + "a" * MOST, "a" * MOST, "the longest"),
    greets("name=" + quote(GOTHIC * MOST), GOTHIC * MOST, "the longest, 1,024 bytes of it"),
    refuses("name=", "empty: isalnum of '' is False"),
    refuses("name", "no value is the empty one"),
    refuses("name=" + "a" * (MOST + 1), "a code point too long"),
    refuses("name=" + quote(GOTHIC * MOST + "a"), "a code point too long, counted right"),
    refuses("name=" + quote(GOTHIC * (MOST + 1)), "a four-byte code point too long"),
    refuses("name=" + "a" * 10000, "much too long"),
    refuses("name=Bob+Ross", "+ is a blank"),
    refuses("name=Bob%20Ross", "a blank"),
    refuses("name=+", "only a blank"),
    refuses("name=Bob%0A", "a line break at the end: where $ of a regex fails"),
    refuses("name=%0ABob", "a line break"),
    refuses("name=Bob%09", "a tab"),
    refuses("name=a_b", "an underscore is \\w, and not alphanumeric"),
    refuses("name=O%27Neil", "an apostrophe"),
    refuses("name=a-b", "a hyphen"),
    refuses("name=%3Cscript%3E", "markup"),
    refuses("name=a%3Bb", "a semicolon"),
    refuses("name=a;b", "a semicolon separates nothing"),
    refuses("name=Bob=", "an equals sign in the value belongs to it"),
    refuses("name=" + quote("e\u0301"), "a combining mark (Mn)"),
    refuses("name=" + quote("क्षि"), "Devanagari needs marks (Mc): isalnum refuses them"),
    refuses("name=" + quote("a\u200db"), "zero width joiner"),
    refuses("name=" + quote("\u202eBob"), "right-to-left override"),
    refuses("name=" + quote("\ufeffBob"), "a byte order mark"),
    refuses("name=" + quote("\u00a0"), "a no-break space"),
    refuses("name=" + quote("😀"), "an emoji is a symbol"),
    refuses("name=" + quote("€"), "a currency symbol"),
    refuses("name=" + quote("\ue000"), "private use"),
    refuses("name=%EF%BF%BF", "a noncharacter"),
    refuses("name=%F4%8F%BF%BF", "the last code point, a noncharacter"),
    refuses("name=%00", "NUL"),
    refuses("name=Bob%00", "NUL at the end: where C would stop"),
    refuses("name=%7F", "DEL"),
    refuses("name=%C0%80", "an overlong NUL"),
    refuses("name=%C1%81", "an overlong A"),
    refuses("name=%E0%81%81", "an overlong A, three bytes"),
    refuses("name=%F0%80%81%81", "an overlong A, four bytes"),
    refuses("name=%ED%A0%80", "a high surrogate"),
    refuses("name=%ED%BF%BF", "a low surrogate"),
    refuses("name=%ED%A0%80%ED%B0%80", "a pair of surrogates (CESU-8)"),
    refuses("name=%F4%90%80%80", "over U+10FFFF"),
    refuses("name=%F8%88%80%80%80", "five bytes"),
    refuses("name=%E9", "Latin-1"),
    refuses("name=%80", "a continuation byte alone"),
    refuses("name=a%C3", "cut in a sequence"),
    refuses("name=%FF%FE", "UTF-16"),
    refuses("name=%", "an escape of nothing"),
    refuses("name=%4", "half an escape"),
    refuses("name=%zz", "no hexadecimal digits"),
    refuses("name=%u0041", "JavaScript's escape"),
    refuses("name=%2541", "escaped twice: decoded once"),
    refuses("name=Ada&name=Bob", "given twice"),
    refuses("name=Bob&name=Bob", "given twice, alike"),
    refuses("name=Bob&%6eame=Bob", "given twice, once in disguise"),
    refuses("name=&name=Bob", "given twice, once empty"),
    refuses("name=Bob&x=%", "malformed elsewhere: all of a query is well-formed or none"),
    refuses("name=Bob&%FF=1", "malformed in a name"),
]


def check(answer, status, text):
    """Either form of an answer, by what the contract says of each."""
    assert answer.status == status
    if status == 200:
        assert answer.text == text
        assert answer.header("content-type") == "text/plain; charset=utf-8"
    else:
        assert answer.json()["error"] == text
        assert list(answer.json()) == ["error", "detail", "request_id"]
        assert answer.json()["request_id"] == answer.header("x-request-id")
        assert answer.header("content-type") == "application/json"
    assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize("query, status, text", ROWS)
def test_through_nginx(stack, query, status, text):
    """What a client of the deployment gets."""
    check(stack.get(f"/?{query}" if query else "/"), status, text)


@pytest.mark.parametrize("query, status, text", ROWS)
def test_plain_cgi(query, status, text):
    """The same program without nginx: the same answer."""
    check(cgi("hello", query).reply, status, text)


@pytest.mark.parametrize("name", ["Bob", "Zoë", "𠮷", GOTHIC * MOST],
                         ids=["ASCII", "two bytes", "four bytes", "the longest"])
def test_json(stack, name):
    """As JSON, with the name whole."""
    answer = stack.get(f"/?name={quote(name)}", headers={"Accept": "application/json"})
    assert answer.status == 200
    assert answer.header("content-type") == "application/json"
    assert answer.json() == {"greeting": f"Hello, {name}!"}


def test_the_details_of_errors_echo_nothing(stack):
    """What was sent does not come back, escaped or not."""
    for value in ("%3Cxyzzy%3E", "xyzzy%20plugh", "%22%5Cxyzzy", "xyzzy%"):
        answer = stack.get(f"/?name={value}")
        assert answer.status == 400
        assert "xyzzy" not in answer.text


# --- every code point there is --------------------------------------------------------------------

@pytest.fixture(scope="module")
def judged():
    """One character a code point; see tests/unit/alnum_judge.c."""
    judge = BUILD / "tests/unit/alnum-judge"
    assert judge.exists(), f"{judge} is missing: make check builds it"
    output = subprocess.run([judge], capture_output=True, check=True, timeout=120).stdout.decode()
    assert len(output) == 0x110000
    return output


def is_assigned(code_point):
    return unicodedata.category(chr(code_point)) not in ("Cn", "Cs")


@pytest.fixture(scope="module")
def common(judged):
    """The code points that both versions of Unicode assign."""
    ours = [point for point in range(0x110000) if judged[point] in "+-"]
    both = [point for point in ours if is_assigned(point)]
    theirs = sum(map(is_assigned, range(0x110000)))
    print(f"\n{len(both)} code points compared; assigned by utf8proc only: "
          f"{len(ours) - len(both)}, by CPython {unicodedata.unidata_version} only: "
          f"{theirs - len(both)}")
    assert len(both) > 280_000, "Unicode 14 assigns that many, private use included"
    return both


def test_every_code_point(judged, common):
    """The very predicate of the program, and CPython's, agree on each."""
    wrong = [f"U+{point:04X} {unicodedata.category(chr(point))}" for point in common
             if (judged[point] == "+") != chr(point).isalnum()]
    assert wrong == []


def test_surrogates_and_the_unassigned(judged):
    """No surrogate is ever asked about, and str.isalnum accepts nothing unassigned either."""
    assert set(judged[0xD800:0xE000]) == {"s"}
    assert judged.count("s") == 0x800


def test_every_accepted_code_point_through_nginx(stack, common):
    """Greeted by name, 256 at a time: decoding and encoding are part of the promise."""
    accepted = [chr(point) for point in common if chr(point).isalnum()]
    assert len(accepted) > 130_000
    for at in range(0, len(accepted), MOST):
        name = "".join(accepted[at:at + MOST])
        answer = stack.get(f"/?name={quote(name)}")
        assert (answer.status, answer.text) == (200, f"Hello, {name}!\n"), f"U+{ord(name[0]):04X}…"


def test_every_rejected_code_point_by_the_program(common):
    """One a request, behind a letter. Of the private use area, which is one run, every 97th."""
    rejected = [point for point in common if not chr(point).isalnum()]
    asked = [p for p in rejected if unicodedata.category(chr(p)) != "Co" or p % 97 == 0]
    assert len(asked) > 11_000
    with Program("hello") as program, program.connect() as connection:
        for point in asked:
            params = fcgi.request_params(f"name=a{quote(chr(point))}")
            assert connection.ask(params).status == 400, f"U+{point:04X}"
