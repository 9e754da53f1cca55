#include "match/match_int.h"

#include "base/limits.h"
#include "base/planted.h"
#include "base/text.h"
#include "holdings/index.h"
#include "psi/keyform.h"

#include <sodium.h>
#include <stdlib.h>

#define ROW_ROOM ((size_t)16 << 20) /* memory to read one record and its keys in */

/* A sweep at work on a page of rows. */
struct page {
    desk *d;
    match_sweep *sweep;
    ent_arena *scratch; /* of one row */
    size_t rows;
};

/* A key that may be compared: public references may not, and the names of a record under
 * an originator's control are content.  One that is too long (a store of before may have one) is
 * left out, or no set could be made at all. */
bool match_key_matchable(ent_str key)
{
    return psi_keyform_of(key) != NULL && !ent_str_starts(key, ENT_STR("pub:")) &&
           key.size <= ENT_LIMIT_MATCH_KEY;
}

static bool key_allowed(ent_str key, const policy_label *label)
{
    if (!match_key_matchable(key))
        return false;
    return !ent_str_starts(key, ENT_STR("nm:")) || label->originator_count == 0;
}

static bool may_match(const desk *d, const match_sweep *sweep, const policy_label *label)
{
    policy_question q = { .action = POLICY_MATCH,
                          .label = label,
                          .terms = &sweep->terms->policy,
                          .purpose = sweep->purpose,
                          .holder = ent_str_of(d->code),
                          .recipient = { .organisation = sweep->terms->peer },
                          .today = desk_today(d),
                          .now = d->now };

    return policy_decide(&q).permit || ENT_PLANTED(MATCH_ALL);
}

/* Graded names are in no index: their keys depend on who the other is.  What must not be found is
 * left out here as it is there [holdings/keys.c]. */
static bool graded_allowed(const match_sweep *sweep, const store_row *row,
                           const policy_label *label)
{
    return sweep->terms->graded_names && ent_str_is(row->type, "identity") &&
           label->originator_count == 0 && label->discover != POLICY_SILENT &&
           !label->no_disclosure && !policy_protected(label->category);
}

/* The side with the lesser code is the first. */
static ent_code graded_keys(desk *d, ent_arena *arena, ent_str peer, ent_json object,
                            ent_str **keys, size_t *count, ent_err *err)
{
    bool first = ent_str_compare(ent_str_of(d->code), peer) < 0, found;
    names_record record;

    *count = 0;
    ENT_TRY(holdings_record(arena, object, &record, &found, err));
    return found ? names_keys_graded(arena, &record, first, keys, count, err) : ENT_OK;
}

ent_code match_row_keys(desk *d, ent_arena *arena, ent_str peer, const store_row *row,
                        ent_json object, ent_str **keys, size_t *count, ent_err *err)
{
    ent_str *held, *graded, *all;
    size_t held_count, graded_count = 0;

    ENT_TRY(store_keys_of(d->store, arena, row->number, &held, &held_count, err));
    if (ent_str_is(row->type, "identity"))
        ENT_TRY(graded_keys(d, arena, peer, object, &graded, &graded_count, err));
    all = ent_arena_array(arena, held_count + graded_count + 1, sizeof *all);
    if (all == NULL)
        return ent_fail_arena(err);
    if (held_count > 0)
        memcpy(all, held, held_count * sizeof *all);
    if (graded_count > 0)
        memcpy(all + held_count, graded, graded_count * sizeof *all);
    *keys = all;
    *count = held_count + graded_count;
    return ENT_OK;
}

/* The keys of a record that may be compared, one after the other. */
static ent_code row_keys_take(struct page *p, const store_row *row, ent_json object,
                              const policy_label *label, ent_err *err)
{
    match_sweep *sweep = p->sweep;
    match_pair pair = { .id = row->id, .valid = label->valid };
    ent_str *keys;
    size_t count;

    ENT_TRY(store_keys_of(p->d->store, p->scratch, row->number, &keys, &count, err));
    for (size_t i = 0; i < count; i++) {
        pair.key = keys[i];
        if (key_allowed(keys[i], label))
            ENT_TRY(sweep->take(sweep->arg, &pair, err));
    }
    if (!graded_allowed(sweep, row, label))
        return ENT_OK;
    ENT_TRY(graded_keys(p->d, p->scratch, sweep->terms->peer, object, &keys, &count, err));
    for (size_t i = 0; i < count; i++) {
        pair.key = keys[i];
        ENT_TRY(sweep->take(sweep->arg, &pair, err));
    }
    return ENT_OK;
}

static ent_code row_take(void *arg, const store_row *row, ent_err *err)
{
    struct page *p = arg;
    policy_label label;
    ent_json object;
    ent_err why = { 0 };

    p->rows++;
    p->sweep->after = row->number;
    ent_arena_reset(p->scratch);
    /* A label that cannot be read refuses [law 1]. */
    if (row->tombstone.size > 0 || desk_label(p->scratch, row, &object, &label, &why) != ENT_OK ||
        !may_match(p->d, p->sweep, &label))
        return ENT_OK;
    return row_keys_take(p, row, object, &label, err);
}

