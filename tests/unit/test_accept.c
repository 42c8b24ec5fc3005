/* Choice between text and JSON. */
#include "route/accept.h"

#include <criterion/criterion.h>

Test(accept, table)
{
    static const struct {
        const char *accept;
        bool json;
        const char *reason;
    } rows[] = {
        { NULL, false, "no header: text" },
        { "", false, "an empty one: text" },
        { "*/*", false, "curl's: text" },
        { "application/json", true, "asked for" },
        { "APPLICATION/Json", true, "types have no case" },
        { " application/json ", true, "blanks around it" },
        { "application/json; charset=utf-8", true, "parameters do not matter" },
        { "application/json;q=0", false, "refused" },
        { "application/json;q=0.0", false, "refused with a decimal" },
        { "application/json;q=0.001", true, "the least there is" },
        { "application/json;q=1.1", false, "no quality: the range is skipped" },
        { "application/json;q=abc", false, "no quality either" },
        { "application/json;q=", false, "nor is nothing" },
        { "application/json;q=0.1234", false, "three decimals at most" },
        { "application/json x", false, "no separator: no range" },
        { "application/jsonp", false, "a longer type is another" },
        { "application/jso", false, "a shorter one too" },
        { "application/*", false, "a wildcard is no wish for JSON" },
        { "text/html,application/xhtml+xml,*/*;q=0.8", false, "a browser's" },
        { "application/json, text/plain, */*", true, "axios's: named at the same quality" },
        { "text/plain, application/json", true, "the order does not matter" },
        { "text/plain;q=0.5, application/json;q=0.4", false, "text is liked better" },
        { "text/plain;q=0.4, application/json;q=0.5", true, "JSON is liked better" },
        { "text/plain;q=0, application/json;q=0.1", true, "text is refused" },
        { ",,application/json,,", true, "empty ranges are nothing" },
        { "garbage;;;q=q=q,application/json", true, "garbage is skipped" },
        { "application/json;q=0.5;q=0.9", true, "a parameter given twice" },
        { ";", false, "only a separator" },
        { "application/json;v=\"1", true, "a quote that never ends" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(accept_prefers_json(rows[i].accept), rows[i].json, "%s", rows[i].reason);
}

Test(accept, choose)
{
    static const char *const offered[] = { "application/json", "text/html", "text/csv", NULL };
    static const struct {
        const char *accept;
        size_t place;
        const char *reason;
    } rows[] = {
        { NULL, 0, "no header: the first" },
        { "*/*", 0, "curl's: the first" },
        { "text/*", 0, "no wildcard chooses" },
        { "text/html,application/xhtml+xml,*/*;q=0.8", 1, "a browser's" },
        { "TEXT/CSV", 2, "types have no case" },
        { "text/csv;q=0.1", 2, "however little" },
        { "text/csv;q=0", 0, "refused" },
        { "text/html, text/csv", 1, "the earlier of two that are liked alike" },
        { "text/csv, text/html, application/json", 0, "the earliest of three" },
        { "text/html;q=0.4, text/csv;q=0.5", 2, "the one that is liked better" },
        { "text/html;q=0.5, application/json;q=0.4", 1, "better than the first" },
        { "text/html;q=0.4;q=0.6, application/json;q=0.5", 1, "a quality given twice" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(accept_choose(rows[i].accept, offered), rows[i].place, "%s", rows[i].reason);
}
