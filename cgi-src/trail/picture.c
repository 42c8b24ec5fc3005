/*
 * The page's picture: for each route a row of bars over time, of the requests that were allowed,
 * rejected and failed. The three differ in colour and in pattern, and the figures are a table too.
 */
#include "trail/page.h"

#include "trail/escape.h"
#include "trail/moment.h"

#include <string.h>

enum { ROUTES_MAX = 16, WIDTH = 960, HEIGHT = 80, DAY = 24 * 3600 };

/* One route's requests. */
struct row {
    const char *route;
    long long requests[VERDICTS][SPAN_BUCKETS_MAX];
    long long sums[VERDICTS];
    long long most; /* in one bucket */
};

/* Fills the row of the route that counts[at] begins, and says where the next one does. */
static size_t read_row(const struct activity *activity, size_t at, struct row *row)
{
    *row = (struct row){ .route = activity->counts[at].route };
    for (; at < activity->count && strcmp(activity->counts[at].route, row->route) == 0; at++) {
        const struct count *const count = &activity->counts[at];
        if (count->verdict >= VERDICTS || count->bucket >= SPAN_BUCKETS_MAX)
            continue;
        row->requests[count->verdict][count->bucket] += count->requests;
        row->sums[count->verdict] += count->requests;
    }
    for (size_t bucket = 0; bucket < SPAN_BUCKETS_MAX; bucket++) {
        long long sum = 0;
        for (size_t verdict = 0; verdict < VERDICTS; verdict++)
            sum += row->requests[verdict][bucket];
        row->most = sum > row->most ? sum : row->most;
    }
    return at;
}

/* To the minute, which is what the counts are of. */
static void put_moment(int64_t seconds, struct buffer *out)
{
    char text[MOMENT_BYTES];

    if (seconds > MOMENT_LAST / 1000)
        seconds = MOMENT_LAST / 1000;
    moment_format(seconds * 1000, text);
    put_format(out, "<time datetime=\"%s\">%.10s %.5s</time>", text, text, text + 11);
}

static void put_width(int64_t seconds, struct buffer *out)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = { { DAY, "day" }, { 3600, "hour" }, { 60, "minute" } };
    size_t i = 0;

    while (i < 2 && seconds % units[i].seconds != 0)
        i++;
    const long long count = seconds / units[i].seconds;
    put_format(out, "%lld %s%s", count, units[i].name, count == 1 ? "" : "s");
}

/* Seconds between the thin lines, by which a reader finds a day again; 0: no lines. */
static int64_t choose_step(const struct span *span)
{
    static const struct {
        int64_t days_at_most, seconds;
    } steps[] = { { 2, 6 * INT64_C(3600) }, { 40, DAY }, { 280, 7 * INT64_C(86400) } };
    const int64_t seconds = span->width * span->buckets;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (seconds <= steps[i].days_at_most * DAY)
            return steps[i].seconds;
    return 0;
}

static void put_lines(const struct span *span, struct buffer *out)
{
    const int64_t step = choose_step(span);
    const int64_t seconds = span->width * span->buckets;

    if (step == 0)
        return;
    put_text(out, "<path class=\"line\" d=\"");
    for (int64_t at = step - span->begin % step; at < seconds; at += step)
        put_format(out, "M%.1f 0v%d", (double)at * WIDTH / (double)seconds, HEIGHT);
    put_text(out, "\"/>\n");
}

/* The bars of one verdict, each on top of those before it. */
static void put_bars(const struct row *row, const struct span *span, size_t verdict,
                     struct buffer *out)
{
    const double step = (double)WIDTH / span->buckets;
    const double unit = (double)HEIGHT / (double)(row->most > 0 ? row->most : 1);

    if (row->sums[verdict] == 0)
        return;
    put_format(out, "<path class=\"%s\" d=\"", verdict_names[verdict]);
    for (size_t bucket = 0; bucket < span->buckets && bucket < SPAN_BUCKETS_MAX; bucket++) {
        long long below = 0;
        if (row->requests[verdict][bucket] == 0)
            continue;
        for (size_t i = 0; i < verdict; i++)
            below += row->requests[i][bucket];
        const double height = (double)row->requests[verdict][bucket] * unit;
        put_format(out, "M%.1f %.2fh%.1fv-%.2fh-%.1fz", (double)bucket * step,
                   HEIGHT - (double)below * unit, step * 0.9, height, step * 0.9);
    }
    put_text(out, "\"/>\n");
}

static void put_sums(const struct row *row, struct buffer *out)
{
    put_format(out, "%lld allowed, %lld rejected, %lld failed", row->sums[0], row->sums[1],
               row->sums[2]);
}

