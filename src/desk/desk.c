#include "desk/desk.h"

#include "base/text.h"
#include "desk/onward_int.h"
#include "desk/receive_int.h"
#include "desk/release_int.h"

#include <inttypes.h>
#include <stdlib.h>

void desk_id(const desk *d, char id[37])
{
    uint8_t bytes[16];

    d->random(d->arg, bytes, sizeof bytes);
    ent_uuid_write(bytes, id);
}

void desk_id_within(const desk *d, char id[37])
{
    desk own = *d;

    own.random = d->random_within != NULL ? d->random_within : d->random;
    desk_id(&own, id);
}

ent_code desk_say_as(desk *d, ent_arena *arena, const char *peer, link_kind kind, ent_span body,
                     char id[37], ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("outbox"),
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("waiting"),
                      .time = d->now };
    ent_err ignored = { 0 };
    desk_peer known;
    ent_buf buf;
    ent_jw w;

    if (!link_kind_for_readers(kind) && d->peer(d->arg, arena, peer, &known, &ignored) == ENT_OK &&
        known.reads)
        return ent_fail(err, ENT_DENIED, "%s has no node: it reads what is released, and no %s",
                        peer, link_kind_name(kind));
    desk_id(d, id);
    doc.id = ent_str_of(id);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, link_kind_name(kind));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    doc.bytes = (ent_str){ body.ptr, body.size };
    return store_doc_put(d->store, &doc, err);
}

ent_code desk_say(desk *d, ent_arena *arena, const char *peer, link_kind kind, ent_span body,
                  ent_err *err)
{
    char id[37];

    return desk_say_as(d, arena, peer, kind, body, id, err);
}

ent_code desk_doc(desk *d, ent_arena *arena, const char *kind, ent_str id, store_doc *doc,
                  ent_json *json, ent_err *err)
{
    ENT_TRY(store_doc_get(d->store, arena, kind, id, doc, err));
    return ent_json_read(arena, doc->json, json, err);
}

/* "CODE" for entries applied in order, "CODE/urgent" for those applied before. */
static ent_code position_get(desk *d, ent_arena *arena, ent_str id, uint64_t *next, ent_err *err)
{
    store_doc doc;

    *next = 0;
    if (store_doc_get(d->store, arena, "position", id, &doc, err) != ENT_OK) {
        if (err->code != ENT_NOT_FOUND)
            return err->code;
        *err = (ent_err){ 0 };
        return ENT_OK;
    }
    *next = strtoull(doc.json.ptr, NULL, 10);
    return ENT_OK;
}

ent_code desk_position(desk *d, ent_arena *arena, const char *peer, uint64_t *next, ent_err *err)
{
    return position_get(d, arena, ent_str_of(peer), next, err);
}

ent_code desk_ahead_position(desk *d, ent_arena *arena, const char *peer, uint64_t *next,
                             ent_err *err)
{
    ent_str id = ent_arena_printf(arena, "%s/urgent", peer);

    return id.ptr == NULL ? ent_fail_arena(err) : position_get(d, arena, id, next, err);
}

static ent_code position_set(desk *d, ent_arena *arena, const char *peer, bool urgent,
                             uint64_t next, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("position"), .peer = ent_str_of(peer), .time = d->now };

    doc.id = ent_arena_printf(arena, urgent ? "%s/urgent" : "%s", peer);
    doc.json = ent_arena_printf(arena, "%" PRIu64, next);
    if (doc.id.ptr == NULL || doc.json.ptr == NULL)
        return ent_fail_arena(err);
    return store_doc_put(d->store, &doc, err);
}

static const desk_receiver receivers[LINK_KIND_COUNT] = {
    [LINK_AGREEMENT] = desk_agreement_receive,
    [LINK_AGREEMENT_SIGNATURE] = desk_signature_receive,
    [LINK_AGREEMENT_SUSPEND] = desk_suspend_receive,
    [LINK_RELEASE] = desk_release_receive,
    [LINK_CORRECTION] = desk_correction_receive,
    [LINK_EVIDENCE] = desk_evidence_receive,
    [LINK_RECALL] = desk_recall_receive,
    [LINK_CONSENT_REQUEST] = desk_consent_request_receive,
    [LINK_CONSENT] = desk_consent_receive,
    [LINK_SUSPEND] = desk_suspension_receive,
    [LINK_RECEIPT] = desk_receipt_receive,
};

static desk_receiver receiver_of(const desk *d, link_kind kind)
{
    if (kind >= LINK_KIND_COUNT)
        return NULL;
    return receivers[kind] == NULL && d->above != NULL ? d->above[kind] : receivers[kind];
}

/* Is it the peer's fault?  Then it is written down and the link goes on.  That we had no memory
 * is not: such an entry is applied when there is some (ent_arena_rc). */
static bool is_refusal(ent_code code)
{
    return code == ENT_FORMAT || code == ENT_LIMIT || code == ENT_CONFLICT ||
           code == ENT_UNTRUSTED || code == ENT_DENIED || code == ENT_NOT_FOUND || code == ENT_NO;
}

ent_code desk_refusal_note(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                           const char *why, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("refused"),
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("open"),
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    doc.id = ent_arena_printf(arena, "%s-%" PRIu64, peer, entry->seq);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "seq");
    ent_jw_int(&w, (int64_t)entry->seq);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, entry->kind == LINK_UNKNOWN ? entry->unknown : link_kind_name(entry->kind));
    ent_jw_key(&w, "why");
    ent_jw_c(&w, why);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

