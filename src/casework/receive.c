/* What peers say: tips, requests, messages. */
#include "casework/say.h"

#include "base/text.h"
#include "casework/acknowledge.h"
#include "casework/duty.h"
#include "desk/note.h"
#include "casework/notice.h"
#include "casework/signed.h"
#include "casework/subject.h"

/* Within so many seconds before a departure a tip is as urgent as can be [BRU-1]. */
#define DEPARTS_SOON (2 * 3600)

static ent_code copies_find(desk *d, ent_arena *arena, casework_item *item, ent_err *err)
{
    ent_json keys = ent_json_get(item->body, "keys");
    ent_str text = ent_json_get_text(item->body, "text"), text_key;
    ent_hash hash = ent_hash_of(text.ptr, text.size);
    char hex[2 * ENT_HASH_SIZE + 1];
    size_t found = 0;
    ent_json v = ent_json_first(keys);
    ent_buf buf;
    ent_jw w;

    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
    text_key = ent_arena_printf(arena, "text:%s", hex);
    if (text_key.ptr == NULL)
        return ent_fail_arena(err);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_array(&w);
    for (bool last = false; !last && found < 16;) {
        ent_str *ids;
        size_t count;

        last = v.doc == NULL;
        ENT_TRY(casework_items_with_key(d, arena, last ? text_key : ent_json_str(v), &ids, &count,
                                        err));
        for (size_t i = 0; i < count && found < 16; i++) {
            casework_item other = { 0 };

            ENT_TRY(casework_item_load(d, arena, ids[i], &other, err));
            if (other.out || other.kind != item->kind)
                continue;
            ent_jw_object(&w);
            ent_jw_key(&w, "id");
            ent_jw_str(&w, other.id);
            ent_jw_key(&w, "peer");
            ent_jw_str(&w, other.peer);
            ent_jw_end(&w);
            found++;
        }
        if (!last)
            v = ent_json_next(v);
    }
    ent_jw_end(&w);
    return found == 0 ? ENT_OK : ent_buf_done(&buf, &item->duplicates, err);
}

/* Nobody's id is taken by another, and what came once comes once. */
static ent_code new_check(desk *d, ent_arena *arena, ent_str id, ent_err *err)
{
    store_doc doc;
    bool found;

    ENT_TRY(desk_doc_found(d, arena, "item", id, &doc, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "there is an item %.*s already", ENT_STR_ARG(id));
    return ENT_OK;
}

static void hurry(casework_item *item)
{
    ent_str departs = ent_json_get_text(item->body, "departs");
    ent_err ignored = { 0 };
    ent_time at;

    if (departs.size > 0 && ent_time_read(departs, &at, &ignored) == ENT_OK &&
        at - item->received < DEPARTS_SOON * ENT_SECOND)
        item->precedence = CASEWORK_FLASH;
}

/* Of a subject that nothing may be said about, the legal officer knows first, and oversight
 * that somebody asked. */
static ent_code guard(desk *d, ent_arena *arena, casework_item *item, ent_err *err)
{
    const char *why;
    desk_note n = { .verb = "asked about a guarded subject",
                    .object = item->id,
                    .peer = item->peer,
                    .purpose = ent_json_get_text(item->body, "purpose"),
                    .oversight = true };

    ENT_TRY(casework_subject_guarded(d, arena, item->body, n.purpose, &why, err));
    if (why == NULL)
        return ENT_OK;
    item->legal_first = true;
    n.reason = ent_str_of(why);
    return desk_note_write(d, arena, &n, err);
}

/* Whoever is on duty is told; of what is for the legal officer first, that it is. */
static ent_code arrival_tell(desk *d, ent_arena *arena, const casework_item *item, ent_err *err)
{
    ent_str *duty;
    size_t count;

    ENT_TRY(casework_duty_get(d, arena, &duty, &count, err));
    return casework_notice(d, arena, item, item->legal_first ? "arrived, legal first" : "arrived",
                           count > 0 ? duty[0] : ENT_STR(""), err);
}

/* The text of a tip is content: two officers stand behind it [law 6]. */
static ent_code signatures_check(desk *d, ent_arena *arena, const char *peer, casework_item *item,
                                 ent_err *err)
{
    static const char where[] = "a tip";
    ent_json json, said;

    ENT_TRY(desk_canonical(arena, item->said, where, &json, err));
    return casework_signed_read(d, arena, "tip", where, peer, json, &said, &item->said, err);
}

/* A tip that says that somebody was arrested, and not for what, is asked back at once, by the
 * node itself: a man was let go because nobody had asked [BRU-2]. */
static ent_code why_ask(desk *d, ent_arena *arena, const casework_item *item, ent_err *err)
{
    ent_str reference = ent_json_get_text(item->body, "reference");
    ent_str peer = ent_arena_str(arena, item->peer);
    casework_draft draft = { .kind = CASEWORK_REQUEST,
                             .peer = peer.ptr,
                             .purpose = ent_json_get_text(item->body, "purpose"),
                             .precedence = item->precedence,
                             .thread = item->id,
                             .by = "desk" };
    casework_said said;

    if (item->kind != CASEWORK_TIP || item->legal_first ||
        !ent_str_is(ent_json_get_text(item->body, "class"), "arrested") ||
        ent_json_get(item->body, "why").doc != NULL)
        return ENT_OK;
    draft.text = ent_arena_printf(
        arena,
        "the tip %.*s says that somebody was arrested, and not for what: why was he arrested?",
        ENT_STR_ARG(reference.size > 0 ? reference : item->id));
    if (peer.ptr == NULL || draft.text.ptr == NULL)
        return ent_fail_arena(err);
    return casework_say(d, arena, &draft, &said, err);
}

static ent_code receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                        ent_span body, casework_kind kind, ent_err *err)
{
    casework_item item = { .peer = ent_str_of(peer),
                           .kind = kind,
                           .said = { body.ptr, body.size },
                           .entry = ent_str_of(entry->id),
                           .sent = entry->time,
                           .received = d->now };
    desk_terms terms;

    if (kind == CASEWORK_TIP)
        ENT_TRY(signatures_check(d, arena, peer, &item, err));
    ENT_TRY(casework_body_read(arena, kind, item.said, &item.body, err));
    item.id = ent_json_get_text(item.body, "id");
    ENT_TRY(new_check(d, arena, item.id, err));
    ENT_TRY(casework_terms(d, arena, peer, ent_json_get_text(item.body, "purpose"),
                           kind == CASEWORK_TIP, &terms, err));
    (void)casework_precedence_read(ent_json_get_text(item.body, "precedence"), &item.precedence);
    item.skew = (entry->time - d->now) / ENT_SECOND;
    hurry(&item);
    if (kind != CASEWORK_MESSAGE) {
        ENT_TRY(copies_find(d, arena, &item, err));
        ENT_TRY(guard(d, arena, &item, err));
    }
    ENT_TRY(casework_item_event(arena, &item, "delivered", "delivered", ENT_STR_NONE, ENT_STR_NONE,
                                d->now, err));
    ENT_TRY(casework_item_add(d, arena, &item, err));
    ENT_TRY(arrival_tell(d, arena, &item, err));
    ENT_TRY(casework_delivered(d, arena, &item, err));
    return why_ask(d, arena, &item, err);
}

