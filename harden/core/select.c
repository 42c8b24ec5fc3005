#include "core/select.h"

#include "core/reader.h"

#include <string.h>

bool ids_have(const struct ids *ids, const struct check *check)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->list[i] == check)
            return true;
    return false;
}

bool ids_add(struct ids *ids, const char *list, const char **wrong, size_t *length)
{
    for (const char *id = list;; id += *length + 1) {
        *length = strcspn(id, ",");
        *wrong = id;
        const struct check *const check = check_named(id, *length);
        if (check == NULL)
            return false;
        if (!ids_have(ids, check) && ids->count < CHECKS_MAX)
            ids->list[ids->count++] = check;
        if (id[*length] == '\0')
            return true;
    }
}

bool is_selected(const struct selection *selection, const struct check *check)
{
    return is_selected_at(selection, check, check->severity);
}

bool is_selected_at(const struct selection *selection, const struct check *check,
                    enum severity severity)
{
    if (selection == NULL)
        return true;
    return severity >= selection->least && !ids_have(&selection->skip, check) &&
           (selection->only.count == 0 || ids_have(&selection->only, check));
}

bool is_fix_selected(const struct selection *selection, const struct check *check)
{
    if (check->fix == FIX_NONE || !is_selected(selection, check))
        return false;
    return check->fix == FIX_SAFE || selection == NULL || ids_have(&selection->with, check);
}
