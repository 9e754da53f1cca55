/* Statements as documents: acts, signatures, states (persons/same.h). */
#include "persons/same_int.h"

#include "base/text.h"
#include "desk/basis.h"
#include "desk/work.h"
#include "link/approval.h"

#define APPROVAL "same-person" /* what is signed is no approval of anything else */

static const char where[] = "a same-person statement";

/* ---- acts ---- */

static const struct {
    const char *act, *state;
} states[] = {
    { "propose", "proposed" },
    { "confirm", "confirmed" },
    { "never", "never" },
    { "undo", "undone" },
};

static const char *state_of(ent_str act)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (ent_str_is(act, states[i].act))
            return states[i].state;
    return NULL;
}

static void hash_hex(ent_str statement, char hex[2 * ENT_HASH_SIZE + 1])
{
    ent_hash hash = ent_hash_of(statement.ptr, statement.size);

    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
}

bool persons_act_of(const persons_act *act, ent_str statement)
{
    char hex[2 * ENT_HASH_SIZE + 1];
    hash_hex(statement, hex);
    /* The text is canonical and was read: the member stands in it exactly once. */
    for (size_t i = 0; i + sizeof hex + 12 <= act->text.size; i++)
        if (memcmp(act->text.ptr + i, "\"statement\":\"", 13) == 0)
            return act->text.size >= i + 13 + 64 && memcmp(act->text.ptr + i + 13, hex, 64) == 0;
    return false;
}

ent_code persons_act_read(ent_arena *arena, ent_str text, ent_str signature, persons_act *act,
                          ent_err *err)
{
    static const char *const names[] = { "act",  "at",        "by",  "key", "node",
                                         "role", "statement", "why", NULL };
    uint8_t hash[ENT_HASH_SIZE];
    ent_err ignored = { 0 };
    ent_time time;
    ent_json json;

    *act = (persons_act){ .text = text };
    ENT_TRY(desk_canonical(arena, text, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "act", where, &act->act, err));
    ENT_TRY(desk_text(json, "by", where, &act->by, err));
    ENT_TRY(desk_text(json, "role", where, &act->role, err));
    ENT_TRY(desk_text(json, "node", where, &act->node, err));
    ENT_TRY(desk_text(json, "at", where, &act->at, err));
    ENT_TRY(desk_hex(json, "key", where, act->key, sizeof act->key, err));
    ENT_TRY(desk_hex(json, "statement", where, hash, sizeof hash, err));
    act->why = ent_json_get_text(json, "why");
    if (state_of(act->act) == NULL)
        return ent_fail(err, ENT_FORMAT, "%s: an act that is none we know", where);
    if (ent_time_read(act->at, &time, err) != ENT_OK)
        return ent_context(err, "%s: member 'at'", where);
    act->holds =
        ent_hex_read(signature, act->signature, sizeof act->signature, &ignored) == ENT_OK &&
        link_approval_verify(APPROVAL, text, act->key, act->signature);
    return ENT_OK;
}

ent_code persons_act_make(desk *d, ent_arena *arena, const char *act, ent_str statement,
                          ent_str why, const desk_officer *officer, persons_act *made, ent_err *err)
{
    char hex[2 * ENT_HASH_SIZE + 1], signature_hex[129];
    uint8_t signature[64];
    ent_str text, canonical;
    ent_buf buf;
    ent_jw w;

    hash_hex(statement, hex);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "act");
    ent_jw_c(&w, act);
    ent_jw_key(&w, "at");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_key(&w, "by");
    ent_jw_c(&w, officer->name);
    ent_jw_key(&w, "key");
    ent_jw_hex(&w, officer->key, sizeof officer->key);
    ent_jw_key(&w, "node");
    ent_jw_c(&w, d->code);
    ent_jw_key(&w, "role");
    ent_jw_c(&w, officer->role);
    ent_jw_key(&w, "statement");
    ent_jw_c(&w, hex);
    if (why.size > 0) {
        ent_jw_key(&w, "why");
        ent_jw_str(&w, why);
    }
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &canonical, err));
    ENT_TRY(desk_officer_sign(officer, APPROVAL, canonical, signature, err));
    ent_hex_write(signature, sizeof signature, signature_hex);
    ENT_TRY(persons_act_read(arena, canonical, ent_str_of(signature_hex), made, err));
    if (!made->holds)
        return ent_fail(err, ENT_DENIED,
                        "the signature of '%s' does not verify under the key that this node knows",
                        officer->name);
    return ENT_OK;
}

