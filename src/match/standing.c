/* The documents of a standing match, its beginning by hand, its end (match/standing.h). */
#include "match/standing_int.h"
#include "match/run_int.h"

#include "base/text.h"
#include "psi/keyform.h"

#include <sodium.h>

int match_standing_kind(ent_str key)
{
    return psi_keyform_number(key);
}

ent_str match_standing_kind_name(int kind)
{
    return ent_str_of(psi_keyform_at(kind) == NULL ? "" : psi_keyform_at(kind)->prefix);
}

/* ---- the document ---- */

static const struct {
    const char *name;
    size_t at;
} numbers[] = {
    { "asked", offsetof(standing, s.asked) },
    { "count_own", offsetof(standing, s.count_own) },
    { "count_peer", offsetof(standing, s.count_peer) },
    { "epoch", offsetof(standing, epoch) },
    { "epoch_since", offsetof(standing, epoch_since) },
    { "frame", offsetof(standing, frame) },
    { "hits", offsetof(standing, s.hits) },
    { "number", offsetof(standing, number) },
    { "own_form", offsetof(standing, own_form) },
    { "own_parts", offsetof(standing, own_parts) },
    { "peer_bits", offsetof(standing, peer_bits) },
    { "peer_epoch", offsetof(standing, peer_epoch) },
    { "peer_form", offsetof(standing, peer_form) },
    { "peer_frame", offsetof(standing, peer_frame) },
    { "peer_number", offsetof(standing, peer_number) },
    { "waiting", offsetof(standing, s.waiting) },
};

static ent_code standing_parse(ent_arena *arena, const store_doc *doc, standing *st, ent_err *err)
{
    ent_json json;

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    *st = (standing){ .s = { .id = doc->id,
                             .peer = doc->peer,
                             .state = doc->state,
                             .side = ent_json_get_text(json, "side"),
                             .purpose = ent_json_get_text(json, "purpose"),
                             .agreement = ent_json_get_text(json, "agreement"),
                             .user = ent_json_get_text(json, "user"),
                             .clause = ent_json_get_text(json, "clause"),
                             .started = ent_json_get_text(json, "started") },
                      .day = ent_json_get_text(json, "day") };
    st->peer = ent_arena_str(arena, doc->peer).ptr;
    if (st->peer == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int64_t value = 0;

        (void)ent_json_int(ent_json_get(json, numbers[i].name), &value);
        memcpy((char *)st + numbers[i].at, &value, sizeof value);
    }
    match_counts_read(json, "day_own", &st->day_own);
    match_counts_read(json, "day_peer", &st->day_peer);
    st->has_peer = ent_json_get(json, "peer_key").doc != NULL;
    if (st->has_peer)
        ENT_TRY(desk_hex(json, "peer_key", "a standing match", st->peer_key.bytes, PSI_ELEMENT_SIZE,
                         err));
    st->has_own_root = ent_json_get(json, "own_root").doc != NULL;
    if (st->has_own_root)
        ENT_TRY(
            desk_hex(json, "own_root", "a standing match", st->own_root.bytes, ENT_HASH_SIZE, err));
    if (st->peer_form == STANDING_FORM)
        return desk_hex(json, "peer_root", "a standing match", st->peer_root.bytes, ENT_HASH_SIZE,
                        err);
    return ENT_OK;
}

ent_code match_standing_load(desk *d, ent_arena *arena, ent_str id, standing *st, ent_err *err)
{
    store_doc doc;

    ENT_TRY(store_doc_get(d->store, arena, "standing", id, &doc, err));
    return standing_parse(arena, &doc, st, err);
}

