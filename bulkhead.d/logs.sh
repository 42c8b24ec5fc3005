# shellcheck shell=sh disable=SC2034,SC2154 # variables that other parts set
# The logs. A program writes to its own by a descriptor of its own: whoever runs code in it can
# write there what they like. So its size is bounded, what is in it decides nothing, and a terminal
# gets it as plain text.

# Of the log of a route's programs, in bytes.
log_limit=16777216

# Becomes the command as exec_with_settings_of does, with standard output and standard error in a
# file that neither it nor what it starts can make longer than that. What would be is not written,
# and ends nobody.
exec_with_bounded_log() {
    trap '' XFSZ
    ulimit -f $((log_limit / 512)) 2>/dev/null # else it is stricter already
    exec_with_settings_of "$@"
}

# file: sets size, in bytes; 0 where there is none
measure_log() {
    size=0
    [ ! -s "$1" ] || { size=$(wc -c <"$1"); } 2>/dev/null || size=0
}

# file: so that what starts now has room. Who writes there appends: what comes next is at its start.
# The copy before stays until there is another one. If that cannot be made, message says why. Sets
# size to that of the log.
make_room_in_log() {
    measure_log "$1"
    [ "$size" -gt $((log_limit / 2)) ] || return 0
    message=$({ cp "$1" "$1.new" && mv -fT "$1.new" "$1.old" && : >"$1"; } 2>&1) && size=0 && return
    rm -f "$1.new"
    return 1
}

# The file $log is about to be written to: makes room, and sets log_start to where that begins.
open_log() {
    make_room_in_log "$log"
    log_start=$size
}

# Notes those that take no more.
judge_logs() {
    for route in $routes_in_force; do
        measure_log "$STATE_DIR/log/$route.log"
        [ "$size" -lt $log_limit ] ||
            problems="$problems, log/$route.log is full: bulkhead restart $route makes room"
    done
}

# What the file $log has got since it was $log_start bytes long. Not yet fit for a terminal.
new_log_lines() {
    tail -c "+$((log_start + 1))" "$log" 2>/dev/null
}

# Lines of anybody's as a terminal may have them: a byte that is no printable ASCII as \xNN, and no
# more than 4,096 of a line. Each line goes on at once.
show_text() {
    stdbuf -oL cut -b 1-4096 | LC_ALL=C stdbuf -oL sed "$(awk 'BEGIN {
        print "/[^\t -~]/!b"
        for (n = 0; n < 256; n++)
            if (n != 9 && n != 10 && (n < 32 || n > 126))
                printf "s/\\x%02x/\\\\x%02x/g\n", n, n
    }')"
}

# --- for the operator -----------------------------------------------------------------------------

command_logs() {
    load_state_folder
    follow=
    wanted=
    for argument in "$@"; do
        case $argument in
        -f) follow="-F --pid=$$" ;;
        -*) no_more_arguments 1 ;;
        *)
            [ -z "$wanted" ] || no_more_arguments 1
            wanted=$argument
            ;;
        esac
    done
    choose_logs "$wanted"
    # shellcheck disable=SC2086 # paths without blanks; nothing or options
    tail -n 50 $follow -- $logs | show_text
}

need_logs() {
    [ -d "$STATE_DIR/log" ] || die "$STATE_DIR/log: no logs there: was anything started?"
}

choose_logs() {
    need_logs
    case $1 in
    '') logs=$(echo "$STATE_DIR"/log/*.log) ;;
    edge) logs="$STATE_DIR/log/edge.log $STATE_DIR/log/access.log" ;;
    *)
        is_one_of "$1" "$routes" || die "logs: $1: no such route; there are: $routes edge"
        logs=$STATE_DIR/log/$1.log
        ;;
    esac
    for file in $logs; do
        [ -r "$file" ] || die "$file: cannot be read"
    done
}
