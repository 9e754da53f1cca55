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

/* Past its day: the reviewer sees what is open, silence does not purge it, and a person decides. */
static ent_code match_reviewed(timeline *t, const demo_node *node, const char *id, int minutes,
                               ent_err *err)
{
    const char *until = TL_TEXT(t, "%.10s", demo_tl_time(t, minutes + 400 * 1440)), *extension;

    ENT_TRY(demo_tl_clock(t, minutes, err));
    ENT_TRY(demo_tl_sees(t, node, NULL, id, "an open match", DEMO_ARGS("retention", "list"),
                         "past its day the reviewer sees the open match", err));
    ENT_TRY(demo_tl_must(t, node, NULL, 0, DEMO_ARGS("retention", "sweep"),
                         "a sweep purges what nothing holds", err));
    ENT_TRY(demo_tl_must(t, node, "analyst", 0, DEMO_ARGS("show", id), "and not this one", err));
    demo_check(t->d, !demo_tl_has(t, "\"erased\":"), "which is still there");
    ENT_TRY(demo_tl_must(t, node, "analyst", 2,
                         DEMO_ARGS("retention", "extend", id, "--until", until),
                         "nobody extends it without a reason", err));
    ENT_TRY(demo_tl_must(t, node, "legal", 2, DEMO_ARGS("retention", "purge", id),
                         "nor purges it without one", err));
    ENT_TRY(demo_tl_must(
        t, node, "analyst", 0,
        DEMO_ARGS("retention", "extend", id, "--until", until, "--reason", "the match is open"),
        "somebody decides, with a reason: it is extended", err));
    extension = demo_tl_member(t, "extension");
    ENT_TRY(demo_tl_must(t, node, "analyst", 77, DEMO_ARGS("retention", "approve", extension),
                         "not alone", err));
    ENT_TRY(
        demo_command(t->d, node, "fdo1", DEMO_ARGS("retention", "approve", extension), &t->r, err));
    ENT_TRY(demo_tl_must(t, node, "fdo2", 0, DEMO_ARGS("retention", "approve", extension),
                         "two officers make it stand", err));
    ENT_TRY(demo_command(t->d, node, NULL, DEMO_ARGS("retention", "list"), &t->r, err));
    demo_check(t->d, demo_tl_line(t, id, "\"hold\":").doc == NULL, "and it is due no more");
    return ENT_OK;
}

/* A record that no story has, which another service holds too, found by a match on its last day. */
static ent_code review_of_made(timeline *t, ent_err *err)
{
    story_entity row = { .id = ENT_STR("due"), .type = STORY_DOCUMENT };
    int day = t->minutes / 1440 + 1;
    const char *id;
    ent_str made;

    row.keys = (story_list){ &t->passport, 1 };
    row.label = ENT_STR("passport");
    row.rev = ent_arena_printf(t->d->arena, "%.10s", demo_tl_time(t, day * 1440));
    ENT_TRY(demo_tl_made(t, t->first, &row, 1, &made, err));
    id = demo_text(t->d, made);
    ENT_TRY(demo_tl_must(t, t->first, "analyst", 0,
                         DEMO_ARGS("match", "run", "--with", t->last->code, "--purpose",
                                   DEMO_PURPOSE, "--about", id, "--seconds", "30"),
                         "a record that is due soon is found to be held by another, too", err));
    return match_reviewed(t, t->first, id, (day + 1) * 1440, err);
}

/* Both know both, and one says to the other that they may be one. */
static ent_code match_propose(timeline *t, const char **same, ent_err *err)
{
    size_t due = t->cast.matched, like = t->cast.like;
    demo_node *node = &t->d->nodes[t->d->s.entities[due].service];
    demo_node *other = &t->d->nodes[t->d->s.entities[like].service];
    ent_str release;

    if (node->known[like].ptr == NULL)
        ENT_TRY(demo_tl_release(t, other, node, like, &release, err));
    if (other->known[due].ptr == NULL)
        ENT_TRY(demo_tl_release(t, node, other, due, &release, err));
    ENT_TRY(demo_tl_must(t, node, "analyst", 0,
                         DEMO_ARGS("same", "propose", demo_text(t->d, node->known[due]),
                                   demo_text(t->d, node->known[like]), "--with", other->code,
                                   "--purpose", DEMO_PURPOSE, "--reason", "a likeness of names"),
                         "a record that is due soon may be somebody whom another holds: the match "
                         "is open",
                         err));
    *same = demo_tl_member(t, "id");
    return ENT_OK;
}

