# shellcheck shell=sh disable=SC2034,SC2154 # variables that other parts set or use
# The trail: each program has a folder of its own under journal/ that it can only append to, nginx
# has one too, and the shipper takes what is there to the database. The shipper is one process under
# a multiwatch of its own, and may end and start at any moment: what it has shipped stands in the
# database.

# Files made in them are of the shipper's group, and nobody else's but their maker's.
make_trail_folders() {
    keeps_trail || return 0
    make_folders 0711 root:root journal || return 1
    for name in edge $routes; do # by who writes there
        make_folders 2770 "bulkhead-$name:bulkhead-trail" "journal/$name" || return 1
        ! is_root || [ -g "$STATE_DIR/journal/$name" ] || {
            complain "journal/$name: does not hand its group on, and the shipper could read" \
                "nothing there: root is without the capability FSETID"
            return 1
        }
    done
    has_own_cluster || return 0
    make_folders 0710 root:bulkhead-database database &&
        make_folders 0700 bulkhead-database:bulkhead-database database/cluster &&
        make_folders 0755 bulkhead-database:bulkhead-database database/socket
}

# route: sets journal_option to what its program is told
find_journal_option() {
    journal_option=
    ! keeps_trail || journal_option="--journal $STATE_DIR/journal/$1"
}

# route: sets root to what it sees as its root folder. One that asks a server of the operator's own
# has none: its socket, or its CA's certificate, is wherever it is.
find_root_of() {
    root=$STATE_DIR/empty
    case $1 in
    audit | trail)
        if keeps_trail; then
            root=
            ! has_own_cluster || root=$STATE_DIR/database/socket
        fi
        ;;
    # healthz connects to the sockets there, metrics reads the counters
    healthz | metrics) root=$STATE_DIR/run ;;
    esac
}

# --- the shipper ----------------------------------------------------------------------------------

is_shipper_running() {
    read_pid "$STATE_DIR/run/trail.pid" && read_program "$STATE_DIR/run/trail"
}

start_shipper() {
    base=$STATE_DIR/run/trail
    log=$STATE_DIR/log/trail.log
    stop_shipper
    open_log
    launch_shipper || return 1
    waited=0
    while [ $waited -lt 1000 ] && read_pid "$base.pid"; do
        ! read_program "$base" || return 0
        wait_more
    done
    complain "trail: the shipper did not start: $(new_log_lines |
        LC_ALL=C grep -a '^trail: ' | tail -n 3 | show_text | tr '\t\n' '  ')"
    stop_shipper
    return 1
}

# It opens the journals' folders, which are open to its group alone, before it becomes its own user.
launch_shipper() {
    find_program multiwatch
    options=
    if is_root; then
        find_root_of trail
        options="--user bulkhead-trail ${root:+--root $root}"
    fi
    # shellcheck disable=SC2086 # options without blanks
    set -- setsid setpriv $supervisor_rights $shipper_group -- "$path" \
        -f 1 -r 1000000 -t 1 -s TERM -- "$STATE_DIR/bin/trail" --stats "$base.stats" $options
    exec_with_bounded_log trail "$@" </dev/null >>"$log" 2>&1 8>&- 9>&- &
    write_pid "$base.pid"
}

shipper_group=
! is_root || shipper_group=--groups=bulkhead-trail

stop_shipper() {
    stop_process "$STATE_DIR/run/trail.pid"
    remove "$STATE_DIR/run/trail.pid" "$STATE_DIR/run/trail.stats"
}

# What runs beside the routes' programs, as far as it is wanted.
is_trail_running() {
    ! keeps_trail || {
        { ! has_own_cluster || is_database_running; } && is_shipper_running
    }
}

start_trail() {
    keeps_trail || return 0
    if has_own_cluster && ! is_database_running; then
        start_database || return 1
    fi
    is_shipper_running || start_shipper
}

# The schema comes first: the shipper would wait for it, but a bad one is to be known at once.
start_trail_anew() {
    keeps_trail || return 0
    if has_own_cluster; then
        is_database_running || start_database || return 1
        make_database || return 1
    fi
    start_shipper
}

restart_shipper() {
    ! keeps_trail || { install_programs trail && start_shipper; }
}

stop_trail() {
    stop_shipper
    stop_database
}

# After a change of settings, programs or routes.
roll_trail() {
    if ! keeps_trail; then
        stop_trail
        return
    fi
    if ! has_own_cluster || { is_database_running && is_database_outdated; }; then
        stop_database
    fi
    find_routes_in_force
    if has_route_changed trail || ! is_trail_running || [ "$routes" != "$routes_in_force" ]; then
        start_trail_anew
    elif has_own_cluster; then
        make_database
    fi
}

# --- the password of /audit ----------------------------------------------------------------------

# Makes one, unless there is one already. It is never shown: whoever may read the file may know it.
command_password() {
    load_state_folder
    open_state
    file=$STATE_DIR/password
    if [ -e "$file" ]; then
        say "the password of /audit is in $file already"
        return
    fi
    (umask 077 && head -c 18 /dev/urandom | base64 | tr '+/' '-_' >"$file.new" &&
        mv "$file.new" "$file") || die "$file: cannot be written"
    say "made a password for the user admin of /audit: it is in $file"
}

# --- status ---------------------------------------------------------------------------------------

print_trail() {
    if ! keeps_trail; then
        echo "trail    off, by DATABASE_URL: no request is recorded"
        return
    fi
    # shellcheck disable=SC2046 # numbers, see stats.h
    set -- $(od -An -v -t u8 -j 88 -N 48 "$STATE_DIR/run/trail.stats" 2>/dev/null)
    [ $# -eq 6 ] || return 0
    for number in "$@"; do
        is_integer "$number" 0 999999999999999 || [ ${#number} -le 15 ] || return 0
    done
    lag=0
    [ "$4" -eq 0 ] || lag=$(($(date +%s) - $4))
    find_duration $lag
    printf 'trail    %s records shipped since its start, %s lines skipped; behind by %s bytes%s; ' \
        "$1" "$2" "$3" "$([ "$lag" -le 1 ] || echo ", for $duration")"
    printf '%s, journals of %s bytes\n' "$([ "$5" = 1 ] || echo "not ")connected" "$6"
    [ "$5" = 1 ] ||
        problems="$problems, the trail's database can't be reached: log/trail.log says why"
    [ "$lag" -le 60 ] || problems="$problems, the trail is behind by $duration"
}

# name, process id, when it started, layers to look for
print_part() {
    find_user "$1"
    judge_layers "$2" "$user" "$4"
    find_owner "$2"
    find_age "$3"
    print_row "$1" "$2" "$owner" "$age" - - - - - "$verdict"
}

print_trail_processes() {
    keeps_trail || return 0
    if ! is_shipper_running; then
        note_problem trail 'does not run'
    else
        print_part trail "$program" "$program_start" "$program_layers"
    fi
    has_own_cluster || return 0
    if ! is_database_running; then
        note_problem database 'does not run'
    else
        print_part database "$pid" "$start" "$database_layers"
        ! is_database_outdated ||
            problems="$problems, PostgreSQL was upgraded: bulkhead reload starts the new one"
    fi
}
