/*
 * stix/report -- what the checker found in one object.
 *
 * An issue is a rule (model/rules.def), the value where it was found, and up to two
 * words for its message.  Nothing is written into text until somebody asks, so that
 * an object with many warnings costs little to check.  Issues borrow from the object
 * and its text.  At most ENT_LIMIT_ISSUES are kept; more are counted.
 */
#ifndef ENT_STIX_REPORT_H
#define ENT_STIX_REPORT_H

#include "base/buf.h"
#include "base/json.h"

typedef enum stix_rule {
#define X(symbol, level, name, specification, message) STIX_RULE_##symbol,
#include "stix/model/rules.def"
#undef X
    STIX_RULE_COUNT
} stix_rule;

typedef enum stix_level { STIX_MUST, STIX_SHOULD } stix_level;

typedef struct stix_issue {
    stix_rule rule;
    ent_json where;
    ent_str first, second;
} stix_issue;

typedef struct stix_report {
    ent_arena *arena;
    ent_json object;
    stix_issue *issues;
    size_t count, room;
    size_t errors, warnings; /* all of them, also those that are not kept */
    bool full;               /* the arena had no room for an issue: the verdict is not whole */
} stix_report;

void stix_report_init(stix_report *report, ent_arena *arena);
/* Adds an issue; `first` and `second` must live as long as the report. */
void stix_report_add(stix_report *report, stix_rule rule, ent_json where, ent_str first,
                     ent_str second);
/* An issue whose first word is a C string that lives for ever. */
void stix_report_name(stix_report *report, stix_rule rule, ent_json where, const char *first,
                      const char *second);

const char *stix_rule_name(stix_rule rule);          /* "timestamp" */
const char *stix_rule_specification(stix_rule rule); /* "STIX 2.1 s2.16" */
stix_level stix_rule_level(stix_rule rule);

/* The sentence of an issue, and the place as a selector ("external_references.[0].url"). */
void stix_issue_message(const stix_issue *issue, ent_buf *buf);
void stix_issue_path(const stix_report *report, const stix_issue *issue, ent_buf *buf);

#endif