ent_code match_standing_save(desk *d, ent_arena *arena, const standing *st, ent_err *err)
{
    const struct {
        const char *name;
        ent_str text;
    } texts[] = {
        { "side", st->s.side }, { "purpose", st->s.purpose }, { "agreement", st->s.agreement },
        { "user", st->s.user }, { "clause", st->s.clause },   { "started", st->s.started },
        { "day", st->day }
    };
    store_doc doc = { .kind = ENT_STR("standing"),
                      .id = st->s.id,
                      .peer = st->s.peer,
                      .state = st->s.state,
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].text.size > 0) {
            ent_jw_key(&w, texts[i].name);
            ent_jw_str(&w, texts[i].text);
        }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int64_t value;

        memcpy(&value, (const char *)st + numbers[i].at, sizeof value);
        ent_jw_key(&w, numbers[i].name);
        ent_jw_int(&w, value);
    }
    match_counts_write(&w, "day_own", &st->day_own);
    match_counts_write(&w, "day_peer", &st->day_peer);
    if (st->has_peer) {
        ent_jw_key(&w, "peer_key");
        ent_jw_hex(&w, st->peer_key.bytes, PSI_ELEMENT_SIZE);
    }
    if (st->has_own_root) {
        ent_jw_key(&w, "own_root");
        ent_jw_hex(&w, st->own_root.bytes, ENT_HASH_SIZE);
    }
    if (st->peer_form == STANDING_FORM) {
        ent_jw_key(&w, "peer_root");
        ent_jw_hex(&w, st->peer_root.bytes, ENT_HASH_SIZE);
    }
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code match_standing_each(desk *d, ent_arena *arena, const char *peer, standing **list,
                             size_t *count, ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "standing", peer, NULL, &docs, count, err));
    *list = ent_arena_array(arena, *count + 1, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(standing_parse(arena, &docs[i], &(*list)[i], err));
    return ENT_OK;
}

ent_code match_standing_list(desk *d, ent_arena *arena, const char *peer, match_standing **list,
                             size_t *count, ent_err *err)
{
    standing *all;

    ENT_TRY(match_standing_each(d, arena, peer, &all, count, err));
    *list = ent_arena_array(arena, *count + 1, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        (*list)[i] = all[i].s;
    return ENT_OK;
}

/* ---- its secret ---- */

ent_code match_standing_secret_put(desk *d, ent_arena *arena, const standing *st,
                                   const standing_secret *secret, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("standing-secret"), .id = st->s.id, .peer = st->s.peer, .time = d->now
    };
    ent_code rc;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "epoch");
    ent_jw_hex(&w, secret->epoch, PSI_SEED_SIZE);
    ent_jw_key(&w, "ask");
    ent_jw_hex(&w, secret->ask, PSI_SEED_SIZE);
    if (secret->has_next) {
        ent_jw_key(&w, "next");
        ent_jw_hex(&w, secret->next, PSI_SEED_SIZE);
    }
    ent_jw_end(&w);
    rc = ent_buf_done(&buf, &doc.json, err);
    if (rc == ENT_OK)
        rc = store_doc_put(d->store, &doc, err);
    if (buf.ptr != NULL)
        sodium_memzero(buf.ptr, buf.size);
    return rc;
}

ent_code match_standing_secret_get(desk *d, ent_arena *arena, ent_str id, standing_secret *secret,
                                   ent_err *err)
{
    static const char *const members[] = { "epoch", "ask", "next" };
    uint8_t *const seeds[] = { secret->epoch, secret->ask, secret->next };
    ent_json json;
    store_doc doc;
    ent_code rc;

    ENT_TRY(desk_doc(d, arena, "standing-secret", id, &doc, &json, err));
    secret->has_next = ent_json_get(json, "next").doc != NULL;
    rc = ENT_OK;
    for (size_t i = 0; rc == ENT_OK && i < (secret->has_next ? 3 : 2); i++)
        rc = desk_hex(json, members[i], "a standing match's secret", seeds[i], PSI_SEED_SIZE, err);
    for (size_t i = 0; i < (secret->has_next ? 3 : 2); i++)
        match_secret_wipe(&doc, json, members[i]);
    return rc;
}

ent_str match_standing_info(ent_arena *arena, const standing *st, const char *holder,
                            const char *asker, ent_str kind, int64_t epoch)
{
    return ent_arena_printf(arena, "entente standing 1\n%s\n%s\n%.*s\n%.*s\n%.*s\n%lld", holder,
                            asker, ENT_STR_ARG(kind), ENT_STR_ARG(st->s.agreement),
                            ENT_STR_ARG(st->s.purpose), (long long)epoch);
}

/* ---- the end ---- */

struct drop {
    ent_arena *arena;
    ent_str prefix, *ids;
    size_t count, room;
};

