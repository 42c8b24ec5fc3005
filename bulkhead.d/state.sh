# shellcheck shell=sh disable=SC2034,SC2154 # variables that other parts set or use
# The state folder, the system users and the installed programs.
#
#   empty/  the root folder of most programs: nothing is ever in it
#   journal/NAME/  what each program and nginx have recorded, until it is shipped
#   database/      the trail's cluster: see database.sh
#   bin/    the programs that run and the watch: copies, so that a build in the source folder
#           changes nothing live
#   nginx/  the rendered configuration     edge/  what nginx writes     log/
#   run/    per process ROUTE-N.sock, .pid, .stats; edge.pid; watch.pid: what programs may see that
#           look after the others
#   settings  those in force

# Asked once: who starts it stays the same, and the question costs a process.
user_id=$(id -u)

is_root() {
    [ "$user_id" -eq 0 ]
}

# folder: sets listed. The list of routes is the list of nginx/routes/*.conf.
list_routes() {
    listed=
    for route_file in "$1"/routes/*.conf; do
        route_file=${route_file##*/}
        [ "$route_file" = '*.conf' ] || listed="$listed ${route_file%.conf}"
    done
    listed=${listed# }
}

# Those of the source folder.
list_routes "${edge_source-}"
routes=$listed

# Sets routes_in_force; they change with the configuration of nginx.
find_routes_in_force() {
    list_routes "$STATE_DIR/nginx"
    routes_in_force=$listed
}

# What a command is run by that shall get no right back. In a container or a unit of systemd's that
# is so from the start; and the unit's filter refuses what setpriv asks the kernel for.
print_no_new_privs() {
    grep -qs '^NoNewPrivs:[[:space:]]*1$' /proc/self/status || echo setpriv --no-new-privs --
}

# name: sets user to who is to run it
find_user() {
    if is_root; then
        user=bulkhead-$1
    else
        find_own_name
        user=$own_name
    fi
}

# Sets own_name, once.
own_name=
find_own_name() {
    own_name=${own_name:-$(id -un)}
}

# files: removes them, which takes no process where there are none
remove() {
    for each in "$@"; do
        [ -e "$each" ] || [ -L "$each" ] || continue
        rm -f "$@"
        return
    done
}

