#include "trail/page.h"

#include "trail/escape.h"
#include "trail/links.h"

/* --- HTML ------------------------------------------------------------------------------------- */

/* There is no script. The browser takes the style for its hash, in nginx/edge/headers.conf. */
static void put_head(struct buffer *out)
{
    put_text(out, "<!DOCTYPE html>\n"
                  "<html lang=\"en\">\n"
                  "<head>\n"
                  "<meta charset=\"utf-8\">\n"
                  "<title>Audit trail - Bulkhead</title>\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<meta name=\"robots\" content=\"noindex\">\n"
                  "<style>");
    put_text(out, page_style);
    put_text(out, "</style>\n</head>\n");
}

/* The same records in another format. */
static void put_format_link(const struct filter_texts *given, const char *format, const char *name,
                            struct buffer *out)
{
    struct filter_texts texts = *given;
    char link[LINK_BYTES];

    texts.format = format;
    link_write(&texts, link);
    put_text(out, "<li><a href=\"");
    put_field(out, link);
    put_format(out, "\">%s</a></li>\n", name);
}

static void put_newest_link(const struct filter_texts *given, struct buffer *out)
{
    struct filter_texts texts = *given;
    char link[LINK_BYTES];

    if (given->before[0] == '\0')
        return;
    texts.before = "";
    link_write(&texts, link);
    put_text(out, "<li><a href=\"");
    put_field(out, link);
    put_text(out, "\">Newest records</a></li>\n");
}

static void put_links(const struct page *page, struct buffer *out)
{
    const struct filter_texts *const texts = &page->filters->texts;

    put_text(out, "<nav aria-label=\"Records\">\n<ul class=\"links\">\n");
    put_newest_link(texts, out);
    if (page->next != NULL) {
        put_text(out, "<li><a rel=\"next\" href=\"");
        put_field(out, page->next);
        put_text(out, "\">Older records</a></li>\n");
    }
    put_format_link(texts, "json", "These records as JSON", out);
    put_format_link(texts, "csv", "These records as CSV", out);
    put_text(out, "</ul>\n</nav>\n");
}

void page_html(const struct page *page, struct buffer *out)
{
    put_head(out);
    put_text(out, "<body>\n<a class=\"skip\" href=\"#records\">Skip to the records</a>\n"
                  "<header>\n<h1>Audit trail</h1>\n"
                  "<p>Who asked what, when, and what was done: every request of this deployment, "
                  "the newest first. Times are UTC.</p>\n</header>\n<main>\n");
    page_form(page, out);
    page_picture(page->activity, out);
    put_text(out, "<section aria-labelledby=\"records\">\n"
                  "<h2 id=\"records\" tabindex=\"-1\">Records</h2>\n");
    page_table(page->records, out);
    put_links(page, out);
    put_text(out, "</section>\n</main>\n</body>\n</html>");
}

/* --- JSON and CSV ----------------------------------------------------------------------------- */

static const struct member {
    const char *name;
    bool is_number;
} members[COLUMNS] = {
    [COLUMN_ID] = { "id", false },
    [COLUMN_TIME] = { "time", false },
    [COLUMN_ROUTE] = { "route", false },
    [COLUMN_CLIENT] = { "client", false },
    [COLUMN_METHOD] = { "method", false },
    [COLUMN_VERDICT] = { "verdict", false },
    [COLUMN_STATUS] = { "status", true },
    [COLUMN_REASON] = { "reason", false },
    [COLUMN_INPUT] = { "input", false },
    [COLUMN_MICROSECONDS] = { "microseconds", true },
    [COLUMN_REQUEST_ID] = { "request_id", false },
};

static void put_member(const struct member *member, const char *value, struct buffer *out)
{
    put_format(out, "\"%s\":", member->name);
    if (value == NULL)
        put_text(out, "null");
    else if (member->is_number)
        put_text(out, value); /* of an integer's column */
    else
        put_json(out, value);
}

void page_json(const struct page *page, struct buffer *out)
{
    put_text(out, "{\"records\":[");
    for (size_t i = 0; i < page->records->count; i++) {
        put_text(out, i > 0 ? ",\n{" : "\n{");
        for (size_t column = 0; column < COLUMNS; column++) {
            put_text(out, column > 0 ? "," : "");
            put_member(&members[column], page->records->rows[i][column], out);
        }
        put_text(out, "}");
    }
    put_text(out, "],\"next\":");
    if (page->next != NULL)
        put_json(out, page->next);
    else
        put_text(out, "null");
    put_text(out, "}");
}

void page_csv(const struct page *page, struct buffer *out)
{
    for (size_t column = 0; column < COLUMNS; column++)
        put_format(out, "%s%s", column > 0 ? "," : "", members[column].name);
    for (size_t i = 0; i < page->records->count; i++) {
        put_text(out, "\r\n");
        for (size_t column = 0; column < COLUMNS; column++) {
            const char *const value = page->records->rows[i][column];
            put_text(out, column > 0 ? "," : "");
            if (value != NULL && members[column].is_number)
                put_text(out, value);
            else if (value != NULL)
                put_csv(out, value);
        }
    }
    put_text(out, "\r");
}
