# shellcheck shell=sh disable=SC2154 # variables that other parts set
# The state folder, the system users and the installed programs.
#
#   empty/  the root folder of every program: nothing is ever in it
#   journal/NAME/  what each program and nginx have recorded, until it is shipped
#   database/      the trail's cluster: see database.sh
#   bin/    the programs that run and the watch: copies, so that a build in the source folder
#           changes nothing live
#   nginx/  the rendered configuration     edge/  what nginx writes     log/
#   run/    per process ROUTE-N.sock, .pid, .stats; edge.pid; watch.pid;
#           the settings in force

# Asked once: who starts it stays the same, and the question costs a process.
user_id=$(id -u)

is_root() {
    [ "$user_id" -eq 0 ]
}

# The list of routes is the list of nginx/routes/*.conf.
list_routes() {
    for file in "$1"/routes/*.conf; do
        file=${file##*/}
        [ "$file" = '*.conf' ] || echo "${file%.conf}"
    done
}

routes() {
    list_routes "$edge_source"
}

routes_in_force() {
    list_routes "$STATE_DIR/nginx"
}

user_of() {
    if is_root; then echo "bulkhead-$1"; else id -un; fi
}

check_tools() {
    missing=
    need_tool nginx nginx
    need_tool spawn-fcgi spawn-fcgi
    need_tool multiwatch multiwatch
    need_tool setpriv util-linux
    need_tool flock util-linux
    need_tool setsid util-linux
    ! is_root || need_tool useradd passwd
    keeps_trail && has_own_cluster && { find_postgres || missing=yes; }
    [ -z "$missing" ] || exit 1
}

need_tool() {
    command -v "$1" >/dev/null && return
    complain "$1: not found: install the Debian package $2 (./quickstart does)"
    missing=yes
}

# --- folders -------------------------------------------------------------------------------------

# Takes the lock of the state folder, which the command holds to its end. Nobody else may open it:
# who can, can hold it too.
open_state() {
    message=$(mkdir -p "$STATE_DIR" 2>&1) || die "STATE_DIR=$STATE_DIR: ${message#mkdir: }"
    STATE_DIR=$(readlink -f "$STATE_DIR")
    is_state_folder "$STATE_DIR" || die "STATE_DIR leads to $STATE_DIR: characters other than" \
        "letters, digits and / . _ + - in a folder's name: use another"
    check_state_owner
    (umask 077 && : >>"$STATE_DIR/lock" && chmod 0600 "$STATE_DIR/lock") 2>/dev/null ||
        die "STATE_DIR=$STATE_DIR: cannot be written to"
    exec 9>>"$STATE_DIR/lock"
    flock -w 120 9 || die "$STATE_DIR: another bulkhead command has been at work for two minutes"
}

# Makes the folder ready for programs and nginx to start.
furnish_state() {
    check_space
    ! is_root || make_users
    make_folders || exit 1
    check_reach
    check_socket_paths
}

# Whoever may write in the folder may replace the programs that root starts; whoever may write in
# one above it may replace the folder.
check_state_owner() {
    [ -O "$STATE_DIR" ] ||
        die "STATE_DIR=$STATE_DIR: belongs to another user: use a folder of your own"
    [ -z "$(find "$STATE_DIR" -maxdepth 0 -perm /022)" ] ||
        die "STATE_DIR=$STATE_DIR: others may write there: use another, or: chmod go-w $STATE_DIR"
    above=$STATE_DIR
    while [ "$above" != / ]; do
        above=$(dirname "$above")
        check_owner_above "$above"
    done
}

# Of a sticky folder, such as /tmp, others cannot rename what is not theirs.
check_owner_above() {
    [ -n "$(find "$1" -maxdepth 0 \( -uid 0 -o -uid "$user_id" \))" ] ||
        die "STATE_DIR=$STATE_DIR: $1 belongs to another user, who could replace it: use another"
    [ -z "$(find "$1" -maxdepth 0 -perm /022 ! -perm -1000)" ] ||
        die "STATE_DIR=$STATE_DIR: others may write in $1: use another, or: chmod go-w $1"
}

