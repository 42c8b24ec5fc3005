# shellcheck shell=sh disable=SC2154,SC2034 # variables that other parts set, and use
# One process of a route: spawn-fcgi binds its socket and becomes multiwatch, which starts the
# program and brings it back at once whenever it dies. A .pid file holds multiwatch's process id and
# start time, which together are never used twice. Both are one session and process group, so a
# signal to the group reaches the program however multiwatch fares.
#
# A new process starts beside the one that it replaces, under the name ROUTE-N.new, and takes over
# the name of its socket only once it is ready: there is always one that accepts.

# state ppid pgrp session start of a process; nothing when there is none. Asked all the time: it
# starts no program. A name that holds a newline hides the rest, and so is none of ours.
stat_of() {
    { read -r stat_line <"/proc/$1/stat"; } 2>/dev/null || return
    # shellcheck disable=SC2086 # words
    set -- ${stat_line##*) }
    [ $# -lt 20 ] || echo "$1 $2 $3 $4 ${20}"
}

# The same after its process id, of every process that lives.
stat_of_all() {
    cat /proc/[0-9]*/stat 2>/dev/null |
        awk '{ id = $1; sub(/^.*\) /, ""); if ($1 != "Z") print id, $1, $2, $3, $4, $20 }'
}

# file: sets pid, and says whether the process that the file was written for is alive
read_pid() {
    pid=
    start=
    [ -r "$1" ] && read -r pid start <"$1"
    case $pid in
    '' | *[!0-9]*) return 1 ;;
    esac
    # shellcheck disable=SC2046 # five words
    set -- $(stat_of "$pid")
    [ $# -eq 5 ] && [ "$1" != Z ] && [ "$5" = "$start" ]
}

# file: remembers process $! there, or ends it: what nobody could find again must not run
write_pid() {
    # shellcheck disable=SC2046 # five words
    set -- "$1" $(stat_of "$!")
    { echo "$! ${6:-0}" >"$1"; } 2>/dev/null && written_down=$! && return
    complain "$1: cannot be written"
    end_started
    return 1
}

# Process $!, and what it has started, once it leads a group; both while it becomes the leader.
end_started() {
    kill -s KILL -- "-$!" "$!" 2>/dev/null
}

# base: the counters of the program, in the order of stats.h
counters_of() {
    od -An -v -t u8 -N 88 "$1.stats" 2>/dev/null
}

# base: sets program to the process id of a ready program in multiwatch's group $pid, program_start
# to when it started, counters, and landlock to the ABI that it has in force; 0: none. Its file is
# its own to write, so what it says is checked.
read_program() {
    counters=$(counters_of "$1")
    # shellcheck disable=SC2086 # eleven numbers
    set -- $counters
    # "bhks1", once the program is ready
    [ $# -eq 11 ] && [ "$1" = 212389816418 ] || return 1
    program=$2
    landlock=${11}
    is_integer "$landlock" 0 1000 || landlock=0
    # shellcheck disable=SC2046 # five words
    set -- $(stat_of "$program")
    program_start=${5-}
    [ $# -eq 5 ] && [ "$1" != Z ] && [ "$3" = "$pid" ] && [ "$program" != "$pid" ]
}

is_process_running() {
    read_pid "$STATE_DIR/run/$1-$2.pid" && read_program "$STATE_DIR/run/$1-$2"
}

numbers() {
    seq 1 "$PROCESSES"
}

is_anything_running() {
    for file in "$STATE_DIR"/run/*.pid; do
        read_pid "$file" && return
        has_orphan "$file" && return
    done
    return 1
}

is_everything_running() {
    for route in $(routes_in_force); do
        for n in $(numbers); do
            is_process_running "$route" "$n" || return 1
        done
    done
    is_trail_running && is_edge_running && is_watch_running
}

# file: whether its process was killed and others of its group and session live on: a program whose
# multiwatch is gone, or nginx's workers. The kernel gives its number to nobody else meanwhile.
has_orphan() {
    read_pid "$1" && return 1
    [ -n "$pid" ] && stat_of_all | awk -v id="$pid" '
        $1 == id { reused = 1 }
        $4 == id && $5 == id { found = 1 }
        END { exit reused || !found }'
}

# --- starting ------------------------------------------------------------------------------------

start_missing() {
    for n in $(numbers); do
        is_process_running "$1" "$n" || replace_process "$1" "$n" || return 1
    done
}

# A request that finds its process gone is tried on another one: a single one gets a second beside
# it for the time being.
replace_all() {
    [ "$PROCESSES" -gt 1 ] || replace_process "$1" 2 || return 1
    for n in $(numbers); do
        replace_process "$1" "$n" || return 1
    done
    if [ "$PROCESSES" -eq 1 ]; then
        stop_process "$STATE_DIR/run/$1-2.pid"
        forget_leftovers
    fi
}

replace_process() {
    base=$STATE_DIR/run/$1-$2
    # The new process makes a file of its own: the old one goes on counting in the one moved away.
    [ ! -e "$base.stats" ] || mv -f "$base.stats" "$base.old.stats"
    log=$STATE_DIR/log/$1.log
    make_room_in_log "$log"
    log_start=$(size_of_log "$log")
    if ! launch_process "$1" || ! wait_until_ready "$1" "$2"; then
        stop_process "$base.new.pid"
        rm -f "$base.new" "$base.new.pid" "$base.stats"
        [ ! -e "$base.old.stats" ] || mv -f "$base.old.stats" "$base.stats"
        return 1
    fi
    [ "$2" -ne 1 ] || pass_warnings_on "$1"
    mv -f "$base.new" "$base.sock"
    [ ! -e "$base.pid" ] || mv -f "$base.pid" "$base.old.pid"
    mv -f "$base.new.pid" "$base.pid"
    [ ! -e "$base.old.pid" ] || stop_process "$base.old.pid"
    rm -f "$base.old.pid" "$base.old.stats"
}

launch_process() {
    # shellcheck disable=SC2046 # options without blanks
    set -- "$1" "$(command -v multiwatch)" -f 1 -r 1000000 -t 1 -s TERM -- \
        "$STATE_DIR/bin/$1" $(program_options "$1") $(trail_options "$1") \
        --stats "$base.stats"
    launch_route=$1
    shift
    # shellcheck disable=SC2046
    set -- setsid spawn-fcgi -n -b 1024 -M 0660 -s "$base.new" $(socket_options) -- \
        "$(command -v setpriv)" $(supervisor_rights) -- "$@"
    exec_with_bounded_log "$launch_route" "$@" </dev/null >>"$log" 2>&1 8>&- 9>&- &
    write_pid "$base.new.pid"
}

socket_options() {
    ! is_root || echo -G bulkhead-edge
}

program_options() {
    root=$(root_of "$1")
    ! is_root || echo --user "bulkhead-$1" --peer bulkhead-edge ${root:+--root "$root"}
}

# What the program needs to read of its predecessor's end in the kernel's log, to open an ICMP
# socket, to enter its root folder, to become its user and to empty the rest; and multiwatch to
# signal it then.
supervisor_rights() {
    echo --no-new-privs
    rights=-all,+syslog,+net_raw,+sys_chroot,+setuid,+setgid,+setpcap,+kill
    ! is_root || echo --inh-caps=-all "--bounding-set=$rights"
}

# Says why not, with what the log got meanwhile. What it got is no sign of anything: any program of
# the route can write there.
wait_until_ready() {
    tries=0
    first=
    while [ $tries -lt 100 ]; do
        read_pid "$base.new.pid" || break
        read_program "$base" && return
        is_first_gone && break
        tries=$((tries + 1))
        sleep 0.1
    done
    complain "$1: process $2 did not start: $(new_log_lines |
        LC_ALL=C grep -av '^Child\[\|^Spawning child\[' | tail -n 3 | show_text |
        tr '\t\n' '  ' | sed 's/ $//')"
    return 1
}

# multiwatch tries for ever; the end of the first program that it started is the answer. Before it
# becomes multiwatch it is a shell, which may have children of other kinds.
is_first_gone() {
    { read -r comm <"/proc/$pid/comm"; } 2>/dev/null && [ "$comm" = multiwatch ] || return 1
    child=$(children_of "$pid")
    first=${first:-$child}
    [ "$child" != "$first" ]
}

# What a program cannot do, said where somebody reads it. Who started it is said for all at once.
pass_warnings_on() {
    new_log_lines | LC_ALL=C grep -a "^$1: warning: " | grep -av ': not started as root: ' |
        head -n 10 | show_text |
        while IFS= read -r line; do say "$line"; done
}

# --- stopping ------------------------------------------------------------------------------------

# file: ends a process of a route. It has 5 seconds for what it has begun, and a moment.
stop_process() {
    ask_process_to_stop "$1"
    wait_for_group "$1" 6
}

# Only a group that is ours: its leader is the process we started, or others of it live on.
is_group_ours() {
    read_pid "$1" || has_orphan "$1"
}

# multiwatch has nothing to finish, and is not asked to pass a signal on: that of Debian 12 takes
# -s TERM for the third signal of its list, and sends number 3, which is SIGQUIT.
ask_process_to_stop() {
    is_group_ours "$1" || return 0
    ! read_pid "$1" || kill -s KILL "$pid" 2>/dev/null
    kill -s TERM -- "-$pid" 2>/dev/null
}

# file, seconds: until the process group of the file is gone; by force after that time.
wait_for_group() {
    tries=$(($2 * 20))
    group=$(cut -d ' ' -f 1 "$1" 2>/dev/null)
    while is_group_ours "$1"; do
        [ $tries -gt 0 ] || kill -s KILL -- "-$group" 2>/dev/null
        [ $tries -gt -40 ] || return 1
        tries=$((tries - 1))
        sleep 0.05
    done
}

stop_all_processes() {
    for file in "$STATE_DIR"/run/*-*.pid; do
        [ ! -e "$file" ] || ask_process_to_stop "$file"
    done
    deadline=$(($(date +%s) + 6))
    for file in "$STATE_DIR"/run/*-*.pid; do
        left=$((deadline - $(date +%s)))
        [ ! -e "$file" ] || wait_for_group "$file" $((left > 0 ? left : 0))
    done
    forget_leftovers
}

# After a crash of the machine, say. What still runs keeps its files.
forget_leftovers() {
    for file in "$STATE_DIR"/run/*.pid; do
        [ -e "$file" ] || continue
        is_group_ours "$file" && continue
        rm -f "$file" "${file%.pid}.sock" "${file%.pid}.stats" "${file%.new.pid}.new"
    done
}

# Processes that the settings no longer want, and those of routes that are gone.
stop_surplus() {
    for file in "$STATE_DIR"/run/*-*.pid; do
        [ -e "$file" ] || continue
        name=$(basename "$file" .pid)
        if ! is_wanted "${name%-*}" "${name##*-}"; then
            stop_process "$file"
        fi
    done
    forget_leftovers
}

is_wanted() {
    routes_in_force | grep -qx -- "$1" && [ "$2" -le "$PROCESSES" ] 2>/dev/null
}
