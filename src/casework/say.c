#include "casework/say.h"

#include "base/text.h"
#include "casework/acknowledge.h"
#include "desk/note.h"
#include "casework/signed.h"
#include "casework/subject.h"
#include "casework/tries.h"
#include "psi/keyform.h"

/* ---- the agreement ---- */

static bool has_purpose(const desk_terms *terms, ent_str purpose)
{
    for (size_t i = 0; i < terms->policy.purpose_count; i++)
        if (ent_str_equal(terms->policy.purposes[i], purpose))
            return true;
    return false;
}

ent_code casework_terms(desk *d, ent_arena *arena, const char *peer, ent_str purpose, bool release,
                        desk_terms *terms, ent_err *err)
{
    static const policy_action actions[] = { POLICY_RELEASE, POLICY_MATCH };
    desk_peer linked;
    bool found = false;

    ENT_TRY(d->peer(d->arg, arena, peer, &linked, err));
    for (int i = 0; i < 2; i++) {
        ENT_TRY(desk_terms_find(d, arena, peer, actions[i], purpose, terms, &found, err));
        if (found && terms->policy.in_force && has_purpose(terms, purpose) &&
            (!release || terms->policy.release))
            return ENT_OK;
        if (release)
            break;
    }
    if (!found || !terms->policy.in_force)
        return ent_fail(err, ENT_DENIED, "no agreement with %s is in force: %s [agreement]", peer,
                        terms->why_not != NULL ? terms->why_not : "there is none");
    if (!has_purpose(terms, purpose))
        return ent_fail(err, ENT_DENIED, "the purpose '%.*s' is not agreed with %s [purpose]",
                        purpose.size > 40 ? 40 : (int)purpose.size, purpose.ptr, peer);
    return ent_fail(err, ENT_DENIED, "the agreement with %s lets no content flow [flow]", peer);
}

/* ---- writing the body ---- */

