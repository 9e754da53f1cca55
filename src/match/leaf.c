/* The leaf of a hit: a release that bears a hit's key opens the tag that led to it.
 *
 * In a standing match a holder could put tags among its own of keys that it does not hold but
 * guesses, so as to bait the other side into asking about them.  Its tags are under a root that
 * both logs have; a hit says no more than that one of them is the function of our key.  When the
 * holder releases a record that bears this very key, hit and record are tied: the place of the tag
 * under that root and the release are written into the hit.  A hit whose leaf is never opened is
 * what a bait looks like. A record with the key whose tag is not, or not any more, under the root
 * is an alarm: the partner holds what it did not commit to, or took back what it had. */
#include "match/receive.h"

#include "match/alarm_int.h"
#include "match/standing_int.h"

#include "base/text.h"

static ent_code row_seen(void *arg, const store_row *row, ent_err *err)
{
    (void)row;
    (void)err;
    *(bool *)arg = true;
    return ENT_OK;
}

/* Does a record of the peer bear the key? */
static ent_code is_borne(desk *d, ent_arena *arena, const char *peer, ent_str key, bool *borne,
                         ent_err *err)
{
    ent_str text = ent_arena_str(arena, key);
    store_query query = { .owner = peer, .key = text.ptr, .limit = 1 };

    *borne = false;
    if (text.ptr == NULL)
        return ent_fail_arena(err);
    return store_objects_each(d->store, &query, row_seen, borne, err);
}

/* The hit with its leaf. */
static ent_code leaf_put(desk *d, ent_arena *arena, store_doc *doc, ent_json hit, ent_str release,
                         const psi_tagset *set, size_t place, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json v = ent_json_first(hit); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_key_str(&w, ent_json_name(v));
        ent_jw_raw(&w, ent_json_raw(v));
    }
    ent_jw_key(&w, "leaf");
    ent_jw_object(&w);
    ent_jw_key(&w, "release");
    ent_jw_str(&w, release);
    ent_jw_key(&w, "place");
    ent_jw_int(&w, (int64_t)place);
    ent_jw_key(&w, "of");
    ent_jw_int(&w, (int64_t)set->count);
    ent_jw_key(&w, "root");
    ent_jw_hex(&w, set->root.bytes, ENT_HASH_SIZE);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc->json, err));
    return store_doc_put(d->store, doc, err);
}

static ent_str alarm_id(ent_arena *arena, const store_doc *hit)
{
    return ent_arena_printf(arena, "leaf/%.*s", ENT_STR_ARG(hit->id));
}

static ent_code leaf_alarm(desk *d, ent_arena *arena, const standing *st, const store_doc *hit,
                           ent_str key, ent_err *err)
{
    const match_alarm alarm = { .id = alarm_id(arena, hit),
                                .what = "leaf",
                                .by = st->s.peer,
                                .peer = st->s.peer,
                                .key = key,
                                .run = st->s.id };

    return match_alarm_put(d, arena, &alarm, err);
}

/* The hits of one standing match that have no leaf yet. */
static ent_code standing_open(desk *d, ent_arena *arena, const standing *st, ent_str release,
                              ent_err *err)
{
    standing_task w = { .d = d, .arena = arena, .st = *st };
    psi_tagset set;
    store_doc *docs;
    size_t count;

    if (st->s.hits == 0 || !st->has_peer)
        return ENT_OK;
    ENT_TRY(match_standing_asked_need(&w, err));
    ENT_TRY(match_standing_peer_get(d, arena, st, &set, err));
    ENT_TRY(desk_docs(d, arena, "hit", st->peer, "open", &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_json hit;
        const standing_item *asked;
        size_t place;
        bool borne;

        ENT_TRY(ent_json_read(arena, docs[i].json, &hit, err));
        if (!ent_str_equal(ent_json_get_text(hit, "run"), st->s.id) ||
            ent_json_get(hit, "leaf").doc != NULL)
            continue;
        ENT_TRY(is_borne(d, arena, st->peer, ent_json_get_text(hit, "key"), &borne, err));
        asked = match_standing_item_of(&w.asked, ent_json_get_text(hit, "key"));
        if (!borne || asked == NULL)
            continue;
        if (!psi_tagset_find(&set, asked->tag, &place)) {
            ENT_TRY(leaf_alarm(d, arena, st, &docs[i], ent_json_get_text(hit, "key"), err));
            continue;
        }
        ENT_TRY(leaf_put(d, arena, &docs[i], hit, release, &set, place, err));
        ENT_TRY(match_alarm_over(d, arena, alarm_id(arena, &docs[i]),
                                 "the tag is under the root now", err));
    }
    return ENT_OK;
}

ent_code match_leaves_open(desk *d, ent_arena *arena, const char *peer, ent_str release,
                           ent_err *err)
{
    standing *list;
    size_t count;

    ENT_TRY(match_standing_each(d, arena, peer, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        if (ent_str_is(list[i].s.state, "open"))
            ENT_TRY(standing_open(d, arena, &list[i], release, err));
    return ENT_OK;
}
