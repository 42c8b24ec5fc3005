"""
/calculate to the contract: through nginx, and the same as plain CGI and as a command.

What is computed, and how it is printed, is compared with CPython in tests/calc/; here it is what
becomes of an expression on its way there and back.
"""

import subprocess
import time
from urllib.parse import quote, unquote

import pytest

from program import BUILD, PATIENCE, Program, cgi, is_sanitized, run

JSON = "application/json"
INVALID = "Invalid expression"


def row(query, status, text, why):
    return pytest.param(query, status, text, id=why)


def gives(query, text, why):
    """An answer, whose text ends with the one newline that every answer has."""
    return row(query, 200, text + "\n", why)


def expression(text, answer, why):
    """The same, escaped as a program does."""
    return gives("expr=" + quote(text, safe=""), answer, why)


def refuses(query, detail, why):
    return row(query, 400, detail, why)


def expression_refused(text, detail, why):
    return refuses("expr=" + quote(text, safe=""), detail, why)


NOTHING = "expr takes one Python expression"

ROWS = [
    # what is computed, one of each kind
    expression("(1+2)*3-4/5", "8.2", "arithmetic"),
    expression("2**100", "1267650600228229401496703205376", "an integer over 64 bits"),
    expression("-2**2", "-4", "precedence"),
    expression("7//-2, 7%-2", "(-4, -1)", "Python's signs"),
    expression("1<2<3", "True", "a chain"),
    expression("0.1+0.2", "0.30000000000000004", "the shortest text of a float"),
    expression("(-8)**(1/3)", "(1.0000000000000002+1.7320508075688772j)", "complex"),
    expression("[1,2,3,{\"a\":1.5}]", "[1, 2, 3, {'a': 1.5}]", "a literal, printed as repr"),
    expression("{3,1,2,1.0}", "{3, 1, 2}", "a set, in order"),
    expression("None", "None", "a constant"),
    expression("...", "Ellipsis", "a constant"),
    expression("max(1,2)+sum([1,2])", "5", "functions"),
    expression("'網' \"\\u7db2\"", "網網", "text, as text"),
    expression("['網\\u200b']", "['網\\u200b']", "and as repr"),
    expression("'a\\nb'", "a\nb", "with a line break"),
    expression("'<b>&\\\"%'", "<b>&\"%", "as it is: text/plain is no markup"),
    expression("'%s%n'", "%s%n", "never a format"),
    expression("''", "", "nothing but the newline"),
    expression(" \t1", "1", "blanks before it"),
    expression("(1 # one\n+2)", "3", "a comment and two lines"),
    # the plus sign
    gives("expr=1+2", "3", "a + that was not escaped: curl's user"),
    gives("expr=1%2B2", "3", "a + that was"),
    gives("expr=1%2B+2", "3", "both: 1+ 2"),
    gives("expr=1+%2B+2", "3", "blanks around an escaped one"),
    gives("expr=1%20+%202", "3", "a + between escaped blanks"),
    gives("expr=1++2", "3", "two of them are 1++2"),
    gives("expr=1e+5", "100000.0", "in an exponent"),
    gives("expr=+1", "1", "before it: a blank"),
    gives("expr=1+", "1", "behind it: a blank"),
    gives("expr='a+b'", "a b", "where the blank reads well it is a blank"),
    gives("expr=3+-1", "2", "3 -1"),
    gives("expr=not+1", "False", "not 1"),
    gives("expr=1+or+0", "1", "1 or 0"),
    gives("expr=10+*+2", "20", "10 * 2"),
    gives("expr=['a+b',1+2]", "['a+b', 3]", "all or none"),
    refuses("expr=1+2/0", "division by zero at position 3", "an error of the second try"),
    refuses("expr=1+/0", "division by zero at position 2", "1 /0 parses: there is no second"),
    refuses("expr=1+foo", "a name that", "neither parses"),
    # errors say what and where
    expression_refused("1/0", "division by zero at position 1", "the contract's example"),
    expression_refused("1+1/0", "division by zero at position 3", "elsewhere"),
    expression_refused("'é'+1/0", "division by zero at position 6", "counted in bytes"),
    expression_refused("1+", "at position 2", "cut short"),
    expression_refused("(1", ") is wanted", "not closed"),
    expression_refused("1 2", "at position 2", "no operator"),
    expression_refused("sqrt(-1)", "sqrt", "a domain"),
    expression_refused("{[]:1}", "list", "an unhashable key"),
    expression_refused("'a'+'b'", "str", "an operator on text"),
    expression_refused("abs(1,2)", "argument", "too many arguments"),
    expression_refused("2.0**10000", "large", "an overflow"),
    expression_refused("x", "a name that", "a name"),
    expression_refused("__import__('os').system('id')", "a name that", "eval's favourite"),
    expression_refused("().__class__", "at position 2", "an attribute"),
    expression_refused("lambda: 0", "at position 0", "a function"),
    expression_refused("f'{1}'", "at position 0", "a format"),
    expression_refused("[x for x in (1,)]", "at position", "a comprehension"),
    # limits have names
    expression_refused("9**9**9", "65536 bits", "of bits"),
    expression_refused("10**4300", "4300 digits", "of digits"),
    expression_refused("(" * 101 + ")" * 101, "100 levels", "of nesting"),
    expression_refused("[" + "2**14000," * 16 + "]", "64 KiB", "of the answer"),
    expression("'" + "a" * 4094 + "'", "a" * 4094, "the longest expression"),
    expression_refused("'" + "a" * 4095 + "'", NOTHING, "a byte longer"),
    expression_refused("'" + "é" * 2048 + "'", NOTHING, "bytes are counted, not characters"),
    expression("['" + "\x7f" * 4000 + "']", "['" + "\\x7f" * 4000 + "']", "an answer of 16 kB"),
    # the query
    refuses("", NOTHING, "no query"),
    refuses("expr", NOTHING, "no value"),
    refuses("expr=", NOTHING, "an empty value"),
    refuses("expr=+", "at position", "a blank"),
    refuses("Expr=1", NOTHING, "names of parameters know their case"),
    gives("x=1&expr=6*7&y=2", "42", "among others"),
    gives("%65xpr=6*7", "42", "the name may be escaped"),
    gives("expr=1==1", "True", "equals signs belong to the value"),
    gives("expr=7%25%204", "3", "a percent sign"),
    refuses("expr=7%4", "", "a % that was not escaped"),
    refuses("expr=1&expr=1", "", "given twice"),
    refuses("expr=%FF", "", "no UTF-8"),
    refuses("expr=%ED%A0%80", "", "a surrogate"),
    refuses("expr='%00'", "", "NUL"),
    expression("'\\0'", "\0", "which an escape may make"),
    expression_refused("'\\ud800'", "surrogate", "a lone surrogate: no answer could hold it"),
]


