/* The settings that an engine has, from wherever it has them, as daemon.json would say them. */
#include "host/host.h"

#include "core/utf8.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* --- its command line ------------------------------------------------------------------------- */

enum flag_kind { FLAG_TRUTH, FLAG_TEXT, FLAG_LIST, FLAG_MAP };

static const struct flag {
    const char *flag, *letter; /* "--host", "-H" */
    const char *setting;
    enum flag_kind kind;
} flags[] = {
    { "--icc", NULL, "icc", FLAG_TRUTH },
    { "--userns-remap", NULL, "userns-remap", FLAG_TEXT },
    { "--live-restore", NULL, "live-restore", FLAG_TRUTH },
    { "--userland-proxy", NULL, "userland-proxy", FLAG_TRUTH },
    { "--no-new-privileges", NULL, "no-new-privileges", FLAG_TRUTH },
    { "--log-driver", NULL, "log-driver", FLAG_TEXT },
    { "--log-opt", NULL, "log-opts", FLAG_MAP },
    { "--log-level", "-l", "log-level", FLAG_TEXT },
    { "--debug", "-D", "debug", FLAG_TRUTH },
    { "--host", "-H", "hosts", FLAG_LIST },
    { "--tlsverify", NULL, "tlsverify", FLAG_TRUTH },
    { "--insecure-registry", NULL, "insecure-registries", FLAG_LIST },
    { "--iptables", NULL, "iptables", FLAG_TRUTH },
    { "--seccomp-profile", NULL, "seccomp-profile", FLAG_TEXT },
};

enum { FLAGS = sizeof(flags) / sizeof(flags[0]) };

/* What is said of each setting, written as JSON; of a list or a map without its brackets. */
struct said {
    struct bytes values[FLAGS];
};

static void say(struct said *said, size_t row, const char *value)
{
    struct bytes *const out = &said->values[row];
    const char *const equals = strchr(value, '=');

    if (flags[row].kind == FLAG_TRUTH || flags[row].kind == FLAG_TEXT)
        bytes_clear(out);
    else if (out->length > 0)
        bytes_text(out, ", ");
    if (flags[row].kind == FLAG_TRUTH) {
        bytes_text(out, strcmp(value, "false") == 0 || strcmp(value, "0") == 0 ? "false" : "true");
    } else if (flags[row].kind == FLAG_MAP && equals != NULL) {
        put_json_string(out, value, (size_t)(equals - value));
        bytes_text(out, ": ");
        put_json_string(out, equals + 1, strlen(equals + 1));
    } else if (flags[row].kind != FLAG_MAP) {
        put_json_string(out, value, strlen(value));
    }
}

/* The row of a word, "--icc=false", "-H", "-Htcp://a"; FLAGS: none. *value is NULL: in the next. */
static size_t row_of(const char *word, const char **value)
{
    for (size_t i = 0; i < FLAGS; i++) {
        const size_t length = strlen(flags[i].flag);
        *value = NULL;
        if (strncmp(word, flags[i].flag, length) == 0 &&
            (word[length] == '\0' || word[length] == '=')) {
            *value = word[length] == '=' ? word + length + 1 : NULL;
            return i;
        }
        if (flags[i].letter != NULL && strncmp(word, flags[i].letter, 2) == 0) {
            *value = word[2] == '=' ? word + 3 : word[2] != '\0' ? word + 2 : NULL;
            return i;
        }
    }
    return FLAGS;
}

/* Words with a NUL behind each. */
static void read_words(struct said *said, const char *words, size_t length)
{
    const char *const end = words + length;

    for (const char *word = words; word < end; word += strlen(word) + 1) {
        const char *value;
        const size_t row = row_of(word, &value);
        if (row == FLAGS)
            continue;
        if (value == NULL && flags[row].kind == FLAG_TRUTH) {
            say(said, row, "true");
        } else if (value == NULL) {
            word += strlen(word) + 1;
            if (word < end)
                say(said, row, word);
            else
                return;
        } else {
            say(said, row, value);
        }
    }
}

/* The first process that is called dockerd; false: there is none that is seen. */
static bool read_command_line(struct said *said, const char *root)
{
    char *const pattern = format_text("%s/proc/[0-9]*/comm", root);
    bool is_found = false;
    struct text text;
    glob_t found;

    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc && !is_found; i++) {
            if (text_read(&text, found.gl_pathv[i]) != NULL)
                continue;
            is_found = strcmp(text.bytes, "dockerd\n") == 0;
            text_free(&text);
            if (!is_found)
                continue;
            char *const line =
                format_text("%.*scmdline", (int)strlen(found.gl_pathv[i]) - 4, found.gl_pathv[i]);
            if (text_read(&text, line) == NULL) {
                read_words(said, text.bytes, text.length);
                text_free(&text);
            }
            free(line);
        }
        globfree(&found);
    }
    free(pattern);
    return is_found;
}