check_space() {
    if ! (head -c 1048576 /dev/zero >"$STATE_DIR/space") 2>/dev/null; then
        rm -f "$STATE_DIR/space"
        die "STATE_DIR=$STATE_DIR: no room: free at least 1 MiB there"
    fi
    rm -f "$STATE_DIR/space"
}

make_users() {
    for name in edge trail database $(routes); do
        id "bulkhead-$name" >/dev/null 2>&1 && continue
        message=$(useradd --system --user-group --no-create-home --home-dir /nonexistent \
            --shell /usr/sbin/nologin --comment "Bulkhead $name" "bulkhead-$name" 2>&1)
        # Another instance may have been faster.
        id "bulkhead-$name" >/dev/null 2>&1 || die "user bulkhead-$name: $message"
    done
}

# name, mode as root, owner as root. By a user all is private to that user.
make_folder() {
    message=$(mkdir -p "$STATE_DIR/$1" 2>&1) || {
        complain "${message#mkdir: }"
        return 1
    }
    if is_root; then
        chown "$3" "$STATE_DIR/$1" && chmod "$2" "$STATE_DIR/$1"
    else
        chmod 0700 "$STATE_DIR/$1"
    fi
}

make_folders() {
    make_folder bin 0755 root:root &&
        make_folder empty 0555 root:root &&
        make_folder edge 0700 bulkhead-edge:bulkhead-edge &&
        make_folder log 0710 root:bulkhead-edge &&
        make_folder run 0710 root:bulkhead-edge &&
        make_trail_folders
}

# What nginx, as its own user, must be able to enter.
check_reach() {
    as_edge test -x "$STATE_DIR/run" ||
        die "STATE_DIR=$STATE_DIR: $(user_of edge) cannot enter it: a folder above is closed"
}

# A sockaddr_un has room for 107 bytes and a NUL.
check_socket_paths() {
    longest=$(routes | awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }')
    longest=$((longest + ${#PROCESSES} + 11)) # /run/, -, .sock
    [ $longest -gt 30 ] || ! has_own_cluster || longest=30 # /database/socket/.s.PGSQL.5432
    excess=$((${#STATE_DIR} + longest - 107))
    [ $excess -le 0 ] ||
        die "STATE_DIR=$STATE_DIR: the path of a socket there is $excess bytes too long: shorten it"
}

# --- programs ------------------------------------------------------------------------------------

programs_wanted() {
    routes
    ! keeps_trail || echo trail
}

# program: where it was built, or installed
built() {
    case $1 in
    trail) echo "$shipper" ;;
    *) echo "$programs/$1" ;;
    esac
}

# Copies the programs of the named routes that differ from the installed ones. The old one stays as
# NAME.old until the next time, for restore_programs.
install_programs() {
    installed=
    for route in "$@"; do
        cmp -s "$(built "$route")" "$STATE_DIR/bin/$route" && continue
        install_program "$route" || {
            restore_programs
            return 1
        }
    done
}

install_program() {
    target=$STATE_DIR/bin/$1
    message=$(install -m 0755 "$(built "$1")" "$target.new" 2>&1) || {
        complain "${message#install: }"
        rm -f "$target.new"
        return 1
    }
    rm -f "$target.old"
    [ ! -e "$target" ] || ln "$target" "$target.old"
    mv -f "$target.new" "$target"
    installed="$installed $1"
}

restore_programs() {
    for route in ${installed-}; do
        [ ! -e "$STATE_DIR/bin/$route.old" ] ||
            mv -f "$STATE_DIR/bin/$route.old" "$STATE_DIR/bin/$route"
    done
    installed=
}

# What a process of a route is told at its start, as far as settings say it.
print_way_of_start() {
    # shellcheck disable=SC2046 # a list of words
    print_settings $(settings_of_route "$1")
    trail_options "$1"
    root_of "$1"
}

# Whether the running processes of a route need replacing after install_programs.
has_route_changed() {
    case " $installed " in
    *" $1 "*) return 0 ;;
    esac
    [ "$(print_way_of_start "$1")" != "$(load_settings_in_force && print_way_of_start "$1")" ]
}
