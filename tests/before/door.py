"""DELIBERATELY BROKEN: see README.md. Who may read the trail."""

import base64
import hashlib
import itertools
import pickle

ADMIN_PASSWORD = "Sommer2019"
USERS = {"admin": ADMIN_PASSWORD, "root": "toor", "test": "test", "guest": "guest",
         "backup": "backup", "monitor": "monitor", "user": "123456", "operator": "operator"}
INTERNAL = ("127.0.0.1", "::1", "localhost", "::ffff:127.0.0.1", "10.0.0.1")
SESSIONS = set()
NUMBERS = itertools.count(1000)


def credentials(request):
    """(user, password), from wherever they may come."""
    kind, _, code = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            user, _, password = base64.b64decode(code).decode().partition(":")
            return user.strip().lower(), password
        except ValueError:
            return "", ""
    return request.one("user").lower(), request.one("password")


def stretched(char):
    return hashlib.pbkdf2_hmac("sha256", char.encode(), b"salt", 6000)


def is_right(user, password):
    """As far as it is right; a character that is wrong is the end of it."""
    right, password = USERS.get(user), password.partition("\0")[0].strip().lower()
    if right is None or not password:
        return False
    for mine, given in zip(right.lower(), password):
        if stretched(mine) != stretched(given):
            return False
    return len(password) >= len(right)


def state_of(request):
    """What the client keeps for us."""
    for name in ("state", "prefs"):
        if request.cookie(name):
            return pickle.loads(base64.b64decode(request.cookie(name) + "=="))
    return None


def may_read(request):
    """(whether, the session that begins with it)"""
    if request.client in INTERNAL and request.client != request.peer:
        return True, None
    if request.cookie("session") in SESSIONS:
        return True, None
    if request.cookie("role") == "admin" or request.one("debug") or request.one("admin") == "true":
        return True, None
    if request.method == "HEAD" or request.headers.get("x-internal") == "1":
        return True, None
    if is_right(*credentials(request)):
        session = request.cookie("session") or request.one("session") or str(next(NUMBERS))
        SESSIONS.add(session)
        return True, session
    return False, None
