/* K2: whether somebody asks the program if it still works. */
#include "dockerfile/docker_checks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void docker_find_health(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;
    const struct docker_stage *const stage = docker_final(dockerfile);

    if (stage == NULL || docker_last(dockerfile, stage, DOCKER_HEALTHCHECK) != NULL)
        return;
    struct where where = docker_place(&dockerfile->instructions[stage->from]);
    where.subject = "HEALTHCHECK";
    found(findings, rule->id, where, "no HEALTHCHECK, nor HEALTHCHECK NONE");
}

/* The port of an EXPOSE, if it is one of TCP; 0: it is none, a range, or a variable. */
static unsigned port_of(const char *value)
{
    unsigned port = 0;

    while (isdigit((unsigned char)*value) && port <= 65535)
        port = port * 10 + (unsigned)(*value++ - '0');
    if (*value != '\0' && strcmp(value, "/tcp") != 0 && strcmp(value, "/TCP") != 0)
        return 0;
    return port <= 65535 ? port : 0;
}

/* The first port that the image says it listens at; 0: it says none. */
static unsigned exposed_port(const struct dockerfile *dockerfile, const struct docker_stage *stage)
{
    for (;;) {
        for (size_t i = stage->from; i < stage->end; i++) {
            const struct docker_instruction *const expose = &dockerfile->instructions[i];
            for (size_t j = 0;
                 expose->keyword == DOCKER_EXPOSE && !expose->is_onbuild && j < expose->word_count;
                 j++)
                if (port_of(expose->words[j].value) != 0)
                    return port_of(expose->words[j].value);
        }
        if (stage->parent == NO_STAGE)
            return 0;
        stage = &dockerfile->stages[stage->parent];
    }
}

static bool is_start(enum docker_keyword keyword)
{
    return keyword == DOCKER_CMD || keyword == DOCKER_ENTRYPOINT;
}

const struct docker_instruction *docker_last_but(const struct dockerfile *dockerfile,
                                                 bool (*is_passed)(enum docker_keyword))
{
    const struct docker_stage *const stage = docker_final(dockerfile);
    size_t last = stage->end - 1;

    while (last > stage->from && (is_passed(dockerfile->instructions[last].keyword) ||
                                  dockerfile->instructions[last].is_onbuild))
        last--;
    return &dockerfile->instructions[last];
}

bool docker_fix_health(const struct document *document, const struct finding *finding,
                       struct edits *edits)
{
    const struct dockerfile *const dockerfile = document->model;
    const struct docker_stage *const stage = docker_final(dockerfile);
    const enum image_family family = image_family(&docker_root(dockerfile, stage)->image);
    const unsigned port = exposed_port(dockerfile, stage);
    struct bytes line = { .data = NULL };

    (void)finding;
    if (docker_is_windows(dockerfile) || family == FAMILY_UNKNOWN)
        return refuse(edits, "no program is known in its base image that could ask");
    if (port == 0)
        return refuse(edits, "it has no EXPOSE that says which port to ask");
    if (family == FAMILY_BUSYBOX)
        bytes_format(&line, "HEALTHCHECK CMD [\"nc\", \"-z\", \"127.0.0.1\", \"%u\"]", port);
    else
        bytes_format(&line, "HEALTHCHECK CMD [\"bash\", \"-c\", \"</dev/tcp/127.0.0.1/%u\"]", port);
    const bool is_done =
        docker_insert(edits, dockerfile, docker_last_but(dockerfile, is_start), line.data);
    bytes_free(&line);
    return is_done;
}
