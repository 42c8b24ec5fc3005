# shellcheck shell=sh
# What the scripts of this folder read of .env, in the folder where they are called from.

# The setting's value: the environment's, or else that of the file, in which quotes around a value,
# or else the blanks and the comment behind it, are not of it. So does Compose, and bulkhead(8).
value_of() {
    eval "[ -n \"\${$1+set}\" ]" && { eval "printf '%s\n' \"\${$1}\""; return; }
    [ ! -r .env ] || tr -d '\r' <.env | sed -n "s/^$1=//p" | tail -n 1 |
        sed -e 's/^"\(.*\)"[[:space:]]*$/\1/' -e t -e "s/^'\(.*\)'[[:space:]]*\$/\1/" -e t \
            -e 's/[[:space:]]#.*$//' -e 's/^#.*$//' -e 's/[[:space:]]*$//'
}
