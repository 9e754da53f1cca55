#include "names/evidence_int.h"

#include <stdlib.h>

struct row {
    int points;
    const char *text;
};

static const struct row dates_rows[] = {
#define DATE(name, points, text) { (points), (text) },
#define FACT(name, points, text)
#include "names/evidence.def"
#undef DATE
#undef FACT
};

static const struct row fact_rows[] = {
#define DATE(name, points, text)
#define FACT(name, points, text) { (points), (text) },
#include "names/evidence.def"
#undef DATE
#undef FACT
};

int names_date_points(names_dates dates)
{
    return dates_rows[dates].points;
}

int names_fact_points(names_fact fact)
{
    return fact_rows[fact].points;
}

const char *names_date_text(names_dates dates)
{
    return dates_rows[dates].text;
}

const char *names_fact_text(names_fact fact)
{
    return fact_rows[fact].text;
}

static int digits_differ(int a, int b, int digits)
{
    int differ = 0;

    for (int i = 0; i < digits; i++, a /= 10, b /= 10)
        differ += a % 10 != b % 10;
    return differ;
}

static names_dates births_relate(const names_birth *a, const names_birth *b)
{
    int years = abs(a->year - b->year);

    if (a->day == 0 || b->day == 0) {
        if (ent_days_overlap(a->days, b->days))
            return DATE_COMPATIBLE;
    } else {
        if (a->days.first == b->days.first)
            return DATE_EQUAL;
        if (years == 0 && a->month == b->day && a->day == b->month)
            return DATE_SWAPPED;
        if (digits_differ(a->year, b->year, 4) + digits_differ(a->month, b->month, 2) +
                digits_differ(a->day, b->day, 2) ==
            1)
            return DATE_ONE_DIGIT;
        if (a->month == b->month && a->day == b->day)
            return DATE_DAY_MONTH;
    }
    return years == 0   ? DATE_SAME_YEAR
           : years == 1 ? DATE_NEXT_YEAR
           : years <= 5 ? DATE_CLOSE
                        : DATE_FAR;
}

names_dates names_dates_relate(const names_prepared *a, const names_prepared *b)
{
    names_dates best = DATE_FAR;

    if (a->birth_count == 0 || b->birth_count == 0)
        return DATE_MISSING;
    for (size_t i = 0; i < a->birth_count; i++)
        for (size_t j = 0; j < b->birth_count; j++) {
            names_dates got = births_relate(&a->births[i], &b->births[j]);

            if (got < best)
                best = got;
        }
    return best;
}

static bool meet(const uint64_t *a, size_t na, const uint64_t *b, size_t nb)
{
    for (size_t i = 0; i < na; i++)
        for (size_t j = 0; j < nb; j++)
            if (a[i] == b[j])
                return true;
    return false;
}

unsigned names_facts_of(const names_prepared *a, const names_prepared *b)
{
    unsigned facts = 0;
    bool country = false;

    if (meet(a->documents, a->document_count, b->documents, b->document_count))
        facts |= 1U << FACT_DOCUMENT;
    if (a->thing == THING_PERSON && names_aliases_agree(a, b))
        facts |= 1U << FACT_ALIAS;
    if (meet(a->places, a->place_count, b->places, b->place_count))
        facts |= 1U << FACT_PLACE;
    for (size_t i = 0; i < a->country_count; i++)
        for (size_t j = 0; j < b->country_count; j++)
            country = country || a->countries[i] == b->countries[j];
    if (a->country_count > 0 && b->country_count > 0)
        facts |= 1U << (country ? FACT_COUNTRY : FACT_OTHER_COUNTRY);
    if (a->sex != '\0' && b->sex != '\0' && a->sex != b->sex)
        facts |= 1U << FACT_OTHER_SEX;
    return facts;
}
