/* K6, K10, K11, K13, K15: what RUN does. */
#include "dockerfile/docker_checks.h"
#include "dockerfile/docker_shell.h"

#include <string.h>

static const char managers[] = " apt apt-get aptitude apk yum dnf microdnf zypper pacman ";

static const char *base_of(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* --- K6 --------------------------------------------------------------------------------------- */

/* So many commands of a pipe are looked back. */
enum { PIPE_MAX = 32 };

static const char fetchers[] = " curl wget fetch aria2c http ";

/* Whether a command of the pipe before it fetches something. */
static bool reads_network(const struct dockerfile *dockerfile, const struct shell_command *command)
{
    for (int i = 0; i < PIPE_MAX && command->piped_from != NO_COMMAND; i++) {
        command = &dockerfile->commands[command->piped_from];
        if (shell_is(command, fetchers))
            return true;
    }
    return false;
}

/* Whether it runs what it reads: it is given no script, be it a file or a word. */
static bool runs_input(const struct shell_command *command)
{
    const struct shell_word *const end = command->words + command->count;
    const struct shell_word *const program = shell_program(command);

    if (!shell_is(command,
                  " sh bash dash ash zsh ksh python python2 python3 perl ruby node php ") ||
        shell_argument(command) != NULL)
        return false;
    for (const struct shell_word *word = program + 1; word < end; word++) {
        if (strcmp(word->value, "-s") == 0 || strcmp(word->value, "-") == 0 ||
            strcmp(word->value, "--") == 0 || strcmp(word->value, "/dev/stdin") == 0)
            return true;
        if (word->value[0] != '-' || strcmp(word->value, "-m") == 0)
            return false;
    }
    return true;
}

/* The word that is what a command writes which fetches: "$(curl ...)", <(curl ...). */
static const struct shell_word *fetched_word(const struct shell_command *command)
{
    static const char *const needles[] = {
        "$(curl", "$(wget", "`curl", "`wget", "<(curl", "<(wget"
    };
    static const char *const runners[] = { "sh",  "bash", "dash",   "ash", "zsh",
                                           "ksh", "eval", "source", "." };
    bool is_run = false;

    for (size_t i = 0; i < command->count; i++) {
        const char *const value = command->words[i].value;
        for (size_t j = 0; is_run && j < sizeof(needles) / sizeof(needles[0]); j++)
            if (strncmp(value, needles[j], strlen(needles[j])) == 0)
                return &command->words[i];
        for (size_t j = 0; j < sizeof(runners) / sizeof(runners[0]); j++)
            is_run |= strcmp(base_of(value), runners[j]) == 0;
    }
    return NULL;
}

void docker_find_piped(const struct document *document, const struct rule *rule,
                       struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->command_count; i++) {
        const struct shell_command *const command = &dockerfile->commands[i];
        const struct shell_word *word = fetched_word(command);
        if (word == NULL && runs_input(command) && reads_network(dockerfile, command))
            word = shell_program(command);
        if (word != NULL)
            found(findings, rule->id, shell_where(command, word),
                  "what the network sends is run as it comes");
    }
}

/* --- K10 -------------------------------------------------------------------------------------- */

void docker_find_sudo(const struct document *document, const struct rule *rule,
                      struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->command_count; i++) {
        const struct shell_command *const command = &dockerfile->commands[i];
        const struct shell_word *const program = shell_program(command);
        const bool is_install = shell_is(command, managers);
        bool is_found = false; /* once a command will do */
        for (size_t j = 0; j < command->count && !is_found; j++) {
            const struct shell_word *const word = &command->words[j];
            const bool is_before = program == NULL || word <= program;
            is_found = strcmp(base_of(word->value), "sudo") == 0 && (is_before || is_install);
            if (is_found)
                found(findings, rule->id, shell_where(command, word),
                      is_before ? "sudo is used" : "sudo is installed");
        }
    }
}

/* --- K11 -------------------------------------------------------------------------------------- */

static bool has_any(const struct shell_command *command, const char *const *values)
{
    for (size_t i = 0; values[i] != NULL; i++)
        if (shell_find(command, values[i]) != NULL)
            return true;
    return false;
}

/* The commands of one RUN stand together: the update of one in which nothing is installed. */
static const struct shell_word *lone_update(const struct shell_command *commands, size_t count)
{
    static const char *const uses[] = {
        "install",   "upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade",
        "build-dep", "source",  "add",          "download",     "satisfy",
        NULL
    };
    const struct shell_word *update = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!shell_is(&commands[i], " apt apt-get aptitude apk "))
            continue;
        if (has_any(&commands[i], uses))
            return NULL;
        if (update == NULL)
            update = shell_find(&commands[i], "update");
    }
    return update;
}

