# shellcheck shell=sh disable=SC2154,SC2034 # variables that other parts set, and use
# What holds each process, as the kernel says.

program_layers='own-user no-capabilities empty-bounding-set no-new-privileges own-root landlock
    seccomp not-dumpable no-core no-locked-memory no-message-queues no-processes bounded-log'
database_layers='own-user no-capabilities empty-bounding-set no-new-privileges'
edge_layers="$database_layers seccomp"
# What only root can set up.
root_layers='own-user empty-bounding-set own-root'
# What id(1) says of the users that surveys have met.
owners=

# process id, user it should have, layers to look for: sets verdict, and notes what is amiss.
judge_layers() {
    find_losses "$1" "$2" "$3"
    # What got ready since the survey was surveyed before it confined itself.
    [ -z "$unexpected" ] || {
        survey "$1"
        find_losses "$1" "$2" "$3"
    }
    if [ -n "$unexpected" ]; then
        problems="$problems, process $1 lacks$unexpected"
        verdict="${bad}without$lost$plain"
    elif [ -n "$lost" ]; then
        verdict="${fair}without$lost$plain"
    else
        verdict="${good}all$plain"
    fi
}

# process id, user it should have, layers to look for: sets lost, and unexpected to those of it that
# nothing explains
find_losses() {
    lost=
    unexpected=
    read_kernel "$1"
    for layer in $3; do
        has_layer "$1" "$2" "$layer" && continue
        lost="$lost $layer"
        is_layer_expected "$layer" "$2" && unexpected="$unexpected $layer"
    done
}

# layer, user. What the kernel does not have is no fault, unless it was asked for: then nothing
# would run. Nor is a root folder that the program of this user is not given.
is_layer_expected() {
    case $1 in
    landlock) [ "${SANDBOX:-}" = required ] || has_kernel_landlock && return ;;
    seccomp) [ "${SANDBOX:-}" = required ] || grep -q '^Seccomp:' /proc/self/status && return ;;
    own-root)
        find_root_of "${2#bulkhead-}"
        is_root && [ -n "$root" ] && return
        ;;
    *) is_root && return ;;
    esac
    case " $root_layers landlock seccomp " in
    *" $1 "*) return 1 ;;
    esac
}

# Any program can tell: it asks the kernel. They need not agree, should one be another's work.
has_kernel_landlock() {
    find_routes_in_force
    for asked in $routes_in_force; do
        "$STATE_DIR/bin/$asked" --sandbox 2>/dev/null |
            grep -q "^This kernel's Landlock has ABI" && return
    done
    return 1
}

# process ids: asks of all of them at once what read_kernel and find_owner tell of each, for each
# asking costs more than all the answers. Sets facts_PID, root_PID and maps_owner_PID.
survey() {
    while read -r process facts; do
        eval "facts_$process=\$facts"
    done <<END
$(print_facts "$@")
END
    uids=
    for each in "$@"; do
        eval "facts=\$facts_$each"
        uid=${facts#*,}
        uid=${uid%%,*}
        is_one_of "$uid" "$uids" || uids="$uids $uid"
        shift
        set -- "$@" "/proc/$each/root" "/proc/$each/maps"
    done
    read_files "$@"
    # shellcheck disable=SC2086 # a list of words
    owners=$owners$newline$(id $uids 2>/dev/null)
}

# paths, /proc/PID/NAME. The kernel gives the maps of a process that is not dumpable to root.
read_files() {
    while read -r path uid target; do
        process=${path#/proc/}
        process=${process%/*}
        case $process in '' | *[!0-9]*) continue ;; esac
        case $path in
        */root) eval "root_$process=\$target" ;;
        */maps) eval "maps_owner_$process=\$uid" ;;
        esac
    done <<END
$(find "$@" -maxdepth 0 -printf '%p %U %l\n' 2>/dev/null)
END
}

# process id: sets facts to what print_facts says of it. What has started since the survey gets one
# of its own.
find_facts() {
    eval "facts=\${facts_$1-}"
    [ -z "$facts" ] || return 0
    survey "$1"
    eval "facts=\$facts_$1"
}

# process id: sets k_... to what the kernel says of it, "-" where it says nothing; limits are
# "soft/hard"
read_kernel() {
    find_facts "$1"
    IFS=' ' read -r k_uids k_groups k_inheritable k_permitted k_effective k_bounding k_ambient \
        k_no_new_privileges k_seccomp k_filters k_parent k_core k_locked k_queues k_log \
        k_processes k_files k_data k_space <<END
$facts
END
    eval "k_root=\${root_$1-} k_maps_owner=\${maps_owner_$1-}"
    real_state=${real_state:-$(readlink -f "$STATE_DIR")}
}

# process id: sets owner to the name of who runs it
find_owner() {
    find_facts "$1"
    owner=${facts#*,}
    owner="uid=${owner%%,*}("
    case $owners in
    *"$newline$owner"*) owner=${owners#*"$newline$owner"} ;;
    *) owner='?' ;;
    esac
    owner=${owner%%)*}
}

# process ids: a line for each, which begins with it
print_facts() {
    awk 'function tell(name) { printf " %s", said[name] == "" ? "-" : said[name] }
    BEGIN {
        count = split("Uid:|Groups:|CapInh:|CapPrm:|CapEff:|CapBnd:|CapAmb:|NoNewPrivs:|" \
            "Seccomp:|Seccomp_filters:|PPid:|Max core file size|Max locked memory|" \
            "Max msgqueue size|Max file size|Max processes|Max open files|Max data size|" \
            "Max address space", names, "|")
        for (n = 1; n < ARGC; n++) {
            split("", said)
            file = "/proc/" ARGV[n] "/status"
            while ((getline <file) > 0) {
                name = $1
                $1 = ""
                gsub(/[ \t]+/, " ")
                sub(/^ /, "")
                gsub(/ /, ",")
                said[name] = $0
            }
            close(file)
            file = "/proc/" ARGV[n] "/limits"
            while ((getline <file) > 0) {
                name = substr($0, 1, 26)
                sub(/ +$/, "", name)
                split(substr($0, 27), values, " ")
                said[name] = values[1] "/" values[2]
            }
            close(file)
            printf "%s", ARGV[n]
            for (i = 1; i <= count; i++)
                tell(names[i])
            print ""
        }
    }' "$@"
}

