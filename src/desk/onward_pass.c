/* What a carrier owes: a recall and a correction go on to whoever it passed the facts to, and
 * the word of what became of them goes back to the owner (desk/onward.h). */
#include "desk/onward_int.h"

#include "desk/basis.h"
#include "desk/receive_int.h"
#include "desk/release_int.h"

static bool stands(const store_doc *release)
{
    return ent_str_is(release->state, "sent") || ent_str_is(release->state, "received");
}

/* ---- recall ---- */

static ent_code live(desk *d, ent_arena *arena, const char *owner, ent_str id, bool *yes,
                     ent_err *err)
{
    store_row row;
    bool found;

    ENT_TRY(store_object_find(d->store, arena, owner, id, &row, &found, err));
    *yes = found && row.tombstone.size == 0;
    return ENT_OK;
}

/* Is this part of a release of ours no longer the owner's will? */
static ent_code part_ended(desk *d, ent_arena *arena, const char *owner, ent_str recalled,
                           ent_json part, bool *ended, ent_err *err)
{
    *ended = false;
    if (!ent_str_is(ent_json_get_text(part, "owner"), owner))
        return ENT_OK;
    *ended = ent_str_equal(ent_json_get_text(part, "grant"), recalled);
    for (ent_json v = ent_json_first(ent_json_get(part, "objects")); v.doc != NULL && !*ended;
         v = ent_json_next(v)) {
        bool yes;

        ENT_TRY(live(d, arena, owner, ent_json_str(v), &yes, err));
        *ended = !yes;
    }
    return ENT_OK;
}

static ent_code release_ended(desk *d, ent_arena *arena, const char *owner, ent_str recalled,
                              const store_doc *release, bool *ended, ent_err *err)
{
    ent_json json;

    *ended = false;
    ENT_TRY(ent_json_read(arena, release->json, &json, err));
    for (ent_json v = ent_json_first(ent_json_get(json, "onward")); v.doc != NULL && !*ended;
         v = ent_json_next(v))
        ENT_TRY(part_ended(d, arena, owner, recalled, v, ended, err));
    return ENT_OK;
}