# program: sets path to where it is
find_program() {
    path=
    search=$PATH:
    while [ -n "$search" ]; do
        path=${search%%:*}/$1
        [ ! -f "$path" ] || [ ! -x "$path" ] || return 0
        search=${search#*:}
    done
    return 1
}

check_tools() {
    missing=
    need_tool nginx nginx
    need_tool spawn-fcgi spawn-fcgi
    need_tool multiwatch multiwatch
    need_tool setpriv util-linux
    need_tool flock util-linux
    need_tool setsid util-linux
    ! is_root || has_all_users || need_tool useradd passwd
    ! is_tls_on || need_tool openssl openssl
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
    [ -d "$STATE_DIR" ] || message=$(mkdir -p "$STATE_DIR" 2>&1) ||
        die "STATE_DIR=$STATE_DIR: ${message#mkdir: }"
    STATE_DIR=$(readlink -f "$STATE_DIR")
    is_state_folder "$STATE_DIR" || die "STATE_DIR leads to $STATE_DIR: characters other than" \
        "letters, digits and / . _ + - in a folder's name: use another"
    check_state_owner
    (umask 077 && : >>"$STATE_DIR/lock" && chmod 0600 "$STATE_DIR/lock") 2>/dev/null ||
        die "STATE_DIR=$STATE_DIR: cannot be written to"
    exec 9>>"$STATE_DIR/lock"
    flock -w 120 9 || die "$STATE_DIR: another bulkhead command has been at work for two minutes"
    # A version before this one kept it where metrics could read it now.
    [ ! -e "$STATE_DIR/run/settings" ] || mv -f "$STATE_DIR/run/settings" "$STATE_DIR/settings"
}

# Makes the folder ready for programs and nginx to start.
furnish_state() {
    check_space
    ! is_root || make_users
    make_all_folders || exit 1
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
    set --
    while [ "$above" != / ]; do
        above=${above%/*}
        above=${above:-/}
        set -- "$@" "$above"
    done
    # One question for all: only what is not among the good ones is asked what is wrong with it.
    good=$(find "$@" -maxdepth 0 \( -uid 0 -o -uid "$user_id" \) \
        \( ! -perm /022 -o -perm -1000 \) -printf '%p ')
    for above in "$@"; do
        is_one_of "$above" "$good" || check_owner_above "$above"
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
    { head -c 1048576 /dev/zero >"$STATE_DIR/space"; } 2>/dev/null
    written=$?
    rm -f "$STATE_DIR/space"
    [ $written -eq 0 ] || die "STATE_DIR=$STATE_DIR: no room: free at least 1 MiB there"
}

# Sets known to what id(1) says of the users that there are, and says whether there are all.
has_all_users() {
    set --
    for name in edge trail database $routes; do
        set -- "$@" "bulkhead-$name"
    done
    known=$(id "$@" 2>/dev/null)
}

make_users() {
    if ! has_all_users; then
        for name in edge trail database $routes; do
            make_user "$name"
        done
        has_all_users
    fi
    for name in $routes; do
        is_in_own_group "$name" || join_edge "$name"
    done
}

make_user() {
    id "bulkhead-$1" >/dev/null 2>&1 && return
    group=--user-group
    is_in_own_group "$1" || group=--gid=bulkhead-edge
    message=$(useradd --system "$group" --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin --comment "Bulkhead $1" "bulkhead-$1" 2>&1)
    # Another instance may have been faster.
    id "bulkhead-$1" >/dev/null 2>&1 || die "user bulkhead-$1: $message"
}

# What looks after the others has the group of whoever may enter run/.
is_in_own_group() {
    case $1 in healthz | metrics) return 1 ;; esac
}

# The user may be there already, by another hand.
join_edge() {
    case $known in
    *"(bulkhead-$1) gid="*)
        group=${known#*"(bulkhead-$1) gid="}
        group=${group#*"("}
        [ "${group%%")"*}" != bulkhead-edge ] || return 0
        ;;
    esac
    message=$(usermod --gid bulkhead-edge "bulkhead-$1" 2>&1) ||
        die "user bulkhead-$1: must have the group bulkhead-edge: $message"
}

# mode as root, owner as root, names. By a user all is private to that user.
make_folders() {
    if is_root; then
        options="-m $1 -o ${2%:*} -g ${2#*:}"
    else
        options='-m 0700'
    fi
    shift 2
    for each in "$@"; do
        shift
        set -- "$@" "$STATE_DIR/$each"
    done
    # shellcheck disable=SC2086 # options without blanks
    message=$(install -d $options "$@" 2>&1) && return
    complain "${message#install: }"
    return 1
}

make_all_folders() {
    make_folders 0755 root:root bin &&
        make_folders 0555 root:root empty &&
        make_folders 0700 bulkhead-edge:bulkhead-edge edge &&
        make_folders 0710 root:bulkhead-edge log run &&
        make_trail_folders &&
        make_self_signed
}

# What nginx, as its own user, must be able to enter.
check_reach() {
    find_user edge
    as_edge test -x "$STATE_DIR/run" ||
        die "STATE_DIR=$STATE_DIR: $user cannot enter it: a folder above is closed"
}

# A sockaddr_un has room for 107 bytes and a NUL.
check_socket_paths() {
    longest=0
    for name in $routes; do
        [ ${#name} -le "$longest" ] || longest=${#name}
    done
    longest=$((longest + ${#PROCESSES} + 11)) # /run/, -, .sock
    [ $longest -gt 30 ] || ! has_own_cluster || longest=30 # /database/socket/.s.PGSQL.5432
    excess=$((${#STATE_DIR} + longest - 107))
    [ $excess -le 0 ] ||
        die "STATE_DIR=$STATE_DIR: the path of a socket there is $excess bytes too long: shorten it"
}

# --- programs ------------------------------------------------------------------------------------

# Sets programs_wanted.
find_programs_wanted() {
    programs_wanted=$routes
    ! keeps_trail || programs_wanted="$programs_wanted trail"
}

# program: sets built to where it was built, or installed
find_built() {
    case $1 in
    trail) built=$shipper ;;
    *) built=$programs/$1 ;;
    esac
}

# Copies the programs of the named routes that differ from the installed ones. The old one stays as
# NAME.old until the next time, for restore_programs.
install_programs() {
    installed=
    for route in "$@"; do
        find_built "$route"
        is_same_file "$built" "$STATE_DIR/bin/$route" && continue
        install_program "$route" || {
            restore_programs
            return 1
        }
    done
}

is_same_file() {
    [ -e "$2" ] && cmp -s "$1" "$2"
}

# program, file $built
install_program() {
    target=$STATE_DIR/bin/$1
    message=$(install -m 0755 "$built" "$target.new" 2>&1) || {
        complain "${message#install: }"
        rm -f "$target.new"
        return 1
    }
    if [ -e "$target" ]; then
        rm -f "$target.old"
        ln "$target" "$target.old"
    fi
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
    derive_settings
    find_names "$stamps_of_routes" "$1"
    stamps=$names
    find_settings_of "$1"
    # shellcheck disable=SC2086 # a list of words
    print_settings $names $stamps
    find_root_of "$1"
    find_journal_option "$1"
    echo "$journal_option" "$root"
}

# Whether the running processes of a route need replacing after install_programs.
has_route_changed() {
    case " $installed " in
    *" $1 "*) return 0 ;;
    esac
    [ "$(print_way_of_start "$1")" != "$(load_settings_in_force && print_way_of_start "$1")" ]
}
