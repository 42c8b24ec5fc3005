# shellcheck shell=sh disable=SC2034,SC2153,SC2154 # variables that other parts set or use
# What a container runs, or another supervisor: one command that stays, and says on its standard
# output and error what else is in logs. It is all of Bulkhead, or one of the two parts that are
# made of settings: nginx, and the trail's PostgreSQL. A route's container runs its program.

command_run() {
    case $#${1-} in
    0) run_all ;;
    1edge) run_part edge ;;
    1database) run_part database ;;
    *) no_more_arguments 1 ;;
    esac
}

# A part of its own has a container's user, and makes nobody else.
run_part() {
    ! is_root || die "run $1: start it as a user of its own, as a container does; root's is: run"
    "run_$1"
}

# --- all of it ------------------------------------------------------------------------------------

# A signal makes `ended` yes, since the very start.
run_all() {
    stay_alone
    (load_settings && need_password) >/dev/null 2>&1 || "$0" password || exit 1
    code=0
    "$0" up 7>&- &
    wait_for $! # when a signal comes it undoes what it has done
    [ -n "$ended" ] || [ "$code" -eq 0 ] || exit "$code"
    while [ -z "$ended" ]; do
        "$0" logs -f 7>&- &
        wait_for $!
        [ -n "$ended" ] || sleep 1 # somebody has ended what showed the logs
    done
    "$0" down
}

# Two of them would each end what the other one stays for.
stay_alone() {
    STATE_DIR=$(load_state_folder && echo "$STATE_DIR") && (open_state) || exit 1
    exec 7>>"$STATE_DIR/run.lock" && chmod 0600 "$STATE_DIR/run.lock"
    flock -n 7 || die "run: another one stays here already: STATE_DIR=$STATE_DIR"
}

# process id: its exit code in code. A signal ends the wait, and then what is waited for: it is told
# until it is gone, for whoever is just being made may miss it. Meanwhile this shell also buries
# whatever was left to it, where it is the first process of a container.
wait_for() {
    while kill -s 0 "$1" 2>/dev/null; do
        if [ -z "$ended" ]; then
            wait "$1"
            code=$?
        else
            kill -s TERM "$1" 2>/dev/null
            sleep 0.2
        fi
    done
}

# --- nginx ----------------------------------------------------------------------------------------

run_edge() {
    load_edge_settings
    make_folders 0700 : edge log empty || exit 1
    make_self_signed || exit 1
    send_edge_logs && render_edge && use_edge || exit 1
    as_edge nginx -t -q -e stderr -c "$STATE_DIR/nginx/nginx.conf" || exit 1
    raise_file_limit
    # shellcheck disable=SC2046 # options without blanks
    exec_as_edge "$supervise/enclose" $(print_walls "$STATE_DIR/nginx") -- \
        "$(command -v nginx)" -e stderr -c "$STATE_DIR/nginx/nginx.conf"
}

load_edge_settings() {
    load_settings
    missing=
    need_tool nginx nginx
    ! is_tls_on || need_tool openssl openssl
    [ -z "$missing" ] || exit 1
    check_tls
}

# In the same container: the nginx that runs there takes renewed certificates over, and what else
# has changed in its files. Settings are the container's, and the same.
reload_edge_alone() {
    load_edge_settings
    pid=$(cat "$STATE_DIR/edge/nginx.pid" 2>/dev/null)
    { is_integer "$pid" 1 4194304 && is_nginx_there; } ||
        die "reload edge: is for a container that bulkhead run edge has started: no nginx runs here"
    open_state
    make_self_signed && render_edge || exit 1
    as_edge nginx -t -q -e stderr -c "$STATE_DIR/nginx.new/nginx.conf" || exit 1
    [ "$(print_walls "$STATE_DIR/nginx")" = "$(print_walls "$STATE_DIR/nginx.new")" ] ||
        die "reload edge: nginx may now do what it could not when it started: restart it"
    use_edge
    tell_nginx || {
        restore_edge
        die "nginx did not take the new configuration: its log says why"
    }
    say "reloaded, on $(address)"
}

# In a unit of systemd's it can't be seen, for it has a user namespace of its own; but it is known.
is_nginx_there() {
    [ "$pid" = "${MAINPID-}" ] || [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = nginx ]
}

# Then there is no looking for its workers: it has found the configuration good a moment ago.
tell_nginx() {
    if [ "$pid" = "${MAINPID-}" ]; then
        kill -s HUP "$pid"
    else
        renew_workers
    fi
}

# nginx opens its logs by name. A socket has none, and that of systemd's journal is what a unit has:
# then they are files.
send_edge_logs() {
    { true >>/dev/stdout && true >>/dev/stderr; } 2>/dev/null || return 0
    ln -sf /dev/stdout "$STATE_DIR/log/access.log" && ln -sf /dev/stderr "$STATE_DIR/log/edge.log"
}

# --- PostgreSQL -----------------------------------------------------------------------------------

run_database() {
    load_settings
    has_own_cluster || die "run database: DATABASE_URL names another one: unset it"
    find_postgres && make_cluster || exit 1
    configure_cluster 2>/dev/null ||
        die "$STATE_DIR/database/cluster: cannot be written to"
    # Of a container before this one, whose process ids mean nothing here.
    as_database rm -f "$STATE_DIR/database/cluster/postmaster.pid"
    trap 'stop_own_database' INT TERM
    exec_as_database "$postgres/postgres" -D "$STATE_DIR/database/cluster" &
    pid=$!
    until is_database_ready; do
        kill -s 0 "$pid" 2>/dev/null || die "PostgreSQL did not start: it has said why"
        sleep 0.1
    done
    make_database || stop_own_database
    say "the trail's database is ready"
    wait "$pid"
    die "PostgreSQL has ended"
}

# As stop_database does; what is being written is written.
stop_own_database() {
    trap '' INT TERM
    kill -s INT "$pid"
    wait "$pid"
    exit
}
