/* The page's records. On a narrow screen each is a card, and `data-label` its cells' names. */
#include "trail/page.h"

#include "trail/escape.h"

#include <string.h>

/* How a cell is written; the value is never NULL. */
static void put_plain(struct buffer *out, const char *value)
{
    put_html(out, value);
}

/* What somebody else chose, in an isle of its own. */
static void put_code(struct buffer *out, const char *value)
{
    put_text(out, "<code dir=\"ltr\">");
    put_html(out, value);
    put_text(out, "</code>");
}

/* The date and the time of RFC 3339, apart by a space, without the Z that all of them have. */
static void put_time(struct buffer *out, const char *value)
{
    put_text(out, "<time datetime=\"");
    put_html(out, value);
    put_text(out, "\">");
    for (; *value != '\0' && *value != 'Z'; value++) {
        const char one[] = { *value == 'T' ? ' ' : *value, '\0' };
        put_html(out, one);
    }
    put_text(out, "</time>");
}

static void put_verdict(struct buffer *out, const char *value)
{
    put_text(out, "<span class=\"verdict ");
    put_html(out, value);
    put_text(out, "\">");
    put_html(out, value);
    put_text(out, "</span>");
}

/* Microseconds as milliseconds: "1234" is 1.234. */
static void put_milliseconds(struct buffer *out, const char *value)
{
    const size_t length = strspn(value, "0123456789");

    if (value[length] != '\0') /* a clock that went backwards */
        put_html(out, value);
    else if (length > 3)
        put_format(out, "%.*s.%s", (int)(length - 3), value, value + length - 3);
    else
        put_format(out, "0.%.*s%s", (int)(3 - length), "000", value);
}

static const struct {
    const char *title;
    enum column column;
    const char *attributes;
    void (*put)(struct buffer *out, const char *value);
} cells[] = {
    { "Time", COLUMN_TIME, "", put_time },
    { "Route", COLUMN_ROUTE, "", put_plain },
    { "Client", COLUMN_CLIENT, " class=\"client\"", put_plain },
    { "Method", COLUMN_METHOD, "", put_code },
    { "Verdict", COLUMN_VERDICT, "", put_verdict },
    { "Status", COLUMN_STATUS, " class=\"number\"", put_plain },
    { "Reason", COLUMN_REASON, "", put_plain },
    { "Input", COLUMN_INPUT, " class=\"input\"", put_code },
    { "ms", COLUMN_MICROSECONDS, " class=\"number\"", put_milliseconds },
    { "Request id", COLUMN_REQUEST_ID, " class=\"id\"", put_code },
};
enum { CELLS = sizeof(cells) / sizeof(cells[0]) };

static void put_row(const char *const *row, struct buffer *out)
{
    put_text(out, "<tr role=\"row\">");
    for (size_t i = 0; i < CELLS; i++) {
        const char *const value = row[cells[i].column];
        put_format(out, "<td role=\"cell\" data-label=\"%s\"%s>", cells[i].title,
                   cells[i].attributes);
        if (value != NULL && value[0] != '\0')
            cells[i].put(out, value);
        put_text(out, "</td>");
    }
    put_text(out, "</tr>\n");
}

/* The roles are what the elements have, until a narrow screen's style takes it from them. */
void page_table(const struct records *records, struct buffer *out)
{
    if (records->count == 0) {
        put_text(out, "<p>There are no records like that.</p>\n");
        return;
    }
    put_format(out,
               "<div class=\"scroll\" role=\"region\" aria-labelledby=\"caption\" tabindex=\"0\">\n"
               "<table class=\"records\" role=\"table\">\n"
               "<caption id=\"caption\">%zu record%s, the newest first</caption>\n"
               "<thead role=\"rowgroup\"><tr role=\"row\">",
               records->count, records->count == 1 ? "" : "s");
    for (size_t i = 0; i < CELLS; i++)
        put_format(out, "<th role=\"columnheader\" scope=\"col\"%s>%s</th>", cells[i].attributes,
                   cells[i].title);
    put_text(out, "</tr></thead>\n<tbody role=\"rowgroup\">\n");
    for (size_t i = 0; i < records->count; i++)
        put_row(records->rows[i], out);
    put_text(out, "</tbody>\n</table>\n</div>\n");
}
