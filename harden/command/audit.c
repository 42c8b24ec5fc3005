#include "command/session.h"
#include "core/discover.h"

#include <stdlib.h>

static void visit(void *context, const struct reader *reader, const struct text *text)
{
    session_audit(context, reader, text);
}

static int run(struct session *session, int count, char **paths)
{
    struct discovery discovery = { .type = session->options->type,
                                   .visit = visit,
                                   .context = session };

    for (int i = 0; i < count; i++)
        discover(&discovery, paths[i]);
    discovery_free(&discovery);
    session->report.files = discovery.files;
    session->report.troubles += discovery.troubles;
    return session_end(session);
}

int audit_command(int argc, char **argv)
{
    static const char allowed[] = " type format severity only skip baseline save-baseline help ";
    static char here[] = ".";
    char *all[] = { here };
    struct options options;
    struct session session;
    int first;

    if (!options_read(&options, allowed, argc, argv, &first))
        return EXIT_TROUBLE;
    if (options.is_help)
        return fputs(usage, stdout) < 0 ? EXIT_TROUBLE : EXIT_SUCCESS;
    int code = EXIT_TROUBLE;
    if (session_begin(&session, &options))
        code = first < argc ? run(&session, argc - first, argv + first) : run(&session, 1, all);
    session_free(&session);
    return code;
}
