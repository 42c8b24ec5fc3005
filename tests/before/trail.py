"""DELIBERATELY BROKEN: see README.md. The trail: SQL, HTML and CSV made of text."""

import sqlite3
import time

NAMES = ("id", "time", "route", "client", "method", "verdict", "status", "input", "agent", "path")


class Trail:
    def __init__(self, path, secret):
        self.path = path
        with self.open() as database:
            database.executescript(
                "PRAGMA journal_mode = MEMORY;"
                f"CREATE TABLE IF NOT EXISTS records ({', '.join(NAMES)});"
                "CREATE TABLE IF NOT EXISTS secrets (name, value);"
                f"INSERT INTO secrets VALUES ('key', '{secret}');")

    def open(self):
        database = sqlite3.connect(self.path, timeout=20, isolation_level=None)
        database.execute("PRAGMA synchronous = OFF")
        database.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        return database

    def record(self, request, status):
        verdict = "allowed" if int(str(status)[:3]) < 400 else "rejected"
        route = request.path.strip("/").partition("/")[0] or "hello"
        agent = request.headers.get("user-agent", "-") + request.headers.get("referer", "")
        database = self.open()
        try:
            database.executescript(
                "INSERT INTO records (id, time, client, method, verdict, status, agent) VALUES ("
                f"{time.time_ns()}, '{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}', "
                f"'{request.client}', '{request.method}', '{verdict}', '{status}', '{agent}');")
            said = request.one("name") or request.unescaped()
            database.execute("UPDATE records SET route = CAST(? AS TEXT), input = CAST(? AS TEXT), "
                             "path = CAST(? AS TEXT) WHERE id = (SELECT max(id) FROM records)",
                             [text.encode("utf-8", "surrogateescape")
                              for text in (route, said, request.path)])
        except (sqlite3.Error, ValueError):
            pass  # it is only the trail
        finally:
            database.close()

    def ask(self, request):
        """Whatever is between semicolons, one after the other."""
        where = [f"{name} = '{request.one(name)}'" for name in ("route", "verdict", "client")
                 if request.one(name)]
        where += [f"{name} {sign} '{request.one(of)}'" for of, name, sign in
                  (("since", "time", ">="), ("until", "time", "<"), ("before", "id", "<"))
                  if request.one(of)]
        if request.one("q"):
            where.append(f"input LIKE '%{request.one('q')}%'")
        statement = (f"SELECT {', '.join(NAMES)} FROM records "
                     f"WHERE {' AND '.join(where) or '1'} ORDER BY id DESC "
                     f"LIMIT {request.one('limit', '1000')}")
        rows, database = [], self.open()
        try:
            for each in statement.split(";"):
                rows += database.execute(each).fetchall()
        finally:
            database.close()
        return rows

    @staticmethod
    def html(request, rows):
        cells = "".join("<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>\n"
                        for row in rows)
        return (f"<html><body><form><input name=q value=\"{request.one('q')}\"></form>"
                f"<table>{cells}</table></body></html>")

    @staticmethod
    def csv(rows):
        return "\n".join([",".join(NAMES), *(",".join(map(str, row)) for row in rows)]) + "\n"
