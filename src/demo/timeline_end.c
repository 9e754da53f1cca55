/* Steps 27 to 31 of a case: what is purged, what is frozen, what oversight sees. */
#include "demo/timeline.h"

/* Minutes from the begin to the day after an entity's review date; -1: none, or beyond the
 * agreement, which ends with the next year. */
static int after_review(const timeline *t, size_t entity)
{
    ent_err ignored = { 0 };
    ent_day begin = demo_story_day(&t->d->s);
    ent_days days;

    if (entity == SIZE_MAX ||
        ent_days_read(t->d->s.entities[entity].rev, &days, &ignored) != ENT_OK ||
        days.last - begin > 365)
        return -1;
    return (int)(days.last + 1 - begin) * 1440;
}

ent_code demo_tl_review(timeline *t, ent_err *err)
{
    size_t who = t->cast.due;
    int minutes = after_review(t, who);
    const demo_node *node;
    const char *id, *extension;

    if (minutes < 0) {
        demo_skip(t->d, "no record of the story is reviewed within the year", "a review");
        return ENT_OK;
    }
    node = &t->d->nodes[t->d->s.entities[who].service];
    id = t->d->ids.entities[who].ptr;
    ENT_TRY(demo_tl_must(t, node, "analyst", 0,
                         DEMO_ARGS("case", "new", "The case", "--purpose", DEMO_PURPOSE),
                         "a case is opened", err));
    ENT_TRY(demo_tl_must(t, node, "analyst", 0,
                         DEMO_ARGS("case", "add", demo_tl_member(t, "case"), id),
                         "a record belongs to it", err));
    ENT_TRY(demo_tl_clock(t, minutes, err));
    ENT_TRY(demo_tl_sees(t, node, NULL, id, NULL, DEMO_ARGS("retention", "list"),
                         "past its day it is listed, and not purged by silence", err));
    ENT_TRY(demo_tl_must(t, node, "analyst", 0,
                         DEMO_ARGS("retention", "extend", id, "--until",
                                   TL_TEXT(t, "%.10s", demo_tl_time(t, minutes + 400 * 1440)),
                                   "--reason", "the case is open"),
                         "somebody decides, with a reason", err));
    extension = demo_tl_member(t, "extension");
    ENT_TRY(demo_tl_must(t, node, "analyst", 77, DEMO_ARGS("retention", "approve", extension),
                         "not alone", err));
    ENT_TRY(
        demo_command(t->d, node, "fdo1", DEMO_ARGS("retention", "approve", extension), &t->r, err));
    return demo_tl_must(t, node, "fdo2", 0, DEMO_ARGS("retention", "approve", extension),
                        "two officers make it stand", err);
}

/* The earliest record of those marks that is due and that nothing holds. */
static ent_code purged_check(timeline *t, size_t entity, const char *what, ent_err *err)
{
    int minutes = after_review(t, entity);
    const demo_node *node;

    if (minutes < 0) {
        demo_skip(t->d, "no such record of the story is reviewed within the year", "%s", what);
        return ENT_OK;
    }
    node = &t->d->nodes[t->d->s.entities[entity].service];
    if (minutes > t->minutes)
        ENT_TRY(demo_tl_clock(t, minutes, err));
    return demo_tl_sees(t, node, "analyst", "its retention ended", NULL,
                        DEMO_ARGS("show", t->d->ids.entities[entity].ptr), what, err);
}

ent_code demo_tl_purge(timeline *t, ent_err *err)
{
    story_entity row = { .id = ENT_STR("brief"), .type = STORY_DOCUMENT };
    ent_str key = ent_arena_printf(t->d->arena, "%.*sP", ENT_STR_ARG(t->passport)), id;
    const char *shown;
    int day = t->minutes / 1440 + 1;

    row.keys = (story_list){ &key, 1 };
    row.label = ENT_STR("passport");
    row.rev = ent_arena_printf(t->d->arena, "%.10s", demo_tl_time(t, day * 1440));
    ENT_TRY(demo_tl_made(t, t->second, &row, 1, &id, err));
    shown = demo_text(t->d, id);
    ENT_TRY(demo_tl_must(t, t->second, "analyst", 0, DEMO_ARGS("show", shown),
                         "a record is kept until its last day", err));
    ENT_TRY(demo_tl_clock(t, (day + 1) * 1440, err));
    ENT_TRY(demo_tl_sees(t, t->second, "analyst", "its retention ended", NULL,
                         DEMO_ARGS("show", shown), "the day after it is a tombstone", err));
    ENT_TRY(demo_command(t->d, t->second, "analyst",
                         DEMO_ARGS("search", demo_text(t->d, key) + strlen("doc:QZ:")), &t->r,
                         err));
    demo_check(t->d, t->r.exit == 1, "and found no more, by nobody");
    return ENT_OK;
}

