#include "image/image.h"
#include "command/session.h"
#include "core/discover.h"
#include "image/apt_lists.h"

#include <stdlib.h>

static void look(struct session *session, struct engine *engine, const char *name)
{
    const struct options *const options = session->options;
    const struct image_options asked = { .lists =
                                             options->lists != NULL ? options->lists : APT_LISTS,
                                         .wanted = &options->selection };
    struct text text;
    char *why = NULL;

    if (!image_look(engine, name, &asked, &text, &why)) {
        session_trouble(session, name, why);
    } else {
        if (why != NULL)
            session_unchecked(session, name, why);
        session->report.files++;
        session_audit(session, &image_reader, &text);
        text_free(&text);
    }
    free(why);
}

static int run(struct session *session, int count, char **names)
{
    struct engine engine = { .handle = NULL };
    char *why = NULL;

    session->report.things = "images";
    if (engine_open(&engine, &why))
        for (int i = 0; i < count; i++)
            look(session, &engine, names[i]);
    else
        session_trouble(session, "engine", why);
    free(why);
    engine_close(&engine);
    return session_end(session);
}

int image_command(int argc, char **argv)
{
    static const char allowed[] = " format severity only skip baseline save-baseline lists help ";
    struct options options;
    struct session session;
    int first;

    if (!options_read(&options, allowed, argc, argv, &first))
        return EXIT_TROUBLE;
    if (options.is_help)
        return fputs(usage, stdout) < 0 ? EXIT_TROUBLE : EXIT_SUCCESS;
    if (first == argc) {
        complain("image", "which one? harden image NAME...");
        return EXIT_TROUBLE;
    }
    int code = EXIT_TROUBLE;
    if (session_begin(&session, &options))
        code = run(&session, argc - first, argv + first);
    session_free(&session);
    return code;
}
