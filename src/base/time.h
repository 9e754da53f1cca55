/*
 * base/time -- instants and days, as text and as numbers.
 *
 * An instant is a count of microseconds since 1970-01-01T00:00:00Z (ent_time).
 * Timestamps keep their text wherever they are stored (STIX 2.1 s2.16 allows any
 * number of digits); this is for comparing and for writing our own.  A partial
 * date ("1984", "1991-03", "1991-03-07") is a range of days, and so is the
 * validity of a fact: both ends included, at the grain of a day.
 * No clock here: "now" always comes in as an argument.
 */
#ifndef ENT_BASE_TIME_H
#define ENT_BASE_TIME_H

#include "base/err.h"
#include "base/span.h"

typedef int64_t ent_time; /* microseconds since 1970-01-01T00:00:00Z */
typedef int32_t ent_day;  /* days since 1970-01-01 */

#define ENT_TIME_NEVER INT64_MAX
#define ENT_SECOND     INT64_C(1000000)
#define ENT_DAY_TIME   (86400 * ENT_SECOND)
#define ENT_TIME_TEXT  32 /* bytes that ent_time_write needs */

/* Whole days from `first` to `last`, both included. */
typedef struct ent_days {
    ent_day first, last; /* ENT_DAY_MIN, ENT_DAY_MAX: open at that end */
} ent_days;

#define ENT_DAY_MIN INT32_MIN
#define ENT_DAY_MAX INT32_MAX

/* RFC 3339 in UTC, "2024-11-08T19:42:00Z", capital T and Z, any number of
 * fraction digits (beyond six are read and dropped).  FORMAT says what is wrong. */
ENT_MUST_USE ent_code ent_time_read(ent_str text, ent_time *time, ent_err *err);

/* "2024-11-08T19:42:00.000Z", always milliseconds.  `out` has ENT_TIME_TEXT bytes. */
void ent_time_write(ent_time time, char *out);

/* "1984", "1991-03", "1991-03-07", or an instant (then its day). */
ENT_MUST_USE ent_code ent_days_read(ent_str text, ent_days *days, ent_err *err);

/* A validity interval: "a/b", either side may be empty (open), or one date or instant. */
ENT_MUST_USE ent_code ent_interval_read(ent_str text, ent_days *days, ent_err *err);

bool ent_days_overlap(ent_days a, ent_days b);

ent_day ent_day_of(int year, int month, int day);
void ent_day_split(ent_day day, int *year, int *month, int *day_of_month);
bool ent_date_exists(int year, int month, int day);

#endif
