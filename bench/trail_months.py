"""What a month of the trail takes, and one that is over, made by the server itself."""

import time
from datetime import date, timedelta

AT_ONCE = 250_000


def sizes(server, database):
    """Of this month's partition: what it is, and bytes a record of it."""
    month = f"trail.records_{date.today():%Y_%m}"
    rows = server.sql(f"""
        SELECT 'table', pg_table_size('{month}')::float / (SELECT count(*) FROM {month})
        UNION ALL
        SELECT 'index ' || replace(relname, 'records_', ''),
               pg_relation_size(indexrelid)::float / (SELECT count(*) FROM {month})
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indrelid = '{month}'::regclass
        UNION ALL
        SELECT 'all', pg_total_relation_size('{month}')::float / (SELECT count(*) FROM {month})
        """, database).splitlines()
    return [(name, float(value)) for name, value in (line.split("|") for line in rows)]


def make_month(server, database, records):
    """The name of the month before last, with so many records, and the seconds that it took."""
    last = date.today().replace(day=1) - timedelta(days=1)
    first = (last.replace(day=1) - timedelta(days=1)).replace(day=1)
    began = time.monotonic()
    server.sql(f"SELECT trail.make_month('{first}'::timestamptz)", database)
    step = 28 * 24 * 3600 * 1000 / records
    for done in range(0, records, AT_ONCE):
        server.sql(f"""
            INSERT INTO trail.records
            SELECT overlay(trail.first_id(m)::text placing substr(md5(n::text), 1, 12)
                           from 25)::uuid,
                   m, (ARRAY['hello', 'ping', 'calculate'])[n % 3 + 1],
                   ('198.51.100.' || n % 256)::inet, 'GET', 'allowed', 200, NULL, 'name=Bob',
                   n % 3000, md5(n::text)::uuid
            FROM (SELECT n, date_trunc('milliseconds', '{first}'::timestamptz +
                                       n * {step} * interval '1 millisecond') AS m
                  FROM generate_series({done}, {min(done + AT_ONCE, records) - 1}) AS n) AS rows
            """, database)
    return f"{first:%Y-%m}", time.monotonic() - began
