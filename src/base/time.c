#include "base/time.h"

#include <stdio.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* `count` digits at text[at]; -1 if they are not there. */
static int digits_read(ent_str text, size_t at, size_t count)
{
    int value = 0;

    if (at + count > text.size)
        return -1;
    for (size_t i = at; i < at + count; i++) {
        if (!is_digit(text.ptr[i]))
            return -1;
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool ent_date_exists(int year, int month, int day)
{
    return year >= 0 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= month_days(year, month);
}

/* Days from civil date, proleptic Gregorian; years are counted from March so
 * that the leap day comes last. */
ent_day ent_day_of(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

void ent_day_split(ent_day day, int *year, int *month, int *day_of_month)
{
    int z = day + 719468;
    int era = (z >= 0 ? z : z - 146096) / 146097;
    int day_of_era = z - era * 146097;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted = (5 * day_of_year + 2) / 153;

    *day_of_month = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

/* "YYYY-MM-DD" at the start of text.  A real day of the calendar, or FORMAT. */
static ent_code date_read(ent_str text, ent_day *day, ent_err *err)
{
    int y = digits_read(text, 0, 4), m = digits_read(text, 5, 2), d = digits_read(text, 8, 2);

    if (y < 0 || m < 0 || d < 0 || text.ptr[4] != '-' || text.ptr[7] != '-')
        return ent_fail(err, ENT_FORMAT, "'%.*s' is not a date YYYY-MM-DD",
                        text.size < 40 ? (int)text.size : 40, text.ptr);
    if (!ent_date_exists(y, m, d))
        return ent_fail(err, ENT_FORMAT, "%04d-%02d-%02d is no day of the calendar", y, m, d);
    *day = ent_day_of(y, m, d);
    return ENT_OK;
}

ent_code ent_time_read(ent_str text, ent_time *time, ent_err *err)
{
    int hour, minute, second;
    int64_t fraction = 0, scale = 100000;
    ent_day day;
    size_t at = 19;

    if (text.size < 20)
        return ent_fail(err, ENT_FORMAT,
                        "'%.*s' is not a timestamp YYYY-MM-DDTHH:MM:SSZ [RFC 3339]",
                        ENT_STR_ARG(text));
    ENT_TRY(date_read((ent_str){ text.ptr, 10 }, &day, err));
    hour = digits_read(text, 11, 2);
    minute = digits_read(text, 14, 2);
    second = digits_read(text, 17, 2);
    if (text.ptr[10] != 'T' || text.ptr[13] != ':' || text.ptr[16] != ':' || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return ent_fail(err, ENT_FORMAT, "'%.*s' has no time of day THH:MM:SS [RFC 3339]",
                        text.size < 40 ? (int)text.size : 40, text.ptr);
    if (text.ptr[at] == '.') {
        size_t start = ++at;

        for (; at < text.size && is_digit(text.ptr[at]); at++, scale /= 10)
            fraction += (text.ptr[at] - '0') * scale;
        if (at == start)
            return ent_fail(err, ENT_FORMAT, "a fraction of a second has no digits [RFC 3339]");
    }
    if (at + 1 != text.size || text.ptr[at] != 'Z')
        return ent_fail(err, ENT_FORMAT, "a timestamp ends in 'Z' [STIX 2.1 s2.16]");
    *time = ((int64_t)day * 86400 + hour * 3600 + minute * 60 + second) * ENT_SECOND + fraction;
    return ENT_OK;
}

void ent_time_write(ent_time time, char *out)
{
    int64_t seconds = time / ENT_SECOND, micros = time % ENT_SECOND;
    int64_t day, rest;
    int y, m, d;

    if (micros < 0) {
        micros += ENT_SECOND;
        seconds--;
    }
    day = seconds / 86400;
    rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        day--;
    }
    ent_day_split((ent_day)day, &y, &m, &d);
    (void)snprintf(out, ENT_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", y % 10000, m, d,
                   (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60),
                   (int)(micros / 1000));
}

ent_code ent_days_read(ent_str text, ent_days *days, ent_err *err)
{
    int y = digits_read(text, 0, 4), m;

    if (text.size == 4 && y >= 0) {
        *days = (ent_days){ ent_day_of(y, 1, 1), ent_day_of(y, 12, 31) };
        return ENT_OK;
    }
    if (text.size == 7 && y >= 0 && text.ptr[4] == '-' && (m = digits_read(text, 5, 2)) >= 1 &&
        m <= 12) {
        *days = (ent_days){ ent_day_of(y, m, 1), ent_day_of(y, m, month_days(y, m)) };
        return ENT_OK;
    }
    if (text.size == 10) {
        ENT_TRY(date_read(text, &days->first, err));
    } else {
        ent_time instant;

        ENT_TRY(ent_time_read(text, &instant, err));
        ENT_TRY(date_read((ent_str){ text.ptr, 10 }, &days->first, err));
    }
    days->last = days->first;
    return ENT_OK;
}

ent_code ent_interval_read(ent_str text, ent_days *days, ent_err *err)
{
    const char *slash = memchr(text.ptr, '/', text.size);
    ent_str from, to;
    ent_days end;

    if (slash == NULL)
        return ent_days_read(text, days, err);
    from = (ent_str){ text.ptr, (size_t)(slash - text.ptr) };
    to = (ent_str){ slash + 1, text.size - from.size - 1 };
    *days = (ent_days){ ENT_DAY_MIN, ENT_DAY_MAX };
    if (from.size > 0) {
        ENT_TRY(ent_days_read(from, &end, err));
        days->first = end.first;
    }
    if (to.size > 0) {
        ENT_TRY(ent_days_read(to, &end, err));
        days->last = end.last;
    }
    if (days->first > days->last)
        return ent_fail(err, ENT_FORMAT, "the interval '%.*s' ends before it begins",
                        ENT_STR_ARG(text));
    return ENT_OK;
}

bool ent_days_overlap(ent_days a, ent_days b)
{
    return a.first <= b.last && b.first <= a.last;
}