# mask, in hexadecimal: sets mask to it without zeros in front
shorten_mask() {
    mask=${1#"${1%%[!0]*}"}
    mask=${mask:-0}
}

# user, masks: whether they hold no more than it may have. A port under 1024 takes nginx one bit.
are_allowed_capabilities() {
    user=$1
    shift
    for set in "$@"; do
        shorten_mask "$set"
        [ "$mask" != 0 ] || continue
        [ "$mask" = 400 ] && [ "$user" = bulkhead-edge ] && takes_low_port || return 1
    done
}

# One more than who started it: those of a container's engine, say, were there before. A kernel
# before 5.9 does not count them.
has_own_filter() {
    [ "$k_seccomp" = 2 ] || return 1
    [ "$k_filters" != - ] || return 0
    find_facts "$k_parent"
    # shellcheck disable=SC2086 # as read_kernel takes them
    set -- $facts
    [ "${10}" != - ] || return 0
    [ "$k_filters" -gt "${10}" ]
}

# process id, user it should have, layer; after read_kernel
has_layer() {
    case $3 in
    own-user)
        find_owner "$1"
        uid=${k_uids#*,}
        uid=${uid%%,*}
        is_root && [ "$owner" = "$2" ] && [ "$k_groups" = - ] &&
            [ "$k_uids" = "$uid,$uid,$uid,$uid" ]
        ;;
    no-capabilities)
        are_allowed_capabilities "$2" "$k_inheritable" "$k_permitted" "$k_effective" "$k_ambient"
        ;;
    empty-bounding-set) are_allowed_capabilities "$2" "$k_bounding" ;;
    no-new-privileges) [ "$k_no_new_privileges" = 1 ] ;;
    # Root of a container may have no right to see it: then it is the column's "?", and no loss.
    own-root)
        name_root
        case $root_name in empty | database | run) ;; '?') is_root ;; *) false ;; esac
        ;;
    landlock) [ "$landlock" -gt 0 ] ;;
    seccomp) has_own_filter ;;
    not-dumpable) [ "$k_maps_owner" = 0 ] ;;
    no-core) [ "$k_core" = 0/0 ] ;;
    no-locked-memory) [ "$k_locked" = 0/0 ] ;;
    no-message-queues) [ "$k_queues" = 0/0 ] ;;
    no-processes) [ "$k_processes" = 0/0 ] ;;
    bounded-log) is_integer "${k_log#*/}" 0 "$log_limit" ;;
    esac
}

# --- the compartments, one by one -----------------------------------------------------------------

print_compartment_row() {
    printf '%-12s %6s %5s %6s %4s %7s %8s %5s %6s %7s %7s %5s %5s %5s %5s %5s\n' "$@"
}

print_compartments() {
    printf '\n'
    print_compartment_row compartment uid caps bounds nnp seccomp landlock root files data space \
        procs core lock queue log
    for each in $programs_found; do
        landlock=${each##*/}
        program=${each%/*}
        print_compartment "${program%/*}" "${program#*/}"
    done
    cat <<END
All of it is from /proc, but for what a program says of itself: the counters (served to open,
dropped, refused) and landlock, which is what it has put in force and found to hold when it started,
for the kernel tells nobody. What each may still do:
END
    describe_sandboxes
}

# name, process id
print_compartment() {
    read_kernel "$2"
    uid=${k_uids#*,}
    shorten_mask "$k_effective"
    effective=$mask
    shorten_mask "$k_bounding"
    ! has_own_filter && filter=none || filter=filter
    name_root
    in_mebibytes "${k_data%/*}"
    data=$size
    in_mebibytes "${k_space%/*}"
    space=$size
    in_mebibytes "${k_log%/*}"
    print_compartment_row "$1" "${uid%%,*}" "$effective" "$mask" "$k_no_new_privileges" \
        "$filter" "abi $landlock" "$root_name" "${k_files%/*}" "$data" "$space" \
        "${k_processes%/*}" "${k_core%/*}" "${k_locked%/*}" "${k_queues%/*}" "$size"
}

# Sets root_name. The kernel shows it to root.
name_root() {
    case $k_root in
    '') root_name='?' ;;
    "$real_state/empty") root_name=empty ;;
    "$real_state/database/socket") root_name=database ;;
    "$real_state/run") root_name=run ;;
    /) root_name=/ ;;
    *) root_name=other ;;
    esac
}

# bytes: sets size
in_mebibytes() {
    size=any
    [ "$1" = unlimited ] || size=$(($1 / 1048576))M
}

# Of each program's --sandbox.
describe_sandboxes() {
    for route in $routes_in_force; do
        echo "of $route"
        "$STATE_DIR/bin/$route" --sandbox 2>/dev/null
    done | awk '
        function tell() {
            if (route) printf "  %-10s %s system calls; files: %s\n", route, calls, files
        }
        /^of / {
            tell()
            route = $2
            calls = files = ""
            places = 0
        }
        / system calls, / { calls = $1 }
        places && /^  / { sub(/^  /, ""); files = files (files == "" ? "" : "; ") $0 }
        places && !/^  / { places = 0 }
        /^Places of the file system/ { places = 1 }
        END { tell() }'
}