static ent_code refuse(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                       const ent_err *why, ent_err *err)
{
    ENT_TRY(store_mark_undo(d->store, err));
    ENT_TRY(desk_refusal_note(d, arena, peer, entry, why->msg, err));
    /* The sender waits for these; it learns that, not why [law 9]. */
    if (entry->kind == LINK_RELEASE || entry->kind == LINK_CORRECTION ||
        entry->kind == LINK_EVIDENCE || entry->kind == LINK_RECALL)
        return desk_receipt_say(d, arena, peer, entry->id, link_kind_name(entry->kind), "refused",
                                ENT_STR_NONE, 0, err);
    return ENT_OK;
}

static ent_code entry_apply(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            ent_span body, ent_err *err)
{
    ent_err why = { 0 };
    desk_receiver receive = receiver_of(d, entry->kind);
    ent_code rc;

    if (body.ptr == NULL)
        return ENT_OK;
    if (receive == NULL)
        return desk_refusal_note(d, arena, peer, entry, "this version does not understand it", err);
    ENT_TRY(store_mark(d->store, err));
    rc = ent_arena_rc(arena, receive(d, arena, peer, entry, body, &why), &why);
    if (rc == ENT_OK)
        return store_mark_keep(d->store, err);
    if (is_refusal(rc))
        return refuse(d, arena, peer, entry, &why, err);
    *err = why;
    return rc;
}

/* After a release: the corrections that came before it. */
static ent_code entries_apply(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err)
{
    bool found = entry->kind == LINK_RELEASE || entry->kind == LINK_RECALL;

    ENT_TRY(entry_apply(d, arena, peer, entry, body, err));
    while (found) {
        link_entry correction;
        ent_span said;

        ENT_TRY(desk_correction_next(d, arena, peer, &correction, &said, &found, err));
        if (found)
            ENT_TRY(entry_apply(d, arena, peer, &correction, said, err));
    }
    return ENT_OK;
}

/* Whoever has it brought (`pull`): the node applies it, and sees all that it holds. */
static ent_code entry_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err)
{
    const store_reader *reader = store_reader_set(d->store, NULL);
    ent_code rc = entries_apply(d, arena, peer, entry, body, err);

    (void)store_reader_set(d->store, reader);
    return rc;
}

/* ---- what goes ahead, and is not urgent ---- */

static ent_str early_id(ent_arena *arena, const char *peer, const link_entry *entry)
{
    return ent_arena_printf(arena, "%s/%" PRIu64, peer, entry->seq);
}

/* What cannot be applied yet is met again at its place; what was is noted, to be passed over. */
static ent_code early_try(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                          ent_span body, ent_err *err)
{
    const store_reader *reader = store_reader_set(d->store, NULL);
    store_doc doc = { .kind = ENT_STR("early"),
                      .id = early_id(arena, peer, entry),
                      .peer = ent_str_of(peer),
                      .time = d->now,
                      .json = ENT_STR("{}") };
    desk_receiver receive = receiver_of(d, entry->kind);
    ent_err why = { 0 };
    ent_code rc = doc.id.ptr == NULL ? ent_fail_arena(err) : store_mark(d->store, err);

    if (rc == ENT_OK) {
        rc = receive == NULL
                 ? ENT_NO
                 : ent_arena_rc(arena, receive(d, arena, peer, entry, body, &why), &why);
        if (rc == ENT_OK)
            rc = store_doc_put(d->store, &doc, &why);
        if (rc == ENT_OK)
            rc = store_mark_keep(d->store, err);
        else if (is_refusal(rc))
            rc = store_mark_undo(d->store, err);
        else
            *err = why;
    }
    (void)store_reader_set(d->store, reader);
    return rc;
}

/* Was it applied ahead?  Then it is forgotten that it was. */
static ent_code early_pass(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                           bool *applied, ent_err *err)
{
    ent_str id = early_id(arena, peer, entry);
    store_doc doc;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "early", id, &doc, applied, err));
    return *applied ? store_doc_delete(d->store, "early", id, err) : ENT_OK;
}

ent_code desk_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                      ent_span body, ent_err *err)
{
    bool waited = false, early = false;
    uint64_t ahead = 0;

    if (link_kind_urgent(entry->kind))
        ENT_TRY(desk_ahead_position(d, arena, peer, &ahead, err));
    if (entry->kind == LINK_CORRECTION)
        ENT_TRY(desk_correction_waits(d, arena, peer, entry->seq, &waited, err));
    if (link_kind_ahead(entry->kind) && !link_kind_urgent(entry->kind))
        ENT_TRY(early_pass(d, arena, peer, entry, &early, err));
    if ((entry->seq >= ahead || waited) && !early)
        ENT_TRY(entry_receive(d, arena, peer, entry, body, err));
    return position_set(d, arena, peer, false, entry->seq + 1, err);
}

ent_code desk_receive_ahead(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            ent_span body, ent_err *err)
{
    uint64_t next, ahead;

    ENT_TRY(desk_position(d, arena, peer, &next, err));
    ENT_TRY(desk_ahead_position(d, arena, peer, &ahead, err));
    if (entry->seq < next || entry->seq < ahead)
        return ENT_OK; /* another process was faster */
    if (link_kind_urgent(entry->kind))
        ENT_TRY(entry_receive(d, arena, peer, entry, body, err));
    else if (body.ptr != NULL)
        ENT_TRY(early_try(d, arena, peer, entry, body, err));
    return position_set(d, arena, peer, true, entry->seq + 1, err);
}
