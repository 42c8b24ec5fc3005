# shellcheck shell=sh disable=SC2154,SC2034 # variables that other parts set, and use
# One process of a route: spawn-fcgi binds its socket and becomes multiwatch, which starts the
# program and brings it back at once whenever it dies. A .pid file holds multiwatch's process id and
# start time, which together are never used twice. Both are one session and process group, so a
# signal to the group reaches the program however multiwatch fares.
#
# A new process starts beside the one that it replaces, under the name ROUTE-N.new, and takes over
# the name of its socket only once it is ready: there is always one that accepts.

# process id: sets s_state, s_parent, s_group and s_start, and says whether it lives. Asked all the
# time: it starts no program. A name that holds a newline hides the rest, and so is none of ours.
read_stat() {
    s_start=
    { read -r stat_line <"/proc/$1/stat"; } 2>/dev/null || return
    # shellcheck disable=SC2086 # words
    set -- ${stat_line##*) }
    [ $# -ge 20 ] || return
    s_state=$1
    s_parent=$2
    s_group=$3
    s_start=${20}
    [ "$s_state" != Z ]
}

# An expression for "PARENT GROUP SESSION", or its first words: sets found to those that live.
find_by_stat() {
    found=
    # shellcheck disable=SC2013 # each is a path, without blanks
    for stat_file in $(LC_ALL=C grep -lasE "\) [^Z] $1 " /proc/[0-9]*/stat); do
        stat_file=${stat_file%/stat}
        found="$found ${stat_file#/proc/}"
    done
}

# process id: sets children to those that live. Not every kernel has a list of them.
find_children() {
    if [ -e "/proc/$$/task/$$/children" ]; then
        found=
        { read -r found <"/proc/$1/task/$1/children"; } 2>/dev/null
    else
        find_by_stat "$1"
    fi
    children=
    for process in $found; do
        ! read_stat "$process" || [ "$s_parent" != "$1" ] || children="$children $process"
    done
    children=${children# }
}

# file: sets pid, and says whether the process that the file was written for is alive
read_pid() {
    pid=
    start=
    [ -r "$1" ] && read -r pid start <"$1"
    case $pid in
    '' | 0* | *[!0-9]*)
        pid=
        return 1
        ;;
    esac
    read_stat "$pid" && [ "$s_start" = "$start" ]
}

# file: remembers process $! there, or ends it: what nobody could find again must not run
write_pid() {
    read_stat "$!"
    { echo "$! ${s_start:-0}" >"$1"; } 2>/dev/null && written_down=$! && return
    complain "$1: cannot be written"
    end_started
    return 1
}

# Process $!, and what it has started, once it leads a group; both while it becomes the leader.
end_started() {
    kill -s KILL -- "-$!" "$!" 2>/dev/null
}

# base: sets program to the process id of a ready program in multiwatch's group $pid, program_start
# to when it started, counters, in the order of stats.h, and landlock to the ABI that it has in
# force; 0: none. Its file is its own to write, so what it says is checked.
read_program() {
    [ -s "$1.stats" ] || return 1
    counters=$(od -An -v -t u8 -N 88 "$1.stats" 2>/dev/null)
    # shellcheck disable=SC2086 # eleven numbers
    set -- $counters
    # "bhks1", once the program is ready
    [ $# -eq 11 ] && [ "$1" = 212389816418 ] || return 1
    program=$2
    landlock=${11}
    is_integer "$landlock" 0 1000 || landlock=0
    [ "$program" != "$pid" ] && read_stat "$program" && [ "$s_group" = "$pid" ] &&
        program_start=$s_start
}

is_supervised() {
    read_pid "$STATE_DIR/run/$1-$2.pid"
}

is_process_running() {
    is_supervised "$1" "$2" && read_program "$STATE_DIR/run/$1-$2"
}

# Sets numbers to 1 to $PROCESSES.
find_numbers() {
    numbers=
    count=0
    while [ $count -lt "$PROCESSES" ]; do
        count=$((count + 1))
        numbers="$numbers $count"
    done
}

is_anything_running() {
    for file in "$STATE_DIR"/run/*.pid; do
        read_pid "$file" && return
        has_orphan "$file" && return
    done
    return 1
}

# is_supervised or is_process_running: whether it is so of all routes' processes
are_all() {
    find_routes_in_force
    find_numbers
    for route in $routes_in_force; do
        for n in $numbers; do
            "$1" "$route" "$n" || return 1
        done
    done
}

is_everything_running() {
    are_all is_process_running && is_trail_running && is_edge_running && is_watch_running
}

# file: whether its process was killed and others of its group and session live on: a program whose
# multiwatch is gone, or nginx's workers. The kernel gives its number to nobody else meanwhile. Most
# of the time the group is gone too, which is seen without looking at all processes; who may not
# signal it, as root in a container, is told so only if there is one.
has_orphan() {
    read_pid "$1" && return 1
    [ -n "$pid" ] && ! read_stat "$pid" || return 1
    case $(kill -s 0 -- "-$pid" 2>&1) in *'No such process'*) return 1 ;; esac
    find_by_stat "[0-9]+ $pid $pid"
    [ -n "$found" ]
}

# --- starting ------------------------------------------------------------------------------------

start_missing() {
    find_numbers
    for n in $numbers; do
        is_process_running "$1" "$n" || replace_process "$1" "$n" || return 1
    done
}

# A request that finds its process gone is tried on another one: a single one gets a second beside
# it for the time being.
replace_all() {
    [ "$PROCESSES" -gt 1 ] || replace_process "$1" 2 || return 1
    find_numbers
    for n in $numbers; do
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
    open_log
    if ! launch_process "$1" || ! wait_until_ready "$1" "$2"; then
        stop_process "$base.new.pid"
        rm -f "$base.new" "$base.new.pid" "$base.stats"
        [ ! -e "$base.old.stats" ] || mv -f "$base.old.stats" "$base.stats"
        return 1
    fi
    [ "$2" -ne 1 ] || pass_warnings_on "$1"
    mv -f "$base.new" "$base.sock"
    # a link, so that the name is there all the time
    [ ! -e "$base.pid" ] || ln -f "$base.pid" "$base.old.pid"
    mv -f "$base.new.pid" "$base.pid"
    [ ! -e "$base.old.pid" ] || stop_process "$base.old.pid"
    remove "$base.old.pid" "$base.old.stats"
}

launch_process() {
    find_options "$1"
    find_program setpriv
    setpriv=$path
    find_program multiwatch
    # shellcheck disable=SC2086 # options without blanks
    set -- "$1" setsid spawn-fcgi -n -b 1024 -M 0660 -s "$base.new" $socket_options -- \
        "$setpriv" $supervisor_rights -- "$path" -f 1 -r 1000000 -t 1 -s TERM -- \
        "$STATE_DIR/bin/$1" $options --stats "$base.stats"
    exec_with_bounded_log "$@" </dev/null >>"$log" 2>&1 8>&- 9>&- &
    write_pid "$base.new.pid"
}

# route: sets options to what its program is told
find_options() {
    find_root_of "$1"
    find_journal_option "$1"
    options=$journal_option
    is_root || return 0
    find_monitor
    options="--user bulkhead-$1 --peer bulkhead-edge ${root:+--root $root} \
        ${monitor:+--monitor $monitor} $options"
}

# Sets monitor, once: where there is a /healthz, its program may ask the others whether they serve.
monitor=unknown
find_monitor() {
    [ "$monitor" = unknown ] || return 0
    monitor=
    ! id bulkhead-healthz >/dev/null 2>&1 || monitor=bulkhead-healthz
}

# What the program needs to read of its predecessor's end in the kernel's log, to open an ICMP
# socket, to enter its root folder, to become its user and to empty the rest; and multiwatch to
# signal it then.
program_rights=-all,+syslog,+net_raw,+sys_chroot,+setuid,+setgid,+setpcap,+kill
supervisor_rights=--no-new-privs
socket_options=
if is_root; then
    supervisor_rights="--no-new-privs --inh-caps=-all --bounding-set=$program_rights"
    socket_options='-G bulkhead-edge'
fi

# Waits between two looks at something, longer each time: so it costs a slow machine little. Sets
# waited to the hundredths of a second so far; 0 begins anew.
wait_more() {
    pause=$((waited / 2 + 3))
    [ $pause -le 25 ] || pause=25
    waited=$((waited + pause))
    [ $pause -ge 10 ] || pause=0$pause
    sleep "0.$pause"
}

# Says why not, with what the log got meanwhile. What it got is no sign of anything: any program of
# the route can write there.
wait_until_ready() {
    waited=0
    first=
    while [ $waited -lt 1000 ]; do
        read_pid "$base.new.pid" || break
        read_program "$base" && return
        is_first_gone && break
        wait_more
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
    find_children "$pid"
    first=${first:-$children}
    [ "$children" != "$first" ]
}

# What a program cannot do, said where somebody reads it. Who started it is said for all at once.
pass_warnings_on() {
    LC_ALL=C grep -qas "^$1: warning: " "$log" || return 0
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
    waited=0
    group=
    { read -r group _ <"$1"; } 2>/dev/null
    while is_group_ours "$1"; do
        [ $waited -lt $(($2 * 100)) ] || kill -s KILL -- "-$group" 2>/dev/null
        [ $waited -lt $(($2 * 100 + 200)) ] || return 1
        wait_more
    done
}

stop_all_processes() {
    for file in "$STATE_DIR"/run/*-*.pid; do
        [ ! -e "$file" ] || ask_process_to_stop "$file"
    done
    find_uptime
    deadline=$((uptime + 6))
    for file in "$STATE_DIR"/run/*-*.pid; do
        find_uptime
        left=$((deadline - uptime))
        [ ! -e "$file" ] || wait_for_group "$file" $((left > 0 ? left : 0))
    done
    forget_leftovers
}

# Sets uptime, in seconds.
find_uptime() {
    read -r uptime _ </proc/uptime
    uptime=${uptime%.*}
}

# After a crash of the machine, say. What still runs keeps its files.
forget_leftovers() {
    set --
    for file in "$STATE_DIR"/run/*.pid; do
        [ -e "$file" ] || continue
        is_group_ours "$file" && continue
        set -- "$@" "$file" "${file%.pid}.sock" "${file%.pid}.stats" "${file%.new.pid}.new"
    done
    [ $# -eq 0 ] || rm -f "$@"
}

# Processes that the settings no longer want, and those of routes that are gone.
stop_surplus() {
    find_routes_in_force
    for file in "$STATE_DIR"/run/*-*.pid; do
        [ -e "$file" ] || continue
        name=${file##*/}
        name=${name%.pid}
        if ! is_wanted "${name%-*}" "${name##*-}"; then
            stop_process "$file"
        fi
    done
    forget_leftovers
}

is_wanted() {
    is_one_of "$1" "$routes_in_force" && [ "$2" -le "$PROCESSES" ] 2>/dev/null
}
