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
    if is_root && takes_low_port; then
        set -- --inh-caps=-all,+net_bind_service --ambient-caps=-all,+net_bind_service \
            --bounding-set=-all,+net_bind_service -- "$@"
    elif is_root; then
        set -- --inh-caps=-all --bounding-set=-all -- "$@"
    else
        # shellcheck disable=SC2046 # words without blanks
        exec env -i "PATH=$PATH" $(print_no_new_privs) "$@"
    fi
    exec env -i "PATH=$PATH" setpriv --reuid=bulkhead-edge --regid=bulkhead-edge --clear-groups \
        --no-new-privs "$@"
}

# --- rendering -----------------------------------------------------------------------------------

# port
listen_address() {
    if is_v6 "$BIND"; then echo "[$BIND]:$1"; else echo "$BIND:$1"; fi
}

address() {
    echo "$(scheme)://$(listen_address "$PORT")"
}

takes_low_port() {
    is_integer "$PORT" 1 1023 || is_integer "${REDIRECT_PORT:-}" 1 1023
}

# nginx wants a rate even where the limit is off.
limit_rate() {
    if [ "$1" = off ]; then echo 1; else echo "$1"; fi
}

# Never its `info`: that has the whole line of a malformed request, or of a header that is too long,
# and with it the password in http://NAME:PASSWORD@HOST/ or in Authorization.
nginx_log_level() {
    case $LOG_LEVEL in
    warning) echo warn ;;
    info | debug) echo notice ;;
    *) echo "$LOG_LEVEL" ;;
    esac
}

on_or_off() {
    if "$@"; then echo on; else echo off; fi
}

# files: fills their placeholders in
fill_in() {
    sed -i -e "s|@LISTEN@|$(listen_address "$PORT")|g" \
        -e "s|@LISTEN_OPTIONS@|$(listen_options)|g" \
        -e "s|@REDIRECT_LISTEN@|$(listen_address "${REDIRECT_PORT:-0}")|g" \
        -e "s|@HTTPS_PORT@|$(https_port)|g" \
        -e "s|@CLIENT_CERTIFICATES@|$(on_or_off test -n "${TLS_CLIENT_CA:-}")|g" \
        -e "s|@SERVER_NAMES@|$SERVER_NAMES|g" \
        -e "s|@RATE_LIMIT@|$RATE_LIMIT|g" \
        -e "s|@RATE@|$(limit_rate "$RATE_LIMIT")|g" \
        -e "s|@RATE_BURST@|$RATE_BURST|g" \
        -e "s|@PING_RATE_LIMIT@|$PING_RATE_LIMIT|g" \
        -e "s|@PING_RATE@|$(limit_rate "$PING_RATE_LIMIT")|g" \
        -e "s|@PING_READ_TIMEOUT@|$((PING_TIMEOUT_MS / 500 + 3))|g" \
        -e "s|@TRAIL@|$(on_or_off keeps_trail)|g" \
        -e "s|@STATE_DIR@|$STATE_DIR|g" \
        -e "s|@LOG_LEVEL@|$(nginx_log_level)|g" \
        "$@"
}

# route, number: sets socket to where a process listens. In a container each of them has a folder of
# its own.
find_socket() {
    socket=$STATE_DIR/run/$1-$2.sock
    [ ! -d "$STATE_DIR/run/$1-$2" ] || socket=$STATE_DIR/run/$1-$2/sock
}

# Sets keepalive to how many idle connections to a route each worker of nginx keeps. With fewer than
# it has clients it opens one for most requests; and all workers together keep at most half of the
# places of one process (4096, cgi-src/route/connections.h), for the busy ones need the others.
find_keepalive() {
    workers=$(grep -c '^processor' /proc/cpuinfo)
    [ "$workers" -gt 0 ] || workers=1
    keepalive=$((2048 / workers))
    [ $keepalive -le 256 ] || keepalive=256
    [ $keepalive -ge 16 ] || keepalive=16
}