/* A record of the story that a match speaks of. */
static ent_code review_of_match(timeline *t, ent_err *err)
{
    size_t due = t->cast.matched;
    const demo_node *node = &t->d->nodes[t->d->s.entities[due].service], *other;
    const char *same = NULL;

    if (t->cast.like != SIZE_MAX)
        ENT_TRY(match_propose(t, &same, err));
    ENT_TRY(match_reviewed(t, node, t->d->ids.entities[due].ptr, after_review(t, due), err));
    t->extended = t->d->ids.entities[due].ptr;
    if (same == NULL)
        return ENT_OK;
    other = &t->d->nodes[t->d->s.entities[t->cast.like].service];
    ENT_TRY(demo_tl_sees(t, other, NULL, same, "\"proposed\"", DEMO_ARGS("same", "list"),
                         "the other service sees what was proposed", err));
    return demo_tl_must(t, other, "analyst", 0, DEMO_ARGS("same", "confirm", same),
                        "and its analyst confirms it: one of each service stands behind it", err);
}

/* What a case names, and when its day has passed. */
struct due {
    const demo_node *node;
    const char *id;
    int minutes;
};

/* Of the story, or made. */
static ent_code due_take(timeline *t, struct due *due, ent_err *err)
{
    ent_str key = ent_arena_printf(t->d->arena, "%.*sD", ENT_STR_ARG(t->passport)), id;
    story_entity row = { .id = ENT_STR("due"), .type = STORY_DOCUMENT, .keys = { &key, 1 } };
    int day = t->minutes / 1440 + 1;

    *due = (struct due){ .node = t->first, .minutes = after_review(t, t->cast.due) };
    if (due->minutes >= 0) {
        due->node = &t->d->nodes[t->d->s.entities[t->cast.due].service];
        due->id = t->d->ids.entities[t->cast.due].ptr;
        return ENT_OK;
    }
    row.label = ENT_STR("passport");
    row.rev = ent_arena_printf(t->d->arena, "%.10s", demo_tl_time(t, day * 1440));
    due->minutes = (day + 1) * 1440;
    ENT_TRY(demo_tl_made(t, t->first, &row, 1, &id, err));
    due->id = demo_text(t->d, id);
    return ENT_OK;
}

/* It belongs to a case, before its day passes. */
static ent_code case_open(timeline *t, const struct due *due, ent_err *err)
{
    ENT_TRY(demo_tl_must(t, due->node, "analyst", 0,
                         DEMO_ARGS("case", "new", "The case", "--purpose", DEMO_PURPOSE),
                         "a case is opened", err));
    return demo_tl_must(t, due->node, "analyst", 0,
                        DEMO_ARGS("case", "add", demo_tl_member(t, "case"), due->id),
                        "a record that is due belongs to it", err);
}

static ent_code case_reviewed(timeline *t, const struct due *due, ent_err *err)
{
    if (due->minutes > t->minutes)
        ENT_TRY(demo_tl_clock(t, due->minutes, err));
    ENT_TRY(demo_tl_sees(
        t, due->node, NULL, due->id, "\"hold\":\"an open", DEMO_ARGS("retention", "list"),
        "past its day it is listed with what is open, and not purged by silence", err));
    return demo_tl_must(t, due->node, "legal", 0,
                        DEMO_ARGS("retention", "purge", due->id, "--reason", "no longer needed"),
                        "a person may decide to purge it, with a reason", err);
}

