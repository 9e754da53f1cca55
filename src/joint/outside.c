#include "joint/outside.h"

#include "desk/work.h"

static void stays_out(joint_fact *f, const char *rule, const char *why)
{
    if (f->rule == NULL) {
        f->rule = rule;
        f->why = why;
    }
}

/* The owner's grant of this fact to this outsider. */
static void consent_find(joint_fact *f, const joint_grants *grants)
{
    for (size_t i = 0; i < grants->count; i++) {
        const joint_repeat *r = &grants->list[i];

        if (!r->ours || !ent_str_equal(r->peer, f->owner) ||
            !ent_str_equal(r->outsider, grants->outsider) || !desk_list_has(r->granted, f->id))
            continue;
        f->consent = r->id;
        f->granted_by = r->by;
    }
    if (f->consent.size == 0)
        stays_out(f, "consent", "its owner has not consented to that (`repeat ask`) [H1, H2]");
}

static ent_code release_find(desk *d, ent_arena *arena, ent_str source, joint_fact *f, ent_err *err)
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

static ent_code row_judge(desk *d, ent_arena *arena, const store_row *row, joint_fact *f,
                          ent_err *err)
{
    ent_json object;

    *f = (joint_fact){
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

ent_code joint_grants_load(desk *d, ent_arena *arena, ent_str outsider, joint_grants *grants,
                           ent_err *err)
{
    grants->outsider = outsider;
    return joint_repeat_list(d, arena, &grants->list, &grants->count, err);
}

ent_code joint_fact_judge(desk *d, ent_arena *arena, const joint_grants *grants, ent_str id,
                          joint_fact *f, ent_err *err)
{
    store_row row;

    ENT_TRY(store_object_get(d->store, arena, NULL, id, &row, err));
    ENT_TRY(row_judge(d, arena, &row, f, err));
    if (f->owner.size > 0)
        consent_find(f, grants);
    return ENT_OK;
}