/* ---- the document ---- */

static ent_code acts_read(ent_arena *arena, ent_json list, persons_same *same, ent_err *err)
{
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        persons_act *act = &same->acts[same->act_count];

        if (same->act_count == PERSONS_ACTS)
            return ent_fail(err, ENT_LIMIT, "%s has more than %d acts", where, PERSONS_ACTS);
        ENT_TRY(persons_act_read(arena, ent_json_get_text(v, "text"),
                                 ent_json_get_text(v, "signature"), act, err));
        act->holds = act->holds && persons_act_of(act, same->statement);
        if (!act->holds)
            same->state = ENT_STR("broken");
        same->act_count++;
    }
    return ENT_OK;
}

static ent_code same_read(ent_arena *arena, const store_doc *doc, persons_same *same, ent_err *err)
{
    ent_json json, statement;

    *same = (persons_same){ .id = doc->id, .peer = doc->peer };
    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    same->statement = ent_json_get_text(json, "statement");
    same->purpose = ent_json_get_text(json, "purpose");
    ENT_TRY(ent_json_read(arena, same->statement, &statement, err));
    ENT_TRY(resolve_statement_read(statement, &same->said, err));
    same->state = doc->state;
    return acts_read(arena, ent_json_get(json, "acts"), same, err);
}

static ent_code same_write(desk *d, ent_arena *arena, const persons_same *same, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("same"),
                      .id = same->id,
                      .peer = same->peer,
                      .state = same->state,
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    if (same->purpose.size > 0) {
        ent_jw_key(&w, "purpose");
        ent_jw_str(&w, same->purpose);
    }
    ent_jw_key(&w, "statement");
    ent_jw_str(&w, same->statement);
    ent_jw_key(&w, "acts");
    ent_jw_array(&w);
    for (size_t i = 0; i < same->act_count; i++) {
        ent_jw_object(&w);
        ent_jw_key(&w, "text");
        ent_jw_str(&w, same->acts[i].text);
        ent_jw_key(&w, "signature");
        ent_jw_hex(&w, same->acts[i].signature, sizeof same->acts[i].signature);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* What was found by way of a join that has no effect any more is read again. */
static ent_code rests_mark(desk *d, ent_arena *arena, const persons_same *same, ent_str why,
                           ent_err *err)
{
    const desk_basis_cause cause = { .owner = ENT_STR(""),
                                     .release = ENT_STR(""),
                                     .reason = why.size > 0 ? why : same->state,
                                     .withdrawn = true };
    resolve_clusters clusters;

    if (ent_str_is(same->state, "undone"))
        return desk_basis_mark(d, arena, same->id, &cause, err);
    if (!ent_str_is(same->state, "never"))
        return ENT_OK;
    ENT_TRY(persons_clusters(d, arena, NULL, &clusters, err));
    for (size_t i = 0; i < clusters.held_count; i++)
        if (ent_str_equal(clusters.held[i].never->id, same->id))
            ENT_TRY(desk_basis_mark(d, arena, clusters.held[i].join->id, &cause, err));
    return ENT_OK;
}

ent_code persons_same_act(desk *d, ent_arena *arena, persons_same *same, const persons_act *act,
                          ent_err *err)
{
    if (same->act_count == PERSONS_ACTS)
        return ent_fail(err, ENT_CONFLICT, "the statement is %.*s already",
                        ENT_STR_ARG(same->state));
    same->acts[same->act_count++] = *act;
    same->state = ent_str_of(state_of(act->act));
    ENT_TRY(same_write(d, arena, same, err));
    return rests_mark(d, arena, same, act->why, err);
}

ent_code persons_same_get(desk *d, ent_arena *arena, ent_str id, persons_same *same, ent_err *err)
{
    store_doc doc;

    if (store_doc_get(d->store, arena, "same", id, &doc, err) != ENT_OK)
        return ent_context(err, "same-person statement '%.*s'", ENT_STR_ARG(id));
    return same_read(arena, &doc, same, err);
}

ent_code persons_same_list(desk *d, ent_arena *arena, const char *state, const char *peer,
                           persons_same **list, size_t *count, ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "same", peer, state, &docs, count, err));
    *list = ent_arena_array(arena, *count, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        if (same_read(arena, &docs[i], &(*list)[i], err) != ENT_OK)
            return ent_context(err, "same-person statement '%.*s'", ENT_STR_ARG(docs[i].id));
    return ENT_OK;
}