static void put_row(const struct row *row, const struct span *span, size_t number,
                    struct buffer *out)
{
    put_text(out, "<figure>\n<figcaption><b>");
    put_html(out, row->route);
    put_text(out, "</b> ");
    put_sums(row, out);
    put_format(out, "; the highest bar: %lld</figcaption>\n", row->most);
    put_format(out,
               "<svg role=\"img\" aria-labelledby=\"t%zu d%zu\" viewBox=\"0 0 %d %d\" "
               "width=\"100%%\" height=\"%d\" preserveAspectRatio=\"none\" focusable=\"false\">\n"
               "<title id=\"t%zu\">Requests to ",
               number, number, WIDTH, HEIGHT, HEIGHT, number);
    put_html(out, row->route);
    put_format(out, " over time</title>\n<desc id=\"d%zu\">", number);
    put_sums(row, out);
    put_text(out, ". The table of figures below has each bar.</desc>\n");
    put_lines(span, out);
    for (size_t verdict = 0; verdict < VERDICTS; verdict++)
        put_bars(row, span, verdict, out);
    put_text(out, "</svg>\n</figure>\n");
}

static void put_patterns(struct buffer *out)
{
    put_text(out,
             "<svg class=\"patterns\" width=\"0\" height=\"0\" aria-hidden=\"true\" "
             "focusable=\"false\"><defs>\n"
             "<pattern id=\"stripes\" width=\"8\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
             "<rect class=\"rejected-ground\" width=\"8\" height=\"6\"/>"
             "<path class=\"ink\" d=\"M0 3.5h8v2h-8z\"/></pattern>\n"
             "<pattern id=\"dots\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
             "<rect class=\"failed-ground\" width=\"6\" height=\"6\"/>"
             "<path class=\"ink\" d=\"M1 1h2v2h-2zM4 4h2v2h-2z\"/></pattern>\n</defs></svg>\n");
}

static void put_legend(const struct span *span, struct buffer *out)
{
    put_text(out, "<ul class=\"legend\">\n");
    for (size_t i = 0; i < VERDICTS; i++)
        put_format(out,
                   "<li><svg width=\"24\" height=\"12\" aria-hidden=\"true\" focusable=\"false\">"
                   "<rect class=\"%s\" width=\"24\" height=\"12\"/></svg> %s</li>\n",
                   verdict_names[i], verdict_names[i]);
    put_text(out, "</ul>\n<p>From ");
    put_moment(span->begin, out);
    put_text(out, " (left) to ");
    put_moment(span->begin + span->width * span->buckets, out);
    put_text(out, " (right); each bar is ");
    put_width(span->width, out);
    if (choose_step(span) != 0) {
        put_text(out, ", thin lines are ");
        put_width(choose_step(span), out);
        put_text(out, " apart");
    }
    put_text(out, ", and each row has a scale of its own.</p>\n");
}

static void put_figures(const struct row *row, const struct span *span, struct buffer *out)
{
    for (size_t bucket = 0; bucket < span->buckets && bucket < SPAN_BUCKETS_MAX; bucket++) {
        const long long counts[VERDICTS] = { row->requests[0][bucket], row->requests[1][bucket],
                                             row->requests[2][bucket] };
        if (counts[0] == 0 && counts[1] == 0 && counts[2] == 0)
            continue;
        put_text(out, "<tr><th scope=\"row\">");
        put_html(out, row->route);
        put_text(out, "</th><td>");
        put_moment(span->begin + span->width * (int64_t)bucket, out);
        put_format(out,
                   "</td><td class=\"number\">%lld</td><td class=\"number\">%lld</td>"
                   "<td class=\"number\">%lld</td></tr>\n",
                   counts[0], counts[1], counts[2]);
    }
}

static void put_table(const struct activity *activity, struct buffer *out)
{
    struct row row;
    size_t shown = 0;

    put_text(out, "<details>\n<summary>The figures as a table</summary>\n"
                  "<div class=\"scroll\" role=\"region\" aria-labelledby=\"figures\" "
                  "tabindex=\"0\">\n<table>\n<caption id=\"figures\">Requests by route and time"
                  "</caption>\n<thead><tr><th scope=\"col\">Route</th><th scope=\"col\">From</th>"
                  "<th scope=\"col\" class=\"number\">Allowed</th>"
                  "<th scope=\"col\" class=\"number\">Rejected</th>"
                  "<th scope=\"col\" class=\"number\">Failed</th></tr></thead>\n<tbody>\n");
    for (size_t at = 0; at < activity->count && shown < ROUTES_MAX; shown++) {
        at = read_row(activity, at, &row);
        put_figures(&row, &activity->span, out);
    }
    put_text(out, "</tbody>\n</table>\n</div>\n</details>\n");
}

void page_picture(const struct activity *activity, struct buffer *out)
{
    struct row row;
    size_t at = 0, shown = 0;

    put_text(out, "<section aria-labelledby=\"picture\">\n"
                  "<h2 id=\"picture\">Requests over time</h2>\n");
    if (activity->counts == NULL) {
        put_text(out, "<p>The database took too long to count them: narrow From and Until.</p>\n");
    } else if (activity->count == 0) {
        put_text(out, "<p>There were no requests like that in this time.</p>\n");
    } else {
        put_patterns(out);
        put_legend(&activity->span, out);
        for (; at < activity->count && shown < ROUTES_MAX; shown++) {
            at = read_row(activity, at, &row);
            put_row(&row, &activity->span, shown, out);
        }
        if (at < activity->count)
            put_text(out, "<p>There are more routes: name one in the filters.</p>\n");
        put_table(activity, out);
    }
    put_text(out, "</section>\n");
}
