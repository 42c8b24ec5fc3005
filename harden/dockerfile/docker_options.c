/* K8, K9, K12: options that turn a check off, and one that lacks. */
#include "dockerfile/docker_checks.h"
#include "dockerfile/docker_shell.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* So many options of one instruction are changed. */
enum { PARTS_MAX = 64 };

static const char everything[] = "";

const struct docker_option docker_unchecked[] = {
    { " curl ", "--insecure", OPTION_WORD },
    { " curl ", "--proxy-insecure", OPTION_WORD },
    { " curl ", "k", OPTION_LETTER },
    { " wget apk ", "--no-check-certificate", OPTION_WORD },
    { " pip pip2 pip3 ", "--trusted-host", OPTION_WITH },
    { " git ", "http.sslVerify", OPTION_SETTING },
    { " git ", "http.sslVerify=false", OPTION_PART },
    { " git ", "http.sslVerify=0", OPTION_PART },
    { " npm yarn pnpm ", "strict-ssl", OPTION_SETTING },
    { " npm yarn pnpm ", "strict-ssl=false", OPTION_PART },
    { " npm yarn pnpm ", "--no-strict-ssl", OPTION_WORD },
    { " apt apt-get ", "Verify-Peer=false", OPTION_PART },
    { " apt apt-get ", "Verify-Host=false", OPTION_PART },
    { " ssh scp sftp git ", "StrictHostKeyChecking=no", OPTION_PART },
    { " yum dnf microdnf ", "sslverify=false", OPTION_PART },
    { " yum dnf microdnf ", "sslverify=0", OPTION_PART },
    { everything, "NODE_TLS_REJECT_UNAUTHORIZED=0", OPTION_PART },
    { everything, "GIT_SSL_NO_VERIFY=1", OPTION_PART },
    { everything, "GIT_SSL_NO_VERIFY=true", OPTION_PART },
    { everything, "PYTHONHTTPSVERIFY=0", OPTION_PART },
    { NULL, NULL, OPTION_WORD },
};

const struct docker_option docker_unsigned[] = {
    { " apt apt-get aptitude ", "--allow-unauthenticated", OPTION_WORD },
    { " apt apt-get aptitude ", "--allow-insecure-repositories", OPTION_WORD },
    { " apt apt-get aptitude ", "--force-yes", OPTION_WORD },
    { " apt apt-get aptitude ", "AllowUnauthenticated=true", OPTION_PART },
    { " apt apt-get aptitude ", "AllowUnauthenticated=1", OPTION_PART },
    { " apt apt-get aptitude ", "AllowInsecureRepositories=true", OPTION_PART },
    { " apk ", "--allow-untrusted", OPTION_WORD },
    { " yum dnf microdnf ", "--nogpgcheck", OPTION_WORD },
    { " yum dnf microdnf ", "gpgcheck=0", OPTION_PART },
    { " zypper ", "--no-gpg-checks", OPTION_WORD },
    { " rpm ", "--nosignature", OPTION_WORD },
    { everything, "trusted=yes", OPTION_PART },
    { NULL, NULL, OPTION_WORD },
};

/* --- finding them ----------------------------------------------------------------------------- */

/* Where the letter is among short options that take no argument before it; NULL: it is not. */
static const char *find_letter(const char *value, char letter)
{
    static const char without[] = "0123456#BfgGiIjJklLnNOpqRsSvZaV";

    if (value[0] != '-' || value[1] == '-')
        return NULL;
    for (const char *at = value + 1; *at != '\0'; at++) {
        if (*at == letter) /* without it, what is left is still a word of letters */
            return at[1] == '\0' || isalnum((unsigned char)at[1]) ? at : NULL;
        if (strchr(without, *at) == NULL)
            return NULL;
    }
    return NULL;
}

static bool is_off(const struct shell_word *word, const struct shell_word *end)
{
    return word < end && (strcasecmp(word->value, "false") == 0 || strcmp(word->value, "0") == 0);
}

static bool is_option(const struct docker_option *option, const struct shell_word *word,
                      const struct shell_word *end)
{
    const size_t length = strlen(option->option);

    switch (option->kind) {
    case OPTION_WORD:
        return strcmp(word->value, option->option) == 0;
    case OPTION_WITH:
        return strncmp(word->value, option->option, length) == 0 &&
               (word->value[length] == '=' || (word->value[length] == '\0' && word + 1 < end));
    case OPTION_LETTER:
        return find_letter(word->value, option->option[0]) != NULL;
    case OPTION_PART:
        return strcasestr(word->value, option->option) != NULL;
    case OPTION_SETTING:
        return strcasecmp(word->value, option->option) == 0 && is_off(word + 1, end);
    }
    return false;
}