/* The second breaks with the last: at once, and through nobody else. */
ent_code demo_tl_freeze(timeline *t, ent_err *err)
{
    demo *d = t->d;
    const demo_node *by = t->second == t->last ? t->first : t->second, *other = t->last;

    ENT_TRY(demo_tl_must(t, by, "liaison", 0,
                         DEMO_ARGS("peer", "suspend", other->code, "--reason", "a break"),
                         "an exchange is suspended at once", err));
    ENT_TRY(demo_tl_must(t, by, "analyst", 77,
                         DEMO_ARGS("match", "run", "--with", other->code, "--purpose", DEMO_PURPOSE,
                                   "--seconds", "20"),
                         "from that second nothing is matched", err));
    for (size_t i = 0; i < d->s.entity_count; i++)
        if (d->s.entities[i].service == by->service && d->s.entities[i].mark == 'M') {
            ENT_TRY(demo_tl_must(t, by, "analyst", 77,
                                 DEMO_ARGS("release", "draft", d->ids.entities[i].ptr, "--to",
                                           other->code, "--purpose", DEMO_PURPOSE),
                                 "and nothing released", err));
            break;
        }
    for (size_t i = 0; i < d->s.entity_count; i++) {
        const char *id = other->known[i].ptr == NULL ? "" : demo_text(d, other->known[i]);

        if (d->s.entities[i].service != by->service || id[0] == '\0' || i == t->given_entity)
            continue;
        ENT_TRY(demo_tl_sees(t, other, "oversight", id, NULL, DEMO_ARGS("show", id),
                             "what the other holds of it is read by its oversight", err));
        ENT_TRY(demo_command(d, other, "analyst", DEMO_ARGS("show", id), &t->r, err));
        demo_check(d, t->r.exit != 0, "and by no analyst");
        break;
    }
    if (d->s.service_count > 2) {
        ENT_TRY(demo_command(d, t->first, "analyst",
                             DEMO_ARGS("match", "run", "--with", by->code, "--purpose",
                                       DEMO_PURPOSE, "--seconds", "20"),
                             &t->r, err));
        demo_check(d, t->r.exit == 0 || t->r.exit == DEMO_EXIT_NO,
                   "the third still matches with it (status %d)", t->r.exit);
    }
    return ENT_OK;
}

ent_code demo_tl_witness(timeline *t, ent_err *err)
{
    return purged_check(t, t->cast.due_witness, "witnesses are purged: a tombstone, no content",
                        err);
}

ent_code demo_tl_audit(timeline *t, ent_err *err)
{
    demo *d = t->d;
    size_t agree = 0, pairs = 0;

    for (size_t i = 0; i < d->s.service_count; i++) {
        ENT_TRY(demo_tl_must(t, &d->nodes[i], "oversight", 0, DEMO_ARGS("audit", "verify"),
                             TL_TEXT(t, "the journal of %s verifies", d->nodes[i].code), err));
        for (size_t j = 0; j < d->s.service_count; j++) {
            if (i == j)
                continue;
            ENT_TRY(demo_command(d, &d->nodes[i], "oversight",
                                 DEMO_ARGS("audit", "cross", d->nodes[j].code), &t->r, err));
            pairs++;
            agree += t->r.exit == 0;
            if (t->r.exit != 0)
                demo_check(d, false, "%s and %s agree: %.*s", d->nodes[i].code, d->nodes[j].code,
                           ENT_STR_ARG(t->r.err));
        }
    }
    demo_check(d, agree == pairs, "the journals agree on every message, %zu of %zu ways", agree,
               pairs);
    if (t->passenger.size > 0) {
        ENT_TRY(demo_command(d, t->last, "analyst",
                             DEMO_ARGS("show", demo_text(d, t->passenger), "--reason", "TIP-1"),
                             &t->r, err));
        ENT_TRY(demo_tl_sees(t, t->last, "oversight", "\"who\":\"analyst\"", "TIP-1",
                             DEMO_ARGS("audit", "who-saw", demo_text(d, t->passenger)),
                             "who saw a record, and why, is rebuilt from the journal", err));
    }
    return demo_tamper(d, err);
}
