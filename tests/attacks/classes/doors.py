"""Who may read the trail: passwords, their time, sessions, caches, and browsers of others."""

import base64
import random
import re
import statistics
import time

from audit_lab import basic
from model import AttackClass, one_by_one

# --- guesses --------------------------------------------------------------------------------------

COMMON = ("admin", "password", "123456", "qwerty", "changeme", "root", "toor", "test", "guest",
          "bulkhead", "bulkhead123", "postgres", "Passw0rd", "Sommer2019", "backup", "operator",
          "monitor", "")
OTHERS = ("root", "test", "guest", "backup", "monitor", "operator", "user")


def header(user, password):
    return {"Authorization": basic(user, password)}


def opened(answer):
    return "the trail is open" if answer.status in (200, 503) else ""


def guess(user, passwords):
    """A list of passwords for a user, from as many addresses, as long as it takes."""
    def attack(target, _):
        for number, password in enumerate(passwords):
            if opened(target.ask("/audit?limit=1", source=f"127.0.3.{number + 1}", timeout=5,
                                 **header(user, password))):
                return f"{user} is let in at the {number + 1}th guess"
        return ""
    return attack


def by_headers(path="/audit?limit=1", method="GET", **headers):
    def attack(target, row):
        given = {name: value.replace("{mark}", row.mark) for name, value in headers.items()}
        return opened(target.ask(path, method, **given))
    return attack


def changed(change):
    """The real password, changed in a way that should matter."""
    def attack(target, _):
        answer = target.ask("/audit?limit=1", Authorization=change(target.password))
        return opened(answer)
    return attack


GUESSES = {
    "common passwords of admin": guess("admin", COMMON),
    **{f"what {user} may have": guess(user, (user, "123456", "toor", "")) for user in OTHERS},
    "no user, common passwords": guess("", COMMON[:4]),
    "no password at all": by_headers(),
    "an empty header": by_headers(Authorization=""),
    "another scheme": by_headers(Authorization="Bearer {mark}"),
    "digest": by_headers(Authorization="Digest username=admin"),
    "a debug switch": by_headers("/audit?debug=1"),
    "an admin switch": by_headers("/audit?admin=true"),
    "a cookie that says so": by_headers(Cookie="role=admin"),
    "a header that says so": by_headers(X_Internal="1"),
    "a header of a proxy": by_headers(X_Forwarded_For="10.0.0.1"),
    "HEAD": by_headers(method="HEAD"), "GET, overridden": by_headers(X_HTTP_Method_Override="HEAD"),
    "in the query": by_headers("/audit?user=guest&password=guest"),
    "a path that begins so": by_headers("/audit/../audit?debug=1"),
    "its first letter changed": changed(lambda p: basic("admin", p[0].swapcase() + p[1:])),
    "in capitals": changed(lambda p: basic("admin", p.upper())),
    "with a blank behind": changed(lambda p: basic("admin", p + " ")),
    "with a blank before": changed(lambda p: basic("admin", " " + p)),
    "with more behind a NUL": changed(lambda p: basic("admin", p + "\0x")),
    "with more behind": changed(lambda p: basic("admin", p + "x")),
    "with a new line": changed(lambda p: basic("admin", p + "\n")),
    "as another user": changed(lambda p: basic("ADMIN", p)),
    "as a user with a blank": changed(lambda p: basic("admin ", p)),
    "full-width": changed(lambda p: basic("admin", "".join(chr(ord(c) + 0xfee0) for c in p))),
    "without its end": changed(lambda p: basic("admin", p[:-1])),
    "with rubbish in base 64": changed(lambda p: "Basic " + base64.b64encode(
        f"admin:{p}".encode()).decode()[:8] + "!!" + base64.b64encode(
            f"admin:{p}".encode()).decode()[8:]),
}


# --- time -----------------------------------------------------------------------------------------

PAIRS = 8
# Chance makes 7 of 8 pairs alike once in 28 times; so often in turn, it does not.
ROUNDS = {"before": 3, "after": 5}


def time_of(target, user, password):
    """Of a guess from an address of its own: whoever has guessed before waits."""
    began = time.perf_counter()
    target.ask("/audit?limit=1", timeout=30, **header(user, password),
               source=f"127.1.{random.randrange(250)}.{random.randrange(1, 250)}")
    return time.perf_counter() - began


def differ(target, first, second):
    """Several times over: asked in turn, nearly each guess takes longer than that before it."""
    ratios = []
    for _ in range(ROUNDS[target.name]):
        pairs = [(time_of(target, *first), time_of(target, *second)) for _ in range(PAIRS)]
        low, high = (statistics.median(times) for times in zip(*pairs))
        if sum(two > one for one, two in pairs) < PAIRS - 1 or high < 1.05 * low:
            return ""
        ratios.append(high / low)
    return f"{min(ratios):.1f} times as long"


def wrong(password):
    return "#" * len(password)


