/* The page's filter form, and what is filtered by now. */
#include "trail/page.h"

#include "trail/escape.h"
#include "trail/moment.h"

#include <string.h>

/* A time in its canonical form, whole seconds without decimals; anything else as it is. */
static const char *shown(const char *text, char canonical[MOMENT_BYTES])
{
    int64_t milliseconds;

    if (!moment_parse(text, strlen(text), &milliseconds))
        return text;
    moment_format(milliseconds, canonical);
    if (milliseconds % 1000 == 0)
        memcpy(canonical + strlen("2026-11-25T10:00:00"), "Z", sizeof("Z"));
    return canonical;
}

/* A label, an input and, if there is one, what it takes. `more` are attributes. */
static void put_input(struct buffer *out, const char *name, const char *label, const char *value,
                      const char *more, const char *hint)
{
    char canonical[MOMENT_BYTES];

    put_format(out, "<p><label for=\"f-%s\">%s</label>\n<input id=\"f-%s\" name=\"%s\" value=\"",
               name, label, name, name);
    put_field(out, shown(value, canonical));
    put_format(out, "\" %s", more);
    if (hint != NULL)
        put_format(out, " aria-describedby=\"h-%s\">\n<small id=\"h-%s\">%s</small></p>\n", name,
                   name, hint);
    else
        put_text(out, "></p>\n");
}

/* The routes that the picture knows, each once; they come in order. */
static void put_routes(const struct activity *activity, struct buffer *out)
{
    const char *last = "";

    put_text(out, "<datalist id=\"routes\">\n");
    for (size_t i = 0; activity->counts != NULL && i < activity->count; i++) {
        const char *const route = activity->counts[i].route;
        if (strcmp(route, last) != 0) {
            put_text(out, "<option value=\"");
            put_field(out, route);
            put_text(out, "\"></option>\n");
        }
        last = route;
    }
    put_text(out, "</datalist>\n");
}

static void put_verdicts(const char *chosen, struct buffer *out)
{
    put_text(out, "<p><label for=\"f-verdict\">Verdict</label>\n"
                  "<select id=\"f-verdict\" name=\"verdict\">\n<option value=\"\">any</option>\n");
    for (size_t i = 0; i < VERDICTS; i++)
        put_format(out, "<option value=\"%s\"%s>%s</option>\n", verdict_names[i],
                   strcmp(chosen, verdict_names[i]) == 0 ? " selected" : "", verdict_names[i]);
    put_text(out, "</select></p>\n");
}

/* What the records are narrowed to, in words. */
static void put_active(const struct filter_texts *texts, struct buffer *out)
{
    const struct {
        const char *label, *value;
    } filters[] = {
        { "route", texts->route },        { "verdict", texts->verdict },
        { "client", texts->client },      { "from", texts->since },
        { "until before", texts->until }, { "input has", texts->q },
        { "older than", texts->before },
    };
    char canonical[MOMENT_BYTES];
    bool any = false;

    put_text(out, "<p class=\"active\">Shown now: ");
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        if (filters[i].value[0] == '\0')
            continue;
        put_format(out, "%s%s <code dir=\"ltr\">", any ? ", " : "", filters[i].label);
        put_html(out, shown(filters[i].value, canonical));
        put_text(out, "</code>");
        any = true;
    }
    put_text(out, any ? ". <a href=\"/audit\">Clear all filters</a></p>\n"
                      : "the newest records of all routes.</p>\n");
}

void page_form(const struct page *page, struct buffer *out)
{
    const struct filter_texts *const texts = &page->filters->texts;
    char limit[8];
    struct buffer number = { .bytes = limit, .size = sizeof(limit) };

    put_format(&number, "%u", page->filters->limit);
    put_text(out, "<section aria-labelledby=\"filters\">\n<h2 id=\"filters\">Filters</h2>\n"
                  "<form method=\"get\" action=\"/audit\">\n");
    put_input(out, "route", "Route", texts->route,
              "list=\"routes\" maxlength=\"32\" pattern=\"[a-z0-9_\\-]*\" autocomplete=\"off\" "
              "autocapitalize=\"none\" spellcheck=\"false\"",
              NULL);
    put_routes(page->activity, out);
    put_verdicts(texts->verdict, out);
    put_input(out, "client", "Client", texts->client,
              "maxlength=\"49\" autocomplete=\"off\" spellcheck=\"false\"",
              "an address, or a network such as 192.0.2.0/24");
    put_input(out, "since", "From", texts->since, "autocomplete=\"off\" spellcheck=\"false\"",
              "such as 2026-11-25T10:00:00Z");
    put_input(out, "until", "Until before", texts->until,
              "autocomplete=\"off\" spellcheck=\"false\"", "likewise");
    put_input(out, "q", "Input has", texts->q,
              "maxlength=\"256\" autocomplete=\"off\" spellcheck=\"false\"",
              "any part of the query; upper and lower case are the same");
    put_input(out, "limit", "Records a page", limit,
              "type=\"number\" min=\"1\" max=\"1000\" inputmode=\"numeric\"", NULL);
    put_text(out, "<p><button type=\"submit\">Show</button></p>\n</form>\n");
    put_active(texts, out);
    put_text(out, "</section>\n");
}
