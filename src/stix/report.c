#include "stix/report.h"

#include "base/limits.h"

static const struct rule {
    stix_level level;
    const char *name, *specification, *message;
} rules[] = {
#define MUST                                           STIX_MUST
#define SHOULD                                         STIX_SHOULD
#define X(symbol, level, name, specification, message) { level, name, specification, message },
#include "stix/model/rules.def"
#undef X
#undef MUST
#undef SHOULD
};

/* A value that is quoted in a message is shown up to here. */
#define SHOWN 120

void stix_report_init(stix_report *report, ent_arena *arena)
{
    *report = (stix_report){ .arena = arena };
}

void stix_report_add(stix_report *report, stix_rule rule, ent_json where, ent_str first,
                     ent_str second)
{
    if (rules[rule].level == STIX_MUST)
        report->errors++;
    else
        report->warnings++;
    if (report->count == ENT_LIMIT_ISSUES || report->full)
        return;
    if (report->count == report->room) {
        size_t room = report->room == 0 ? 8 : report->room * 2;
        stix_issue *grown = ent_arena_array(report->arena, room, sizeof *grown);

        if (grown == NULL) {
            report->full = true;
            return;
        }
        if (report->count > 0)
            memcpy(grown, report->issues, report->count * sizeof *grown);
        report->issues = grown;
        report->room = room;
    }
    report->issues[report->count++] = (stix_issue){ rule, where, first, second };
}

void stix_report_name(stix_report *report, stix_rule rule, ent_json where, const char *first,
                      const char *second)
{
    stix_report_add(report, rule, where, ent_str_of(first), ent_str_of(second));
}

const char *stix_rule_name(stix_rule rule)
{
    return rules[rule].name;
}

const char *stix_rule_specification(stix_rule rule)
{
    return rules[rule].specification;
}

stix_level stix_rule_level(stix_rule rule)
{
    return rules[rule].level;
}

/* At most SHOWN bytes, cut between characters. */
static void shown(ent_buf *buf, ent_str text)
{
    size_t size = text.size;

    if (size <= SHOWN) {
        ent_buf_str(buf, text);
        return;
    }
    size = SHOWN;
    while (size > 0 && ((unsigned char)text.ptr[size] & 0xc0) == 0x80)
        size--;
    ent_buf_put(buf, text.ptr, size);
    ent_buf_c(buf, "...");
}

void stix_issue_message(const stix_issue *issue, ent_buf *buf)
{
    const char *at = rules[issue->rule].message;

    while (*at != '\0') {
        size_t size = strcspn(at, "%");

        ent_buf_put(buf, at, size);
        at += size;
        if (*at == '\0')
            break;
        shown(buf, at[1] == '1' ? issue->first : issue->second);
        at += 2;
    }
}

void stix_issue_path(const stix_report *report, const stix_issue *issue, ent_buf *buf)
{
    ent_json_path(report->object, issue->where, buf);
}