ent_code demo_tl_review(timeline *t, ent_err *err)
{
    struct due due;

    ENT_TRY(due_take(t, &due, err));
    ENT_TRY(case_open(t, &due, err));
    if (after_review(t, t->cast.matched) > t->minutes)
        ENT_TRY(review_of_match(t, err));
    else if (t->passenger.size > 0)
        ENT_TRY(review_of_made(t, err));
    else
        demo_skip(t->d, "no person of the story fits, so that no two hold a passport",
                  "a review with an open match");
    return case_reviewed(t, &due, err);
}

static ent_code match_about(timeline *t, const char *id, ent_err *err)
{
    return demo_command(t->d, t->first, "analyst",
                        DEMO_ARGS("match", "run", "--with", t->second->code, "--purpose",
                                  DEMO_PURPOSE, "--about", id, "--seconds", "30"),
                        &t->r, err);
}

/* Whether `retention list` of its node says what holds an entity; the list is in t->r. */
static bool waits(timeline *t, size_t entity)
{
    return demo_tl_line(t, t->d->ids.entities[entity].ptr, "\"hold\":").doc != NULL;
}

/* Of the story's own records whose day has passed none is still there by silence: each is a
 * tombstone, or waits for a person because of something open that is named. */
static ent_code reviewed_all(timeline *t, ent_err *err)
{
    demo *d = t->d;
    int witness = after_review(t, t->cast.due_witness);
    size_t purged = 0, waiting = 0;

    if (witness > t->minutes)
        ENT_TRY(demo_tl_clock(t, witness, err));
    for (size_t i = 0; i < d->s.entity_count; i++) {
        const demo_node *node = &d->nodes[d->s.entities[i].service];
        const char *id = d->ids.entities[i].ptr;
        int minutes = after_review(t, i);

        if (minutes < 0 || minutes > t->minutes || id == t->extended)
            continue;
        ENT_TRY(demo_command(d, node, NULL, DEMO_ARGS("retention", "list"), &t->r, err));
        if (waits(t, i)) {
            waiting++;
            continue;
        }
        ENT_TRY(demo_tl_sees(t, node, "analyst", "\"erased\":", NULL, DEMO_ARGS("show", id),
                             TL_TEXT(t,
                                     "%s: a record of the story whose day has passed is a "
                                     "tombstone",
                                     node->code),
                             err));
        demo_check(d, d->s.entities[i].names.count == 0 || !demo_tl_has(t, demo_tl_name(t, i)),
                   "without its content");
        purged++;
    }
    demo_check(d, true, "by then %zu are purged, %zu wait for a person with what is open", purged,
               waiting);
    return ENT_OK;
}

ent_code demo_tl_purge(timeline *t, ent_err *err)
{
    ent_str key = ent_arena_printf(t->d->arena, "%.*sP", ENT_STR_ARG(t->passport)), id, kept;
    story_entity row = { .id = ENT_STR("brief"), .type = STORY_DOCUMENT };
    story_entity other = { .id = ENT_STR("kept"), .type = STORY_DOCUMENT };
    int day = t->minutes / 1440 + 1;
    const char *shown;

    row.keys = other.keys = (story_list){ &key, 1 };
    row.label = other.label = ENT_STR("passport");
    row.rev = ent_arena_printf(t->d->arena, "%.10s", demo_tl_time(t, day * 1440));
    ENT_TRY(demo_tl_made(t, t->second, &row, 1, &id, err));
    ENT_TRY(demo_tl_made(t, t->first, &other, 1, &kept, err));
    shown = demo_text(t->d, id);
    ENT_TRY(demo_tl_must(t, t->second, "analyst", 0, DEMO_ARGS("show", shown),
                         "a record is kept until its last day", err));
    ENT_TRY(demo_tl_clock(t, (day + 1) * 1440, err));
    ENT_TRY(match_about(t, demo_text(t->d, kept), err));
    demo_check(t->d, t->r.exit == DEMO_EXIT_NO,
               "the day after it is in no match set: a run about its key finds nothing (status %d)",
               t->r.exit);
    ENT_TRY(demo_tl_sees(t, t->second, "analyst", "its retention ended", NULL,
                         DEMO_ARGS("show", shown), "it is a tombstone", err));
    ENT_TRY(demo_command(t->d, t->second, "analyst",
                         DEMO_ARGS("search", demo_text(t->d, key) + strlen("doc:QZ:")), &t->r,
                         err));
    demo_check(t->d, t->r.exit == DEMO_EXIT_NO, "and found no more, by nobody");
    return reviewed_all(t, err);
}

