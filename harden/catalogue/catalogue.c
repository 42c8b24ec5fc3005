#include "catalogue/catalogue.h"

#include <string.h>
#include <strings.h>

static const struct check *const tables[] = {
    checks_daemon, checks_dockerfile, checks_compose, checks_system, checks_nginx, checks_source,
};

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

size_t check_count(void)
{
    static size_t count;

    if (count == 0)
        for (size_t i = 0; i < TABLES; i++)
            for (const struct check *check = tables[i]; check->id != NULL; check++)
                count++;
    return count;
}

const struct check *check_at(size_t index)
{
    for (size_t i = 0; i < TABLES; i++)
        for (const struct check *check = tables[i]; check->id != NULL; check++)
            if (index-- == 0)
                return check;
    return NULL;
}

const struct check *check_named(const char *id, size_t length)
{
    for (size_t i = 0; i < TABLES; i++)
        for (const struct check *check = tables[i]; check->id != NULL; check++)
            if (strlen(check->id) == length && strncasecmp(check->id, id, length) == 0)
                return check;
    return NULL;
}

static const char *const severities[] = {
    [SEVERITY_INFO] = "info", [SEVERITY_LOW] = "low",           [SEVERITY_MEDIUM] = "medium",
    [SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};

const char *severity_name(enum severity severity)
{
    return severities[severity];
}

bool severity_named(const char *name, enum severity *severity)
{
    for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++)
        if (strcasecmp(name, severities[i]) == 0) {
            *severity = (enum severity)i;
            return true;
        }
    return false;
}

const char *stride_name(char letter)
{
    switch (letter) {
    case 'S':
        return "spoofing";
    case 'T':
        return "tampering";
    case 'R':
        return "repudiation";
    case 'I':
        return "information disclosure";
    case 'D':
        return "denial of service";
    default:
        return "elevation of privilege";
    }
}