static void put(ent_jw *w, const char *name, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static void list_put(ent_jw *w, const char *name, const ent_str *texts, size_t count)
{
    if (count == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(w, texts[i]);
    ent_jw_end(w);
}

static void subjects_put(ent_jw *w, const casework_draft *draft)
{
    if (draft->subject_count == 0)
        return;
    ent_jw_key(w, "subject");
    ent_jw_array(w);
    for (size_t i = 0; i < draft->subject_count; i++) {
        ent_jw_object(w);
        put(w, "name", draft->subjects[i].name);
        put(w, "birth", draft->subjects[i].birth);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static ent_code keys_put(ent_arena *arena, const casework_draft *draft, ent_jw *w, ent_err *err)
{
    ent_str *keys = ent_arena_array(arena, draft->key_count + 1, sizeof *keys);

    if (keys == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < draft->key_count; i++)
        ENT_TRY(psi_key_canon(arena, draft->keys[i], &keys[i], err));
    list_put(w, "keys", keys, draft->key_count);
    return ENT_OK;
}

static void within_put(const casework_draft *draft, ent_jw *w)
{
    ent_jw_key(w, "within");
    ent_jw_object(w);
    ent_jw_key(w, "acknowledge");
    ent_jw_int(w, casework_acknowledge_within(draft->precedence));
    ent_jw_key(w, "answer");
    if (draft->answer_within > 0)
        ent_jw_int(w, draft->answer_within);
    else /* what became of a tip is told within sixty days [BOS-9] */
        ent_jw_int(w, draft->kind == CASEWORK_TIP ? 60 * 86400
                                                  : casework_answer_within(draft->precedence));
    ent_jw_end(w);
}

static ent_code body_write(desk *d, ent_arena *arena, const casework_draft *draft,
                           const desk_terms *terms, ent_str id, ent_str *body, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    put(&w, "agreement", terms->policy.id);
    list_put(&w, "also", draft->also, draft->also_count);
    put(&w, "class", draft->class);
    put(&w, "departs", draft->departs);
    put(&w, "handling", draft->handling);
    put(&w, "id", id);
    ENT_TRY(keys_put(arena, draft, &w, err));
    put(&w, "precedence", ent_str_of(casework_precedence_name(draft->precedence)));
    put(&w, "purpose", draft->purpose);
    put(&w, "rating", draft->rating);
    put(&w, "reference", draft->reference);
    list_put(&w, "releases", draft->releases, draft->release_count);
    subjects_put(&w, draft);
    put(&w, "text", draft->text);
    put(&w, "thread", draft->thread);
    put(&w, "time", desk_time_text(arena, d->now));
    put(&w, "why", draft->why);
    within_put(draft, &w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, body, err);
}

/* ---- saying ---- */

link_kind casework_entry_kind(casework_kind kind)
{
    static const link_kind kinds[] = { LINK_TIP, LINK_REQUEST, LINK_MESSAGE };

    return kinds[kind];
}

/* What is of precedence FLASH goes before what is in front of it, and says so in its header. */
static ent_code flash_wrap(ent_arena *arena, const casework_item *item, link_kind *kind,
                           ent_str *body, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (item->precedence != CASEWORK_FLASH)
        return ENT_OK;
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "flash");
    ent_jw_c(&w, link_kind_name(*kind));
    ent_jw_key(&w, "said");
    ent_jw_raw(&w, *body);
    ent_jw_end(&w);
    *kind = LINK_FLASH;
    return ent_buf_done(&buf, body, err);
}

/* Objects go along only by a release that this peer has. */
static ent_code releases_check(desk *d, ent_arena *arena, const casework_draft *draft, ent_err *err)
{
    for (size_t i = 0; i < draft->release_count; i++) {
        store_doc doc;

        if (store_doc_get(d->store, arena, "release", draft->releases[i], &doc, err) != ENT_OK)
            return err->code == ENT_NOT_FOUND
                       ? ent_fail(err, ENT_DENIED,
                                  "there is no release '%.*s': objects go along only as a release "
                                  "that two persons approved [law 6]",
                                  ENT_STR_ARG(draft->releases[i]))
                       : err->code;
        if (!ent_str_is(doc.peer, draft->peer) ||
            (!ent_str_is(doc.state, "sent") && !ent_str_is(doc.state, "received")))
            return ent_fail(err, ENT_DENIED, "the release '%.*s' is not one that %s has [law 6]",
                            ENT_STR_ARG(draft->releases[i]), draft->peer);
    }
    return ENT_OK;
}

static ent_code note(desk *d, ent_arena *arena, const casework_draft *draft,
                     const casework_said *said, ent_err *err)
{
    desk_note n = { .verb = said->refused != NULL ? "refused at home" : "sent",
                    .who = ent_str_of(draft->by),
                    .object = said->item.id,
                    .peer = said->item.peer,
                    .purpose = draft->purpose,
                    .reason = ent_str_of(said->refused),
                    .oversight = said->refused != NULL };

    return desk_note_write(d, arena, &n, err);
}

/* The same was said to others before: its sender should know that copies run. */
static ent_code copies_find(desk *d, ent_arena *arena, casework_item *item, ent_err *err)
{
    ent_json keys = ent_json_get(item->body, "keys");
    ent_buf buf;
    size_t found = 0;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(keys); v.doc != NULL && found < 16; v = ent_json_next(v)) {
        ent_str *ids;
        size_t count;

        ENT_TRY(casework_items_with_key(d, arena, ent_json_str(v), &ids, &count, err));
        for (size_t i = 0; i < count && found < 16; i++) {
            casework_item other = { 0 };

            ENT_TRY(casework_item_load(d, arena, ids[i], &other, err));
            if (other.kind != item->kind || ent_str_equal(other.id, item->id))
                continue;
            ent_jw_object(&w);
            put(&w, "id", other.id);
            put(&w, "peer", other.peer);
            put(&w, "direction", other.out ? ENT_STR("out") : ENT_STR("in"));
            ent_jw_end(&w);
            found++;
        }
    }
    ent_jw_end(&w);
    return found == 0 ? ENT_OK : ent_buf_done(&buf, &item->duplicates, err);
}

/* Into the outbox: `body` is the words, or the words with two signatures. */
static ent_code body_send(desk *d, ent_arena *arena, casework_item *item, ent_str body, ent_str by,
                          ent_err *err)
{
    ent_str peer = ent_arena_str(arena, item->peer);
    link_kind kind = casework_entry_kind(item->kind);
    char entry[37];

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(flash_wrap(arena, item, &kind, &body, err));
    ENT_TRY(desk_say_as(d, arena, peer.ptr, kind, ent_span_of_str(body), entry, err));
    item->entry = ent_arena_str(arena, ent_str_of(entry));
    item->sent = d->now;
    if (item->entry.ptr == NULL)
        return ent_fail_arena(err);
    return casework_item_event(arena, item, "sent", "sent", by, ENT_STR_NONE, d->now, err);
}

static ent_code item_send(desk *d, ent_arena *arena, const casework_draft *draft,
                          casework_said *said, ent_err *err)
{
    casework_item *item = &said->item;

    ENT_TRY(copies_find(d, arena, item, err));
    ENT_TRY(body_send(d, arena, item, item->said, ent_str_of(draft->by), err));
    ENT_TRY(casework_item_add(d, arena, item, err));
    return note(d, arena, draft, said, err);
}

/* ---- tips: what two officers sign ---- */

static casework_signed signed_of(const casework_item *item)
{
    return (
        casework_signed){ .kind = "tip-draft", .what = "tip", .id = item->id, .peer = item->peer };
}

static ent_code tip_wait(desk *d, ent_arena *arena, const casework_draft *draft,
                         casework_item *item, ent_err *err)
{
    casework_signed draft_ = signed_of(item);
    desk_note n = { .verb = "drafted a tip",
                    .who = ent_str_of(draft->by),
                    .object = item->id,
                    .peer = item->peer,
                    .purpose = draft->purpose };

    draft_.drafter = ent_str_of(draft->by);
    draft_.statement = item->said;
    ENT_TRY(copies_find(d, arena, item, err));
    ENT_TRY(casework_signed_draft(d, arena, &draft_, err));
    ENT_TRY(casework_item_event(arena, item, "waiting", "drafted", ent_str_of(draft->by),
                                ENT_STR_NONE, d->now, err));
    ENT_TRY(casework_item_add(d, arena, item, err));
    return desk_note_write(d, arena, &n, err);
}

static ent_code tip_note(desk *d, ent_arena *arena, const casework_item *item, const char *verb,
                         const desk_officer *by, ent_err *err)
{
    desk_note n = { .verb = verb,
                    .who = ent_str_of(by->name),
                    .role = ent_str_of(by->role),
                    .object = item->id,
                    .peer = item->peer,
                    .purpose = ent_json_get_text(item->body, "purpose") };

    return desk_note_write(d, arena, &n, err);
}

ent_code casework_tip_approve(desk *d, ent_arena *arena, casework_item *item,
                              const desk_officer *by, ent_err *err)
{
    ent_str peer = ent_arena_str(arena, item->peer);
    casework_signed draft = signed_of(item);
    desk_terms terms;

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(casework_signed_load(d, arena, item->id, &draft, err));
    ENT_TRY(casework_terms(d, arena, peer.ptr, ent_json_get_text(item->body, "purpose"), true,
                           &terms, err));
    ENT_TRY(casework_signed_approve(d, arena, &draft, by, err));
    ENT_TRY(casework_item_event(arena, item, NULL, "approved", ent_str_of(by->name), ENT_STR_NONE,
                                d->now, err));
    ENT_TRY(tip_note(d, arena, item, "approved a tip", by, err));
    if (draft.body.size > 0) {
        ENT_TRY(body_send(d, arena, item, draft.body, ent_str_of(by->name), err));
        ENT_TRY(tip_note(d, arena, item, "sent", by, err));
    }
    return casework_item_save(d, arena, item, err);
}

ent_code casework_tip_drop(desk *d, ent_arena *arena, casework_item *item, const desk_officer *by,
                           ent_err *err)
{
    if (!ent_str_is(item->state, "waiting"))
        return ent_fail(err, ENT_CONFLICT, "the tip is %.*s already", ENT_STR_ARG(item->state));
    ENT_TRY(store_doc_delete(d->store, "tip-draft", item->id, err));
    ENT_TRY(casework_item_event(arena, item, "dropped", "dropped", ent_str_of(by->name),
                                ENT_STR_NONE, d->now, err));
    ENT_TRY(tip_note(d, arena, item, "dropped a tip", by, err));
    return casework_item_save(d, arena, item, err);
}

/* ---- saying ---- */

ent_code casework_say(desk *d, ent_arena *arena, const casework_draft *draft, casework_said *said,
                      ent_err *err)
{
    casework_item *item = &said->item;
    desk_terms terms;
    char id[37];

    *said = (casework_said){ 0 };
    ENT_TRY(casework_terms(d, arena, draft->peer, draft->purpose, draft->kind == CASEWORK_TIP,
                           &terms, err));
    ENT_TRY(releases_check(d, arena, draft, err));
    desk_id(d, id);
    *item = (casework_item){ .id = ent_arena_str(arena, ent_str_of(id)),
                             .peer = ent_arena_str(arena, ent_str_of(draft->peer)),
                             .kind = draft->kind,
                             .precedence = draft->precedence,
                             .out = true,
                             .sent = d->now,
                             .owner = ent_arena_str(arena, ent_str_of(draft->by)) };
    if (item->id.ptr == NULL || item->peer.ptr == NULL || item->owner.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(body_write(d, arena, draft, &terms, item->id, &item->said, err));
    ENT_TRY(casework_body_read(arena, draft->kind, item->said, &item->body, err));
    if (draft->kind != CASEWORK_MESSAGE) {
        ENT_TRY(
            casework_subject_guarded(d, arena, item->body, draft->purpose, &said->refused, err));
        ENT_TRY(
            casework_tries_check(d, arena, ent_str_of(draft->by), item->body, &said->refused, err));
    }
    if (said->refused != NULL)
        return note(d, arena, draft, said, err);
    return draft->kind == CASEWORK_TIP ? tip_wait(d, arena, draft, item, err)
                                       : item_send(d, arena, draft, said, err);
}
