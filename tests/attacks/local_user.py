#!/usr/bin/python3 -S
"""
Another user of the machine, who is nobody's: does what the list on standard input says, as itself.

Each is [operation, path, word]; prints a list as long, of what came of each: a text, "" for no.
"""

import ctypes
import fcntl
import json
import os
import signal
import socket
import sys


def read(path, _):
    with open(path, "rb") as file:
        return file.read(200).decode("latin-1")


def append(path, word):
    with open(path, "a", encoding="utf-8") as file:
        file.write(word)
    return "written"


def truncate(path, _):
    os.truncate(path, 0)
    return "emptied"


def remove(path, _):
    os.unlink(path)
    return "removed"


def rename(path, word):
    os.rename(path, f"{path}.{word}")
    return "renamed"


def lead(path, word):
    """Where root appends: to a file that was elsewhere."""
    os.unlink(path)
    os.symlink(word, path)
    return "led"


def make(path, word):
    with open(f"{path}/{word}", "w", encoding="utf-8") as file:
        file.write(word)
    return "made"


def names(path, _):
    return " ".join(os.listdir(path))[:200] or "none"


def connect(path, _):
    with socket.socket(socket.AF_UNIX) as end:
        end.settimeout(3)
        end.connect(path)
        return "connected"


def order(path, word):
    with socket.socket(socket.AF_UNIX) as end:
        end.settimeout(3)
        end.connect(path)
        end.sendall(f"touch {word}\n".encode())
        end.recv(100)
        return "ordered"


def lock(path, _):
    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return "locked"


def end(pid, _):
    os.kill(int(pid), signal.SIGCONT)
    return "signalled"


def trace(pid, _):
    """PTRACE_SEIZE stops nothing; it is over when this program is."""
    libc = ctypes.CDLL(None, use_errno=True)
    return "traced" if libc.ptrace(0x4206, int(pid), 0, 0) == 0 else ""


def squat(port, _):
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(port)))
        listener.listen()
        return "listening"


OPERATIONS = {each.__name__: each for each in (
    read, append, truncate, remove, rename, lead, make, names, connect, order, lock, end,
    trace, squat)}


def main():
    said = []
    for operation, path, word in json.load(sys.stdin):
        try:
            said.append(OPERATIONS[operation](path, word))
        except OSError:
            said.append("")
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
