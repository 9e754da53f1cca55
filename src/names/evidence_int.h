/* names/evidence (private) -- what birth dates, countries, sex, places and documents of two
 * records say for or against, in points (names/model.h). */
#ifndef ENT_NAMES_EVIDENCE_INT_H
#define ENT_NAMES_EVIDENCE_INT_H

#include "names/form_int.h"

typedef enum names_dates {
#define DATE(name, points, text) DATE_##name,
#define FACT(name, points, text)
#include "names/evidence.def"
#undef DATE
#undef FACT
    DATE_COUNT
} names_dates;

typedef enum names_fact {
#define DATE(name, points, text)
#define FACT(name, points, text) FACT_##name,
#include "names/evidence.def"
#undef DATE
#undef FACT
    FACT_COUNT
} names_fact;

names_dates names_dates_relate(const names_prepared *a, const names_prepared *b);
/* Do two persons' records agree on two names with little in common? */
bool names_aliases_agree(const names_prepared *a, const names_prepared *b);
/* Bits of the facts that hold. */
unsigned names_facts_of(const names_prepared *a, const names_prepared *b);

int names_date_points(names_dates dates);
int names_fact_points(names_fact fact);
const char *names_date_text(names_dates dates);
const char *names_fact_text(names_fact fact);

#endif