# A single process is listed twice, so that a request which it drops is tried again on its
# successor; and with the second that stands in for it while it is replaced.
print_upstreams() {
    find_numbers
    find_keepalive
    [ "$PROCESSES" -gt 1 ] || numbers='1 1'
    for route in $routes; do
        echo "upstream $route {"
        for n in $numbers; do
            find_socket "$route" "$n"
            echo "    server unix:$socket max_fails=0;"
        done
        [ "$PROCESSES" -gt 1 ] || {
            find_socket "$route" 2
            echo "    server unix:$socket max_fails=0 backup;"
        }
        echo "    keepalive $keepalive;"
        echo "    keepalive_requests 1000000;"
        echo "}"
    done
}

# Where Debian has libnginx-mod-http-headers-more-filter installed, no answer says `Server`.
headers_more=/usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so

print_modules() {
    [ ! -e "$headers_more" ] || echo "load_module $headers_more;"
}

print_server_header() {
    [ ! -e "$headers_more" ] || echo 'more_clear_headers Server;'
}

# Whose word is taken for where a request comes from. Of the addresses that X-Forwarded-For names,
# the last that is not a proxy's is the client's.
print_trusted_proxies() {
    # shellcheck disable=SC2086 # a list of words
    [ -z "${TRUSTED_PROXIES:-}" ] || {
        printf 'set_real_ip_from %s;\n' $TRUSTED_PROXIES
        echo 'real_ip_header X-Forwarded-For;'
        echo 'real_ip_recursive on;'
    }
}

