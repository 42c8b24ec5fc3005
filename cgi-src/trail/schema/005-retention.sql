-- Keeping no more than is wanted: whole months are dropped, by the owner alone. Neither program's
-- role can.

CREATE FUNCTION trail.drop_month(month date) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first timestamptz := date_trunc('month', month::timestamptz);
    name text := 'records_' || to_char(first, 'YYYY_MM');
    records bigint;
BEGIN
    IF first + interval '1 month' > now() THEN
        RAISE EXCEPTION '% is not over yet', to_char(first, 'YYYY-MM');
    END IF;
    IF to_regclass('trail.' || name) IS NULL THEN
        RAISE EXCEPTION 'there is no month % in the trail', to_char(first, 'YYYY-MM');
    END IF;
    EXECUTE format('SELECT count(*) FROM trail.%I', name) INTO records;
    EXECUTE format('DROP TABLE trail.%I', name);
    DELETE FROM trail.activity WHERE began >= first AND began < first + interval '1 month';
    RETURN records;
END
$$;
ALTER FUNCTION trail.drop_month(date) OWNER TO bulkhead_owner;
REVOKE ALL ON FUNCTION trail.drop_month(date) FROM PUBLIC;
