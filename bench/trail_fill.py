"""Journals with records as a deployment has them, made faster than one by one."""

import json
import random
import time

from trail_lab import record

INPUTS = {"hello": "name=Bob", "ping": "ip=192.0.2.7", "calculate": "expr=2%2A%2A100%2B1"}
FILE_RECORDS = 20_000


def lines(route, count):
    base = record(route=route, input=INPUTS[route])
    began = int(time.time() * 1000)
    for number in range(count):
        moment = began + number // 20
        request, clock = f"{random.getrandbits(128):032x}", f"{moment:012x}"
        base["id"] = (f"{clock[:8]}-{clock[8:]}-7{request[:3]}-"
                      f"{'89ab'[int(request[3], 16) & 3]}{request[4:7]}-{request[7:19]}")
        base["time"] = (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment // 1000)) +
                        f".{moment % 1000:03d}Z")
        base["client"] = f"198.51.100.{random.getrandbits(8)}"
        base["request_id"] = request
        base["microseconds"] = random.randrange(30, 3000)
        yield json.dumps(base, separators=(",", ":")).encode() + b"\n"


def fill(journals, count):
    """Adds so many records, by turns of each program's."""
    share, rest = divmod(count, len(INPUTS))
    for place, route in enumerate(INPUTS):
        made = list(lines(route, share + (place < rest)))
        for first in range(0, len(made), FILE_RECORDS):
            journals.write(b"".join(made[first:first + FILE_RECORDS]), route)