# Who may see /healthz and /metrics.
print_health_from() {
    # shellcheck disable=SC2086 # a list of words
    [ -z "$HEALTH_FROM" ] || printf 'allow %s;\n' $HEALTH_FROM
    echo 'deny all;'
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
    mkdir "$rendered" "$rendered/console" || return 1
    cp "$console_source"/* "$rendered/console" || return 1
    (cd "$edge_source" && cp --parents --no-preserve=mode nginx.conf edge/*.conf routes/*.conf \
        "$rendered") || return 1
    fill_in "$rendered/nginx.conf" "$rendered"/edge/*.conf "$rendered"/routes/*.conf &&
        print_upstreams >"$rendered/upstreams.conf" &&
        print_modules >"$rendered/modules.conf" &&
        print_server_header >"$rendered/server_header.conf" &&
        write_tls &&
        print_trusted_proxies >"$rendered/trusted_proxies.conf" &&
        print_health_from >"$rendered/health_from.conf"
}

check_edge() {
    make_edge_logs || return 1
    message=$(as_edge nginx -t -q -e "$STATE_DIR/log/edge.log" -c "$rendered/nginx.conf" 2>&1) &&
        return
    complain "nginx refuses its configuration: $(echo "$message" | head -n 1)"
    return 1
}

# Sets edge_processes to nginx's master and its workers, also those that have lost it.
find_edge_processes() {
    edge_processes=
    for file in "$STATE_DIR/run/edge.pid" "$STATE_DIR/run/edge.old.pid"; do
        is_group_ours "$file" || continue
        find_by_stat "[0-9]+ $pid"
        for process in $found; do
            ! is_nginx "$process" || edge_processes="$edge_processes $process"
        done
    done
}

is_nginx() {
    comm=
    { read -r comm <"/proc/$1/comm"; } 2>/dev/null
    [ "$comm" = nginx ]
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
check_ports() {
    for name in PORT REDIRECT_PORT; do
        eval "number=\${$name:-}"
        if [ -n "$number" ] && ! has_edge_port "$number" && is_port_taken "$number"; then
            complain "$name=$number: something else listens on $(listen_address "$number") already"
            return 1
        fi
    done
}

# Whether it is nginx's already, by the settings in force.
has_edge_port() {
    { is_edge_running || has_orphan "$STATE_DIR/run/edge.pid"; } &&
        grep -qx "BIND=$BIND" "$STATE_DIR/settings" &&
        grep -qx -e "PORT=$1" -e "REDIRECT_PORT=$1" "$STATE_DIR/settings"
}

is_port_taken() {
    port=$(printf '%04X' "$1")
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

# --- running -------------------------------------------------------------------------------------

# It has workers, which it starts once it listens. Before it becomes nginx it is a shell, which may
# have children of other kinds.
is_edge_running() {
    read_pid "$STATE_DIR/run/edge.pid" && is_nginx "$pid" && find_children "$pid" &&
        [ -n "$children" ]
}

# Workers whose master was killed serve on until new ones do, and the port is theirs meanwhile.
start_edge() {
    if has_orphan "$STATE_DIR/run/edge.pid"; then
        replace_edge
        return
    fi
    stop_edge
    check_ports && launch_edge
}

# A new one beside the one that runs, or what is left of it: the port is both's for a moment.
replace_edge() {
    stop_group_of_edge "$STATE_DIR/run/edge.old.pid"
    mv -f "$STATE_DIR/run/edge.pid" "$STATE_DIR/run/edge.old.pid"
    if ! launch_edge; then
        [ ! -e "$STATE_DIR/run/edge.old.pid" ] ||
            mv -f "$STATE_DIR/run/edge.old.pid" "$STATE_DIR/run/edge.pid"
        return 1
    fi
    stop_group_of_edge "$STATE_DIR/run/edge.old.pid"
}

launch_edge() {
    log=$STATE_DIR/log/edge.log
    measure_log "$log"
    log_start=$size
    raise_file_limit
    walls=$(print_walls "$STATE_DIR/nginx")
    find_program nginx
    # The log is opened as its user, which the watch is not, nor may write as.
    # shellcheck disable=SC2016,SC2086 # for the shell that is started; options without blanks
    exec_as_edge setsid sh -c 'exec 2>>"$0" && exec "$@"' "$log" \
        "$STATE_DIR/bin/enclose" $walls -- "$path" -e "$log" \
        -c "$STATE_DIR/nginx/nginx.conf" </dev/null >/dev/null 2>&1 8>&- 9>&- &
    write_pid "$STATE_DIR/run/edge.pid" || return 1
    waited=0
    while [ $waited -lt 1000 ] && read_pid "$STATE_DIR/run/edge.pid"; do
        is_edge_running && echo "$walls" >"$STATE_DIR/run/edge.walls" && return
        wait_more
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
    new_log_lines |
        LC_ALL=C grep -a -e '^[0-9/]* [0-9:]* \[\(emerg\|alert\)\] ' -e '^enclose: ' |
        tail -n 1 | show_text
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
    remove "$1"
}

restart_edge() {
    if ! is_edge_running; then
        start_edge
    elif have_walls_changed "$STATE_DIR/nginx"; then
        replace_edge
    else
        reload_edge
    fi
}

reload_edge() {
    log=$STATE_DIR/log/edge.log
    measure_log "$log"
    log_start=$size
    read_pid "$STATE_DIR/run/edge.pid" || return 1
    ! renew_workers || return 0
    complain "nginx did not take the new configuration: $(edge_reason)"
    return 1
}

# Of the master $pid. It took a new configuration when all workers are new. That it did not it says
# in its log alone, where the words of a client or a program may look the same: they are no reason
# to stop waiting.
renew_workers() {
    find_children "$pid"
    before=$children
    kill -s HUP "$pid"
    waited=0
    while [ $waited -lt 1000 ]; do
        ! has_new_workers || is_old_worker_serving || return 0
        wait_more
    done
    return 1
}

# An old worker accepts until the master's signal has reached it: it would still use the old routes.
is_old_worker_serving() {
    for old in $before; do
        title=
        { read -r title <"/proc/$old/cmdline"; } 2>/dev/null
        case $title in
        '' | *'is shutting down'*) ;;
        *) return 0 ;;
        esac
    done
    return 1
}

has_new_workers() {
    find_children "$pid"
    for worker in $children; do
        is_one_of "$worker" "$before" || return 0
    done
    return 1
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