ent_code casework_tip_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err)
{
    return receive(d, arena, peer, entry, body, CASEWORK_TIP, err);
}

ent_code casework_request_receive(desk *d, ent_arena *arena, const char *peer,
                                  const link_entry *entry, ent_span body, ent_err *err)
{
    return receive(d, arena, peer, entry, body, CASEWORK_REQUEST, err);
}

ent_code casework_message_receive(desk *d, ent_arena *arena, const char *peer,
                                  const link_entry *entry, ent_span body, ent_err *err)
{
    return receive(d, arena, peer, entry, body, CASEWORK_MESSAGE, err);
}

/* Nothing else may go ahead: what says it is FLASH in its header says it in its words. */
static ent_code flash_check(ent_arena *arena, ent_json said, casework_kind kind, ent_err *err)
{
    ent_json words = said;

    if (kind == CASEWORK_TIP)
        ENT_TRY(ent_json_read(arena, ent_json_get_text(said, "statement"), &words, err));
    return ent_str_is(ent_json_get_text(words, "precedence"), "FLASH")
               ? ENT_OK
               : ent_fail(err, ENT_FORMAT, "what goes ahead of others is not of precedence FLASH");
}

ent_code casework_flash_receive(desk *d, ent_arena *arena, const char *peer,
                                const link_entry *entry, ent_span body, ent_err *err)
{
    static const char where[] = "what goes ahead of others";
    static const char *const names[] = { "flash", "said", NULL };
    ent_json json, said;
    ent_str name;

    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "flash", where, &name, err));
    said = ent_json_get(json, "said");
    for (int kind = 0; kind < CASEWORK_KIND_COUNT; kind++)
        if (ent_str_is(name, link_kind_name(casework_entry_kind((casework_kind)kind)))) {
            ENT_TRY(flash_check(arena, said, (casework_kind)kind, err));
            return receive(d, arena, peer, entry, ent_span_of_str(ent_json_raw(said)),
                           (casework_kind)kind, err);
        }
    return ent_fail(err, ENT_FORMAT, "%s: '%.*s' is none of tip, request and message", where,
                    ENT_STR_ARG(name));
}
