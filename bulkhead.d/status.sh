# shellcheck shell=sh disable=SC2154,SC2034 # variables that other parts set, and use
# What is running: each process with its counters, as the programs keep them.

name_lost_layers() {
    keeps_trail || say "DATABASE_URL=off: no request is recorded, and /audit has nothing to show"
    ! is_root || ! keeps_trail || has_own_cluster ||
        say "DATABASE_URL names a server of yours: audit and the shipper are without an empty" \
            "root folder, and can find out which files there are"
    is_root && return
    find_own_name
    say "started by $own_name, not by root: without a user of its own for each program" \
        "and for nginx, without empty capability bounding sets and an empty root folder, without" \
        "folders that keep out whatever else $own_name runs"
}

command_status() {
    load_state_folder
    if [ ! -d "$STATE_DIR/run" ]; then
        say "not running"
        exit 1
    fi
    [ -r "$STATE_DIR/run" ] || die "$STATE_DIR/run: cannot be read: ask as the user who started it"
    if ! is_anything_running; then
        say "not running"
        exit 1
    fi
    load_settings_in_force
    find_routes_in_force
    choose_colours
    problems=
    printf 'bulkhead %s on %s\n\n' "${version:-unknown}" "$(address)"
    print_table
    print_compartments
    judge_logs
    judge_log_sizes
    printf '\n'
    print_trail
    print_certificate
    printf '\nsockets  %s/run/PROCESS.sock\n' "$STATE_DIR"
    # shellcheck disable=SC2086 # a list of words
    echo 'layers   of a program:' $program_layers
    [ -z "$problems" ] || die "not healthy: ${problems#, }"
}

choose_colours() {
    good='' fair='' bad='' plain=''
    if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
        good=$(printf '\033[32m') fair=$(printf '\033[33m') bad=$(printf '\033[31m')
        plain=$(printf '\033[0m')
    fi
}

# The layers come last: colour would upset the width of a column.
print_row() {
    printf '%-12s %7s  %-16s %9s %9s %9s %7s %5s %5s  %s\n' "$@"
}

print_table() {
    survey_all
    programs_found=
    print_row process pid user up served 2xx 4xx 5xx open layers
    find_numbers
    for route in $routes_in_force; do
        for n in $numbers; do
            print_process "$route" "$n"
        done
    done
    print_trail_processes
    print_edge
    print_watch
}

# What the state folder names, and what that has started.
survey_all() {
    set --
    for file in "$STATE_DIR"/run/*.pid; do
        read_pid "$file" || continue
        find_children "$pid"
        # shellcheck disable=SC2086 # a list of words
        set -- "$@" "$pid" $children
    done
    survey "$@"
}

print_process() {
    base=$STATE_DIR/run/$1-$2
    if ! read_pid "$base.pid"; then
        if ! has_orphan "$base.pid" || ! read_program "$base"; then
            note_problem "$1-$2" 'does not run'
            return
        fi
        note_problem "$1-$2" 'runs without its supervisor'
    elif ! read_program "$base"; then
        note_problem "$1-$2" 'is not ready'
        return
    fi
    find_user "$1"
    judge_layers "$program" "$user" "$program_layers"
    name=$1-$2
    programs_found="$programs_found $name/$program/$landlock"
    find_owner "$program"
    find_age "$program_start"
    bound_counters
    # shellcheck disable=SC2086 # eleven numbers, see stats.h
    set -- $bounded
    # What no nginx sends, and whom no nginx is: worth a word when there were any.
    [ "$9" = 0 ] || verdict="$verdict, dropped $9"
    [ "${10}" = 0 ] || verdict="$verdict, refused ${10}"
    print_row "$name" "$program" "$owner" "$age" "$4" "$5" "$6" "$7" "$8" "$verdict"
}

# A program can write what it likes there; none has counted to a number of sixteen digits. Sets
# bounded to the counters as they are shown.
bound_counters() {
    bounded=
    for number in $counters; do
        case $number in ????????????????*) number=huge ;; esac
        bounded="$bounded $number"
    done
}

print_edge() {
    if ! is_edge_running; then
        if has_orphan "$STATE_DIR/run/edge.pid"; then
            note_problem nginx 'runs without its master'
        else
            note_problem nginx 'does not run'
        fi
        return
    fi
    find_owner "${children%% *}"
    # A worker has what its master has.
    find_user edge
    judge_layers "$pid" "$user" "$edge_layers"
    find_age "$start"
    print_row edge "$pid" "$owner" "$age" - - - - - "$verdict"
}

print_watch() {
    if ! is_watch_running; then
        note_problem watch 'does not run'
        return
    fi
    supervisor=$pid
    find_age "$start"
    find_watch "$supervisor" || {
        note_problem watch 'is not ready'
        return
    }
    find_owner "$watcher"
    print_row watch "$watcher" "$owner" "$age" - - - - - -
}

# Its multiwatch may be about to start it again.
find_watch() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        find_children "$1"
        watcher=${children%% *}
        [ -z "$watcher" ] || return 0
        sleep 0.1
    done
    return 1
}

# When something has started, in hundredths of a second since the machine did, whatever the kernel's
# own tick: sets age
find_age() {
    find_uptime
    find_duration $((uptime - $1 / 100))
    age=$duration
}

note_problem() {
    problems="$problems, $1 $2"
    case $1 in
    nginx) ;;
    *) print_row "$1" - - - - - - - - "$bad$2$plain" ;;
    esac
}

# seconds: sets duration
find_duration() {
    if [ "$1" -ge 86400 ]; then
        duration=$(($1 / 86400))d$(($1 % 86400 / 3600))h
    elif [ "$1" -ge 3600 ]; then
        duration=$(($1 / 3600))h$(($1 % 3600 / 60))m
    elif [ "$1" -ge 60 ]; then
        duration=$(($1 / 60))m$(($1 % 60))s
    else
        duration=${1}s
    fi
}
