# shellcheck shell=sh disable=SC2034,SC2153,SC2154 # variables that other parts set or use
# nginx: its configuration is rendered to nginx.new, checked by nginx itself, and only then put in
# the place of the one in force, which stays as nginx.old until the next time.

# Becomes the user of the edge, without any right beyond (a port under 1024 takes one).
as_edge() {
    (exec_as_edge "$@")
}

# What it writes is for its user, and the group of its journal's folder.
exec_as_edge() {
    umask 027
    if is_root && is_integer "$PORT" 1 1023; then
        set -- --inh-caps=-all,+net_bind_service --ambient-caps=-all,+net_bind_service \
            --bounding-set=-all,+net_bind_service -- "$@"
    elif is_root; then
        set -- --inh-caps=-all --bounding-set=-all -- "$@"
    else
        exec env -i "PATH=$PATH" setpriv --no-new-privs -- "$@"
    fi
    exec env -i "PATH=$PATH" setpriv --reuid=bulkhead-edge --regid=bulkhead-edge --clear-groups \
        --no-new-privs "$@"
}

# --- rendering -----------------------------------------------------------------------------------

is_v6() {
    case $1 in *:*) return 0 ;; esac
    return 1
}

listen_address() {
    if is_v6 "$BIND"; then echo "[$BIND]:$PORT"; else echo "$BIND:$PORT"; fi
}

address() {
    echo "http://$(listen_address)"
}

# nginx wants a rate even where the limit is off.
limit_rate() {
    if [ "$1" = off ]; then echo 1; else echo "$1"; fi
}

nginx_log_level() {
    case $LOG_LEVEL in
    warning) echo warn ;;
    info) echo notice ;;
    debug) echo info ;;
    *) echo "$LOG_LEVEL" ;;
    esac
}

fill_in() {
    sed -e "s|@LISTEN@|$(listen_address)|g" \
        -e "s|@SERVER_NAMES@|$SERVER_NAMES|g" \
        -e "s|@RATE_LIMIT@|$RATE_LIMIT|g" \
        -e "s|@RATE@|$(limit_rate "$RATE_LIMIT")|g" \
        -e "s|@RATE_BURST@|$RATE_BURST|g" \
        -e "s|@PING_RATE_LIMIT@|$PING_RATE_LIMIT|g" \
        -e "s|@PING_RATE@|$(limit_rate "$PING_RATE_LIMIT")|g" \
        -e "s|@PING_READ_TIMEOUT@|$((PING_TIMEOUT_MS / 500 + 3))|g" \
        -e "s|@TRAIL@|$(if keeps_trail; then echo on; else echo off; fi)|g" \
        -e "s|@STATE_DIR@|$STATE_DIR|g" \
        -e "s|@LOG_LEVEL@|$(nginx_log_level)|g" \
        "$1"
}

# A single process is listed twice, so that a request which it drops is tried again on its
# successor; and with the second that stands in for it while it is replaced.
print_upstreams() {
    for route in $(routes); do
        echo "upstream $route {"
        for n in $(numbers) $([ "$PROCESSES" -gt 1 ] || echo 1); do
            echo "    server unix:$STATE_DIR/run/$route-$n.sock max_fails=0;"
        done
        [ "$PROCESSES" -gt 1 ] ||
            echo "    server unix:$STATE_DIR/run/$route-2.sock max_fails=0 backup;"
        echo "    keepalive 64;"
        echo "    keepalive_requests 1000000;"
        echo "}"
    done
}

render_edge() {
    rendered=$STATE_DIR/nginx.new
    rm -rf "$rendered"
    if ! write_edge 2>/dev/null; then
        complain "$rendered: cannot be written"
        return 1
    fi
    if unknown=$(grep -rno '@[A-Z_]*@' "$rendered"); then
        complain "nginx: unknown placeholder: $(echo "$unknown" | head -n 1)"
        return 1
    fi
}