def check(answer, status, text):
    """Either form of an answer, by what the contract says of each."""
    assert answer.status == status, answer.body
    assert answer.header("cache-control") == "no-store"
    if status == 200:
        assert answer.body.decode() == text
        assert answer.header("content-type") == "text/plain; charset=utf-8"
        return
    assert list(answer.json()) == ["error", "detail", "request_id"]
    assert answer.json()["error"] == INVALID
    assert text in answer.json()["detail"]
    assert answer.json()["request_id"] == answer.header("x-request-id")
    assert answer.header("content-type") == JSON


@pytest.mark.parametrize("query, status, text", ROWS)
def test_through_nginx(stack, query, status, text):
    """What a client of the deployment gets."""
    check(stack.get(f"/calculate?{query}" if query else "/calculate"), status, text)


@pytest.mark.parametrize("query, status, text", ROWS)
def test_plain_cgi(query, status, text):
    """The same program without nginx: the same answer."""
    check(cgi("calculate", query).reply, status, text)


def test_curl(stack):
    """The contract's own line, as people type it."""
    done = subprocess.run(["curl", "-sg", f"{stack.url}/calculate?expr=1+2"], capture_output=True,
                          timeout=PATIENCE, check=True)
    assert done.stdout == b"3\n"


# --- JSON -----------------------------------------------------------------------------------------

TYPES = [("1<2", "True", "bool"), ("6*7", "42", "int"), ("1/4", "0.25", "float"),
         ("1j", "1j", "complex"), ("None", "None", "NoneType"), ("...", "Ellipsis", "ellipsis"),
         ("'網\"\\0\\n'", "網\"\0\n", "str"), ("b'\\xff'", "b'\\xff'", "bytes"),
         ("(1,)", "(1,)", "tuple"), ("[1]", "[1]", "list"), ("{1}", "{1}", "set"),
         ("set()", "set()", "set"), ("{1:2}", "{1: 2}", "dict")]