/* The option of the list that the word is; NULL: of none. */
static const struct docker_option *option_of(const struct docker_option *list,
                                             const struct shell_command *command,
                                             const struct shell_word *word)
{
    for (const struct docker_option *option = list; option->programs != NULL; option++)
        if ((option->programs == everything || shell_is(command, option->programs)) &&
            is_option(option, word, command->words + command->count))
            return option;
    return NULL;
}

/* Whether the word behind it is the option's too. */
static bool takes_next(const struct docker_option *option, const struct shell_word *word)
{
    return option->kind == OPTION_WITH && strchr(word->value, '=') == NULL;
}

/* ENV NAME=0, which turns it off for all that follows. */
static void find_variables(const struct dockerfile *dockerfile, const struct rule *rule,
                           struct findings *findings)
{
    for (size_t i = 0; i < dockerfile->count; i++) {
        const struct docker_instruction *const env = &dockerfile->instructions[i];
        if (env->keyword != DOCKER_ENV && env->keyword != DOCKER_ARG)
            continue;
        for (size_t j = 0; j < env->word_count; j++)
            for (const struct docker_option *option = rule->detail; option->programs != NULL;
                 option++)
                if (option->programs == everything &&
                    strcasecmp(env->words[j].value, option->option) == 0)
                    found(findings, rule->id, docker_where(env, &env->words[j]),
                          "%s turns it off for all that follows", env->words[j].value);
    }
}

void docker_find_options(const struct document *document, const struct rule *rule,
                         struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    find_variables(dockerfile, rule, findings);
    for (size_t i = 0; i < dockerfile->command_count; i++) {
        const struct shell_command *const command = &dockerfile->commands[i];
        for (size_t j = 0; j < command->count; j++) {
            const struct shell_word *const word = &command->words[j];
            const struct docker_option *const option = option_of(rule->detail, command, word);
            if (option != NULL)
                found(findings, rule->id, shell_where(command, word), "%s%s%s", shell_name(command),
                      shell_name(command)[0] != '\0' ? ": " : "",
                      option->kind == OPTION_LETTER ? "-k" : option->option);
        }
    }
}

/* --- taking them away ------------------------------------------------------------------------- */

/* The parts of an instruction that change, in their order; in the line first. */
struct parts {
    struct docker_part list[PARTS_MAX];
    char *values[PARTS_MAX]; /* to be freed */
    size_t count;
    const char *refusal;
};

static void add_part(struct parts *parts, const struct shell_command *command,
                     struct docker_part part, char *value)
{
    if (parts->count == PARTS_MAX) {
        parts->refusal = "there is too much to change in one instruction";
        free(value);
        return;
    }
    part.is_in_heredoc = command->is_in_heredoc;
    part.value = value != NULL ? value : "";
    parts->values[parts->count] = value;
    parts->list[parts->count++] = part;
}

/* Cuts words, and what is before them on their line. */
static struct docker_part cut(const struct dockerfile *dockerfile,
                              const struct shell_command *command, size_t from, size_t end)
{
    const char *const bytes = dockerfile->text->bytes;
    struct docker_part part = { .from = from, .end = end };

    if (!command->is_in_heredoc)
        return docker_cut(command->instruction, from, end);
    while (part.from > 0 && (bytes[part.from - 1] == ' ' || bytes[part.from - 1] == '\t'))
        part.from--;
    return part;
}

/* A word of short options without that one, however often it is there. */
static char *without_letter(const char *value, char letter)
{
    char *const word = format_text("%s", value);
    const char *found;

    while ((found = find_letter(word, letter)) != NULL)
        memmove(word + (found - word), found + 1, strlen(found));
    return word;
}

/* Whether what is left of a word is an option that stands below this one in its list. */
static bool is_more(const struct docker_option *option, const struct shell_command *command,
                    const char *left)
{
    for (option++; option->programs != NULL; option++)
        if (option->kind == OPTION_PART && strcasestr(left, option->option) != NULL &&
            (option->programs == everything || shell_is(command, option->programs)))
            return true;
    return false;
}

static void add_option(struct parts *parts, const struct dockerfile *dockerfile,
                       const struct shell_command *command, const struct shell_word *word,
                       const struct docker_option *option)
{
    const struct shell_word *const last = takes_next(option, word) ? word + 1 : word;

    if (option->kind == OPTION_PART || option->kind == OPTION_SETTING || !word->is_plain ||
        !last->is_plain) {
        parts->refusal = "it is a part of something else: see to it by hand";
        return;
    }
    char *const left =
        option->kind == OPTION_LETTER ? without_letter(word->value, option->option[0]) : NULL;
    if (left != NULL && is_more(option, command, left)) {
        parts->refusal = "it is two options in one word: see to it by hand";
        free(left);
        return;
    }
    if (left != NULL && left[1] != '\0') {
        add_part(parts, command, (struct docker_part){ .from = word->from, .end = word->end },
                 left);
        return;
    }
    free(left);
    add_part(parts, command, cut(dockerfile, command, word->from, last->end), NULL);
}

