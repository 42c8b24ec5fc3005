#include "filter.h"

#include "calls.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    TABLES = 6,
    FORMS_MAX = 4, /* of a call that is refused politely in any other */
};

/* The tables that make up a route's list. */
static void find_tables(const struct route *route, bool has_journal,
                        const struct call *tables[TABLES])
{
    static const struct call none[] = { CALLS_END };

    tables[0] = calls_of_runtime;
    tables[1] = route->workers > 0 ? calls_of_pool : none;
    tables[2] = route->sandbox->calls != NULL ? route->sandbox->calls : none;
    tables[3] = route->sandbox->also != NULL ? route->sandbox->also : none;
    tables[4] = calls_of_sanitizers;
    tables[5] = has_journal ? calls_of_journal : none;
}

int filter_kernel_support(void)
{
    const uint32_t action = SECCOMP_RET_KILL_PROCESS;

    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
        return 1;
    return errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL ? 0 : -1;
}

/* --- building --------------------------------------------------------------------------------- */

int filter_allow(scmp_filter_ctx filter, const struct call *call)
{
    struct scmp_arg_cmp checks[CALL_ARGUMENTS];
    unsigned count = 0;

    for (; count < CALL_ARGUMENTS && call->arguments[count].is_checked; count++) {
        const struct argument *const argument = &call->arguments[count];
        if (argument->mask == 0)
            return -EINVAL; /* it would let everything through */
        checks[count] = (struct scmp_arg_cmp){
            .arg = argument->place,
            .op = SCMP_CMP_MASKED_EQ,
            .datum_a = argument->mask,
            .datum_b = argument->value == OWN_PID_VALUE ? (uint64_t)getpid() : argument->value,
        };
    }
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call->number, count, checks);
}

static const struct call *find_call(const struct call *const tables[TABLES], int number)
{
    for (int i = 0; i < TABLES; i++)
        for (const struct call *call = tables[i]; call->needed_by != NULL; call++)
            if (call->number == number)
                return call;
    return NULL;
}

/* Which values of an argument are forms of a call that is let through. */
struct forms {
    int number;
    unsigned place;
    uint32_t values[FORMS_MAX];
    unsigned count;
};

/* -EINVAL: the first argument of a form is not one value, or is another's of the call. */
static int find_forms(const struct call *const tables[TABLES], int number, struct forms *forms)
{
    *forms = (struct forms){ .number = number };
    for (int i = 0; i < TABLES; i++)
        for (const struct call *call = tables[i]; call->needed_by != NULL; call++) {
            const struct argument *const first = &call->arguments[0];
            if (call->number != number)
                continue;
            if (forms->count == FORMS_MAX || first->mask != UINT32_MAX ||
                (forms->count > 0 && forms->place != first->place))
                return -EINVAL;
            forms->place = first->place;
            forms->values[forms->count++] = (uint32_t)first->value;
        }
    return 0;
}

/* Of all values whose upper bits, as `mask` has them, are these: those that are no form's. */
static int refuse_values(scmp_filter_ctx filter, const struct forms *forms, uint32_t mask,
                         uint32_t bits)
{
    const uint32_t longer = mask >> 1 | UINT32_C(1) << 31;
    unsigned inside = 0;

    for (unsigned i = 0; i < forms->count; i++)
        inside += (forms->values[i] & mask) == bits;
    if (inside == 0) {
        const struct scmp_arg_cmp block = { forms->place, SCMP_CMP_MASKED_EQ, mask, bits };
        return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES), forms->number, 1, &block);
    }
    if (mask == UINT32_MAX)
        return 0;
    const int error = refuse_values(filter, forms, longer, bits);
    return error != 0 ? error : refuse_values(filter, forms, longer, bits | (longer & ~mask));
}

/*
 * A call that is refused politely but for some forms of it: libseccomp wants rules that can't both
 * match, so what is refused is every other value of the forms' first argument, in blocks of values
 * that begin with the same bits, and of that argument alone.
 */
