# shellcheck shell=sh disable=SC2154 # variables that other parts set
# Copies of the trail: dumps in pg_dump's custom format, of the schemas `trail` (the records, and
# how far each journal is shipped) and `bulkhead` (which files of the schema are in). Roles are in
# none: they are the server's, and the schema's files make them.
#
# A restore is one transaction, so a dump that is cut short or no dump at all changes nothing. What
# was recorded after the backup is still in the journals, and is shipped again, for how far they are
# shipped is what it was at the backup. The shipper asks for that when it connects: so its sessions
# are ended, at a moment when nobody can read it before the transaction is over.

# Programs of the server's own version, as far as they are installed: what pg_restore of a newer one
# writes, an older server need not understand.
find_clients() {
    if has_own_cluster; then
        find_postgres
        return
    fi
    need_client pg_dump && need_client psql || return 1
    postgres=$(ask_database -c "SELECT '/usr/lib/postgresql/' ||
        current_setting('server_version_num')::int / 10000 || '/bin'" 2>/dev/null)
    [ -x "$postgres/pg_restore" ] || postgres=$(dirname "$(command -v pg_dump)")
}

need_client() {
    command -v "$1" >/dev/null && return
    complain "$1: not found: install the Debian package postgresql-client"
    return 1
}

# One of these programs, by ask_database's ways. Its messages are in English.
run_client() {
    client=$1
    shift
    if has_own_cluster; then
        as_database "$postgres/$client" "$@"
    else
        LC_ALL=C PGSSLMODE=verify-full "$postgres/$client" "$@"
    fi
}

# program, options: to the trail's database
connect_client() {
    if has_own_cluster; then
        run_client "$@" -h "$STATE_DIR/database/socket" -U postgres -d bulkhead
    else
        run_client "$@" -d "$DATABASE_URL"
    fi
}

# command: ends it unless there is a trail
reach_trail() {
    load_state_folder
    [ ! -r "$STATE_DIR/settings" ] || load_settings_in_force
    keeps_trail || die "$1: DATABASE_URL=off: this deployment keeps no trail"
    find_clients || exit 1
    answer=$(ask_database -c "SELECT to_regclass('trail.positions') IS NOT NULL" 2>&1) ||
        die "$1: the trail's database: $(echo "$answer" | show_text | tail -n 1)"
    [ "$answer" = t ] || die "$1: there is no trail yet: bulkhead" \
        "$(if has_own_cluster; then echo up; else echo trail-setup; fi) makes one"
}

command_trail_backup() {
    [ ! -t 1 ] || die "trail-backup: what it writes is for no terminal: bulkhead trail-backup >FILE"
    reach_trail trail-backup
    connect_client pg_dump --format=custom --schema=trail --schema=bulkhead --strict-names \
        --no-tablespaces --lock-wait-timeout=60s ||
        die "trail-backup: failed: what was written is no backup"
}

# file, or - for standard input
command_trail_restore() {
    if [ "$1" = - ]; then
        [ ! -t 0 ] || die "trail-restore: -: a dump comes from no terminal: bulkhead" \
            "trail-restore - <FILE"
    else
        [ -f "$1" ] || die "trail-restore: $1: no such file"
        [ -r "$1" ] || die "trail-restore: $1: cannot be read"
        exec <"$1"
    fi
    reach_trail trail-restore
    message=$({
        { run_client pg_restore -f - && end_restore; } | begin_restore |
            connect_client psql -XAtq -v ON_ERROR_STOP=1 -f -
    } 2>&1)
    records=$(echo "$message" | sed -n '$s/^restored \([0-9]*\)$/\1/p')
    [ -n "$records" ] || die "trail-restore: nothing has changed: $(reason_of "$message")"
    apply_schema || die "trail-restore: the dump is in; to bring it up to date, again: bulkhead" \
        "$(if has_own_cluster; then echo reload; else echo trail-setup; fi)"
    say "restored $records records; what the journals have beyond them is shipped now"
}

# The first two complaints: who reads the file has one, and so may who judges what is in it.
reason_of() {
    echo "$1" | LC_ALL=C sed -n 's/^.*\(error\|ERROR\): *//p' | show_text | head -n 2 |
        paste -s -d ';' | sed 's/;/; /'
}

# What pg_restore writes goes through here; it is only looked at up to its first object.
begin_restore() {
    head=
    while IFS= read -r line; do
        # of 17, and unknown to a server before it
        [ "$line" = 'SET transaction_timeout = 0;' ] || head="$head$line
"
        case $line in '-- Name: '*) break ;; esac
    done
    case ${line-} in
    '-- Name: bulkhead; Type: SCHEMA; '*) ;;
    *)
        echo "error: it is no dump of a trail" >&2
        return 1
        ;;
    esac
    print_removal && printf '%s' "$head" && cat
}

# The tables are locked in the order in which the shipper adds to them.
print_removal() {
    cat <<'SQL'
BEGIN;
SET LOCAL lock_timeout = '60s';
SET LOCAL client_min_messages = warning;
LOCK TABLE trail.records, trail.activity, trail.positions, bulkhead.migrations;
DO $$
BEGIN
    IF NOT (SELECT coalesce(bool_and(pg_terminate_backend(pid, 10000)), true)
            FROM pg_stat_activity
            WHERE datname = current_database() AND usename = 'bulkhead_trail') THEN
        RAISE EXCEPTION 'a session of the shipper does not end';
    END IF;
END $$;
DROP SCHEMA trail, bulkhead CASCADE;
SQL
}

# Comes only after all of a dump: without it the transaction is undone.
end_restore() {
    cat <<SQL
DO \$\$
DECLARE
    newer text;
BEGIN
    IF to_regclass('trail.records') IS NULL OR to_regclass('trail.positions') IS NULL OR
        to_regclass('bulkhead.migrations') IS NULL THEN
        RAISE EXCEPTION 'it is no dump of a trail';
    END IF;
    SELECT string_agg(name, ', ') INTO newer FROM bulkhead.migrations
    WHERE name NOT IN ($(list_migrations));
    IF newer IS NOT NULL THEN
        RAISE EXCEPTION 'it is of a later version of Bulkhead, which has %: install that', newer;
    END IF;
END \$\$;
COMMIT;
SELECT 'restored ' || count(*) FROM trail.records;
SQL
}

# As SQL has them.
list_migrations() {
    for file in "$schema"/*.sql; do
        echo "'${file##*/}'"
    done | paste -s -d ,
}