static int compare_parts(const void *a, const void *b)
{
    const struct docker_part *const x = a, *const y = b;

    if (x->is_in_heredoc != y->is_in_heredoc)
        return x->is_in_heredoc ? 1 : -1;
    return (x->from > y->from) - (x->from < y->from);
}

static bool rewrite(struct edits *edits, const struct dockerfile *dockerfile,
                    const struct docker_instruction *instruction, struct parts *parts)
{
    bool is_done = false;

    if (parts->refusal == NULL) {
        qsort(parts->list, parts->count, sizeof(parts->list[0]), compare_parts);
        is_done = docker_rewrite(edits, dockerfile, instruction, parts->list, parts->count);
    } else {
        refuse(edits, "%s", parts->refusal);
    }
    for (size_t i = 0; i < parts->count; i++)
        free(parts->values[i]);
    return is_done;
}

/* The first command of an instruction; they are in the order of those. */
static size_t first_command(const struct dockerfile *dockerfile,
                            const struct docker_instruction *instruction)
{
    size_t low = 0, high = dockerfile->command_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (dockerfile->commands[middle].instruction < instruction)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* All of an instruction's at once: then two findings of one have the same cure. */
bool docker_fix_options(const struct document *document, const struct finding *finding,
                        struct edits *edits)
{
    const struct dockerfile *const dockerfile = document->model;
    const struct docker_instruction *const instruction = finding->node;
    const struct docker_option *const list = rule_of(document->reader, finding->check)->detail;
    struct parts parts = { .count = 0 };

    if (instruction->keyword != DOCKER_RUN)
        return refuse(edits, "who set the variable may need it: see to it by hand");
    if (edits_expect(edits, docker_fact_at(dockerfile, instruction)))
        return true;
    for (size_t i = first_command(dockerfile, instruction);
         i < dockerfile->command_count && dockerfile->commands[i].instruction == instruction; i++) {
        const struct shell_command *const command = &dockerfile->commands[i];
        for (size_t j = 0; j < command->count; j++) {
            const struct shell_word *const word = &command->words[j];
            const struct docker_option *const option = option_of(list, command, word);
            if (option == NULL)
                continue;
            add_option(&parts, dockerfile, command, word, option);
            j += takes_next(option, word);
        }
    }
    return rewrite(edits, dockerfile, instruction, &parts);
}

/* --- K12 -------------------------------------------------------------------------------------- */

/* Whether something in the file says so for all: APT::Install-Recommends "0". */
static bool has_setting(const struct dockerfile *dockerfile)
{
    for (size_t i = 0; i < dockerfile->command_count; i++)
        for (size_t j = 0; j < dockerfile->commands[i].count; j++)
            if (strcasestr(dockerfile->commands[i].words[j].value, "::Install-Recommends") != NULL)
                return true;
    return false;
}

/* The word `install` of a command that brings recommended packages; NULL: it does not. */
static const struct shell_word *careless_install(const struct shell_command *command)
{
    if (!shell_is(command, " apt apt-get ") ||
        shell_find(command, "--no-install-recommends") != NULL)
        return NULL;
    return shell_find(command, "install");
}

void docker_find_recommends(const struct document *document, const struct rule *rule,
                            struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    if (has_setting(dockerfile))
        return;
    for (size_t i = 0; i < dockerfile->command_count; i++) {
        const struct shell_command *const command = &dockerfile->commands[i];
        const struct shell_word *const word = careless_install(command);
        if (word != NULL)
            found(findings, rule->id, shell_where(command, word),
                  "recommended packages are installed too");
    }
}

bool docker_fix_recommends(const struct document *document, const struct finding *finding,
                           struct edits *edits)
{
    const struct dockerfile *const dockerfile = document->model;
    const struct docker_instruction *const instruction = finding->node;
    struct parts parts = { .count = 0 };

    if (edits_expect(edits, docker_fact_at(dockerfile, instruction)))
        return true;
    if (instruction->is_json)
        return refuse(edits, "it is a list of JSON: see to it by hand");
    for (size_t i = first_command(dockerfile, instruction);
         i < dockerfile->command_count && dockerfile->commands[i].instruction == instruction; i++) {
        const struct shell_command *const command = &dockerfile->commands[i];
        const struct shell_word *const word = careless_install(command);
        if (word != NULL)
            add_part(&parts, command, (struct docker_part){ .from = word->end, .end = word->end },
                     format_text(" --no-install-recommends"));
    }
    return rewrite(edits, dockerfile, instruction, &parts);
}
