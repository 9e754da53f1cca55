#include "joint/court.h"

#include "joint/repeat.h"

static void stays_out(joint_court_fact *f, const char *rule, const char *why)
{
    if (f->rule == NULL) {
        f->rule = rule;
        f->why = why;
    }
}

/* The owner's grant of this fact to this court. */
static void consent_find(joint_court_fact *f, const joint_repeat *list, size_t count, ent_str court)
{
    for (size_t i = 0; i < count; i++) {
        if (!list[i].ours || !ent_str_equal(list[i].peer, f->owner) ||
            !ent_str_equal(list[i].outsider, court) || !desk_list_has(list[i].granted, f->id))
            continue;
        f->consent = list[i].id;
        f->granted_by = list[i].by;
    }
    if (f->consent.size == 0)
        stays_out(f, "consent",
                  "its owner has not consented to its use by this court (`repeat ask`) [H1]");
}

static ent_code release_find(desk *d, ent_arena *arena, ent_str source, joint_court_fact *f,
                             ent_err *err)
{
    ent_json json;
    store_doc doc;
    bool found;

    if (ent_str_starts(source, ENT_STR("release:")))
        source = (ent_str){ source.ptr + 8, source.size - 8 };
    ENT_TRY(desk_doc_found(d, arena, "release-in", source, &doc, &found, err));
    if (!found || !ent_str_is(doc.state, "stored")) {
        stays_out(f, "release", "the release by which it came does not stand here");
        return ENT_OK;
    }
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    f->release = doc.id;
    f->peer = doc.peer;
    f->entry = ent_json_get_text(json, "entry");
    (void)ent_json_int(ent_json_get(json, "seq"), &f->seq);
    return ENT_OK;
}

static ent_code judge(desk *d, ent_arena *arena, const store_row *row, joint_court_fact *f,
                      ent_err *err)
{
    ent_json object;

    *f = (joint_court_fact){
        .id = row->id, .owner = row->owner, .bytes = row->bytes, .handling = row->handling
    };
    if (row->tombstone.size > 0) {
        stays_out(f, "erased", "its content is erased");
        return ENT_OK;
    }
    ENT_TRY(desk_label(arena, row, &object, &f->label, err));
    if (row->quarantine.size > 0 || !f->label.complete)
        stays_out(f, "marked", "its rating, purposes, category or retention are not known");
    if (f->label.no_disclosure)
        stays_out(f, "prohibited", "it may not be disclosed");
    if (f->label.complete && f->label.retention_last < desk_today(d))
        stays_out(f, "retention", "its retention has ended");
    return f->owner.size > 0 ? release_find(d, arena, row->source, f, err) : ENT_OK;
}

ent_code joint_court_collect(desk *d, ent_arena *arena, const casework_case *c, ent_str court,
                             ent_str user, joint_court_fact **facts, size_t *count,
                             ent_str **others, size_t *other_count, ent_err *err)
{
    joint_repeat *grants;
    size_t thing_count, grant_count;
    ent_json things;
    ent_str *ids;

    *count = *other_count = 0;
    if (court.size == 0 || court.size > 200)
        return ent_fail(err, ENT_USAGE, "the name of a court is wanted, as its owner was asked");
    if (ent_str_equal(user, c->owner))
        return ent_fail(err, ENT_DENIED,
                        "whose case it is does not make its court file: two persons do [person]");
    ENT_TRY(ent_json_read(arena, c->things, &things, err));
    ENT_TRY(desk_texts_read(arena, things, &ids, &thing_count, err));
    ENT_TRY(joint_repeat_list(d, arena, &grants, &grant_count, err));
    *facts = ent_arena_array(arena, thing_count + 1, sizeof **facts);
    *others = ent_arena_array(arena, thing_count + 1, sizeof **others);
    if (*facts == NULL || *others == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < thing_count; i++) {
        joint_court_fact *f = &(*facts)[*count];
        ent_err absent = { 0 };
        store_row row;
        ent_code rc = store_object_get(d->store, arena, NULL, ids[i], &row, &absent);

        if (rc == ENT_NOT_FOUND) {
            (*others)[(*other_count)++] = ids[i];
            continue;
        }
        if (rc != ENT_OK)
            return *err = absent, rc;
        ENT_TRY(judge(d, arena, &row, f, err));
        if (f->owner.size > 0)
            consent_find(f, grants, grant_count, court);
        ++*count;
    }
    return ENT_OK;
}