TIMES = {
    "is there such a user": lambda t: (("nobody", wrong(t.password)), ("admin", wrong(t.password))),
    "is its first letter right": lambda t: (("admin", wrong(t.password)),
                                            ("admin", t.password[0] + wrong(t.password)[1:])),
    "is its first half right": lambda t: (("admin", wrong(t.password)),
                                          ("admin", t.password[:5] + wrong(t.password)[5:])),
    "is all but the last right": lambda t: (("admin", wrong(t.password)),
                                            ("admin", t.password[:-1] + "#")),
    "is it as long as this": lambda t: (("admin", "#"), ("admin", t.password[:4])),
    "is there another user": lambda t: (("nobody", "guess"), ("guest", "guess")),
}


def measure(target, row):
    return differ(target, *TIMES[row.payload](target))


# --- sessions -------------------------------------------------------------------------------------

def session_of(target, **more):
    answer = target.audit("limit=1", **more)
    found = re.search(r"session=([^;]*)", " ".join(answer.all("set-cookie")))
    return found[1] if found else None


def fixed(name):
    """The victim logs in with a session that the attacker has chosen."""
    def attack(target, row):
        if name == "cookie":
            target.audit("limit=1", Cookie=f"session={row.mark}")
        else:
            target.audit(f"limit=1&session={row.mark}")
        return opened(target.ask("/audit?limit=1", Cookie=f"session={row.mark}"))
    return attack


def counted(step):
    """The victim's session is the attacker's own, or a number beside one."""
    def attack(target, _):
        mine = session_of(target)
        number = int(mine) + step if mine and mine.isdigit() else 1000 + step
        if step > 0:
            session_of(target)  # the victim comes next
        return opened(target.ask("/audit?limit=1", Cookie=f"session={number}"))
    return attack


def stolen(flag):
    """Without the flag, a script, another site or a wire has it."""
    def attack(target, _):
        cookies = target.audit("limit=1").all("set-cookie")
        return f"a cookie without {flag}" if any(flag.lower() not in cookie.lower()
                                                 for cookie in cookies) else ""
    return attack


def kept_after(_):
    def attack(target, row):
        mine = session_of(target) or row.mark
        target.ask("/audit?logout=1", Cookie=f"session={mine}")
        return opened(target.ask("/audit?limit=1", Cookie=f"session={mine}"))
    return attack


SESSIONS = {
    "one that was set before, by cookie": fixed("cookie"),
    "one that was set before, by a link": fixed("query"),
    "the next number": counted(1), "the number before": counted(0), "the first number": by_headers(
        Cookie="session=1000"),
    "a list of numbers": lambda target, _: next(filter(None, (opened(target.ask(
        "/audit?limit=1", Cookie=f"session={n}")) for n in range(1000, 1010))), ""),
    "by a script: HttpOnly": stolen("HttpOnly"), "by the wire: Secure": stolen("Secure"),
    "by another site: SameSite": stolen("SameSite"), "after its end": kept_after(None),
    "two cookies, the second counts": lambda target, row: opened(target.ask(
        "/audit?limit=1", Cookie=f"session=x; session={session_of(target) or row.mark}, role=admin"
    )),
    "a cookie in a comma": by_headers(Cookie="x=1, role=admin"),
}

# --- caches ---------------------------------------------------------------------------------------


def may_keep(answer):
    """What a cache that many share may do with an answer, by RFC 9111."""
    said = ",".join(answer.all("cache-control")).lower()
    return answer.status in (200, 302, 308, 404) and "no-store" not in said and (
        "private" not in said)


STATIC = (".css", ".js", ".png", ".html", ".svg", ".ico")


class Cache:
    """Before a target; `careless` ones keep what looks like a file, whatever was said of it."""

    def __init__(self, target, careless=False):
        self.target, self.careless, self.kept = target, careless, {}

    def ask(self, path, **headers):
        if path not in self.kept:
            answer = self.target.ask(path, **headers)
            is_file = self.careless and path.partition("?")[0].endswith(STATIC)
            if not (may_keep(answer) or is_file and answer.status == 200):
                return answer
            self.kept[path] = answer
        return self.kept[path]


def cached(path, careless=False, **headers):
    """The victim reads the trail by the cache; the attacker asks the cache for the same path."""
    def attack(target, row):
        target.ask(f"/?name={row.mark}")
        target.settle()
        cache = Cache(target, careless)
        where = path.replace("{mark}", row.mark)
        victim = {"Authorization": target.authorization, "Accept": "text/html", **headers}
        cache.ask(where, **victim)
        answer = cache.ask(where)
        return "the cache gives it to anybody" if answer.status == 200 and (
            row.mark.encode() in answer.body.replace(where.encode(), b"")) else ""
    return attack


def poisoned(path, name, **more):
    """The attacker asks first, with a header of theirs; what the victim gets then has it."""
    def attack(target, row):
        cache = Cache(target)
        cache.ask(path, **{name: f"{row.mark}.test", **more})
        answer = cache.ask(path)
        words = answer.body + " ".join(value for _, value in answer.headers).encode()
        return "others get it" if row.mark.encode() in words else ""
    return attack


