# shellcheck shell=sh disable=SC2034,SC2154 # variables that other parts set or use
# The trail's PostgreSQL. Without DATABASE_URL it is a cluster of this instance's own:
#
#   database/cluster/  its files, which nobody but its user may enter
#   database/socket/   its Unix socket and nothing else: the root folder of who asks it
#
# It listens nowhere else, and takes nobody's word for who they are: the kernel tells it the user at
# the other end, and pg_ident.conf says which role that is. With DATABASE_URL it is the operator's
# own server, in which nothing is made but by `bulkhead trail-setup`; with DATABASE_URL=off there is
# no trail.

keeps_trail() {
    [ "${DATABASE_URL:-}" != off ]
}

has_own_cluster() {
    [ -z "${DATABASE_URL:-}" ]
}

# The newest installed version's programs, or that which the cluster is of.
find_postgres() {
    version_wanted=$(as_database cat "$STATE_DIR/database/cluster/PG_VERSION" 2>/dev/null)
    postgres=
    for folder in /usr/lib/postgresql/${version_wanted:-*}/bin; do
        [ ! -x "$folder/initdb" ] || postgres=$folder
    done
    [ -n "$postgres" ] && return
    complain "PostgreSQL${version_wanted:+ $version_wanted}: not found: install the Debian" \
        "package postgresql${version_wanted:+-$version_wanted} (./quickstart does), or" \
        "set DATABASE_URL"
    return 1
}

# Its user, and nothing of the environment.
as_database() {
    (exec_as_database "$@")
}

# Where the caller stands it need not be able to enter, and psql would say so among its answers.
exec_as_database() {
    cd /
    if is_root; then
        set -- setpriv --no-new-privs --reuid=bulkhead-database --regid=bulkhead-database \
            --clear-groups --inh-caps=-all --bounding-set=-all -- "$@"
    else
        # shellcheck disable=SC2046 # words without blanks
        set -- $(print_no_new_privs) "$@"
    fi
    exec env -i "PATH=$PATH" "LANG=C.UTF-8" "$@"
}

# A trusted programs' role is its user's by name; root and the cluster's own user may do everything.
print_ident_map() {
    if is_root || [ "$(id -un)" = bulkhead-database ]; then
        cat <<END
bulkhead bulkhead-trail bulkhead_trail
bulkhead bulkhead-audit bulkhead_audit
bulkhead bulkhead-database postgres
END
        ! is_root || echo 'bulkhead root postgres'
    else
        for role in bulkhead_trail bulkhead_audit postgres; do
            echo "bulkhead $(id -un) $role"
        done
    fi
}

# Written anew at each start, so that what somebody has added does not outlive it.
configure_cluster() {
    cluster=$STATE_DIR/database/cluster
    as_database tee "$cluster/pg_hba.conf" >/dev/null <<END &&
# Only through the Unix socket, only as who the kernel says one is.
local all all peer map=bulkhead
END
        print_ident_map | as_database tee "$cluster/pg_ident.conf" >/dev/null &&
        as_database tee "$cluster/postgresql.conf" >/dev/null <<END
listen_addresses = ''
unix_socket_directories = '$STATE_DIR/database/socket'
unix_socket_permissions = 0777 # the folders around it say who comes that far
hba_file = '$cluster/pg_hba.conf'
max_connections = $((PROCESSES * 4 + 20))
shared_buffers = 64MB
dynamic_shared_memory_type = mmap # nothing outside the state folder
max_wal_size = 256MB
min_wal_size = 32MB
wal_level = minimal
max_wal_senders = 0
synchronous_commit = on
log_min_messages = warning
log_min_error_statement = panic # a statement may hold what somebody sent
log_destination = stderr
timezone = UTC
log_timezone = UTC
END
}

# Asked as who may look there: in a container root need not, and what it can't see it must not make
# anew.
make_cluster() {
    ! as_database test -e "$STATE_DIR/database/cluster/PG_VERSION" || return 0
    say "making the trail's database in $STATE_DIR/database"
    message=$(as_database "$postgres/initdb" -D "$STATE_DIR/database/cluster" -U postgres \
        -E UTF8 --locale=C.UTF-8 --auth=reject --no-instructions 2>&1) && return
    complain "initdb: $(echo "$message" | tail -n 3 | tr '\n' ' ')"
    return 1
}

is_database_running() {
    read_pid "$STATE_DIR/run/database.pid"
}

# An upgrade has replaced the file of process $pid. Debian restarts its own clusters then, not ours,
# and to a server that runs on, the new version's libraries are strange.
is_database_outdated() {
    case $(readlink "/proc/$pid/exe") in
    *' (deleted)') return 0 ;;
    esac
    return 1
}

