#include "match/match_int.h"

#include "base/limits.h"
#include "base/planted.h"
#include "base/text.h"
#include "holdings/index.h"
#include "psi/keyform.h"

#include <sodium.h>
#include <stdlib.h>

/* One key of one record, before they are put together. */
struct pair {
    ent_str key, id;
    ent_days valid;
};

struct collect {
    desk *d;
    ent_arena *arena;
    const desk_terms *terms;
    ent_str purpose;
    const char *about;
    struct pair *pairs;
    size_t count, room;
};

static ent_code pair_add(struct collect *c, const struct pair *pair, ent_err *err)
{
    if (c->count == c->room) {
        size_t room = c->room == 0 ? 64 : 2 * c->room;
        struct pair *grown = ent_arena_array(c->arena, room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (c->count > 0)
            memcpy(grown, c->pairs, c->count * sizeof *grown);
        c->pairs = grown;
        c->room = room;
    }
    c->pairs[c->count++] = *pair;
    return ENT_OK;
}

/* A key that may be compared: public references may not, and the names of a record under
 * an originator's control are content. */
bool match_key_matchable(ent_str key)
{
    return psi_keyform_of(key) != NULL && !ent_str_starts(key, ENT_STR("pub:"));
}

static bool key_allowed(ent_str key, const policy_label *label)
{
    if (!match_key_matchable(key))
        return false;
    return !ent_str_starts(key, ENT_STR("nm:")) || label->originator_count == 0;
}

static bool may_match(const struct collect *c, const policy_label *label)
{
    policy_question q = { .action = POLICY_MATCH,
                          .label = label,
                          .terms = &c->terms->policy,
                          .purpose = c->purpose,
                          .holder = ent_str_of(c->d->code),
                          .recipient = { .organisation = c->terms->peer },
                          .today = desk_today(c->d),
                          .now = c->d->now };

    return policy_decide(&q).permit || ENT_PLANTED(MATCH_ALL);
}

/* Graded names are in no index: their keys depend on who the other is.  What must not be found is
 * left out here as it is there [holdings/keys.c]. */
static bool graded_allowed(const struct collect *c, const store_row *row, const policy_label *label)
{
    return c->terms->graded_names && ent_str_is(row->type, "identity") &&
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

static ent_code graded_add(struct collect *c, ent_arena *scratch, ent_json object, struct pair pair,
                           ent_err *err)
{
    ent_str *keys;
    size_t count;

    ENT_TRY(graded_keys(c->d, scratch, c->terms->peer, object, &keys, &count, err));
    for (size_t i = 0; i < count; i++) {
        pair.key = ent_arena_str(c->arena, keys[i]);
        if (pair.key.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(pair_add(c, &pair, err));
    }
    return ENT_OK;
}

static ent_code row_take(void *arg, const store_row *row, ent_err *err)
{
    struct collect *c = arg;
    struct pair pair = { .key = ENT_STR_NONE };
    ent_arena *scratch;
    policy_label label;
    ent_json object;
    ent_str *keys;
    size_t count;
    ent_err why = { 0 };
    ent_code rc;

    if (row->tombstone.size > 0 || (c->about != NULL && !ent_str_is(row->id, c->about)))
        return ENT_OK;
    scratch = ent_arena_new((size_t)16 << 20);
    if (scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a record's label");
    /* A label that cannot be read refuses [law 1]. */
    if (desk_label(scratch, row, &object, &label, &why) != ENT_OK || !may_match(c, &label)) {
        ent_arena_free(scratch);
        return ENT_OK;
    }
    rc = store_keys_of(c->d->store, scratch, row->number, &keys, &count, err);
    pair.valid = label.valid;
    if (rc == ENT_OK) {
        pair.id = ent_arena_str(c->arena, row->id);
        if (pair.id.ptr == NULL)
            rc = ent_fail_arena(err);
    }
    for (size_t i = 0; i < count && rc == ENT_OK; i++) {
        if (!key_allowed(keys[i], &label))
            continue;
        pair.key = ent_arena_str(c->arena, keys[i]);
        rc = pair.key.ptr == NULL ? ent_fail_arena(err) : pair_add(c, &pair, err);
    }
    if (rc == ENT_OK && graded_allowed(c, row, &label))
        rc = graded_add(c, scratch, object, pair, err);
    ent_arena_free(scratch);
    return rc;
}

static int by_key(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    int sign = ent_str_compare(p->key, q->key);

    return sign != 0 ? sign : ent_str_compare(p->id, q->id);
}

/* Pairs of one key become one item. */
static ent_code item_make(ent_arena *arena, const struct pair *pairs, size_t count,
                          match_item *item, ent_err *err)
{
    ent_days *valid = ent_arena_array(arena, count, sizeof *valid);

    *item = (match_item){ .key = pairs[0].key,
                          .own = ent_arena_array(arena, count, sizeof *item->own) };
    if (valid == NULL || item->own == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        valid[i] = pairs[i].valid;
        if (i == 0 || !ent_str_equal(pairs[i].id, pairs[i - 1].id))
            item->own[item->own_count++] = pairs[i].id;
    }
    item->reassignable = psi_keyform_of(item->key)->reassignable;
    item->valid_count = psi_intervals_merge(valid, count);
    memcpy(item->valid, valid, item->valid_count * sizeof *valid);
    return ENT_OK;
}

ent_code match_items_collect(desk *d, ent_arena *arena, const desk_terms *terms, ent_str purpose,
                             const char *about, match_items *items, ent_err *err)
{
    struct collect c = {
        .d = d, .arena = arena, .terms = terms, .purpose = purpose, .about = about
    };
    store_query query = { .owner = "" };

    if (about != NULL)
        query.id = ent_str_of(about);
    ENT_TRY(store_objects_each(d->store, &query, row_take, &c, err));
    if (c.count > 0)
        qsort(c.pairs, c.count, sizeof *c.pairs, by_key);
    items->count = 0;
    items->items = ent_arena_array(arena, c.count + 1, sizeof *items->items);
    if (items->items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0, next; i < c.count; i = next) {
        for (next = i + 1; next < c.count && ent_str_equal(c.pairs[next].key, c.pairs[i].key);
             next++)
            ;
        ENT_TRY(item_make(arena, &c.pairs[i], next - i, &items->items[items->count++], err));
    }
    return ENT_OK;
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