/* A record of who breaks that the third has, or SIZE_MAX. */
static size_t held_by_third(const demo *d, const demo_node *by, const demo_node *third)
{
    for (size_t i = 0; i < d->s.entity_count; i++)
        if (d->s.entities[i].service == by->service && third->known[i].ptr != NULL &&
            strchr("MS", d->s.entities[i].mark) != NULL)
            return i;
    return SIZE_MAX;
}

/* The third has something of who is going to break, if that has anything to give. */
static ent_code third_given(timeline *t, const demo_node *by, demo_node *third, ent_err *err)
{
    demo *d = t->d;
    ent_str release;

    if (held_by_third(d, by, third) != SIZE_MAX)
        return ENT_OK;
    for (size_t i = 0; i < d->s.entity_count; i++)
        if (d->s.entities[i].service == by->service && d->s.entities[i].mark == 'M' &&
            (after_review(t, i) < 0 || after_review(t, i) > t->minutes))
            return demo_tl_release(t, by, third, i, &release, err);
    return ENT_OK;
}

/* The third still works with who broke, and is no way round. */
static ent_code third_party(timeline *t, const demo_node *by, const demo_node *other, ent_err *err)
{
    demo *d = t->d;
    const demo_node *third = t->first;
    size_t held = held_by_third(d, by, third);

    ENT_TRY(demo_command(
        d, third, "analyst",
        DEMO_ARGS("match", "run", "--with", by->code, "--purpose", DEMO_PURPOSE, "--seconds", "20"),
        &t->r, err));
    demo_check(d, t->r.exit == 0 || t->r.exit == DEMO_EXIT_NO,
               "the third still matches with it (status %d)", t->r.exit);
    if (held != SIZE_MAX)
        return demo_tl_must(t, third, "analyst", 77,
                            DEMO_ARGS("onward", "ask", demo_text(d, third->known[held]), "--to",
                                      other->code, "--purpose", DEMO_PURPOSE, "--reason", "news"),
                            "and may pass nothing of it on to the other", err);
    demo_skip(d, "who broke has no record marked M to give", "nothing passes through the third");
    return ENT_OK;
}

/* The second breaks with the last: at once, and through nobody else. */
ent_code demo_tl_freeze(timeline *t, ent_err *err)
{
    demo *d = t->d;
    const demo_node *by = t->second == t->last ? t->first : t->second, *other = t->last;

    if (d->s.service_count > 2)
        ENT_TRY(third_given(t, by, t->first, err));
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
        ENT_TRY(demo_tl_must(t, other, "legal", 0, DEMO_ARGS("show", id), "its legal officer may",
                             err));
        break;
    }
    if (d->s.service_count > 2)
        ENT_TRY(third_party(t, by, other, err));
    return ENT_OK;
}
/* The witness of a node is a tombstone, in no word. */
static ent_code witness_gone(timeline *t, const demo_node *node, const char *id, const char *name,
                             ent_err *err)
{
    ENT_TRY(demo_tl_sees(t, node, "analyst", "its retention ended", NULL, DEMO_ARGS("show", id),
                         TL_TEXT(t, "%s purges a witness: a tombstone", node->code), err));
    demo_check(t->d, name == NULL || !demo_tl_has(t, name), "with no content");
    return ENT_OK;
}

