#include "stix/together.h"

#include "stix/format.h"

/* What is remembered of one version of one object. */
struct seen {
    ent_str id, created, modified, creator;
    bool revoked;
    struct seen *next; /* in its bucket */
    ent_str *refs;
    size_t ref_count;
};

struct stix_together {
    ent_arena *arena;
    struct seen **buckets;
    size_t count, room; /* room is a power of two */
};

stix_together *stix_together_new(ent_arena *arena)
{
    stix_together *t = ent_arena_alloc(arena, sizeof *t);

    if (t == NULL)
        return NULL;
    t->arena = arena;
    t->room = 64;
    t->buckets = ent_arena_array(arena, t->room, sizeof *t->buckets);
    return t->buckets == NULL ? NULL : t;
}

/* The end of an id is the random part of its UUID; two eights of it spread well enough. */
static size_t bucket(const stix_together *t, ent_str id)
{
    uint64_t last = id.size, before = 0;

    if (id.size >= 16) {
        memcpy(&last, id.ptr + id.size - 8, sizeof last);
        memcpy(&before, id.ptr + id.size - 16, sizeof before);
    }
    last = (last ^ before * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
    return (size_t)(last >> 32) & (t->room - 1);
}

static ent_code grow(stix_together *t, ent_err *err)
{
    struct seen **old = t->buckets;
    size_t room = t->room;

    t->buckets = ent_arena_array(t->arena, room * 2, sizeof *t->buckets);
    if (t->buckets == NULL) {
        t->buckets = old;
        return ent_fail_arena(err);
    }
    t->room = room * 2;
    for (size_t i = 0; i < room; i++)
        for (struct seen *s = old[i], *next; s != NULL; s = next) {
            size_t at = bucket(t, s->id);

            next = s->next;
            s->next = t->buckets[at];
            t->buckets[at] = s;
        }
    return ENT_OK;
}

/* As ent_str_equal, and what is missing equals only what is missing. */
static bool same(ent_str a, ent_str b)
{
    if (a.ptr == NULL || b.ptr == NULL)
        return a.ptr == b.ptr;
    return a.size == b.size && memcmp(a.ptr, b.ptr, a.size) == 0;
}

static bool differs(ent_str a, ent_str b)
{
    return a.ptr != NULL && b.ptr != NULL && stix_timestamp_ok(a) && stix_timestamp_ok(b)
               ? stix_timestamp_compare(a, b) != 0
               : !same(a, b);
}

/* One version against another of the same id. */
static void compare(const struct seen *before, const struct seen *now, ent_json object,
                    stix_report *report)
{
    ent_json id = ent_json_get(object, "id");

    if (now->modified.ptr != NULL && !differs(before->modified, now->modified)) {
        stix_report_add(report, STIX_RULE_SAME_VERSION, id, now->id, ENT_STR_NONE);
        return;
    }
    if (before->modified.ptr == NULL || now->modified.ptr == NULL)
        return;
    if (!same(before->creator, now->creator))
        stix_report_add(report, STIX_RULE_OTHER_CREATOR, id, now->id, ENT_STR_NONE);
    else if (differs(before->created, now->created))
        stix_report_add(report, STIX_RULE_OTHER_CREATED, id, now->id, ENT_STR_NONE);
    if (before->revoked && stix_timestamp_ok(before->modified) &&
        stix_timestamp_ok(now->modified) &&
        stix_timestamp_compare(now->modified, before->modified) > 0)
        stix_report_add(report, STIX_RULE_AFTER_REVOKED, id, now->id, ENT_STR_NONE);
}

static bool same_id(const struct seen *s, ent_str id)
{
    return same(s->id, id);
}

static ent_str kept(stix_together *t, ent_str text)
{
    return text.ptr == NULL ? ENT_STR_NONE : ent_arena_str(t->arena, text);
}

static const struct seen *find(const stix_together *t, ent_str id)
{
    const struct seen *s = t->buckets[bucket(t, id)];

    while (s != NULL && !same_id(s, id))
        s = s->next;
    return s;
}

/* Whether following markings from `from` leads to `id`, at most `steps` deep. */
static bool leads_to(const stix_together *t, ent_str from, ent_str id, int steps)
{
    const struct seen *s = find(t, from);

    if (same(from, id))
        return true;
    if (s == NULL || steps == 0)
        return false;
    for (size_t i = 0; i < s->ref_count; i++)
        if (leads_to(t, s->refs[i], id, steps - 1))
            return true;
    return false;
}

static ent_code markings(stix_together *t, struct seen *now, ent_json object, stix_report *report,
                         ent_err *err)
{
    ent_json refs = ent_json_get(object, "object_marking_refs");
    size_t count = ent_json_count(refs);

    if (count == 0 || count > 64 || !ent_str_starts(now->id, ENT_STR("marking-definition--")))
        return ENT_OK;
    now->refs = ent_arena_array(t->arena, count, sizeof *now->refs);
    if (now->refs == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(refs); v.doc != NULL; v = ent_json_next(v)) {
        ent_str ref = ent_json_str(v);

        if (ref.ptr == NULL)
            continue;
        if (!same(ref, now->id) && leads_to(t, ref, now->id, 8))
            stix_report_add(report, STIX_RULE_MARKING_CYCLE, v, ref, ENT_STR_NONE);
        now->refs[now->ref_count++] = kept(t, ref);
    }
    return ENT_OK;
}

ent_code stix_together_add(stix_together *t, ent_json object, stix_report *report, ent_err *err)
{
    ent_str id = ent_json_get_text(object, "id");
    struct seen *now;
    size_t at;

    if (ent_str_is(ent_json_get_text(object, "type"), "bundle"))
        stix_report_add(report, STIX_RULE_BUNDLE_ITEM, object, ENT_STR_NONE, ENT_STR_NONE);
    if (id.ptr == NULL)
        return ENT_OK;
    if (t->count >= t->room)
        ENT_TRY(grow(t, err));
    now = ent_arena_alloc(t->arena, sizeof *now);
    if (now == NULL)
        return ent_fail_arena(err);
    *now = (struct seen){ .id = kept(t, id),
                          .created = kept(t, ent_json_get_text(object, "created")),
                          .modified = kept(t, ent_json_get_text(object, "modified")),
                          .creator = kept(t, ent_json_get_text(object, "created_by_ref")),
                          .revoked = ent_json_true(ent_json_get(object, "revoked")) };
    if (now->id.ptr == NULL)
        return ent_fail_arena(err);
    at = bucket(t, id);
    for (const struct seen *s = t->buckets[at]; s != NULL; s = s->next)
        if (same_id(s, id)) {
            compare(s, now, object, report);
            break;
        }
    ENT_TRY(markings(t, now, object, report, err));
    now->next = t->buckets[at];
    t->buckets[at] = now;
    t->count++;
    return ENT_OK;
}