void docker_find_update(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0, end; i < dockerfile->command_count; i = end) {
        const struct shell_command *const first = &dockerfile->commands[i];
        for (end = i + 1; end < dockerfile->command_count &&
                          dockerfile->commands[end].instruction == first->instruction;
             end++)
            continue;
        const struct shell_word *const update = lone_update(first, end - i);
        for (size_t j = i; update != NULL && j < end; j++)
            if (shell_has(&dockerfile->commands[j], update))
                found(findings, rule->id, shell_where(&dockerfile->commands[j], update),
                      "nothing is installed in the same step");
    }
}

/* --- K13 -------------------------------------------------------------------------------------- */

/* What is wrong with a mode in octal digits; NULL: nothing. A sticky folder is meant to be open. */
static const char *octal_fault(const char *mode)
{
    const size_t length = strlen(mode);

    if (length < 3 || length > 5 || strspn(mode, "01234567") != length)
        return NULL;
    const int special = length > 3 ? mode[length - 4] - '0' : 0;
    if (special & 6)
        return "the file runs as its owner or group, whoever starts it";
    return ((mode[length - 1] - '0') & 2) && !(special & 1) ? "everybody may write it" : NULL;
}

/* The same of one clause, u+s, of `length` bytes. */
static const char *clause_fault(const char *clause, size_t length)
{
    const size_t who = strspn(clause, "ugoa");
    const size_t operation = who + strspn(clause + who, "+=");

    if (operation == who || operation > length)
        return NULL;
    const char *const what = clause + operation;
    const size_t left = length - operation;
    if (memchr(what, 's', left) != NULL && (who == 0 || strcspn(clause, "uga") < who))
        return "the file runs as its owner or group, whoever starts it";
    const bool is_all = memchr(clause, 'o', who) != NULL || memchr(clause, 'a', who) != NULL;
    return is_all && memchr(what, 'w', left) != NULL && memchr(what, 't', left) == NULL
               ? "everybody may write it"
               : NULL;
}

static const char *mode_fault(const char *mode)
{
    if (mode[0] >= '0' && mode[0] <= '7')
        return octal_fault(mode);
    for (const char *clause = mode;;) {
        const size_t length = strcspn(clause, ",");
        const char *const fault = clause_fault(clause, length);
        if (fault != NULL || clause[length] == '\0')
            return fault;
        clause += length + 1;
    }
}

/* The mode of chmod is its first word that is no option; that of install follows -m. */
static void find_mode(const struct shell_command *command, const struct rule *rule,
                      struct findings *findings)
{
    const struct shell_word *const end = command->words + command->count;
    const struct shell_word *word = shell_program(command);
    const bool is_install = shell_is(command, " install ");

    if (!is_install && !shell_is(command, " chmod "))
        return;
    for (word++; word < end; word++) {
        const bool is_mode = is_install ? strcmp(word[-1].value, "-m") == 0 : word->value[0] != '-';
        const char *const fault = is_mode ? mode_fault(word->value) : NULL;
        if (fault != NULL)
            found(findings, rule->id, shell_where(command, word), "%s", fault);
        if (is_mode)
            return;
    }
}

void docker_find_mode(const struct document *document, const struct rule *rule,
                      struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->count; i++) {
        const struct docker_instruction *const copy = &dockerfile->instructions[i];
        const char *const mode = docker_flag(copy, "chmod");
        const char *const fault = mode != NULL ? mode_fault(mode) : NULL;
        if ((copy->keyword == DOCKER_COPY || copy->keyword == DOCKER_ADD) && fault != NULL)
            found(findings, rule->id, docker_place(copy), "%s", fault);
    }
    for (size_t i = 0; i < dockerfile->command_count; i++)
        find_mode(&dockerfile->commands[i], rule, findings);
}

/* --- K15 -------------------------------------------------------------------------------------- */

static bool sets_password(const struct shell_command *command)
{
    static const char *const of_passwd[] = { "--stdin", "-d", "--delete", NULL };
    static const char *const of_user[] = { "-p", "--password", NULL };

    return shell_is(command, " chpasswd ") ||
           (shell_is(command, " passwd ") && has_any(command, of_passwd)) ||
           (shell_is(command, " useradd usermod ") && has_any(command, of_user));
}

void docker_find_password(const struct document *document, const struct rule *rule,
                          struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->command_count; i++) {
        const struct shell_command *const command = &dockerfile->commands[i];
        if (!sets_password(command))
            continue;
        struct where where = shell_where(command, shell_program(command));
        where.subject = shell_name(command);
        found(findings, rule->id, where, "all containers of it have the same password");
    }
}
