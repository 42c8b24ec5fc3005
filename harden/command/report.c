#include "command/options.h"
#include "comparison/comparison.h"
#include "core/discover.h"

#include <stdlib.h>

static bool put(const struct options *options, struct scan *first, struct scan *second, int *code)
{
    struct comparison comparison;
    struct bytes out = { .data = NULL };

    compare_scans(&comparison, first, second);
    *code = tally_now(&comparison.all) > 0 ? EXIT_FINDINGS : EXIT_SUCCESS;
    if (options->is_html)
        comparison_html(&out, &comparison);
    else if (options->format == &format_json)
        comparison_json(&out, &comparison);
    else
        comparison_text(&out, &comparison);
    const bool is_put =
        fwrite(out.data, 1, out.length, stdout) == out.length && fflush(stdout) == 0;
    bytes_free(&out);
    comparison_free(&comparison);
    return is_put;
}

static bool read_scan(struct scan *scan, const char *path)
{
    char *why;

    if (scan_read(scan, path, &why))
        return true;
    complain(path, "%s", why);
    free(why);
    return false;
}

int report_command(int argc, char **argv)
{
    struct scan first = { .list = NULL }, second = { .list = NULL };
    struct options options;
    int start, code = EXIT_TROUBLE;

    if (!options_read(&options, " format html help ", argc, argv, &start))
        return EXIT_TROUBLE;
    if (options.is_help)
        return fputs(usage, stdout) < 0 ? EXIT_TROUBLE : EXIT_SUCCESS;
    if (argc - start != 2) {
        fputs(usage, stderr);
        return EXIT_TROUBLE;
    }
    if (read_scan(&first, argv[start]) && read_scan(&second, argv[start + 1]) &&
        !put(&options, &first, &second, &code))
        code = EXIT_TROUBLE;
    /* what is in those would seem to be fixed */
    if (code != EXIT_TROUBLE && second.summary.unreadable > 0) {
        complain(argv[start + 1], "%zu files or folders could not be read",
                 second.summary.unreadable);
        code = EXIT_TROUBLE;
    }
    scan_free(&first);
    scan_free(&second);
    return code;
}