/* A witness that no story has, until her day has passed. */
static ent_code witness_made(timeline *t, ent_err *err)
{
    static ent_str name = { "Selma Ardenne", 13 };
    int day = t->minutes / 1440 + 1;
    story_entity row = { .id = ENT_STR("witness"),
                         .type = STORY_PERSON,
                         .names = { &name, 1 },
                         .dob = ENT_STR("1930-11-28"),
                         .mark = 'W' };
    const char *shown;
    ent_str id;

    row.rev = ent_arena_printf(t->d->arena, "%.10s", demo_tl_time(t, day * 1440));
    ENT_TRY(demo_tl_made(t, t->first, &row, 1, &id, err));
    shown = demo_text(t->d, id);
    ENT_TRY(demo_tl_must(t, t->first, "analyst", 0, DEMO_ARGS("show", shown),
                         "a witness is kept until her last day", err));
    demo_check(t->d, demo_tl_has(t, name.ptr), "by name");
    ENT_TRY(demo_tl_clock(t, (day + 1) * 1440, err));
    return witness_gone(t, t->first, shown, name.ptr, err);
}

/* Every witness whose day has passed. */
ent_code demo_tl_witness(timeline *t, ent_err *err)
{
    demo *d = t->d;
    int first = after_review(t, t->cast.due_witness);
    size_t purged = 0;

    if (first < 0)
        return witness_made(t, err);
    if (first > t->minutes)
        ENT_TRY(demo_tl_clock(t, first, err));
    for (size_t i = 0; i < d->s.entity_count; i++) {
        const story_entity *e = &d->s.entities[i];
        int minutes = e->mark == 'W' ? after_review(t, i) : -1;

        if (minutes < 0 || minutes > t->minutes)
            continue;
        ENT_TRY(witness_gone(t, &d->nodes[e->service], d->ids.entities[i].ptr,
                             e->names.count == 0 ? NULL : demo_tl_name(t, i), err));
        purged++;
    }
    demo_check(d, purged > 0, "%zu witnesses are forgotten", purged);
    return ENT_OK;
}

/* Each oversight body says from its own journal who looked something up, and why. */
static ent_code seen_rebuilt(timeline *t, ent_err *err)
{
    demo *d = t->d;

    for (size_t i = 0; i < d->s.service_count; i++)
        for (size_t k = 0; k < d->s.entity_count; k++) {
            const char *id = d->ids.entities[k].ptr;

            if (d->s.entities[k].service != i || d->s.entities[k].mark != 'M')
                continue;
            ENT_TRY(demo_command(d, &d->nodes[i], "analyst",
                                 DEMO_ARGS("show", id, "--reason", "TIP-1"), &t->r, err));
            ENT_TRY(demo_tl_sees(t, &d->nodes[i], "oversight", "\"who\":\"analyst\"", "TIP-1",
                                 DEMO_ARGS("audit", "who-saw", id),
                                 TL_TEXT(t,
                                         "%s: who saw a record, and why, is rebuilt from its "
                                         "journal",
                                         d->nodes[i].code),
                                 err));
            break;
        }
    return ENT_OK;
}

/* One bit of a copy of a journal: it is found. */
static ent_code journal_changed(timeline *t, ent_err *err)
{
    demo_node copy = *t->second;
    bool changed;

    copy.home = TL_TEXT(t, "%s/journal", t->d->work);
    ENT_TRY(demo_tree_copy(t->d, t->second->home, copy.home, err));
    ENT_TRY(demo_largest_flip(t->d, TL_TEXT(t, "%s/journal", copy.home), &changed, err));
    ENT_TRY(demo_command(t->d, &copy, "oversight", DEMO_ARGS("audit", "verify"), &t->r, err));
    demo_check(t->d, changed && t->r.exit == DEMO_EXIT_NO,
               "one changed bit in a copy of %s's journal is found (status %d)", t->second->code,
               t->r.exit);
    demo_tree_remove(copy.home);
    return ENT_OK;
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
    ENT_TRY(seen_rebuilt(t, err));
    ENT_TRY(journal_changed(t, err));
    return demo_tamper(d, err);
}
