"""Requests of which each has a path of its own, and an answer that is known."""

import json
import re

from audit_lab import basic
from load import Question
from stack import ROUTES


def ask_hello(number):
    return Question(f"/?name=n{number}", f"Hello, n{number}!\n".__eq__)


def ask_calculate(number):
    return Question(f"/calculate?expr=7919*{number}", f"{7919 * number}\n".__eq__)


def ask_ping(number):
    address = f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return Question(f"/ping?ip={address}",
                    re.compile(f"(?s)PING {address} .*, 0% packet loss, .*").fullmatch)


def ask_audit(number, password):
    return Question(f"/audit?limit=1&input=n{number}", lambda text: "records" in json.loads(text),
                    headers={"Authorization": basic(password=password),
                             "Accept": "application/json"})


# The first two most of the time. The others have few places, and a slow machine fills them.
SELDOM_EVERY = 100
OFTEN = [ask_hello, ask_calculate]


def questions_for(stack, clients, seldom_every=SELDOM_EVERY):
    """
    For Load, of all routes. Of a route without a question here: what it says to a GET without a
    query, for ever.
    """
    password = stack.password
    seldom = [ask_ping, lambda number: ask_audit(number, password)]
    for route in sorted(set(ROUTES) - {"ping", "audit", "hello", "calculate"}):
        status = stack.get(f"/{route}").status
        assert status < 500
        seldom.append(lambda _, route=route, status=status:
                      Question(f"/{route}", lambda _: True, status))

    def question(client, count):
        number = count * clients + client + 1
        turn, is_seldom = divmod(count + client * seldom_every // clients, seldom_every)
        kinds = OFTEN if is_seldom else seldom
        return kinds[(count if is_seldom else turn + client) % len(kinds)](number)
    return question
