"""
A proxy between clients and PostgreSQL that reads what they say, and cuts connections at the worst
moments of a transaction. It speaks over Unix sockets, where it sees all of it.
"""

import contextlib
import random
import select
import socket
import struct
import threading

from postgres import SOCKET

COMMIT = b"Q" + struct.pack(">I", 11) + b"COMMIT\0"
END_OF_COPY = b"c" + struct.pack(">I", 4)
PIECE = 64 * 1024

# What a cut does with COMMIT: lets it through or not, and waits for the server's answer or not.
LOST, UNDER_WAY, DONE, IN_COPY, NEVER = range(5)


class Cutter:
    """Listens in `folder`, in front of the server's socket in `sockets`."""

    def __init__(self, folder, sockets, seed=1):
        self.path, self.server = str(folder / SOCKET), str(sockets / SOCKET)
        self.chance, self.lock = random.Random(seed), threading.Lock()
        self.cuts = dict.fromkeys((LOST, UNDER_WAY, DONE, IN_COPY), 0)
        self.is_cutting = True
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        (folder / SOCKET).chmod(0o777)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _choose(self):
        """What becomes of the next transaction: half of them are cut, in each way as often."""
        with self.lock:
            if not self.is_cutting or self.chance.random() < 0.5:
                return NEVER
            return min(self.cuts, key=self.cuts.get)

    def _serve(self, client):
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            server.connect(self.server)
            fate = self._choose()
            while True:
                for each in select.select([client, server], [], [])[0]:
                    data = each.recv(PIECE)
                    if not data:
                        return
                    if each is server:
                        client.sendall(data)
                        continue
                    if self._is_cut(fate, data, server):
                        return
                    if data.endswith(COMMIT):
                        fate = self._choose()
                    server.sendall(data)

    def _is_cut(self, fate, data, server):
        """Whether the connection ends here, after what this kind of cut does."""
        if not (END_OF_COPY in data if fate == IN_COPY else data.endswith(COMMIT)) or \
                fate == NEVER:
            return False
        if fate == IN_COPY:
            server.sendall(data[:len(data) // 2])
        elif fate in (UNDER_WAY, DONE):
            server.sendall(data)
        if fate == DONE:
            assert b"COMMIT\0" in server.recv(PIECE)
        with self.lock:
            self.cuts[fate] += 1
        return True

    def stop(self):
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