# Backends of a postmaster that was killed see that, and end; only then does another one start.
start_database() {
    find_postgres && make_cluster || return 1
    configure_cluster 2>/dev/null || {
        complain "$STATE_DIR/database/cluster: cannot be written to"
        return 1
    }
    log=$STATE_DIR/log/database.log
    open_log
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        ! launch_database || return 0
        sleep 0.5
    done
    complain "PostgreSQL did not start: $(new_log_lines | tail -n 3 | show_text | tr '\t\n' '  ')"
    return 1
}

launch_database() {
    exec_as_database setsid "$postgres/postgres" -D "$STATE_DIR/database/cluster" \
        </dev/null >>"$log" 2>&1 8>&- 9>&- &
    write_pid "$STATE_DIR/run/database.pid" || return 1
    waited=0
    while [ $waited -lt 3000 ] && is_database_running; do
        ! is_database_ready || return 0
        wait_more
    done
    stop_database
    return 1
}

is_database_ready() {
    as_database grep -qsx 'ready *' "$STATE_DIR/database/cluster/postmaster.pid" &&
        [ "$(as_database head -n 1 "$STATE_DIR/database/cluster/postmaster.pid" 2>/dev/null)" = \
            "$pid" ]
}

# SIGINT: sessions are ended, and all that was committed is written where it belongs.
stop_database() {
    ! is_database_running || kill -s INT "$pid"
    [ ! -e "$STATE_DIR/run/database.pid" ] || wait_for_group "$STATE_DIR/run/database.pid" 30
    remove "$STATE_DIR/run/database.pid"
}

# --- the schema ---------------------------------------------------------------------------------

# options and input of psql, as the one who may do everything
ask_database() {
    if has_own_cluster; then
        # its own, where that is known: Debian's in PATH is a wrapper, and takes thrice as long
        as_database "${postgres:+$postgres/}psql" -XAtq -v ON_ERROR_STOP=1 \
            -h "$STATE_DIR/database/socket" -U postgres -d "${database_name:-bulkhead}" "$@"
    else
        # over TCP as strictly as the programs, where the URL does not say it
        PGSSLMODE=verify-full psql -XAtq -v ON_ERROR_STOP=1 -d "$DATABASE_URL" "$@"
    fi
}

# The files of the schema in the order of their numbers, each once, in a transaction of its own that
# also notes it.
apply_schema() {
    applied=$(ask_database -c 'SET client_min_messages = warning' \
        -c 'CREATE SCHEMA IF NOT EXISTS bulkhead' \
        -c 'CREATE TABLE IF NOT EXISTS bulkhead.migrations (name text PRIMARY KEY,
            applied_at timestamptz NOT NULL DEFAULT now())' \
        -c 'SELECT name FROM bulkhead.migrations' 2>&1) || {
        complain "the trail's database: $(echo "$applied" | tail -n 1)"
        return 1
    }
    for file in "$schema"/*.sql; do
        name=${file##*/}
        printf '%s\n' "$applied" | grep -qx -- "$name" || apply_migration || return 1
    done
}

# A second one at the same time fails at the note, and changes nothing.
apply_migration() {
    message=$({
        echo 'SET client_min_messages = warning;'
        cat "$file"
        echo "INSERT INTO bulkhead.migrations (name) VALUES ('$name');"
    } | ask_database --single-transaction -f - 2>&1) && return
    complain "the trail's database: $name: $(echo "$message" | tail -n 1)"
    return 1
}

# Of the cluster of our own, at each start: a new version brings new files.
make_database() {
    [ "$(database_name=postgres ask_database -c \
        "SELECT 1 FROM pg_database WHERE datname = 'bulkhead'" 2>/dev/null)" = 1 ] ||
        message=$(database_name=postgres ask_database -c 'CREATE DATABASE bulkhead' 2>&1) || {
        complain "the trail's database: $(echo "$message" | tail -n 1)"
        return 1
    }
    apply_schema
}

command_trail_setup() {
    load_settings
    keeps_trail || die "trail-setup: DATABASE_URL=off: this deployment keeps no trail"
    ! has_own_cluster || die "trail-setup: is for a server of your own: set DATABASE_URL;" \
        "the private cluster is set up by up"
    command -v psql >/dev/null || die "psql: not found: install the Debian package" \
        "postgresql-client"
    apply_schema || exit 1
    say "the trail's tables and roles are there"
}

# month: YYYY-MM
command_trail_drop() {
    case $1 in
    [12][0-9][0-9][0-9]-[01][0-9]) ;;
    *) die "trail-drop: $1: give a month, such as 2026-01" ;;
    esac
    load_state_folder
    [ ! -r "$STATE_DIR/settings" ] || load_settings_in_force
    keeps_trail || die "trail-drop: DATABASE_URL=off: this deployment keeps no trail"
    message=$(ask_database -c "SELECT trail.drop_month('$1-01')" 2>&1) ||
        die "trail-drop: $(echo "$message" | head -n 1 | sed 's/^[^ ]* *ERROR: *//')"
    say "dropped $1: $message records"
}
