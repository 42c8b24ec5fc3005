/* The catalogue: each row says all that is promised of it, and the readers' rules agree with it. */
#include "core/reader.h"

#include <criterion/criterion.h>
#include <string.h>

Test(harden_catalogue, rows)
{
    cr_assert(check_count() > 80 && check_count() <= CHECKS_MAX, "%zu", check_count());
    for (size_t i = 0; i < check_count(); i++) {
        const struct check *const check = check_at(i);
        cr_expect_eq(check_named(check->id, strlen(check->id)), check, "%s: twice", check->id);
        cr_expect(check->title != NULL && check->why != NULL && check->advice != NULL, "%s",
                  check->id);
        cr_expect(strchr("STRIDE", check->stride) != NULL && check->stride != '\0', "%s",
                  check->id);
        cr_expect(check->attack != NULL && check->attack[0] == 'T', "%s", check->id);
        cr_expect_eq(check->fix != FIX_NONE, check->may_break != NULL, "%s", check->id);
        cr_expect_neq(check->title[strlen(check->title) - 1], '.', "%s", check->id);
        cr_expect_eq(check->benchmark.source != NULL, check->benchmark.number != NULL, "%s",
                     check->id);
        cr_expect_eq(check->also.source != NULL, check->also.number != NULL, "%s", check->id);
    }
}

Test(harden_catalogue, names)
{
    cr_expect_str_eq(check_named("k1", 2)->id, "K1", "in either case");
    cr_expect_null(check_named("K", 1), "not by a beginning");
    cr_expect_null(check_named("K1x", 3));
}

Test(harden_catalogue, rules)
{
    for (size_t i = 0; readers[i] != NULL; i++) {
        cr_expect_not_null(readers[i]->rules[0].find, "nothing finds the first");
        for (const struct rule *rule = readers[i]->rules; rule->id != NULL; rule++) {
            const struct check *const check = check_named(rule->id, strlen(rule->id));
            cr_assert_not_null(check, "%s: no row", rule->id);
            cr_expect_str_eq(check->type, readers[i]->type, "%s", rule->id);
            cr_expect_eq(rule_of(readers[i], check), rule, "%s: twice", rule->id);
            cr_expect_eq(rule->fix != NULL, check->fix != FIX_NONE, "%s", rule->id);
        }
    }
}

Test(harden_catalogue, every_row_is_looked_for)
{
    for (size_t i = 0; i < check_count(); i++) {
        const struct check *const check = check_at(i);
        const struct reader *const reader = reader_named(check->type);
        if (strcmp(check->id, "X1") != 0) /* ignore.c's, in files of all types */
            cr_expect(reader != NULL && rule_of(reader, check) != NULL, "%s: no rule", check->id);
    }
}

Test(harden_catalogue, types_by_name)
{
    cr_expect_str_eq(reader_for("daemon.json", NULL)->type, "daemon");
    cr_expect_str_eq(reader_for("Daemon.JSON", NULL)->type, "daemon");
    cr_expect_str_eq(reader_for("other.json", NULL)->type, "source");
    cr_expect_null(reader_for("other.bin", NULL));
}
