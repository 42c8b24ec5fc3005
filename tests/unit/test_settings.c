/* Settings and the integers in them. */
#include "route/settings.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>

static bool is_percent(const char *value)
{
    return is_integer_between(value, 0, 100);
}

static const struct setting settings[] = {
    { .name = "TEST_PERCENT",
      .fallback = "7",
      .accepts = is_percent,
      .allowed = "an integer from 0 to 100" },
    SETTINGS_END,
};
static const struct route route = { .name = "test", .settings = settings };

Test(settings, integers)
{
    static const struct {
        const char *text;
        bool accepted;
        const char *reason;
    } rows[] = {
        { "0", true, "the lowest" },
        { "100", true, "the highest" },
        { "007", true, "leading zeros are decimal" },
        { "101", false, "over" },
        { "-1", false, "under" },
        { "", false, "nothing" },
        { " 1", false, "a blank before" },
        { "1 ", false, "a blank after" },
        { "+1", false, "a plus sign" },
        { "1.0", false, "no integer" },
        { "0x1", false, "hexadecimal" },
        { "1e1", false, "an exponent" },
        { "99999999999999999999", false, "more than a long" },
        { "-99999999999999999999", false, "less than a long" },
        { "-", false, "a sign alone" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(is_percent(rows[i].text), rows[i].accepted, "%s", rows[i].reason);
    cr_expect(is_integer_between("-5", -5, -5), "a negative one");
}

Test(settings, from_the_environment_or_the_fallback)
{
    cr_expect(settings_load(&route));
    cr_expect_eq(setting_number("TEST_PERCENT"), 7);
    cr_expect_str_eq(setting_text("LOG_LEVEL"), "info");
    setenv("TEST_PERCENT", "42", 1);
    cr_expect(settings_load(&route));
    cr_expect_eq(setting_number("TEST_PERCENT"), 42);
}

Test(settings, a_malformed_one_is_refused)
{
    setenv("TEST_PERCENT", "420", 1);
    cr_expect_not(settings_load(&route));
    setenv("TEST_PERCENT", "42", 1);
    setenv("LOG_LEVEL", "loud", 1);
    cr_expect_not(settings_load(&route));
}

Test(settings, an_unknown_one_is_a_bug, .signal = SIGABRT)
{
    settings_load(&route);
    setting_text("TEST_NO_SUCH");
}
