/* Opening places of a set of ours to our own oversight (psi/audit.h).
 *
 * The document "run-audit" has no key of a record: it names the records, and whoever audits makes the
 * keys of them again.  So what was erased since is gone from the audit too.  Keys that a user brought are
 * nobody's records and are kept in it. */
#include "match/step_int.h"

#include "base/text.h"
#include "psi/audit.h"

#include <sodium.h>

/* ---- making ---- */

static void opening_write(ent_jw *w, const psi_opening *o, const match_item *item, size_t depth)
{
    ent_jw_object(w);
    ent_jw_key(w, "place");
    ent_jw_int(w, o->place);
    ent_jw_key(w, "element");
    ent_jw_hex(w, o->element.bytes, PSI_ELEMENT_SIZE);
    ent_jw_key(w, "proof");
    ent_jw_hex(w, o->proof, PSI_OPRF_PROOF);
    ent_jw_key(w, "path");
    ent_jw_base64(w, o->path, depth * ENT_HASH_SIZE);
    if (item == NULL) {
        ent_jw_key(w, "noise");
        ent_jw_hex(w, o->noise, PSI_AUDIT_NOISE);
    } else if (item->own_count == 0) {
        ent_jw_key(w, "key");
        ent_jw_str(w, item->key);
    } else {
        ent_jw_key(w, "own");
        ent_jw_array(w);
        for (size_t i = 0; i < item->own_count; i++)
            ent_jw_str(w, item->own[i]);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static size_t depth_of(size_t size)
{
    size_t depth = 0;

    for (; size > 1; size /= 2)
        depth++;
    return depth;
}

ent_code match_audit_make(match_step *s, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("run-audit"), .id = s->run->r.id, .peer = s->run->r.peer, .time = s->d->now
    };
    desk_agreement agreement;
    psi_opening *openings;
    psi_element public;
    uint32_t *places;
    ent_str *texts;
    size_t count;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(desk_agreement_get(s->d, s->arena, s->run->r.agreement, &agreement, err));
    if (agreement.agreed.audit == 0)
        return ENT_OK;
    ENT_TRY(psi_audit_places(s->arena, s->run->r.id, &s->run->root_own, &s->run->root_peer,
                             s->set.count, (size_t)agreement.agreed.audit, &places, &count, err));
    ENT_TRY(match_items_texts(s->arena, &s->items, &texts, err));
    ENT_TRY(psi_audit_open(s->arena, s->seed, s->run->r.id, &s->set, texts, places, count,
                           &openings, err));
    public = psi_audit_public(s->seed);
    ent_buf_init(&buf, s->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "public");
    ent_jw_hex(&w, public.bytes, PSI_ELEMENT_SIZE);
    ent_jw_key(&w, "places");
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++)
        opening_write(&w, &openings[i],
                      openings[i].item == PSI_PADDING ? NULL : &s->items.items[openings[i].item],
                      depth_of(s->set.count));
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    s->out.audit = doc;
    return ENT_OK;
}

/* ---- opening ---- */

struct audit {
    desk *d;
    ent_arena *arena;
    match_course run;
    psi_element public;
};

static ent_code opening_read(ent_arena *arena, ent_json json, psi_opening *o, ent_err *err)
{
    static const char where[] = "a kept audit";
    int64_t place = -1;
    ent_span path;

    *o = (psi_opening){ .item = PSI_PADDING };
    ENT_TRY(desk_number(json, "place", where, 0, PSI_SET_MAX - 1, &place, err));
    o->place = (uint32_t)place;
    ENT_TRY(desk_hex(json, "element", where, o->element.bytes, PSI_ELEMENT_SIZE, err));
    ENT_TRY(desk_hex(json, "proof", where, o->proof, PSI_OPRF_PROOF, err));
    if (ent_json_get(json, "noise").doc != NULL)
        ENT_TRY(desk_hex(json, "noise", where, o->noise, PSI_AUDIT_NOISE, err));
    ENT_TRY(ent_base64_read(arena, ent_json_get_text(json, "path"), &path, err));
    if (path.size > sizeof o->path)
        return ent_fail(err, ENT_FORMAT, "%s: a path is too long", where);
    if (path.size > 0)
        memcpy(o->path, path.ptr, path.size);
    return ENT_OK;
}

static bool holds(const struct audit *a, const psi_opening *o, ent_str key)
{
    ent_err why = { 0 };

    return psi_audit_check(a->run.r.id, &a->run.root_own, (size_t)a->run.r.size_own, &a->public, o,
                           key, &why) == ENT_OK;
}

