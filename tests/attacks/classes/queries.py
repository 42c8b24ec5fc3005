"""Words that become SQL: in each filter of /audit, and in what is recorded."""

import time

from classes.shells import leaked
from model import AttackClass, encoded

# A record that no filter asks for: it is there, and must not come.
HIDDEN = "Hiddenrecord"
SLOW = {True: "(SELECT count(*) FROM (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c "
              "LIMIT 2500000) SELECT x FROM c))", False: "(SELECT count(pg_sleep(3)))"}
LEAK = {True: "SELECT 1,2,3,4,5,6,7,8,value,10 FROM secrets",
        False: "SELECT gen_random_uuid(),now(),version(),NULL,'GET','allowed',200,version(),"
               "version(),1,gen_random_uuid()"}
GONE = "a record is gone or changed"
SECONDS = 0.6  # that a question may take longer than the slowest of three plain ones

# A filter's harmless value that finds nothing, and what comes behind it. {delete}: of a record.
FILTERS = {
    "route": "nonesuch",
    "verdict": "nonesuch",
    "client": "192.0.2.99",
    "since": "2099-01-01T00:00:00Z",
    "until": "1999-01-01T00:00:00Z",
    "before": "0",
    "q": "nonesuchtext",
}
TAUTOLOGIES = {
    "a tautology": "' OR '1'='1",
    "a tautology and a comment": "' OR 1=1 -- ",
    "a tautology without blanks": "'/**/OR/**/1=1/**/--",
    "one by LIKE": "' OR 'a' LIKE 'a",
}
AIMS = {
    "a union": "' UNION {leak} -- ",
    "another statement": "'; DELETE FROM records WHERE input LIKE '%{mark}%' -- ",
    "a delay": "' OR {slow} > 0 -- ",
}
MORE = {
    "route: an update": ("route",
                         "nonesuch'; UPDATE records SET input = 'gone' WHERE input LIKE '%{mark}"
                         "%' -- "),
    "route: a table dropped": ("route",
                               "nonesuch'; DELETE FROM records WHERE instr(input, '{mark}'); SEL"
                               "ECT '"),
    "route: quotes by numbers": ("route", "nonesuch' OR route=char(104,101,108,108,111) OR '0"),
    "route: a full-width quote": ("route", "nonesuch\uff07 OR 1=1 -- "),
    "route: a backslash": ("route", "nonesuch\\' OR 1=1 -- "),
    "route: dollars": ("route", "nonesuch$$ OR $$1$$=$$1"),
    "route: encoded twice": ("route", "nonesuch%27 OR %271%27=%271"),
    "limit: a union": ("limit", "0 UNION {leak}"),
    "limit: a delay": ("limit", "(SELECT 1 + {slow})"),
    "limit: a statement": ("limit", "0; DELETE FROM records WHERE input LIKE '%{mark}%'"),
    "limit: all of it": ("limit", "-1; SELECT * FROM records"),
    "limit: an expression": ("limit", "0 + 1000 - 0; SELECT * FROM records"),
    "q: wildcards": ("q", "%' OR input LIKE '%Hidden%"),
    "q: an escape": ("q", "nonesuchtext\\%' OR '1'='1"),
    "before: a subquery": ("before", "0' OR id IN (SELECT id FROM records) OR '0"),
    "client: a cast": ("client", "192.0.2.99'::inet OR 1=1 -- "),
    "client: an or": ("client", "192.0.2.99' OR client LIKE '127%"),
}


def attempts():
    made = {}
    for name, harmless in FILTERS.items():
        for kind, tail in {**TAUTOLOGIES, **AIMS}.items():
            made[f"{name}: {kind}"] = (name, harmless + tail)
    return made | MORE


def fill(target, row, text):
    for name, value in {"{mark}": row.mark, "{leak}": LEAK[target.sqlite],
                        "{slow}": SLOW[target.sqlite]}.items():
        text = text.replace(name, value)
    return text


def run_filters(target, rows):
    """Each has a victim of its own, which must be there afterwards, as it was."""
    target.ask(f"/?name={HIDDEN}")
    for row in rows:
        target.ask(f"/?name={row.mark}")
    target.settle()
    there = inputs_of(target)
    plain = max(timed(target, "route=nonesuch")[0] for _ in range(3))
    seen = [ask(target, row, plain) for row in rows]
    left = inputs_of(target)
    return [evidence or (GONE if row.mark in there - left else "")
            for row, evidence in zip(rows, seen)]


def inputs_of(target):
    """Of each record, without the parameter's name."""
    return {str(record["input"]).removeprefix("name=") for record in target.records()}


def timed(target, query):
    started = time.monotonic()
    answer = target.audit(query, timeout=8)
    return time.monotonic() - started, answer


def ask(target, row, plain):
    name, text = row.payload
    query = f"format=json&{name}={encoded(fill(target, row, text))}"
    seconds, answer = timed(target, query)
    if f"{HIDDEN}\"".encode() in answer.body.replace(b"name=", b""):
        return "a record that was not asked for"
    if leak := leaked(target, answer.body):
        return leak
    if seconds > plain + SECONDS:  # again, for a machine may be busy
        seconds = min(timed(target, query)[0] for _ in range(2))
    return f"it took {seconds:.1f} s longer" if seconds > plain + SECONDS else ""


# --- what is recorded, and becomes a statement there ----------------------------------------------

STATEMENTS = {
    "a record of one's own": "'); INSERT INTO records (id, input) VALUES (1, 'forged{mark}'); -- ",
    "two records": "'), ({a}, '', '', '', '', '', ''); UPDATE records SET input = 'forged{mark}' "
                   "WHERE id = {a}; -- ",
    "a deletion": "'); DELETE FROM records WHERE input = '{mark}'; -- ",
    "a change": "'); UPDATE records SET input = 'forged' WHERE input = '{mark}'; -- ",
    "a secret, recorded": "'); INSERT INTO records (id, input) SELECT 3, 'forged{mark}' || value "
                          "FROM secrets; -- ",
    "a table of one's own": "'); CREATE TABLE forged{mark} (x); INSERT INTO records (id, input) V"
                            "ALUES (4, 'forged{mark}'); -- ",
}
PLACES = {"the agent": "User-Agent", "where from": "Referer", "the address": "X-Client-IP"}


def run_recorded(target, rows):
    for row in rows:
        target.ask(f"/?name={row.mark}")
    target.settle()
    there = inputs_of(target)
    for row in rows:
        header, text = row.payload
        statement = text.replace("{mark}", row.mark).replace("{a}", str(row.factors[0]))
        if header == "X-Client-IP":  # it comes first in the statement
            statement = statement.replace("');", "', '', '', '', '');", 1)
        target.ask("/?name=Ada", **{header.replace("-", "_"): statement})
        target.ask(f"/?name={encoded(text.replace('{mark}', 'x' + row.mark[1:]))}")
    target.settle()
    left = inputs_of(target)
    return [GONE if row.mark in there - left else
            "a record that nobody's request made" if any(
                text.startswith(f"forged{row.mark}") for text in left) else "" for row in rows]


CLASSES = [
    AttackClass("sql-injection", "SQL in the filters of the trail", ["sql-injection"],
                "no-interpreter", "a record that was not asked for, changed or gone, another "
                "table's, a delay", attempts(), run_filters),
    AttackClass("sql-recorded", "SQL in what is recorded",
                ["sql-injection", "roles-change-records"], "no-interpreter",
                "a record that no request made, or one that is gone or changed",
                {f"{place}: {what}": (header, text) for place, header in PLACES.items()
                 for what, text in STATEMENTS.items()}, run_recorded),
]
