#include "settings.h"

#include "confine.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SETTINGS = 32 };

static bool is_switch(const char *value)
{
    return is_integer_between(value, 0, 1);
}

static const struct setting runtime_settings[] = {
    { .name = "LOG_LEVEL",
      .fallback = "info",
      .accepts = is_log_level,
      .allowed = "error, warning, info or debug" },
    { .name = "SANDBOX",
      .fallback = "",
      .accepts = is_sandbox_setting,
      .allowed = "required or best-effort; empty: required, when started as root, unless the "
                 "kernel has no such thing" },
    { .name = "TRAIL_SYNC",
      .fallback = "0",
      .accepts = is_switch,
      .allowed = "0 or 1: whether a record is on the disk before its answer leaves" },
    SETTINGS_END,
};

/* Configuration, filled at start-up and constant from then on. */
static struct {
    const char *name;
    const char *value;
} loaded[MAX_SETTINGS];
static size_t loaded_count;

static bool load_table(const struct setting *table)
{
    bool ok = true;

    for (; table != NULL && table->name != NULL; table++) {
        const char *value = getenv(table->name);
        if (value == NULL)
            value = table->fallback;
        if (!table->accepts(value)) {
            log_error("%s=%s: allowed is %s", table->name, value, table->allowed);
            ok = false;
        } else if (loaded_count == MAX_SETTINGS) {
            log_error("bug: more than %d settings", MAX_SETTINGS);
            ok = false;
        } else {
            loaded[loaded_count].name = table->name;
            loaded[loaded_count++].value = value;
        }
    }
    return ok;
}

bool settings_load(const struct route *route)
{
    loaded_count = 0;
    const bool runtime_ok = load_table(runtime_settings);
    const bool route_ok = load_table(route->settings);

    if (!runtime_ok || !route_ok)
        return false;
    log_set_level(setting_text("LOG_LEVEL"));
    return route->check_settings == NULL || route->check_settings();
}

const char *setting_text(const char *name)
{
    for (size_t i = 0; i < loaded_count; i++)
        if (strcmp(loaded[i].name, name) == 0)
            return loaded[i].value;
    log_error("bug: unknown setting %s", name);
    abort();
}

bool parse_integer(const char *text, long *value)
{
    char *end;
    const char *digits = *text == '-' ? text + 1 : text;

    if (*digits < '0' || *digits > '9')
        return false;
    errno = 0;
    const long parsed = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0')
        return false;
    *value = parsed;
    return true;
}

long setting_number(const char *name)
{
    long value = 0;

    if (!parse_integer(setting_text(name), &value)) {
        log_error("bug: setting %s is not a number", name);
        abort();
    }
    return value;
}

bool is_integer_between(const char *text, long low, long high)
{
    long value;

    return parse_integer(text, &value) && value >= low && value <= high;
}

static void describe_table(const struct setting *table)
{
    for (; table != NULL && table->name != NULL; table++)
        printf("  %-18s %s (default: %s)\n", table->name, table->allowed,
               table->fallback[0] != '\0' ? table->fallback : "empty");
}

void settings_describe(const struct route *route)
{
    describe_table(runtime_settings);
    describe_table(route->settings);
}