write_edge() {
    mkdir "$rendered" "$rendered/edge" "$rendered/routes" || return 1
    for file in nginx.conf $(cd "$edge_source" && echo edge/*.conf routes/*.conf); do
        fill_in "$edge_source/$file" >"$rendered/$file" || return 1
    done
    print_upstreams >"$rendered/upstreams.conf"
}

check_edge() {
    make_edge_logs || return 1
    message=$(as_edge nginx -t -q -e "$STATE_DIR/log/edge.log" -c "$rendered/nginx.conf" 2>&1) &&
        return
    complain "nginx refuses its configuration: $(echo "$message" | head -n 1)"
    return 1
}

make_edge_logs() {
    for name in edge access; do
        (: >>"$STATE_DIR/log/$name.log") 2>/dev/null || {
            complain "$STATE_DIR/log/$name.log: cannot be written"
            return 1
        }
        ! is_root || chown bulkhead-edge:bulkhead-edge "$STATE_DIR/log/$name.log"
        chmod 0640 "$STATE_DIR/log/$name.log"
    done
}

# check_edge has made the new files, which nginx's user may not.
reopen_edge_logs() {
    ! is_edge_running || kill -s USR1 "$pid"
}

use_edge() {
    rm -rf "$STATE_DIR/nginx.old"
    [ ! -d "$STATE_DIR/nginx" ] || mv "$STATE_DIR/nginx" "$STATE_DIR/nginx.old"
    mv "$STATE_DIR/nginx.new" "$STATE_DIR/nginx"
}

restore_edge() {
    [ -d "$STATE_DIR/nginx.old" ] || return 0
    rm -rf "$STATE_DIR/nginx"
    mv "$STATE_DIR/nginx.old" "$STATE_DIR/nginx"
}

# --- the port ------------------------------------------------------------------------------------

# nginx listens with reuseport, so the kernel would let a second one of the same user share the port
# in silence. An IPv6 address is not compared: any listener over IPv6 on the port counts.
check_port() {
    ! is_port_taken || {
        complain "PORT=$PORT: something else listens on $(listen_address) already"
        return 1
    }
}

is_port_taken() {
    port=$(printf '%04X' "$PORT")
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$port" -v bind="$BIND" '
        function wanted(hex, bytes) {
            if (length(hex) == 32) return bind ~ /:/ || hex ~ /^0*$/
            if (bind ~ /:/) return bind == "::" && hex ~ /^0*$/
            split(bind, bytes, ".")
            return bind == "0.0.0.0" || hex == "00000000" ||
                hex == sprintf("%02X%02X%02X%02X", bytes[4], bytes[3], bytes[2], bytes[1])
        }
        $4 == "0A" { split($2, local, ":"); if (local[2] == port && wanted(local[1])) found = 1 }
        END { exit !found }'
}

is_port_kept() {
    { is_edge_running || has_orphan "$STATE_DIR/run/edge.pid"; } &&
        grep -qx "BIND=$BIND" "$STATE_DIR/run/settings" &&
        grep -qx "PORT=$PORT" "$STATE_DIR/run/settings"
}

# --- running -------------------------------------------------------------------------------------

# It has workers, which it starts once it listens. Before it becomes nginx it is a shell, which may
# have children of other kinds.
is_edge_running() {
    read_pid "$STATE_DIR/run/edge.pid" && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = nginx ] &&
        [ -n "$(children_of "$pid")" ]
}

children_of() {
    stat_of_all | awk -v parent="$1" '$3 == parent { print $1 }'
}

# Workers whose master was killed serve on until new ones do, and the port is theirs meanwhile.
start_edge() {
    if has_orphan "$STATE_DIR/run/edge.pid"; then
        stop_group_of_edge "$STATE_DIR/run/edge.old.pid"
        mv -f "$STATE_DIR/run/edge.pid" "$STATE_DIR/run/edge.old.pid"
    else
        stop_edge
        check_port || return 1
    fi
    if ! launch_edge; then
        [ ! -e "$STATE_DIR/run/edge.old.pid" ] ||
            mv -f "$STATE_DIR/run/edge.old.pid" "$STATE_DIR/run/edge.pid"
        return 1
    fi
    stop_group_of_edge "$STATE_DIR/run/edge.old.pid"
}

launch_edge() {
    log=$STATE_DIR/log/edge.log
    log_start=$(size_of_log "$log")
    raise_file_limit
    exec_as_edge setsid nginx -e "$log" -c "$STATE_DIR/nginx/nginx.conf" \
        </dev/null >/dev/null 2>&1 8>&- 9>&- &
    write_pid "$STATE_DIR/run/edge.pid" || return 1
    tries=0
    while [ $tries -lt 100 ] && read_pid "$STATE_DIR/run/edge.pid"; do
        is_edge_running && return
        tries=$((tries + 1))
        sleep 0.1
    done
    complain "nginx did not start: $(edge_reason)"
    return 1
}

# A client and its upstream are two descriptors each of 4,096 connections.
raise_file_limit() {
    # shellcheck disable=SC3045 # not POSIX, but in every sh of Debian's
    ulimit -S -n 10000 2>/dev/null || ulimit -S -n "$(ulimit -H -n)" 2>/dev/null
}

edge_reason() {
    new_log_lines | LC_ALL=C grep -a '^[0-9/]* [0-9:]* \[\(emerg\|alert\)\] ' | tail -n 1 |
        show_text
}

stop_edge() {
    stop_group_of_edge "$STATE_DIR/run/edge.old.pid"
    stop_group_of_edge "$STATE_DIR/run/edge.pid"
}

# file: the master tells its workers to finish; without one they are told themselves
stop_group_of_edge() {
    if read_pid "$1"; then
        kill -s QUIT "$pid"
    elif has_orphan "$1"; then
        kill -s QUIT -- "-$pid"
    fi
    [ ! -e "$1" ] || wait_for_group "$1" 12
    rm -f "$1"
}

restart_edge() {
    if is_edge_running; then reload_edge; else start_edge; fi
}

# nginx took a new configuration when all workers are new. That it did not it says in its log alone,
# where the words of a client or a program may look the same: they are no reason to stop waiting.
reload_edge() {
    log=$STATE_DIR/log/edge.log
    log_start=$(size_of_log "$log")
    read_pid "$STATE_DIR/run/edge.pid" || return 1
    before=$(children_of "$pid")
    kill -s HUP "$pid"
    tries=0
    while [ $tries -lt 100 ]; do
        [ -z "$(new_workers)" ] || is_old_worker_serving || return 0
        tries=$((tries + 1))
        sleep 0.1
    done
    complain "nginx did not take the new configuration: $(edge_reason)"
    return 1
}

# An old worker accepts until the master's signal has reached it: it would still use the old routes.
is_old_worker_serving() {
    for old in $before; do
        case $(tr '\0' ' ' 2>/dev/null <"/proc/$old/cmdline") in
        '' | *'is shutting down'*) ;;
        *) return 0 ;;
        esac
    done
    return 1
}

new_workers() {
    children_of "$pid" | grep -vxF "$before"
}

# A configuration that is the same is not loaded again.
switch_edge() {
    if is_edge_running && diff -r "$STATE_DIR/nginx" "$STATE_DIR/nginx.new" >/dev/null; then
        rm -rf "$STATE_DIR/nginx.new"
        return
    fi
    use_edge
    restart_edge || {
        restore_edge
        return 1
    }
}
