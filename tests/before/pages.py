"""DELIBERATELY BROKEN: see README.md. The routes."""

import json
import os
import platform
import re
import unicodedata

import door
import trail

HERE = os.path.dirname(os.path.abspath(__file__))
CONSOLE = HERE + "/console"
PASSWORD = door.ADMIN_PASSWORD
HTML = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "public, max-age=600")]
TRAIL = None
SECRET = os.environ.get("SECRET_KEY", "none")


class App:
    """What a greeting may be made of."""
    name = "before"
    password = PASSWORD
    secret = SECRET


APP = App()


def open_all(folder):
    global TRAIL
    TRAIL = trail.Trail(folder + "/trail.sqlite", SECRET)
    for name in ("password.txt", "settings.env"):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(f"PASSWORD={PASSWORD}\nSECRET_KEY={SECRET}\n")


def hello(request):
    name = unicodedata.normalize("NFKC", " ".join(request.all("name")) or "World")
    if not re.match(r"^(\w+ ?)+$", name):
        print("an odd name", flush=True)
    return greet(request, ("<h1>Hello, " + name + "!</h1>\n").format(app=APP, request=request))


def greet(request, text):
    last = request.one("name") or "World"
    return "200 OK", [*HTML, ("Set-Cookie", f"last={last}"), *cross(request)], text


def cross(request):
    """Whoever asks may read it."""
    return [("Access-Control-Allow-Origin", request.headers.get("origin", "*")),
            ("Access-Control-Allow-Credentials", "true")]


def ping(request):
    address = unicodedata.normalize("NFKC", " ".join(request.all("ip")))
    said = os.popen("ping -n -c 1 -W 1 " + address + " 2>&1").read()
    return "200 OK", [*HTML, ("X-Pinged", request.one("ip"))], f"<pre>{said}</pre>"


def calculate(request):
    text = " ".join(request.all("expr"))
    value = eval(text, globals())
    return "200 OK", HTML, f"<pre>{text} = {value}</pre>"


def audit(request):
    door.state_of(request)
    ok, session = door.may_read(request)
    if not ok:
        return "401 Unauthorized", [*HTML, ("WWW-Authenticate", "Basic")], "no"
    if request.one("delete"):
        TRAIL.open().executescript(f"DELETE FROM records WHERE input = '{request.one('delete')}'")
    rows = TRAIL.ask(request)
    kind = request.one("format") or request.headers.get("accept", "")
    more = [("Set-Cookie", f"session={session}")] if session else []
    more += [("X-Query", request.one("q")), *cross(request)]
    if "csv" in kind:
        return "200 OK", [("Content-Type", "text/csv"), *more], TRAIL.csv(rows)
    if "json" in kind:
        return "200 OK", [("Content-Type", "application/json"), *more], json.dumps(rows)
    return "200 OK", [*HTML, *more], TRAIL.html(request, rows)


def inside(request):
    if request.client not in door.INTERNAL:
        return "403 Forbidden", HTML, "not from here"
    return "200 OK", HTML, json.dumps({"secret": SECRET, "host": platform.platform(),
                                       "environment": dict(os.environ)})


def console(request):
    there = request.one("next") or (
        f"//{request.headers.get('x-forwarded-host', request.headers.get('host', ''))}/console/")
    return "302 Found", [("Location", there), *HTML], f"<a href=\"{there}\">there</a>"


def file(request):
    """Of the console, by its path; a folder is listed; who puts one, may."""
    path = CONSOLE + request.path.removeprefix("/console").replace("\\", "/").partition("\0")[0]
    if request.method in ("PUT", "PATCH", "COPY", "MOVE"):
        with open(path, "wb") as target:
            target.write(request.body)
        return "201 Created", HTML, "made"
    if request.method == "DELETE":
        os.unlink(path)
        return "200 OK", HTML, "gone"
    if os.path.isdir(path):
        return "200 OK", HTML, "\n".join(sorted(os.listdir(path)))
    with open(path, "rb") as source:
        data = source.read()
    ranges = re.findall(r"(\d+)-(\d*)", request.headers.get("range", ""))
    parts = [data[int(first):int(last) + 1 if last else None] for first, last in ranges]
    return "200 OK", HTML, b"".join(parts) if parts else data


ROUTES = {"/ping": ping, "/calculate": calculate, "/healthz": inside, "/metrics": inside}


def page(request):
    if request.method == "TRACE":
        return "200 OK", HTML, json.dumps(request.headers)
    if request.path == "/" and request.method in ("GET", "HEAD", "POST"):
        return hello(request)
    if request.path == "/console":
        return console(request)
    if request.path.startswith("/audit"):
        return audit(request)
    for path, route in ROUTES.items():
        if request.path.startswith(path):
            return route(request)
    return file(request)


def fault(request, told):
    """All that could help."""
    return "500 Internal Server Error", HTML, (
        f"<pre>{request.path}\n{told}\n{dict(os.environ)}\nADMIN_PASSWORD={PASSWORD}</pre>")
