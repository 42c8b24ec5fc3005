-- The records. Their ids are UUIDv7, so they are in the order of time: the primary key is what the
-- newest records, the next page and the limits of time are found by, and what a month's partition
-- is bounded by.

CREATE TYPE trail.verdict AS ENUM ('allowed', 'rejected', 'failed');
ALTER TYPE trail.verdict OWNER TO bulkhead_owner;

CREATE TABLE trail.records (
    id uuid PRIMARY KEY,
    "time" timestamptz(3) NOT NULL, -- the one in the id
    route text NOT NULL,
    client inet,                    -- null: it has none, or nobody knows it
    method text,
    verdict trail.verdict NOT NULL,
    status smallint NOT NULL,       -- 0: the connection ended before there was one
    reason text,                    -- the public text of an error
    input text,                     -- the query, at most 256 bytes of it
    microseconds bigint NOT NULL,
    request_id uuid NOT NULL        -- the X-Request-Id
) PARTITION BY RANGE (id);
ALTER TABLE trail.records OWNER TO bulkhead_owner;

-- What the filters of /audit ask for, newest first. `since`, `until` and paging are the primary
-- key's; `q` is looked for along it.
CREATE INDEX records_route ON trail.records (route, id);
CREATE INDEX records_client ON trail.records (client, id);
-- The allowed are nearly all: they are found along the primary key.
CREATE INDEX records_verdict ON trail.records (verdict, id) WHERE verdict <> 'allowed';

GRANT SELECT ON trail.records TO bulkhead_audit;
GRANT INSERT ON trail.records TO bulkhead_trail;

-- --- nothing is changed or removed, by whoever has the right to -----------------------------------

CREATE FUNCTION trail.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the trail is only added to: % is refused', TG_OP
        USING HINT = 'Whole months are removed by trail.drop_month.';
END
$$;
ALTER FUNCTION trail.refuse_change() OWNER TO bulkhead_owner;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON trail.records
    FOR EACH ROW EXECUTE FUNCTION trail.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON trail.records
    FOR EACH STATEMENT EXECUTE FUNCTION trail.refuse_change();

-- --- partitions: a month each -------------------------------------------------------------------

-- The least id of a moment: 48 bits of milliseconds, then zeros.
CREATE FUNCTION trail.first_id(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') ||
            repeat('0', 20))::uuid
$$;
ALTER FUNCTION trail.first_id(timestamptz) OWNER TO bulkhead_owner;

-- Records of other times (a clock that was set wrong) lose nothing but the company of their month.
CREATE TABLE trail.records_of_other_times PARTITION OF trail.records DEFAULT;
ALTER TABLE trail.records_of_other_times OWNER TO bulkhead_owner;
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON trail.records_of_other_times
    FOR EACH STATEMENT EXECUTE FUNCTION trail.refuse_change();

-- Makes a month's partition. It can't once that month's records are among those of other times;
-- there they stay, and so do the ones that still come.
CREATE FUNCTION trail.make_month(month timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first timestamptz := date_trunc('month', month);
    name text := 'records_' || to_char(first, 'YYYY_MM');
BEGIN
    IF to_regclass('trail.' || name) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE trail.%I PARTITION OF trail.records FOR VALUES FROM (%L) TO (%L)',
                   name, trail.first_id(first), trail.first_id(first + interval '1 month'));
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON trail.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION trail.refuse_change()', name);
EXCEPTION
    WHEN check_violation THEN
        RAISE WARNING 'no partition for %: it has records among those of other times', name;
    WHEN duplicate_table THEN
        NULL; -- another shipper was faster
END
$$;
ALTER FUNCTION trail.make_month(timestamptz) OWNER TO bulkhead_owner;
REVOKE ALL ON FUNCTION trail.make_month(timestamptz) FROM PUBLIC;

-- This month and the two after it. The shipper asks for it when it connects and once a day.
CREATE FUNCTION trail.make_months_ahead() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    FOR ahead IN 0..2 LOOP
        PERFORM trail.make_month(date_trunc('month', now()) + make_interval(months => ahead));
    END LOOP;
END
$$;
ALTER FUNCTION trail.make_months_ahead() OWNER TO bulkhead_owner;
REVOKE ALL ON FUNCTION trail.make_months_ahead() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trail.make_months_ahead() TO bulkhead_trail;
