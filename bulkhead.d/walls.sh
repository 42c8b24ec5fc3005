# shellcheck shell=sh disable=SC2154 # variables that other parts set
# What nginx may still do once it runs: enclose(8) lets it read what it is made of and the state
# folder, as far as its user may, write to its logs and its own folder, listen on its ports, and run
# itself alone. It holds for workers too, and for what a worker becomes in somebody else's hands.

# The options of enclose, for the configuration in $1. A folder that this system lacks is left out.
print_walls() {
    case ${SANDBOX:-} in
    required) ;;
    best-effort) echo --best-effort ;;
    *) is_root && has_kernel_landlock || echo --best-effort ;;
    esac
    find_program nginx
    nginx_program=$(readlink -f "$path")
    for file in "$nginx_program" /lib/ld-linux*.so.* /lib64/ld-linux*.so.*; do
        [ ! -f "$file" ] || echo --run "$file"
    done
    for path in /usr/lib /usr/lib64 /lib /lib64 /usr/share/nginx /usr/share/zoneinfo /etc/ssl \
        /etc/ld.so.cache /etc/localtime /etc/passwd /etc/group /etc/nsswitch.conf \
        /sys/devices/system/cpu "$STATE_DIR"; do
        [ ! -e "$path" ] || echo --read "$path"
    done
    echo --log "$STATE_DIR/log" --own "$STATE_DIR/edge"
    ! keeps_trail || echo --journal "$STATE_DIR/journal/edge"
    echo --listen "$PORT" ${REDIRECT_PORT:+--listen "$REDIRECT_PORT"}
    responder_port=$(responder_port "$1") && echo --connect "$responder_port"
    return 0
}

# Whether nginx in force has other walls than the configuration in $1 wants: it can't take them off.
have_walls_changed() {
    [ "$(print_walls "$1")" != "$(cat "$STATE_DIR/run/edge.walls" 2>/dev/null)" ]
}
