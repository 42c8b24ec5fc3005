# shellcheck shell=sh disable=SC2154,SC2034 # variables that other parts set, and use
# What holds each process, as the kernel says.

program_layers='own-user no-capabilities empty-bounding-set no-new-privileges own-root landlock
    seccomp not-dumpable no-core no-locked-memory no-message-queues no-processes bounded-log'
edge_layers='own-user no-capabilities empty-bounding-set no-new-privileges'
# What only root can set up.
root_layers='own-user empty-bounding-set own-root'

# process id, user it should have, layers to look for: sets verdict, and notes what is amiss.
judge_layers() {
    lost=
    unexpected=
    read_kernel "$1"
    for layer in $3; do
        has_layer "$1" "$2" "$layer" && continue
        lost="$lost $layer"
        is_layer_expected "$layer" "$2" && unexpected="$unexpected $layer"
    done
    if [ -n "$unexpected" ]; then
        problems="$problems, process $1 lacks$unexpected"
        verdict="${bad}without$lost$plain"
    elif [ -n "$lost" ]; then
        verdict="${fair}without$lost$plain"
    else
        verdict="${good}all$plain"
    fi
}

# layer, user. What the kernel does not have is no fault, unless it was asked for: then nothing
# would run. Nor is a root folder that the program of this user is not given.
is_layer_expected() {
    case $1 in
    landlock) [ "${SANDBOX:-}" = required ] || has_kernel_landlock && return ;;
    seccomp) [ "${SANDBOX:-}" = required ] || grep -q '^Seccomp:' /proc/self/status && return ;;
    own-root) is_root && [ -n "$(root_of "${2#bulkhead-}")" ] && return ;;
    *) is_root && return ;;
    esac
    case " $root_layers landlock seccomp " in
    *" $1 "*) return 1 ;;
    esac
}

# Any program can tell: it asks the kernel. They need not agree, should one be another's work.
has_kernel_landlock() {
    for asked in $(routes_in_force); do
        "$STATE_DIR/bin/$asked" --sandbox 2>/dev/null |
            grep -q "^This kernel's Landlock has ABI" && return
    done
    return 1
}

# process id: sets k_... to what the kernel says of it, "-" where it says nothing; limits are
# "soft/hard". Read once, for each reading costs more than all the questions.
read_kernel() {
    IFS=' ' read -r k_uids k_groups k_inheritable k_permitted k_effective k_bounding k_ambient \
        k_no_new_privileges k_seccomp k_filters k_parent k_core k_locked k_queues k_log \
        k_processes k_files k_data k_space <<END
$(print_kernel "/proc/$1/status" "/proc/$1/limits" 2>/dev/null)
END
    k_root=$(readlink "/proc/$1/root")
    empty_root=${empty_root:-$(readlink -f "$STATE_DIR/empty")}
    # The kernel gives the files of a process that is not dumpable to root.
    k_maps_owner=$(stat -c %u "/proc/$1/maps" 2>/dev/null)
}

print_kernel() {
    awk '
        FILENAME ~ /status$/ { name = $1; $1 = ""; gsub(/[ \t]+/, " "); sub(/^ /, "") }
        FILENAME ~ /status$/ { gsub(/ /, ",") ; said[name] = $0 }
        FILENAME ~ /limits$/ {
            name = substr($0, 1, 26)
            sub(/ +$/, "", name)
            split(substr($0, 27), values, " ")
            said[name] = values[1] "/" values[2]
        }
        END {
            count = split("Uid:|Groups:|CapInh:|CapPrm:|CapEff:|CapBnd:|CapAmb:|NoNewPrivs:|" \
                "Seccomp:|Seccomp_filters:|PPid:|Max core file size|Max locked memory|" \
                "Max msgqueue size|Max file size|Max processes|Max open files|Max data size|" \
                "Max address space", names, "|")
            for (i = 1; i <= count; i++)
                printf "%s ", said[names[i]] == "" ? "-" : said[names[i]]
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
        [ "$mask" = 400 ] && [ "$user" = bulkhead-edge ] && is_integer "$PORT" 1 1023 || return 1
    done
}

# One more than who started it: those of a container's engine, say, were there before. A kernel
# before 5.9 does not count them.
has_own_filter() {
    [ "$k_seccomp" = 2 ] || return 1
    [ "$k_filters" != - ] || return 0
    before=0
    while read -r name value; do
        [ "$name" != Seccomp_filters: ] || before=$value
    done 2>/dev/null <"/proc/$k_parent/status"
    [ "$k_filters" -gt "$before" ]
}

# process id, user it should have, layer; after read_kernel
has_layer() {
    case $3 in
    own-user)
        wanted=$(id -u "$2" 2>/dev/null) && is_root && [ "$k_groups" = - ] &&
            [ "$k_uids" = "$wanted,$wanted,$wanted,$wanted" ]
        ;;
    no-capabilities)
        are_allowed_capabilities "$2" "$k_inheritable" "$k_permitted" "$k_effective" "$k_ambient"
        ;;
    empty-bounding-set) are_allowed_capabilities "$2" "$k_bounding" ;;
    no-new-privileges) [ "$k_no_new_privileges" = 1 ] ;;
    # Root of a container may have no right to see it: then it is the column's "?", and no loss.
    own-root) case $(name_root) in empty | database) ;; '?') is_root ;; *) false ;; esac ;;
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
    for route in $(routes_in_force); do
        for n in $(numbers); do
            base=$STATE_DIR/run/$route-$n
            read_pid "$base.pid"
            ! read_program "$base" || print_compartment "$route-$n" "$program"
        done
    done
    cat <<END
All of it is from /proc, but for what a program says of itself: the counters (served to open,
dropped, refused) and landlock, which is what it has put in force and found to hold when it started,
for the kernel tells nobody. What each may still do:
END
    for route in $(routes_in_force); do
        printf '  %-10s %s\n' "$route" "$(describe_sandbox "$route")"
    done
}

# name, process id
print_compartment() {
    read_kernel "$2"
    uid=${k_uids#*,}
    shorten_mask "$k_effective"
    effective=$mask
    shorten_mask "$k_bounding"
    ! has_own_filter && filter=none || filter=filter
    print_compartment_row "$1" "${uid%%,*}" "$effective" "$mask" "$k_no_new_privileges" \
        "$filter" "abi $landlock" "$(name_root)" "${k_files%/*}" \
        "$(in_mebibytes "${k_data%/*}")" "$(in_mebibytes "${k_space%/*}")" "${k_processes%/*}" \
        "${k_core%/*}" "${k_locked%/*}" "${k_queues%/*}" "$(in_mebibytes "${k_log%/*}")"
}

# The kernel shows it to root.
name_root() {
    case $k_root in
    '') echo '?' ;;
    "$empty_root") echo empty ;;
    "$STATE_DIR/database/socket") echo database ;;
    /) echo / ;;
    *) echo other ;;
    esac
}

in_mebibytes() {
    [ "$1" = unlimited ] && echo any || echo "$(($1 / 1048576))M"
}

# route: of its program's --sandbox
describe_sandbox() {
    "$STATE_DIR/bin/$1" --sandbox 2>/dev/null | awk '
        / system calls, / { calls = $1 }
        places && /^  / { sub(/^  /, ""); files = files (files == "" ? "" : "; ") $0 }
        places && !/^  / { places = 0 }
        /^Places of the file system/ { places = 1 }
        END { print calls " system calls; files: " files }'
}