static int refuse_call(scmp_filter_ctx filter, const struct call *const tables[TABLES], int number)
{
    struct forms forms;
    const int error = find_forms(tables, number, &forms);

    if (error != 0)
        return error;
    return forms.count == 0 ? seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), number, 0)
                            : refuse_values(filter, &forms, 0, 0);
}

int filter_add_rules(scmp_filter_ctx filter, const struct route *route, bool has_journal)
{
    const struct call *tables[TABLES];
    int error = 0;

    find_tables(route, has_journal, tables);
    for (int i = 0; i < TABLES; i++)
        for (const struct call *call = tables[i]; error == 0 && call->needed_by != NULL; call++)
            error = filter_allow(filter, call);
    for (size_t i = 0; error == 0 && calls_refused[i].tried_by != NULL; i++)
        error = refuse_call(filter, tables, calls_refused[i].number);
    return error;
}

/*
 * Calls of another architecture's, 32-bit ones and x32 among them, end the process too.
 * no_new_privs is set already, and libseccomp need not do it again.
 */
static int build(scmp_filter_ctx filter, const struct route *route, bool has_journal)
{
    int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

    if (error == 0)
        error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
    if (error == 0)
        error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    return error == 0 ? filter_add_rules(filter, route, has_journal) : error;
}

bool filter_load(const struct route *route, bool has_journal)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

    if (filter == NULL) {
        log_error("seccomp: not enough memory");
        return false;
    }
    int error = build(filter, route, has_journal);
    if (error == 0)
        error = seccomp_load(filter);
    seccomp_release(filter);
    if (error != 0)
        log_error("seccomp: the filter can't be loaded: %s", strerror(-error));
    return error == 0;
}

/*
 * Without the filter, the kernel finds that there is no path before it asks anybody else. No form
 * of openat that a route may have opens to read and write.
 */
bool filter_prove(void)
{
    if (syscall(SYS_openat, AT_FDCWD, NULL, O_RDWR, 0) < 0 && errno == EACCES)
        return true;
    log_error("the seccomp filter did not hold: openat was let through");
    return false;
}

/* --- describing ------------------------------------------------------------------------------- */

static void print_call(const struct call *call)
{
    char *const name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call->number);

    printf("  %-18s %s\n", name != NULL ? name : "?", call->needed_by);
    free(name);
    for (int i = 0; i < CALL_ARGUMENTS && call->arguments[i].is_checked; i++) {
        const struct argument *const argument = &call->arguments[i];
        if (argument->value == OWN_PID_VALUE)
            printf("    only where argument %u is the program's own process id\n",
                   argument->place + 1);
        else if (argument->mask == UINT32_MAX)
            printf("    only where argument %u is 0x%" PRIx64 "\n", argument->place + 1,
                   argument->value);
        else
            printf("    only where argument %u has 0x%" PRIx64 " of the bits 0x%" PRIx64 "\n",
                   argument->place + 1, argument->value, argument->mask);
    }
}

/* How many calls there are: some stand in several rules. */
static unsigned count_calls(const struct call *const tables[TABLES])
{
    unsigned count = 0;

    for (int i = 0; i < TABLES; i++)
        for (const struct call *call = tables[i]; call->needed_by != NULL; call++)
            count += find_call(tables, call->number) == call;
    return count;
}

void filter_describe(const struct route *route)
{
    const struct call *tables[TABLES];

    find_tables(route, false, tables);
    printf("%u system calls, each with who needs it:\n", count_calls(tables));
    for (int i = 0; i < TABLES; i++)
        for (const struct call *call = tables[i]; call->needed_by != NULL; call++)
            print_call(call);
    if (route->run == NULL)
        printf("With --journal also:\n");
    for (const struct call *call = calls_of_journal; route->run == NULL && call->needed_by != NULL;
         call++)
        print_call(call);
    printf("Answered EACCES, since libc tries it and can do without:\n");
    for (size_t i = 0; calls_refused[i].tried_by != NULL; i++) {
        const struct call refused = { .number = calls_refused[i].number,
                                      .needed_by = calls_refused[i].tried_by };
        print_call(&refused);
    }
    printf("Any other call, or another architecture's, ends the process.\n");
}
