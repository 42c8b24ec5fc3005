-- How many requests of each route and verdict there were in each ten minutes: what the picture of
-- /audit shows without counting the records. It is kept by a trigger, in the transaction that adds
-- the records, so the two always agree.

CREATE TABLE trail.activity (
    began timestamptz NOT NULL, -- of ten minutes, UTC
    route text NOT NULL,
    verdict trail.verdict NOT NULL,
    requests bigint NOT NULL,
    PRIMARY KEY (began, route, verdict)
);
ALTER TABLE trail.activity OWNER TO bulkhead_owner;
GRANT SELECT ON trail.activity TO bulkhead_audit;

CREATE FUNCTION trail.count_activity() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO trail.activity AS known (began, route, verdict, requests)
    SELECT date_bin('10 minutes', "time", timestamptz '2000-01-01 00:00:00+00'), route, verdict,
           count(*)
    FROM added
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3 -- two shippers never wait for each other in a circle
    ON CONFLICT (began, route, verdict)
        DO UPDATE SET requests = known.requests + excluded.requests;
    RETURN NULL;
END
$$;
ALTER FUNCTION trail.count_activity() OWNER TO bulkhead_owner;

CREATE TRIGGER count_activity AFTER INSERT ON trail.records
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION trail.count_activity();