ent_code match_sweep_page(desk *d, match_sweep *sweep, bool *ended, ent_err *err)
{
    struct page p = { .d = d, .sweep = sweep, .scratch = ent_arena_new(ROW_ROOM) };
    store_query query = { .owner = "", .after = sweep->after, .limit = MATCH_SWEEP_ROWS };
    ent_code rc;

    if (p.scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a record's label");
    if (sweep->about != NULL)
        query.id = ent_str_of(sweep->about);
    rc = store_objects_each(d->store, &query, row_take, &p, err);
    rc = ent_arena_end(p.scratch, rc, err);
    *ended = p.rows < MATCH_SWEEP_ROWS;
    return rc;
}

/* ---- pairs become items ---- */

ent_code match_pairs_add(match_pairs *pairs, const match_pair *pair, ent_err *err)
{
    match_pair *copy;

    if (pairs->count == pairs->room) {
        match_pair *grown = ent_arena_grow(pairs->arena, pairs->pairs, &pairs->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        pairs->pairs = grown;
    }
    copy = &pairs->pairs[pairs->count];
    *copy = (match_pair){ .key = ent_arena_str(pairs->arena, pair->key), .valid = pair->valid };
    if (pairs->count > 0 && ent_str_equal(copy[-1].id, pair->id)) /* a record has many keys */
        copy->id = copy[-1].id;
    else
        copy->id = ent_arena_str(pairs->arena, pair->id);
    if (copy->key.ptr == NULL || copy->id.ptr == NULL)
        return ent_fail_arena(err);
    pairs->count++;
    return ENT_OK;
}

static ent_code pair_take(void *arg, const match_pair *pair, ent_err *err)
{
    return match_pairs_add(arg, pair, err);
}

static int by_key(const void *a, const void *b)
{
    const match_pair *p = a, *q = b;
    int sign = ent_str_compare(p->key, q->key);

    return sign != 0 ? sign : ent_str_compare(p->id, q->id);
}

void match_pairs_sort(match_pairs *pairs)
{
    if (pairs->count > 1)
        qsort(pairs->pairs, pairs->count, sizeof *pairs->pairs, by_key);
}

/* Pairs of one key become one item. */
static ent_code item_make(ent_arena *arena, match_pair *pairs, size_t count, match_item *item,
                          ent_err *err)
{
    ent_days *valid;

    *item = (match_item){ .key = pairs[0].key,
                          .reassignable = psi_keyform_of(pairs[0].key)->reassignable };
    if (count == 1) { /* nearly always: nothing to join */
        item->own = &pairs[0].id;
        item->own_count = item->valid_count = 1;
        item->valid[0] = pairs[0].valid;
        return ENT_OK;
    }
    valid = ent_arena_array(arena, count, sizeof *valid);
    item->own = ent_arena_array(arena, count, sizeof *item->own);
    if (valid == NULL || item->own == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        valid[i] = pairs[i].valid;
        if (i == 0 || !ent_str_equal(pairs[i].id, pairs[i - 1].id))
            item->own[item->own_count++] = pairs[i].id;
    }
    item->valid_count = psi_intervals_merge(valid, count);
    memcpy(item->valid, valid, item->valid_count * sizeof *valid);
    return ENT_OK;
}

ent_code match_pairs_items(ent_arena *arena, const match_pairs *pairs, match_items *items,
                           ent_err *err)
{
    match_pair *all = pairs->pairs;

    items->count = 0;
    items->items = ent_arena_array(arena, pairs->count + 1, sizeof *items->items);
    if (items->items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0, next; i < pairs->count; i = next) {
        for (next = i + 1; next < pairs->count && ent_str_equal(all[next].key, all[i].key); next++)
            ;
        ENT_TRY(item_make(arena, &all[i], next - i, &items->items[items->count++], err));
    }
    return ENT_OK;
}

/* Have they more keys than a run compares?  It is looked at when there are twice as many pairs as at
 * the last look: of one key there may be many. */
static bool pairs_are_many(match_pairs *pairs, size_t *looked)
{
    size_t keys = 0;

    if (pairs->count <= *looked)
        return false;
    match_pairs_sort(pairs);
    for (size_t i = 0; i < pairs->count; i++)
        keys += i == 0 || !ent_str_equal(pairs->pairs[i].key, pairs->pairs[i - 1].key);
    *looked = 2 * pairs->count;
    return keys > ENT_LIMIT_MATCH_SET;
}

ent_code match_items_collect(desk *d, ent_arena *arena, const desk_terms *terms, ent_str purpose,
                             const char *about, match_items *items, ent_err *err)
{
    match_pairs pairs = { .arena = arena };
    match_sweep sweep = {
        .terms = terms, .purpose = purpose, .about = about, .take = pair_take, .arg = &pairs
    };
    size_t looked = ENT_LIMIT_MATCH_SET;

    for (bool ended = false; !ended;) {
        ENT_TRY(match_sweep_page(d, &sweep, &ended, err));
        ended = ended || pairs_are_many(&pairs, &looked);
    }
    match_pairs_sort(&pairs);
    return match_pairs_items(arena, &pairs, items, err);
}

ent_code match_items_texts(ent_arena *arena, const match_items *items, ent_str **texts,
                           ent_err *err)
{
    *texts = ent_arena_array(arena, items->count + 1, sizeof **texts);
    if (*texts == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < items->count; i++)
        (*texts)[i] = items->items[i].key;
    return ENT_OK;
}
