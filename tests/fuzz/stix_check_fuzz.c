/* Any JSON as a STIX object: the verdict does not depend on the order of members or on
 * white space, so the canonical text has the same errors and warnings.  Every issue can be
 * said, and its path leads to a value of the object. */
#include "base/json_write.h"
#include "stix/check.h"
#include "stix/sco_id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void issues_say(const stix_report *report, ent_arena *arena)
{
    for (size_t i = 0; i < report->count; i++) {
        ent_buf buf;

        ent_buf_init(&buf, arena);
        stix_issue_message(&report->issues[i], &buf);
        ENT_ASSERT(buf.size > 0);
        stix_issue_path(report, &report->issues[i], &buf);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)256 << 20);
    ent_err err = { 0 };
    ent_json object, again;
    ent_str id, other;
    stix_report report, report_again;
    ent_buf canon;

    ent_buf_init(&canon, arena);
    if (ent_json_read(arena, (ent_str){ (const char *)data, size }, &object, &err) != ENT_OK) {
        ent_arena_free(arena);
        return 0;
    }
    stix_report_init(&report, arena);
    stix_report_init(&report_again, arena);
    stix_check(object, &report);
    issues_say(&report, arena);
    /* Numbers that the canonical form cannot hold, or writes otherwise, are errors here. */
    if (ent_json_canon(object, &canon, &err) == ENT_OK && !canon.failed) {
        ENT_ASSERT(ent_json_read(arena, (ent_str){ canon.ptr, canon.size }, &again, &err) ==
                   ENT_OK);
        stix_check(again, &report_again);
        ENT_ASSERT((report.errors == 0) == (report_again.errors == 0));
        if (report.errors == 0 && stix_sco_id(arena, object, &id, &err) == ENT_OK &&
            stix_sco_id(arena, again, &other, &err) == ENT_OK)
            ENT_ASSERT(ent_str_equal(id, other));
    }
    ent_arena_free(arena);
    return 0;
}
