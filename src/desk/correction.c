/* A correction as its holder receives it (desk/release.h): first of all that came with it.
 *
 * It may so overtake the release that it corrects.  Then it waits, and is applied in the step
 * in which that release arrives, so that nobody sees the facts uncorrected; at the latest at its
 * own place in the log, where everything before it is settled. */
#include "desk/basis.h"
#include "desk/onward_int.h"
#include "desk/receive_int.h"
#include "desk/release_int.h"

#include <inttypes.h>
#include <stdio.h>

static const char where[] = "a correction";

/* ---- what it corrects ---- */

/* The statement; of one that is passed on, the whole. */
static ent_code statement_of(ent_arena *arena, ent_span body, ent_json *json, bool *onward,
                             ent_err *err)
{
    ent_json outer;
    ent_str statement;

    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, where, &outer, err));
    *onward = ent_json_get(outer, "onward").doc != NULL;
    *json = outer;
    if (*onward)
        return ENT_OK;
    ENT_TRY(desk_text(outer, "statement", where, &statement, err));
    ENT_TRY(ent_json_read(arena, statement, json, err));
    if (!ent_json_is(ent_json_get(*json, "corrects"), ENT_JSON_ARRAY) ||
        ent_json_count(ent_json_get(*json, "corrects")) == 0)
        return ent_fail(err, ENT_FORMAT, "%s: it does not say what it corrects", where);
    if (ent_json_get_text(*json, "reason").size == 0)
        return ent_fail(err, ENT_FORMAT, "%s: it has no reason", where);
    return ENT_OK;
}

/* Has every release that it corrects come, or been called back, and what it refers to? */
static ent_code all_here(desk *d, ent_arena *arena, const char *peer, ent_json json, bool *here,
                         ent_err *err)
{
    *here = true;
    for (ent_json v = ent_json_first(ent_json_get(json, "corrects")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str id = ent_json_str(v),
                recalled = ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(id));
        bool found;
        store_doc doc;

        if (recalled.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(desk_doc_found(d, arena, "release-in", id, &doc, &found, err));
        if (!found)
            ENT_TRY(desk_doc_found(d, arena, "recalled", recalled, &doc, &found, err));
        *here = *here && found;
    }
    return *here ? desk_release_closed(d, arena, peer, json, here, err) : ENT_OK;
}

/* ---- waiting ---- */

static ent_str waiting_id(ent_arena *arena, const char *peer, uint64_t seq)
{
    return ent_arena_printf(arena, "%s/%" PRIu64, peer, seq);
}

static ent_code wait_put(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                         ent_span body, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("correction-waiting"),
                      .id = waiting_id(arena, peer, entry->seq),
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("waiting"),
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "seq");
    ent_jw_int(&w, (int64_t)entry->seq);
    ent_jw_key(&w, "entry");
    ent_jw_c(&w, entry->id);
    ent_jw_key(&w, "body");
    ent_jw_str(&w, (ent_str){ body.ptr, body.size });
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    return store_doc_put(d->store, &doc, err);
}

ent_code desk_correction_waits(desk *d, ent_arena *arena, const char *peer, uint64_t seq,
                               bool *waits, ent_err *err)
{
    ent_str id = waiting_id(arena, peer, seq);
    store_doc doc;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "correction-waiting", id, &doc, waits, err));
    return *waits ? store_doc_delete(d->store, "correction-waiting", id, err) : ENT_OK;
}

static ent_code ready_take(desk *d, ent_arena *arena, const char *peer, const store_doc *doc,
                           link_entry *entry, ent_span *body, bool *ready, ent_err *err)
{
    ent_json json, statement;
    int64_t seq = 0;
    ent_str text;
    bool onward;

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    (void)ent_json_int(ent_json_get(json, "seq"), &seq);
    text = ent_json_get_text(json, "body");
    *body = ent_span_of_str(text);
    *entry = (link_entry){ .seq = (uint64_t)seq, .kind = LINK_CORRECTION };
    (void)snprintf(entry->id, sizeof entry->id, "%.*s",
                   ENT_STR_ARG(ent_json_get_text(json, "entry")));
    ENT_TRY(statement_of(arena, *body, &statement, &onward, err));
    return all_here(d, arena, peer, statement, ready, err);
}

ent_code desk_correction_next(desk *d, ent_arena *arena, const char *peer, link_entry *entry,
                              ent_span *body, bool *found, ent_err *err)
{
    store_doc *docs;
    size_t count;

    *found = false;
    ENT_TRY(desk_docs(d, arena, "correction-waiting", peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count && !*found; i++) {
        ENT_TRY(ready_take(d, arena, peer, &docs[i], entry, body, found, err));
        if (*found)
            ENT_TRY(store_doc_delete(d->store, "correction-waiting", docs[i].id, err));
    }
    return ENT_OK;
}

/* ---- applying ---- */

static ent_code rests_flag(desk *d, ent_arena *arena, const char *peer, ent_json json, ent_err *err)
{
    desk_basis_cause cause = { .owner = ent_str_of(peer),
                               .release = ent_json_get_text(json, "id"),
                               .reason = ent_json_get_text(json, "reason") };

    for (ent_json v = ent_json_first(ent_json_get(json, "objects")); v.doc != NULL;
         v = ent_json_next(v))
        ENT_TRY(desk_basis_mark(d, arena, ent_json_get_text(v, "id"), &cause, err));
    return ENT_OK;
}

ent_code desk_correction_receive(desk *d, ent_arena *arena, const char *peer,
                                 const link_entry *entry, ent_span body, ent_err *err)
{
    uint64_t next;
    ent_json json;
    bool here, onward;

    ENT_TRY(statement_of(arena, body, &json, &onward, err));
    ENT_TRY(all_here(d, arena, peer, json, &here, err));
    ENT_TRY(desk_position(d, arena, peer, &next, err));
    if (!here && entry->seq > next)
        return wait_put(d, arena, peer, entry, body, err);
    if (!here)
        return ent_fail(err, ENT_NOT_FOUND, "%s: what it corrects or refers to has not come",
                        where);
    if (onward)
        return desk_onward_correction(d, arena, peer, entry, json, err);
    ENT_TRY(desk_release_take(d, arena, peer, entry, body, err));
    return rests_flag(d, arena, peer, json, err);
}
