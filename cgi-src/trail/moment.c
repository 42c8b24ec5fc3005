#include "trail/moment.h"

#include <stdio.h>
#include <time.h>

enum { MINUTE_MS = 60 * 1000, DAY_MINUTES = 24 * 60, FRACTION_DIGITS = 9 };

/* What is left of a text. */
struct reader {
    const char *at;
    const char *end;
};

static bool take_one_of(struct reader *reader, const char *allowed)
{
    if (reader->at == reader->end)
        return false;
    for (; *allowed != '\0'; allowed++)
        if (*reader->at == *allowed) {
            reader->at++;
            return true;
        }
    return false;
}

/* Exactly that many digits, for a number from low to high. */
static bool take_number(struct reader *reader, int digits, int low, int high, int *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++) {
        if (reader->at == reader->end || *reader->at < '0' || *reader->at > '9')
            return false;
        *number = *number * 10 + (*reader->at++ - '0');
    }
    return *number >= low && *number <= high;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* From 1970-01-01 to a date of the same calendar; negative before. */
static int64_t days_since_1970(int year, int month, int day)
{
    const int before = year - 1; /* whole years since the year 1 */
    int64_t days = (int64_t)before * 365 + before / 4 - before / 100 + before / 400 - 719162;

    for (int i = 1; i < month; i++)
        days += days_of(year, i);
    return days + day - 1;
}

static bool take_date(struct reader *reader, int64_t *days)
{
    int year, month, day;

    if (!take_number(reader, 4, 1, 9999, &year) || !take_one_of(reader, "-") ||
        !take_number(reader, 2, 1, 12, &month) || !take_one_of(reader, "-") ||
        !take_number(reader, 2, 1, days_of(year, month), &day))
        return false;
    *days = days_since_1970(year, month, day);
    return true;
}

/* 1 to FRACTION_DIGITS digits. */
static bool take_fraction(struct reader *reader, int *milliseconds)
{
    int unit = 100, digit, digits = 0;

    *milliseconds = 0;
    for (; digits < FRACTION_DIGITS && take_number(reader, 1, 0, 9, &digit); digits++) {
        *milliseconds += digit * unit;
        unit /= 10;
    }
    return digits > 0;
}

static bool take_time(struct reader *reader, int64_t *milliseconds)
{
    int hour, minute, second, fraction = 0;

    if (!take_number(reader, 2, 0, 23, &hour) || !take_one_of(reader, ":") ||
        !take_number(reader, 2, 0, 59, &minute) || !take_one_of(reader, ":") ||
        !take_number(reader, 2, 0, 59, &second))
        return false;
    if (take_one_of(reader, ".") && !take_fraction(reader, &fraction))
        return false;
    *milliseconds = ((int64_t)hour * 60 + minute) * MINUTE_MS + second * INT64_C(1000) + fraction;
    return true;
}

static bool take_offset(struct reader *reader, int *minutes)
{
    int hour, minute;

    *minutes = 0;
    if (take_one_of(reader, "Zz"))
        return true;
    if (reader->at == reader->end)
        return false;
    const int sign = *reader->at == '-' ? -1 : 1;
    if (!take_one_of(reader, "+- ") || !take_number(reader, 2, 0, 23, &hour) ||
        !take_one_of(reader, ":") || !take_number(reader, 2, 0, 59, &minute))
        return false;
    *minutes = sign * (hour * 60 + minute);
    return true;
}

bool moment_parse(const char *text, size_t length, int64_t *milliseconds)
{
    struct reader reader = { .at = text, .end = text + length };
    int64_t days, time;
    int offset;

    if (!take_date(&reader, &days) || !take_one_of(&reader, "Tt ") || !take_time(&reader, &time) ||
        !take_offset(&reader, &offset) || reader.at != reader.end)
        return false;
    *milliseconds = (days * DAY_MINUTES - offset) * MINUTE_MS + time;
    return *milliseconds >= 0 && *milliseconds <= MOMENT_LAST;
}

void moment_format(int64_t milliseconds, char text[MOMENT_BYTES])
{
    const time_t seconds = (time_t)(milliseconds / 1000);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    const size_t length = strftime(text, MOMENT_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + length, MOMENT_BYTES - length, ".%03dZ", (int)(milliseconds % 1000));
}