CACHES = {
    "the page itself": cached("/audit"), "with a filter": cached("/audit?limit=20"),
    "as JSON": cached("/audit?format=json"), "as CSV": cached("/audit?format=csv"),
    "as a style sheet below it": cached("/audit/x.css", careless=True),
    "as a script below it": cached("/audit/x.js", careless=True),
    "behind a semicolon": cached("/audit;x.css", careless=True),
    "behind an encoded slash": cached("/audit%2fx.css", careless=True),
    "behind an encoded question mark": cached("/audit%3fx.css", careless=True),
    "behind an encoded hash": cached("/audit%23x.css", careless=True),
    "behind an encoded NUL": cached("/audit%00x.css", careless=True),
    "behind an encoded new line": cached("/audit%0ax.css", careless=True),
    "behind two slashes": cached("/audit//x.png", careless=True),
    "behind a dot": cached("/audit.css", careless=True),
    "a link, by X-Forwarded-Host": poisoned("/console", "X_Forwarded_Host"),
    "an origin": poisoned("/?name=Ada", "Origin"),
    "a conditional answer": cached("/audit", If_None_Match="\"x\""),
    "with a cookie": cached("/audit", Cookie="x=1"),
}


# --- other sites ----------------------------------------------------------------------------------

def reads_across(path, origin, **headers):
    """What a browser lets another site's script read."""
    def attack(target, _):
        answer = target.ask(path, Origin=origin, **headers)
        allowed = answer.header("access-control-allow-origin")
        with_cookies = answer.header("access-control-allow-credentials") == "true"
        is_allowed = allowed == origin or (allowed == "*" and not with_cookies)
        return "a browser lets it" if is_allowed else ""
    return attack


def framed(path):
    def attack(target, _):
        answer = target.audit("") if path == "/audit" else target.ask(path, Accept="text/html")
        policy = " ".join(answer.all("content-security-policy"))
        is_closed = "frame-ancestors 'none'" in policy or answer.header("x-frame-options") == "DENY"
        return "" if is_closed else "a browser frames it"
    return attack


def sniffed(path):
    def attack(target, _):
        answer = target.ask(path)
        return "" if answer.header("x-content-type-options") == "nosniff" else "a browser guesses"
    return attack


def rebound(host):
    def attack(target, row):
        answer = target.ask(f"/?name={row.mark}", host=host.replace("{mark}", row.mark))
        return "it answers for that name" if row.mark.encode() in answer.body else ""
    return attack


def forged(method, query):
    """A page has the browser of somebody with the password ask: a record goes."""
    def attack(target, row):
        target.ask(f"/?name={row.mark}")
        target.settle()
        path = f"/audit?{query.replace('{mark}', row.mark)}"
        target.ask(path, method, b"" if method == "GET" else b"x",
                   Authorization=target.authorization, Origin="https://evil.test")
        is_there = any(str(record["input"]).removeprefix("name=") == row.mark
                       for record in target.records())
        return "" if is_there else "a record is gone"
    return attack


ACROSS = {
    "reading a greeting": reads_across("/?name=Ada", "https://evil.test"),
    "reading from a file": reads_across("/?name=Ada", "null"),
    "reading from a like name": reads_across("/?name=Ada", "https://localhost.evil.test"),
    "reading the trail": lambda target, row: reads_across(
        "/audit", "https://evil.test", Authorization=target.authorization)(target, row),
    "reading from its other scheme": reads_across("/?name=Ada", "https://localhost"),
    "a frame around the trail": framed("/audit"), "a frame around a greeting": framed("/"),
    "a frame around the console": framed("/console/index.html"),
    "a greeting as a script": sniffed("/?name=Ada"), "an echo as a script": sniffed("/ping?ip=::1"),
    "a name of the attacker's": rebound("{mark}.test"),
    "a name below ours": rebound("localhost.{mark}.test"),
    "a name with a port": rebound("{mark}.test:80"),
    "an address of theirs": rebound("203.0.113.7"),
    "a record, removed by a link": forged("GET", "delete={mark}"),
    "a record, removed by a form": forged("POST", "delete={mark}"),
    "a record, removed by a filter": forged("GET", "route=x&delete={mark}"),
}


def call(table):
    """The payload is a function of the target and the attempt."""
    return one_by_one(lambda target, row: table[row.payload](target, row))


def of(table):
    return {name: name for name in table}


CLASSES = [
    AttackClass("credential-guessing", "Guessed and default passwords", ["guessing",
                "trail-unasked"], "password", "the trail is open to who does not have its password",
                of(GUESSES), call(GUESSES)),
    AttackClass("password-timing", "The time that a wrong password takes", ["guessing"],
                "password", "guesses that differ take another time, three times over",
                of(TIMES), one_by_one(measure), alone=True),
    AttackClass("sessions", "Sessions of others", ["trail-unasked"], "password",
                "the trail is open by a session, or a session can be taken", of(SESSIONS),
                call(SESSIONS)),
    AttackClass("caches", "Answers that a cache keeps", ["trail-unasked", "page-changed"], "edge",
                "what one may read, or what another has sent, comes out of a shared cache",
                of(CACHES), call(CACHES)),
    AttackClass("cross-site", "Another site's page", ["framed", "page-reads-across"], "edge",
                "a browser's rules let another site read, frame or change it", of(ACROSS),
                call(ACROSS)),
]