/* Has this record, as it is now, a key that the element is of? */
static ent_code record_try(const struct audit *a, const psi_opening *o, ent_str id,
                           match_opened *out, ent_err *err)
{
    policy_label label;
    ent_json object;
    ent_str *keys;
    store_row row;
    size_t count;
    bool found;

    ENT_TRY(store_object_find(a->d->store, a->arena, "", id, &row, &found, err));
    if (!found || row.tombstone.size > 0)
        return ENT_OK;
    ENT_TRY(desk_label(a->arena, &row, &object, &label, err));
    ENT_TRY(match_row_keys(a->d, a->arena, a->run.r.peer, &row, object, &keys, &count, err));
    for (size_t i = 0; i < count; i++)
        if (holds(a, o, keys[i])) {
            out->state = "holds";
            out->key = keys[i];
            out->own = row.id;
            out->category = policy_category_name(label.category);
            out->purpose_count = label.purpose_count;
            out->purposes = ent_arena_array(a->arena, label.purpose_count + 1, sizeof(ent_str));
            if (out->purposes == NULL)
                return ent_fail_arena(err);
            memcpy(out->purposes, label.purposes, label.purpose_count * sizeof(ent_str));
            return ENT_OK;
        }
    return ENT_OK;
}

static ent_code place_open(const struct audit *a, ent_json json, match_opened *out, ent_err *err)
{
    ent_str key = ent_json_get_text(json, "key");
    ent_json own = ent_json_get(json, "own");
    psi_opening o;

    ENT_TRY(opening_read(a->arena, json, &o, err));
    *out = (match_opened){ .place = o.place, .state = "gone", .category = "" };
    if (key.size > 0 || own.doc == NULL) {
        out->state = !holds(a, &o, key) ? "false" : key.size > 0 ? "holds" : "padding";
        out->key = key;
        return ENT_OK;
    }
    for (ent_json v = ent_json_first(own); v.doc != NULL && out->key.size == 0;
         v = ent_json_next(v))
        ENT_TRY(record_try(a, &o, ent_json_str(v), out, err));
    return ENT_OK;
}

/* Are they the places that follow from the roots, and not others that were easier to show? */
static ent_code places_check(const struct audit *a, ent_json list, ent_err *err)
{
    uint32_t *places;
    size_t count, i = 0;

    ENT_TRY(psi_audit_places(a->arena, a->run.r.id, &a->run.root_own, &a->run.root_peer,
                             (size_t)a->run.r.size_own, ent_json_count(list), &places, &count,
                             err));
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v), i++) {
        int64_t place = -1;

        (void)ent_json_int(ent_json_get(v, "place"), &place);
        if (i >= count || place != (int64_t)places[i])
            return ent_fail(err, ENT_UNTRUSTED,
                            "the audit opens places that do not follow from the roots");
    }
    return ENT_OK;
}

ent_code match_audit(desk *d, ent_arena *arena, ent_str run, match_opened **places, size_t *count,
                     ent_err *err)
{
    struct audit a = { .d = d, .arena = arena };
    desk_agreement agreement;
    ent_json json, list;
    store_doc doc;
    bool found;

    ENT_TRY(match_run_load(d, arena, run, &a.run, err));
    ENT_TRY(desk_agreement_get(d, arena, a.run.r.agreement, &agreement, err));
    ENT_TRY(desk_doc_found(d, arena, "run-audit", run, &doc, &found, err));
    if (!found)
        return ent_fail(err, ENT_NOT_FOUND, "nothing of the run '%.*s' is opened: %s",
                        ENT_STR_ARG(run),
                        agreement.agreed.audit == 0 ? "its agreement has no audit"
                                                    : "it compared no set of elements");
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    ENT_TRY(desk_hex(json, "public", "a kept audit", a.public.bytes, PSI_ELEMENT_SIZE, err));
    list = ent_json_get(json, "places");
    if ((int64_t)ent_json_count(list) < agreement.agreed.audit &&
        (int64_t)ent_json_count(list) < a.run.r.size_own)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the audit opens fewer places than the agreement wants");
    ENT_TRY(places_check(&a, list, err));
    *places = ent_arena_array(arena, ent_json_count(list) + 1, sizeof **places);
    if (*places == NULL)
        return ent_fail_arena(err);
    *count = 0;
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(place_open(&a, v, &(*places)[(*count)++], err));
    return ENT_OK;
}
