# shellcheck shell=sh disable=SC2154 # variables that other parts set
# The watch. Each program that dies is brought back by its multiwatch, and each worker by nginx's
# master; the watch brings back those, of which there is one each. It is one process under a
# multiwatch of its own, and the two bring back each other. It sleeps in await-exit until something
# ends or a log has grown, becomes `bulkhead watch`, which starts what is missing and moves such a
# log away, and sleeps again.
#
# It runs on copies, like the programs: who may write in the source folder need not be who may run
# programs as the user that started all this.

# Copies of await-exit, of this command and of its parts, which find each other.
install_watch() {
    if ! copy_watch 2>/dev/null; then
        complain "$STATE_DIR/bin: the watch cannot be copied there from $supervise and $library"
        return 1
    fi
}

copy_watch() {
    watch_bin=$STATE_DIR/bin
    diff -r "$library" "$watch_bin/bulkhead.d" >/dev/null ||
        copy_changed 0644 "$watch_bin/bulkhead.d" "$library"/*.sh || return 1
    copy_changed 0755 "$watch_bin" "$supervise/await-exit" "$supervise/enclose" &&
        sed -e "s|^library=.*|library=$watch_bin/bulkhead.d|" \
            -e "s|^supervise=.*|supervise=$watch_bin|" \
            -e 's|^env_file=.*|env_file=/dev/null|' \
            "$(readlink -f "$0")" >"$watch_bin/bulkhead.new" &&
        chmod 0755 "$watch_bin/bulkhead.new" &&
        mv -f "$watch_bin/bulkhead.new" "$watch_bin/bulkhead"
}

# mode, folder, files: copies those that differ there, each at once
copy_changed() {
    mode=$1
    folder=$2
    shift 2
    for each in "$@"; do
        shift
        is_same_file "$each" "$folder/${each##*/}" || set -- "$@" "$each"
    done
    [ $# -gt 0 ] || return 0
    [ ! -e "$folder.new" ] || rm -r "$folder.new" || return 1 # an interrupted one's
    mkdir -p "$folder" "$folder.new" && install -m "$mode" -t "$folder.new" "$@" &&
        mv -f "$folder.new"/* "$folder" && rm -r "$folder.new"
}

is_watch_running() {
    read_pid "$STATE_DIR/run/watch.pid"
}

launch_watch() {
    find_program multiwatch
    # shellcheck disable=SC2086 # options without blanks
    set -- setsid setpriv $watch_rights -- "$path" \
        -f 1 -r 1000000 -t 1 -s TERM -- "$STATE_DIR/bin/bulkhead" watch
    exec_with_settings_of watch env "STATE_DIR=$STATE_DIR" "$@" \
        </dev/null >>"$STATE_DIR/log/watch.log" 2>&1 8>&- 9>&- &
    write_pid "$STATE_DIR/run/watch.pid"
}

# What starting takes: the rights that it passes on, giving a socket its group, and reading the log
# of nginx, which is nginx's.
watch_rights=$supervisor_rights
! is_root || watch_rights=$watch_rights,+net_bind_service,+chown,+dac_read_search

stop_watch() {
    stop_process "$STATE_DIR/run/watch.pid"
    remove "$STATE_DIR/run/watch.pid"
}

# Has it look at what there is now: its multiwatch starts it again.
nudge_watch() {
    is_watch_running || return 0
    find_children "$pid"
    # shellcheck disable=SC2086 # a list of words
    kill -s KILL $children 2>/dev/null
}

# Starts what does not run. One thing that cannot be started keeps back nothing else.
repair() {
    broken=
    find_routes_in_force
    for route in $routes_in_force; do
        start_missing "$route" || broken=yes
    done
    start_trail || broken=yes
    is_edge_running || start_edge || broken=yes
    is_watch_running || launch_watch || broken=yes
    [ -z "$broken" ]
}

# --- what the watch does --------------------------------------------------------------------------

# Not for the command line. The lock is free while it sleeps.
command_watch() {
    load_state_folder
    [ -d "$STATE_DIR/run" ] || leave_watch "$STATE_DIR/run: is gone"
    open_state
    check_own_multiwatch
    patience=
    (repair_if_needed) || patience='--within 10'
    (load_settings_in_force && rotate_grown_logs)
    # shellcheck disable=SC2046,SC2086 # lists of words
    set -- "$supervise/await-exit" $patience $(print_log_bounds) $(watched_processes) --
    # What ended between the repair and the list is not in it: then look again instead of waiting.
    [ -n "$patience" ] || is_all_as_it_should_be || set --
    exec 9>&-
    sleep 0.2 # so that what dies again and again costs little
    exec "$@" "$STATE_DIR/bin/bulkhead" watch
}

is_all_as_it_should_be() {
    (load_settings_in_force && is_everything_running)
}

repair_if_needed() {
    is_all_as_it_should_be && return
    load_settings_in_force
    # A program that died a moment ago is brought back by its multiwatch.
    if are_all is_supervised && is_trail_running && is_edge_running; then
        sleep 0.5
        is_all_as_it_should_be && return
    fi
    say "$(now) watch: starting what is missing"
    repair
}

now() {
    date -u '+%Y-%m-%dT%H:%M:%SZ'
}

# PID/START of each.
watched_processes() {
    for file in "$STATE_DIR"/run/*.pid; do
        ! read_pid "$file" || echo "$pid/$start"
    done
}

# When its multiwatch was killed it starts a new one, and with it its successor.
check_own_multiwatch() {
    [ -e "$STATE_DIR/run/watch.pid" ] || leave_watch "nothing is to be watched"
    if ! is_watch_running; then
        say "$(now) watch: its multiwatch was killed: starting another one"
        launch_watch
        exit
    fi
    read_stat $$
    [ "$pid" = "$s_group" ] ||
        die "watch: runs already; it is not for the command line: up starts it"
}

# Nobody would find it again: its multiwatch must not go on starting it.
leave_watch() {
    [ "$(cat "/proc/$PPID/comm" 2>/dev/null)" != multiwatch ] || kill -s KILL "$PPID"
    die "watch: $1"
}