static ent_code drop_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct drop *drop = arg;

    if (!ent_str_starts(doc->id, drop->prefix))
        return ENT_OK;
    if (drop->count == drop->room) {
        ent_str *ids = ent_arena_array(drop->arena, 2 * drop->room + 8, sizeof *ids);

        if (ids == NULL)
            return ent_fail_arena(err);
        if (drop->count > 0)
            memcpy(ids, drop->ids, drop->count * sizeof *ids);
        drop->ids = ids;
        drop->room = 2 * drop->room + 8;
    }
    drop->ids[drop->count] = ent_arena_str(drop->arena, doc->id);
    return drop->ids[drop->count++].ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code match_standing_docs_drop(desk *d, ent_arena *arena, const char *kind, ent_str id,
                                  ent_err *err)
{
    struct drop drop = { .arena = arena, .prefix = id };

    ENT_TRY(store_docs_each(d->store, kind, NULL, NULL, drop_take, &drop, err));
    for (size_t i = 0; i < drop.count; i++)
        ENT_TRY(store_doc_delete(d->store, kind, drop.ids[i], err));
    return ENT_OK;
}

ent_code match_standing_end(desk *d, ent_arena *arena, standing *st, const char *state,
                            const char *clause, ent_err *err)
{
    static const char *const kinds[] = { "standing-secret", "standing-own",   "standing-asked",
                                         "standing-peer",   "standing-work",  "standing-ask",
                                         "standing-part",   "standing-parts", "standing-known" };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        ENT_TRY(match_standing_docs_drop(d, arena, kinds[i], st->s.id, err));
    st->s.state = ent_str_of(state);
    st->s.clause = ent_str_of(clause == NULL ? "" : clause);
    return match_standing_save(d, arena, st, err);
}

bool match_standing_stands(const standing *st)
{
    return ent_str_is(st->s.state, "open") || ent_str_is(st->s.state, "offered");
}

/* ---- marks and tripwires ---- */

ent_code match_standing_mark(desk *d, ent_arena *arena, ent_err *err)
{
    standing *list;
    size_t count;

    ENT_TRY(match_standing_each(d, arena, NULL, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        store_doc doc = { .kind = ENT_STR("standing-mark"),
                          .id = list[i].s.id,
                          .peer = list[i].s.peer,
                          .state = ENT_STR("due"),
                          .time = d->now,
                          .json = ENT_STR("{}") };

        if (ent_str_is(list[i].s.state, "open"))
            ENT_TRY(store_doc_put(d->store, &doc, err));
    }
    return ENT_OK;
}

ent_code match_tripwire_set(desk *d, ent_arena *arena, ent_str id, ent_str key, ent_str purpose,
                            ent_time until, ent_err *err)
{
    return match_tripwire_set_at(d, arena, id, (ent_str){ 0 }, key, purpose, until, err);
}

ent_code match_tripwire_set_at(desk *d, ent_arena *arena, ent_str id, ent_str peer, ent_str key,
                               ent_str purpose, ent_time until, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("tripwire"), .id = id, .peer = peer, .state = ENT_STR("set"), .time = d->now
    };
    ent_str canonical;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(psi_key_canon(arena, key, &canonical, err));
    if (!match_key_matchable(canonical))
        return ent_fail(err, ENT_FORMAT, "the key '%.*s' may not be matched", ENT_STR_ARG(key));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "key");
    ent_jw_str(&w, canonical);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, purpose);
    ent_jw_key(&w, "until");
    ent_jw_int(&w, until);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    ENT_TRY(store_doc_put(d->store, &doc, err));
    return match_standing_mark(d, arena, err);
}

ent_code match_tripwire_drop(desk *d, ent_arena *arena, ent_str id, ent_err *err)
{
    ENT_TRY(store_doc_delete(d->store, "tripwire", id, err));
    return match_standing_mark(d, arena, err);
}

ent_code match_standing_tripwires(desk *d, ent_arena *arena, ent_str peer, ent_str purpose,
                                  ent_code (*take)(void *arg, const match_pair *pair, ent_err *err),
                                  void *arg, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, "tripwire", NULL, "set", &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        match_pair pair = { .id = docs[i].id };
        int64_t until = 0;
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        (void)ent_json_int(ent_json_get(json, "until"), &until);
        pair.key = ent_json_get_text(json, "key");
        if (ent_str_equal(ent_json_get_text(json, "purpose"), purpose) && until >= d->now &&
            (docs[i].peer.size == 0 || ent_str_equal(docs[i].peer, peer)))
            ENT_TRY(take(arg, &pair, err));
    }
    return ENT_OK;
}
