-- How far each file of each journal has been shipped. It is written in the transaction that adds
-- what was read there, so whoever crashes, a line is added once: what is not committed is neither
-- in the trail nor behind the position.

CREATE TABLE trail.positions (
    source uuid NOT NULL,  -- the journals' own id: two machines may have files of the same name
    folder text NOT NULL,
    file text NOT NULL,
    reached bigint NOT NULL, -- bytes
    PRIMARY KEY (source, folder, file)
);
ALTER TABLE trail.positions OWNER TO bulkhead_owner;
GRANT SELECT ON trail.positions TO bulkhead_trail;

CREATE FUNCTION trail.reach(source uuid, folder text, file text, reached bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO trail.positions VALUES ($1, $2, $3, $4)
    ON CONFLICT ON CONSTRAINT positions_pkey DO UPDATE SET reached = excluded.reached
$$;
ALTER FUNCTION trail.reach(uuid, text, text, bigint) OWNER TO bulkhead_owner;
REVOKE ALL ON FUNCTION trail.reach(uuid, text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trail.reach(uuid, text, text, bigint) TO bulkhead_trail;

-- Of a file that is no more.
CREATE FUNCTION trail.forget(source uuid, folder text, file text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM trail.positions AS known
    WHERE known.source = $1 AND known.folder = $2 AND known.file = $3
$$;
ALTER FUNCTION trail.forget(uuid, text, text) OWNER TO bulkhead_owner;
REVOKE ALL ON FUNCTION trail.forget(uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trail.forget(uuid, text, text) TO bulkhead_trail;
