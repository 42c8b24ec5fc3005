-- A session for the shipper of each replica, and as many again while replicas are replaced. Where
-- the server has fewer sessions than PostgreSQL's own 100, as the private cluster, one shipper asks
-- it, and must not be able to take what audit needs. A limit that somebody has set stays.

DO $$
BEGIN
    IF current_setting('max_connections')::int >= 100 AND
       (SELECT rolconnlimit FROM pg_roles WHERE rolname = 'bulkhead_trail') = 8 THEN
        ALTER ROLE bulkhead_trail CONNECTION LIMIT 32;
    END IF;
END
$$;

-- A batch is copied into its table at once: the shipper makes no temporary table any more.
DO $$
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM bulkhead_trail', current_database());
END
$$;