/* --- what it says of itself ------------------------------------------------------------------- */

static void say_if_unsaid(struct said *said, const char *setting, const char *value)
{
    for (size_t i = 0; i < FLAGS; i++)
        if (strcmp(flags[i].setting, setting) == 0 && said->values[i].length == 0)
            say(said, i, value);
}

static bool has_option(const struct json *info, const char *begin, const char *part)
{
    for (const struct json *option = record_items(info, "SecurityOptions"); option != NULL;
         option = option->next)
        if (option->kind == JSON_STRING && strncmp(option->string, begin, strlen(begin)) == 0 &&
            strstr(option->string, part) != NULL)
            return true;
    return false;
}

static void say_registries(struct said *said, const struct json *info)
{
    size_t row = 0;

    while (strcmp(flags[row].setting, "insecure-registries") != 0)
        row++;
    if (said->values[row].length > 0)
        return;
    for (const struct json *one = record_items(info, "RegistryConfig/InsecureRegistryCIDRs");
         one != NULL; one = one->next)
        if (one->kind == JSON_STRING)
            say(said, row, one->string);
    for (const struct json *one = record_items(info, "RegistryConfig/IndexConfigs"); one != NULL;
         one = one->next)
        if (json_member(one, "Secure") != NULL && !record_is_true(one, "Secure"))
            say(said, row, record_text(one, "Name"));
}

static void say_info(struct said *said, const struct json *info)
{
    if (record_is_true(info, "LiveRestoreEnabled"))
        say_if_unsaid(said, "live-restore", "true");
    if (record_is_true(info, "Debug"))
        say_if_unsaid(said, "debug", "true");
    if (record_text(info, "LoggingDriver")[0] != '\0')
        say_if_unsaid(said, "log-driver", record_text(info, "LoggingDriver"));
    if (has_option(info, "name=userns", "") || has_option(info, "name=rootless", ""))
        say_if_unsaid(said, "userns-remap", "default");
    if (!has_option(info, "name=seccomp", "") ||
        has_option(info, "name=seccomp", "profile=unconfined"))
        say_if_unsaid(said, "seccomp-profile", "unconfined");
    if (has_option(info, "name=no-new-privileges", ""))
        say_if_unsaid(said, "no-new-privileges", "true");
    say_registries(said, info);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* Adds what the file does not say itself; how many that are. */
static size_t put_said(struct bytes *out, const struct said *said, const struct json *settings)
{
    size_t count = 0;

    for (size_t i = 0; i < FLAGS; i++) {
        const char *const brackets = flags[i].kind == FLAG_LIST  ? "[]"
                                     : flags[i].kind == FLAG_MAP ? "{}"
                                                                 : NULL;
        if (said->values[i].length == 0 || json_member(settings, flags[i].setting) != NULL)
            continue;
        bytes_format(out, "%s\"%s\": %.*s%s%.*s",
                     count > 0 || (settings != NULL && settings->count > 0) ? ", " : "",
                     flags[i].setting, brackets != NULL, brackets != NULL ? brackets : "",
                     said->values[i].data, brackets != NULL, brackets != NULL ? brackets + 1 : "");
        count++;
    }
    return count;
}

/* Puts the rest into the file's object; what has a fault is left as it is. */
static void complete(struct text *text, const struct said *said)
{
    struct json_document document;
    struct bytes out = { .data = NULL };
    struct text whole;

    json_read(&document, text);
    const struct json *const root = document.root;
    const bool is_object = root != NULL && root->kind == JSON_OBJECT;
    if (document.faults.count > 0 || (!is_object && !document.is_empty)) {
        json_free(&document);
        return;
    }
    if (is_object)
        bytes_add(&out, text->bytes + root->at.offset, root->at.length - 1);
    else
        bytes_text(&out, "{");
    if (put_said(&out, said, root) > 0) {
        bytes_text(&out, "}\n");
        text_of(&whole, text->name, out.data, out.length);
        whole.is_made = true;
        json_free(&document);
        text_free(text);
        *text = whole;
    } else {
        json_free(&document);
    }
    bytes_free(&out);
}

bool host_settings(struct text *text, const char *root, const struct json *info)
{
    char *const path = format_text("%s/etc/docker/daemon.json", root);
    struct said said = { .values = { { .data = NULL } } };

    const bool has_file = text_read(text, path) == NULL;
    if (!has_file) {
        text_of(text, path, "", 0);
        text->is_made = true;
    }
    const bool is_running = read_command_line(&said, root);
    if (info != NULL)
        say_info(&said, info);
    complete(text, &said);
    for (size_t i = 0; i < FLAGS; i++)
        bytes_free(&said.values[i]);
    free(path);
    if (has_file || is_running || info != NULL)
        return true;
    text_free(text);
    return false;
}
