-- Who may do what. Each program is a role of its own; none of them owns anything.
--   bulkhead_owner  owns the schema; nobody logs in as it
--   bulkhead_trail  the shipper: adds records
--   bulkhead_audit  the route /audit: reads them
-- Roles belong to the whole server, so another database of the same server may have made them.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bulkhead_owner') THEN
        CREATE ROLE bulkhead_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bulkhead_trail') THEN
        CREATE ROLE bulkhead_trail LOGIN CONNECTION LIMIT 8;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bulkhead_audit') THEN
        CREATE ROLE bulkhead_audit LOGIN CONNECTION LIMIT 64;
    END IF;
END
$$;

-- A question that takes longer is not worth its time. It can't be made to write either way: the
-- second line is for whoever grants it too much one day.
ALTER ROLE bulkhead_audit SET statement_timeout = '2s';
ALTER ROLE bulkhead_audit SET default_transaction_read_only = on;
-- A shipper that stops in the middle holds no lock for long.
ALTER ROLE bulkhead_trail SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE bulkhead_trail SET statement_timeout = '60s';
-- What is recorded stays recorded through a crash of the server.
ALTER ROLE bulkhead_trail SET synchronous_commit = on;

-- By default everybody may connect to a database and make temporary tables there, and on older
-- servers make what they like in the schema public.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO bulkhead_audit', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO bulkhead_trail', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA trail AUTHORIZATION bulkhead_owner;
GRANT USAGE ON SCHEMA trail TO bulkhead_trail, bulkhead_audit;
