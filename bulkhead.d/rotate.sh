# shellcheck shell=sh disable=SC2154 # variables that other parts set
# Logs that grow with what is asked. Those of nginx are moved away: NAME.log.1 is the last one, up
# to .4. On its way there a log is NAME.log.0, for as long as a process of nginx may still write
# there: what is found under that name was left by a rotation that did not come to its end, and the
# next one ends it first. So a line is in exactly one of the files, and in .1 comes nothing more.
#
# The log of the database and that of the watch are copied and emptied (see make_room_in_log): they
# get a line now and then, and who writes there cannot be told to open another file. PostgreSQL's
# own collector could; but it would be a process more, which may not write in log/.

# Of a log of nginx, in bytes: the watch moves it away once it has more. 160,000 requests, say.
edge_log_limit=67108864
# How many old ones are kept of each: with the one in use that is 320 MiB, which a small disk has,
# and days of an ordinary service's requests.
edge_logs_kept=4
# Seconds until the watch sees that one has grown.
log_look_seconds=60

# Sets edge_logs and plain_logs.
find_logs() {
    edge_logs="$STATE_DIR/log/access.log $STATE_DIR/log/edge.log"
    plain_logs="$STATE_DIR/log/database.log $STATE_DIR/log/watch.log"
}

# For await-exit.
print_log_bounds() {
    find_logs
    echo "--every $log_look_seconds"
    for log in $edge_logs; do
        echo "--larger $edge_log_limit $log --larger 0 $log.0"
    done
    for log in $plain_logs; do
        echo "--larger $((log_limit / 2)) $log"
    done
}

# Notes those that nobody has made smaller.
judge_log_sizes() {
    find_logs
    for log in $edge_logs; do
        judge_log_size "$log" $((edge_log_limit * 2))
        judge_log_size "$log.0" $((edge_log_limit * 2))
    done
    for log in $plain_logs; do
        judge_log_size "$log" "$log_limit"
    done
}

judge_log_size() {
    measure_log "$1"
    [ "$size" -le "$2" ] ||
        problems="$problems, log/${1##*/} has grown to $size bytes: bulkhead rotate says why"
}

# --- nginx's ------------------------------------------------------------------------------------

make_edge_logs() {
    make_edge_log "$STATE_DIR/log/edge.log" "$STATE_DIR/log/access.log"
}

# files: nginx's user may write to them, and make none there. The mode comes first: once a file is
# another user's, the watch may not set it.
make_edge_log() {
    for file in "$@"; do
        message=$( (umask 077 && : >>"$file") 2>&1) || {
            complain "$file: cannot be written: ${message##*: }"
            return 1
        }
    done
    chmod 0600 "$@" && { ! is_root || chown bulkhead-edge:bulkhead-edge "$@"; }
}

# make_edge_logs has made the new files.
reopen_edge_logs() {
    find_edge_processes
    # shellcheck disable=SC2086 # a list of words
    [ -z "$edge_processes" ] || kill -s USR1 $edge_processes 2>/dev/null
}

# --- moving them away -----------------------------------------------------------------------------

# files: logs of nginx. Sets rotated to the names of those that were moved away; an empty one stays.
rotate_edge_logs() {
    rotated=
    find_logs
    finish_rotation || return 1
    failed=
    for log in "$@"; do
        [ ! -s "$log" ] || move_away "$log" || failed=yes
    done
    finish_rotation && [ -z "$failed" ]
}

move_away() {
    rm -f "$1.new"
    make_edge_log "$1.new" && rename_log "$1" "$1.0" && rename_log "$1.new" "$1"
}

finish_rotation() {
    is_rotation_unfinished || return 0
    for log in $edge_logs; do
        [ -e "$log" ] || make_edge_log "$log" || return 1
    done
    reopen_edge_logs
    wait_for_edge_to_reopen || return 1
    for log in $edge_logs; do
        [ ! -e "$log.0" ] || shift_old_logs "$log" || return 1
    done
}

is_rotation_unfinished() {
    for log in $edge_logs; do
        [ ! -e "$log.0" ] && [ -e "$log" ] || return 0
    done
    return 1
}

wait_for_edge_to_reopen() {
    waited=0
    until has_edge_reopened; do
        [ $waited -lt 1000 ] || {
            complain "nginx does not open its logs anew: it still writes to" \
                "$STATE_DIR/log/*.log.0, and the next rotation tries again"
            return 1
        }
        wait_more
    done
}

# Only what is seen in each process's descriptors counts, and its own user may look there.
has_edge_reopened() {
    find_edge_processes
    for process in $edge_processes; do
        open=$(as_edge find "/proc/$process/fd" -lname "$STATE_DIR/log/*" -printf '%l\n' \
            2>/dev/null)
        case $open in
        *.log.0* | *' (deleted)'*) return 1 ;;
        *access.log*) ;;
        *) return 1 ;;
        esac
    done
}

# Those before the first gap: where one was taken away, or this was interrupted, none is lost. What
# nginx has written is no longer nginx's to change.
shift_old_logs() {
    ! is_root || chown root:root "$1.0" || return 1
    last=1
    while [ $last -lt $edge_logs_kept ] && [ -e "$1.$last" ]; do
        last=$((last + 1))
    done
    while [ $last -gt 0 ]; do
        rename_log "$1.$((last - 1))" "$1.$last" || return 1
        last=$((last - 1))
    done
    rotated="$rotated ${1##*/}"
}

# Whatever has the new name is replaced, and not followed or entered.
rename_log() {
    message=$(mv -fT -- "$1" "$2" 2>&1) && return
    complain "${message#mv: }"
    return 1
}

make_room_in_plain_logs() {
    for log in $plain_logs; do
        make_room_in_log "$log" || {
            complain "${message##*: }: $log stays as it is"
            return 1
        }
    done
}

# --- who calls for it -----------------------------------------------------------------------------

command_rotate() {
    load_state_folder
    need_logs
    open_state
    [ ! -r "$STATE_DIR/settings" ] || load_settings_in_force
    find_logs
    # shellcheck disable=SC2086 # a list of words
    rotate_edge_logs $edge_logs
    status=$?
    make_room_in_plain_logs || status=1
    [ $status -eq 0 ] || exit 1
    if [ -n "$rotated" ]; then
        say "moved away:$rotated"
    else
        say "nothing to move away: the logs are empty"
    fi
}

# The watch, with the settings in force.
rotate_grown_logs() {
    grown=
    find_logs
    for log in $edge_logs; do
        measure_log "$log"
        [ "$size" -le $edge_log_limit ] || grown="$grown $log"
    done
    # shellcheck disable=SC2086 # a list of words
    rotate_edge_logs $grown
    [ -z "$rotated" ] || say "$(now) watch: moved away:$rotated"
    make_room_in_plain_logs
}
