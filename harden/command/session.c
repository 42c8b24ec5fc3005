#include "command/session.h"

#include "core/discover.h"

#include <stdlib.h>
#include <unistd.h>

bool session_begin(struct session *session, const struct options *options)
{
    char *why = NULL;

    *session = (struct session){
        .options = options,
        .report = { .format = options->format,
                    .out = stdout,
                    .has_colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL },
    };
    if (options->baseline != NULL &&
        (session->baseline = baseline_read(options->baseline, &why)) == NULL)
        complain(options->baseline, "%s", why);
    else if (options->save_baseline != NULL &&
             (session->saved = baseline_new(options->save_baseline, &why)) == NULL)
        complain(options->save_baseline, "%s", why);
    else
        session->report.format->begin(&session->report);
    const bool is_open = why == NULL;
    free(why);
    return is_open;
}

static void tell(struct session *session, struct findings *findings)
{
    struct report *const report = &session->report;

    if (session->saved != NULL)
        baseline_add(session->saved, findings);
    if (session->baseline != NULL)
        report->known += baseline_filter(session->baseline, findings);
    report->ignored += findings->ignored;
    for (size_t i = 0; i < findings->count; i++) {
        report->format->finding(report, findings->text, &findings->list[i]);
        report->findings++;
    }
}

void session_audit(struct session *session, const struct reader *reader, const struct text *text)
{
    struct findings findings = { .selection = &session->options->selection };
    struct document document;
    struct fault fault;

    if (!document_open(&document, reader, text, &fault)) {
        const struct position position = text_position(text, fault.offset);
        complain(text->name, "%zu:%zu: %s", position.line, position.column, fault.why);
        session->report.troubles++;
        return;
    }
    document_audit(&document, &findings);
    tell(session, &findings);
    findings_free(&findings);
    document_close(&document);
}

void session_trouble(struct session *session, const char *what, const char *why)
{
    complain(what, "%s", why);
    session->report.troubles++;
}

void session_unchecked(struct session *session, const char *what, const char *why)
{
    complain(what, "not checked: %s", why);
    session->report.unchecked++;
}

int session_end(struct session *session)
{
    struct report *const report = &session->report;
    char *why = NULL;

    report->format->end(report);
    if (session->saved != NULL && !baseline_save(session->saved, &why)) {
        complain(session->options->save_baseline, "%s", why);
        report->troubles++;
    }
    free(why);
    if (fflush(report->out) != 0 || ferror(report->out) || report->troubles > 0)
        return EXIT_TROUBLE;
    return report->findings > 0 ? EXIT_FINDINGS : EXIT_SUCCESS;
}

void session_free(struct session *session)
{
    baseline_free(session->baseline);
    baseline_free(session->saved);
}