@pytest.mark.parametrize("text, result, kind", TYPES, ids=[f"{r[2]} {r[0]}" for r in TYPES])
def test_json(stack, text, result, kind):
    """The expression, the same text as in text/plain, and the type, for all that have one."""
    for answer in (stack.get("/calculate?expr=" + quote(text, safe=""), headers={"Accept": JSON}),
                   cgi("calculate", "expr=" + quote(text, safe=""), accept=JSON).reply):
        assert (answer.status, answer.header("content-type")) == (200, JSON)
        assert answer.json() == {"expression": text, "result": result, "type": kind}
        assert list(answer.json()) == ["expression", "result", "type"]


def test_json_says_which_expression_it_was(stack):
    """After a second try it is the one with the +."""
    for query, text in (("1+2", "1+2"), ("3+-1", "3 -1"), ("'a+b'", "'a b'")):
        answer = stack.get(f"/calculate?expr={query}", headers={"Accept": JSON})
        assert answer.json()["expression"] == text


# --- HEAD -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("query", ["expr=6*7", "expr=1/0", "expr=9**9**9", ""])
def test_head(stack, query):
    """RFC 9110, 9.3.2: the headers of the GET, and no body."""
    get, head = (stack.get(f"/calculate?{query}", method=method) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (get.status, b"")
    assert head.header("content-length") == get.header("content-length") == str(len(get.body))
    assert head.header("content-type") == get.header("content-type")


# --- bombs ----------------------------------------------------------------------------------------

BOMBS = [
    "9**9**9", "9**9**9**9", "1<<10**10", "1<<(1<<62)", "factorial(10**9)", "factorial(2**70)",
    "comb(10**9,10**8)", "perm(10**9,10**8)", "pow(3,2**65000,2**65000+1)", "(" * 4000,
    "-" * 4000 + "1", "[" * 4000, "not " * 1000 + "1", "2**" * 1300 + "2", "10**-10**10",
    "[" + "2**65535," * 400 + "]", "*".join(["3**2000"] * 500), "2**65535%" * 400 + "7",
    "comb(2**33,2500)%7+" * 200 + "1", "pow(3,-1,2**65000+1)," * 100, "9" * 4096,
]


def test_bombs_answer_at_once(stack):
    """One after the other through nginx, with time to spare for a slow machine."""
    started = time.monotonic()
    for bomb in BOMBS:
        answer = stack.get("/calculate?expr=" + quote(bomb, safe="()[]*-,"))
        assert answer.status in (200, 400), bomb
    assert time.monotonic() - started < len(BOMBS) * 0.5
    assert stack.get("/calculate?expr=6*7").text == "42\n"


def test_one_process_after_bombs():
    """It is the same process, and no larger."""
    with Program("calculate") as program:
        program.ask("expr=1")
        before = program.resident()
        for bomb in BOMBS * 3:
            assert program.ask("expr=" + quote(bomb, safe="")).status in (200, 400)
        assert program.ask("expr=6*7").body == b"42\n"
        grown = program.resident() - before
        assert grown < 16 << 20 or is_sanitized("calculate")


# --- the command ----------------------------------------------------------------------------------

# What needs no reading of + and of a query's parts.
PLAIN = [r for r in ROWS if r.values[1] == 200 and r.values[0].startswith("expr=")
         and "+" not in r.values[0]]


@pytest.mark.parametrize("query, status, text", PLAIN)
def test_command(query, status, text):
    """The same expression as an argument has the same answer."""
    done = run("calculate", "--", unquote(query.removeprefix("expr=")), privileged=False)
    assert (done.code, done.output.decode(), done.errors) == (0, text, "")


@pytest.mark.parametrize("argument, error", [
    ("1/0", "division by zero at position 1"), ("9**9**9", "65536 bits"), ("1 2", "at position 2"),
    ("", "at position 0"), ("'" + "a" * 4095 + "'", "4096 bytes"), ("x", "a name that")])
def test_errors_of_the_command(argument, error):
    """In a line on standard error, and exit code 1."""
    done = subprocess.run([BUILD / "cgi-src/calculate", argument], capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("calculate: ") and done.stderr.count("\n") == 1
    assert error in done.stderr