/* A grant that ends and was never used: the owner hears so at once. */
static ent_code grant_end(desk *d, ent_arena *arena, const char *owner, ent_str recalled,
                          store_doc *doc, const char *entry, ent_err *err)
{
    bool ended, carried = false;
    store_doc *docs;
    desk_grant grant;
    ent_json json;
    size_t count;

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    ENT_TRY(desk_grant_read(arena, ent_json_get(json, "grant"), &grant, err));
    ended = ent_str_equal(grant.id, recalled);
    for (ent_json v = ent_json_first(grant.objects); v.doc != NULL && !ended;
         v = ent_json_next(v)) {
        bool yes;

        ENT_TRY(live(d, arena, owner, ent_json_get_text(v, "id"), &yes, err));
        ended = !yes;
    }
    if (!ended)
        return ENT_OK;
    doc->state = ENT_STR("recalled");
    ENT_TRY(store_doc_put(d->store, doc, err));
    ENT_TRY(desk_docs(d, arena, "release", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count && !carried; i++) {
        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        for (ent_json v = ent_json_first(ent_json_get(json, "onward")); v.doc != NULL;
             v = ent_json_next(v))
            carried = carried || (ent_str_equal(ent_json_get_text(v, "grant"), grant.id) &&
                                  !ent_str_is(docs[i].state, "refused"));
    }
    return carried ? ENT_OK
                   : desk_receipt_say(d, arena, owner, entry, "onward", "erased", grant.id, 0, err);
}

ent_code desk_onward_recall(desk *d, ent_arena *arena, const char *owner, ent_str release,
                            ent_str reason, const char *entry, ent_err *err)
{
    static const char *const states[] = { "granted", "corrected" };
    ent_str cause =
        ent_arena_printf(arena, "\"cause\":{\"owner\":\"%s\",\"entry\":\"%s\"}", owner, entry);
    store_doc *docs;
    size_t count;

    if (cause.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_docs(d, arena, "release", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        bool ended;

        if (!stands(&docs[i]))
            continue;
        ENT_TRY(release_ended(d, arena, owner, release, &docs[i], &ended, err));
        if (ended)
            ENT_TRY(desk_release_call_back(d, arena, &docs[i], reason, owner, cause, err));
    }
    for (size_t s = 0; s < 2; s++) {
        ENT_TRY(desk_docs(d, arena, "onward-out", owner, states[s], &docs, &count, err));
        for (size_t i = 0; i < count; i++)
            ENT_TRY(grant_end(d, arena, owner, release, &docs[i], entry, err));
    }
    return ENT_OK;
}

/* ---- the word back ---- */

static ent_code owner_tell(desk *d, ent_arena *arena, ent_json json, ent_json cause,
                           const char *state, ent_err *err)
{
    ent_str owner = ent_arena_str(arena, ent_json_get_text(cause, "owner")),
            entry = ent_arena_str(arena, ent_json_get_text(cause, "entry"));

    if (owner.ptr == NULL || entry.ptr == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(ent_json_get(json, "onward")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "owner"), owner))
            ENT_TRY(desk_receipt_say(d, arena, owner.ptr, entry.ptr, "onward", state,
                                     ent_json_get_text(v, "grant"),
                                     (int64_t)ent_json_count(ent_json_get(v, "objects")), err));
    return ENT_OK;
}

ent_code desk_onward_settled(desk *d, ent_arena *arena, const store_doc *release, ent_err *err)
{
    ent_json json, cause;

    ENT_TRY(ent_json_read(arena, release->json, &json, err));
    cause = ent_json_get(json, "cause");
    if (cause.doc != NULL && ent_str_is(release->state, "erased"))
        return owner_tell(d, arena, json, cause, "erased", err);
    cause = ent_json_get(json, "asked");
    if (cause.doc != NULL && ent_str_is(release->state, "received"))
        return owner_tell(d, arena, json, cause, "received", err);
    return ENT_OK;
}

/* ---- correction: the carrier ---- */

struct carried {
    ent_str peer;
    ent_str releases[64];
    size_t count;
};

/* The releases by which a peer got one of the grants that are corrected. */
static bool carries(ent_json json, const desk_grant *grant)
{
    for (ent_json v = ent_json_first(ent_json_get(json, "onward")); v.doc != NULL;
         v = ent_json_next(v))
        for (ent_json c = ent_json_first(grant->corrects); c.doc != NULL; c = ent_json_next(c))
            if (ent_str_equal(ent_json_get_text(v, "grant"), ent_json_str(c)))
                return true;
    return false;
}

static ent_code carried_find(desk *d, ent_arena *arena, const desk_grant *grant,
                             struct carried *carried, ent_err *err)
{
    store_doc *docs;
    size_t count;

    *carried = (struct carried){ .count = 0 };
    ENT_TRY(desk_docs(d, arena, "release", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count && carried->count < 64; i++) {
        ent_json json;

        if (!stands(&docs[i]))
            continue;
        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        if (!carries(json, grant))
            continue;
        carried->peer = docs[i].peer; /* a grant is for one */
        carried->releases[carried->count++] = docs[i].id;
    }
    return ENT_OK;
}

static ent_code pass_body(ent_arena *arena, const desk_grant *grant, const struct carried *carried,
                          ent_str *body, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    desk_texts_write(&w, "corrects", carried->releases, carried->count);
    ent_jw_key(&w, "onward");
    desk_grant_write(&w, grant);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, body, err);
}

/* As a release of ours, so that it is called back with what it corrects. */
static ent_code pass_put(desk *d, ent_arena *arena, const desk_grant *grant,
                         const struct carried *carried, const char *entry, const char *asked,
                         ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("release"),
                      .id = grant->id,
                      .peer = carried->peer,
                      .state = ENT_STR("sent"),
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, grant->purpose);
    ent_jw_key(&w, "entry");
    ent_jw_c(&w, entry);
    ent_jw_key(&w, "asked");
    ent_jw_object(&w);
    ent_jw_key(&w, "owner");
    ent_jw_str(&w, grant->owner);
    ent_jw_key(&w, "entry");
    ent_jw_c(&w, asked);
    ent_jw_end(&w);
    desk_texts_write(&w, "corrects", carried->releases, carried->count);
    ent_jw_key(&w, "reason");
    ent_jw_str(&w, grant->reason);
    ent_jw_key(&w, "onward");
    ent_jw_array(&w);
    desk_grant_part_write(&w, grant);
    ent_jw_end(&w);
    ent_jw_key(&w, "objects");
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(grant->objects); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_object(&w);
        ent_jw_key(&w, "id");
        ent_jw_str(&w, ent_json_get_text(v, "id"));
        ent_jw_key(&w, "owner");
        ent_jw_str(&w, grant->owner);
        ent_jw_key(&w, "sent_as");
        ent_jw_str(&w, ent_json_get_text(v, "id"));
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* What was granted before is not to be passed on any more. */
static ent_code granted_end(desk *d, ent_arena *arena, const char *owner, const desk_grant *grant,
                            size_t *ended, ent_err *err)
{
    store_doc *docs;
    size_t count;

    *ended = 0;
    ENT_TRY(desk_docs(d, arena, "onward-out", owner, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        desk_grant before;
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        if (ent_json_get(json, "grant").doc == NULL)
            continue;
        ENT_TRY(desk_grant_read(arena, ent_json_get(json, "grant"), &before, err));
        if (!ent_str_equal(before.request, grant->request))
            continue;
        (*ended)++;
        if (!ent_str_is(docs[i].state, "granted"))
            continue;
        docs[i].state = ENT_STR("corrected");
        ENT_TRY(store_doc_put(d->store, &docs[i], err));
    }
    return ENT_OK;
}

static ent_code correction_carry(desk *d, ent_arena *arena, const char *peer,
                                 const link_entry *entry, const desk_grant *grant, ent_err *err)
{
    struct carried *carried = ent_arena_alloc(arena, sizeof *carried);
    ent_str body, to;
    char said[37];
    store_doc there;
    size_t ended;
    bool known;

    if (carried == NULL)
        return ent_fail_arena(err);
    /* It becomes a document of a release under the id that the owner chose: what is said again,
     * and the id of a release of ours, must not take the place of one. */
    ENT_TRY(desk_doc_found(d, arena, "release", grant->id, &there, &known, err));
    if (known)
        return ent_fail(err, ENT_CONFLICT, "a correction: it was passed on, or its id is taken");
    ENT_TRY(granted_end(d, arena, peer, grant, &ended, err));
    if (ended == 0)
        return ent_fail(err, ENT_NOT_FOUND, "a correction: nothing was granted that it corrects");
    ENT_TRY(carried_find(d, arena, grant, carried, err));
    if (carried->count == 0) /* it was not passed on */
        return desk_receipt_say(d, arena, peer, entry->id, "onward", "received", grant->id, 0, err);
    to = ent_arena_str(arena, carried->peer);
    if (to.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(pass_body(arena, grant, carried, &body, err));
    ENT_TRY(desk_say_as(d, arena, to.ptr, LINK_CORRECTION, ent_span_of_str(body), said, err));
    return pass_put(d, arena, grant, carried, said, entry->id, err);
}

ent_code desk_onward_correction(desk *d, ent_arena *arena, const char *peer,
                                const link_entry *entry, ent_json body, ent_err *err)
{
    static const char *const names[] = { "corrects", "onward", NULL };
    desk_grant grant;
    desk_peer from;

    ENT_TRY(desk_members(body, "a correction", names, err));
    ENT_TRY(desk_grant_read(arena, ent_json_get(body, "onward"), &grant, err));
    ENT_TRY(desk_grant_verify(d, arena, &grant, err));
    ENT_TRY(d->peer(d->arg, arena, peer, &from, err));
    if (memcmp(grant.via_identity, d->identity, 32) == 0 && ent_str_is(grant.owner, peer))
        return correction_carry(d, arena, peer, entry, &grant, err);
    if (memcmp(grant.recipient_identity, d->identity, 32) == 0 &&
        memcmp(grant.via_identity, from.identity, 32) == 0)
        return desk_onward_hold(d, arena, peer, entry, body, &grant, err);
    return ent_fail(err, ENT_UNTRUSTED, "a correction: it is not for this node");
}
