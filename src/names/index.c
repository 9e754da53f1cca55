#include "names/index.h"

#include "names/form_int.h"

#include <stdlib.h>

/* What a candidate must collect, in quarter bits of rarity, what an equal birth date adds,
 * and how many candidates of one query are scored, those with most first. */
#define ENOUGH       24
#define BIRTH_WEIGHT 24
#define SCORED_MAX   4000
#define WEIGHT_MAX   1023

struct posting {
    uint64_t key; /* a skeleton, or a birth date with the lowest bit set */
    uint32_t record;
};

struct names_index {
    const names_prepared *const *records;
    size_t count;
    struct posting *postings; /* by key, then record */
    size_t posting_count, room;
    bool failed;
};

struct names_scratch {
    uint16_t *weight;  /* of each record, 0 between queries */
    uint32_t *touched; /* records whose weight is not 0 */
    size_t touched_count;
};

static void posting_add(names_index *index, uint64_t key, uint32_t record)
{
    if (index->posting_count > 0 && index->postings[index->posting_count - 1].key == key &&
        index->postings[index->posting_count - 1].record == record)
        return;
    if (index->posting_count == index->room) {
        size_t room = index->room == 0 ? 65536 : index->room * 2;
        struct posting *more = realloc(index->postings, room * sizeof *more);

        if (more == NULL) {
            index->failed = true;
            return;
        }
        index->postings = more;
        index->room = room;
    }
    index->postings[index->posting_count++] = (struct posting){ key, record };
}

/* Day and month in rising order, so that exchanged ones meet; odd, as no skeleton is. */
static uint64_t birth_key(const names_birth *birth)
{
    int low = birth->month < birth->day ? birth->month : birth->day;
    int high = birth->month < birth->day ? birth->day : birth->month;

    return (uint64_t)(birth->year + 100000) << 16 | (uint64_t)(low * 32 + high) << 1 | 1;
}

/* Called for every key of a record, with what it weighs: how rare it is in the whole list, for that
 * is what a list is searched by. */
typedef void (*key_fn)(void *arg, uint64_t key, unsigned weight, uint32_t record);

static void keys_each(const names_prepared *p, uint32_t record, key_fn fn, void *arg)
{
    for (size_t i = 0; i < p->form_count; i++)
        for (size_t t = 0; t < (size_t)p->forms[i].count + p->forms[i].joins; t++) {
            const names_token *token = &p->forms[i].tokens[t];

            if (token->role != NAMES_ROLE_INITIAL && token->skeleton != 0)
                fn(arg, token->skeleton, names_rarity(token->skeleton), record);
        }
    for (size_t i = 0; i < p->birth_count; i++)
        if (p->births[i].day != 0)
            fn(arg, birth_key(&p->births[i]), BIRTH_WEIGHT, record);
}

static void index_key(void *arg, uint64_t key, unsigned weight, uint32_t record)
{
    names_index *index = arg;

    (void)weight;
    if (!index->failed)
        posting_add(index, key, record);
}

static int by_key(const void *a, const void *b)
{
    const struct posting *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

ent_code names_index_new(const names_prepared *const *records, size_t count, names_index **index,
                         ent_err *err)
{
    names_index *out = calloc(1, sizeof *out);

    if (out == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for an index of names");
    out->records = records;
    out->count = count;
    for (size_t i = 0; i < count && !out->failed; i++)
        keys_each(records[i], (uint32_t)i, index_key, out);
    if (out->failed) {
        names_index_free(out);
        return ent_fail(err, ENT_MEMORY, "no memory for an index of names");
    }
    if (out->posting_count > 0)
        qsort(out->postings, out->posting_count, sizeof *out->postings, by_key);
    *index = out;
    return ENT_OK;
}

void names_index_free(names_index *index)
{
    if (index == NULL)
        return;
    free(index->postings);
    free(index);
}

ent_code names_scratch_new(const names_index *index, names_scratch **scratch, ent_err *err)
{
    names_scratch *out = calloc(1, sizeof *out);

    if (out != NULL) {
        out->weight = calloc(index->count + 1, sizeof *out->weight);
        out->touched = calloc(index->count + 1, sizeof *out->touched);
    }
    if (out == NULL || out->weight == NULL || out->touched == NULL) {
        names_scratch_free(out);
        return ent_fail(err, ENT_MEMORY, "no memory to search an index of names");
    }
    *scratch = out;
    return ENT_OK;
}

void names_scratch_free(names_scratch *scratch)
{
    if (scratch == NULL)
        return;
    free(scratch->weight);
    free(scratch->touched);
    free(scratch);
}

/* The first posting of at least `key`. */
static size_t posting_find(const names_index *index, uint64_t key)
{
    size_t from = 0, to = index->posting_count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (index->postings[middle].key < key)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct search {
    const names_index *index;
    names_scratch *scratch;
    uint64_t seen[256]; /* keys of the query already weighed */
    size_t seen_count;
};

static void weigh(void *arg, uint64_t key, unsigned weight, uint32_t record)
{
    struct search *s = arg;
    size_t from;

    (void)record;
    for (size_t i = 0; i < s->seen_count; i++)
        if (s->seen[i] == key)
            return;
    if (s->seen_count < sizeof s->seen / sizeof *s->seen)
        s->seen[s->seen_count++] = key;
    from = posting_find(s->index, key);
    for (size_t i = from; i < s->index->posting_count && s->index->postings[i].key == key; i++) {
        uint16_t *at = &s->scratch->weight[s->index->postings[i].record];

        if (*at == 0)
            s->scratch->touched[s->scratch->touched_count++] = s->index->postings[i].record;
        *at = (uint16_t)(*at + weight > WEIGHT_MAX ? WEIGHT_MAX : *at + weight);
    }
}

/* The least weight that leaves at most SCORED_MAX candidates (or the heaviest few more). */
static unsigned least_weight(const names_scratch *scratch)
{
    uint32_t histogram[WEIGHT_MAX + 1] = { 0 };
    size_t sum = 0;
    unsigned least = WEIGHT_MAX;

    for (size_t i = 0; i < scratch->touched_count; i++)
        histogram[scratch->weight[scratch->touched[i]]]++;
    for (; least > ENOUGH; least--) {
        sum += histogram[least];
        if (sum + histogram[least - 1] > SCORED_MAX && sum > 0)
            break;
    }
    return least;
}

/* Is a better than b?  Ties by place in the list. */
static bool is_better(const names_hit *a, const names_hit *b)
{
    if (a->result.score > b->result.score)
        return true;
    return a->result.score >= b->result.score && a->record < b->record;
}

static size_t hit_put(names_hit *hits, size_t count, size_t limit, names_hit hit)
{
    size_t at;

    if (count == limit) {
        if (limit == 0 || !is_better(&hit, &hits[count - 1]))
            return count;
        count--;
    }
    for (at = count; at > 0 && is_better(&hit, &hits[at - 1]); at--)
        hits[at] = hits[at - 1];
    hits[at] = hit;
    return count + 1;
}

size_t names_index_find(const names_index *index, names_scratch *scratch,
                        const names_prepared *query, double min_score, names_hit *hits,
                        size_t limit)
{
    struct search s = { .index = index, .scratch = scratch };
    unsigned least;
    size_t count = 0;

    keys_each(query, 0, weigh, &s);
    least = least_weight(scratch);
    for (size_t i = 0; i < scratch->touched_count; i++) {
        uint32_t record = scratch->touched[i];
        unsigned weight = scratch->weight[record];

        scratch->weight[record] = 0;
        if (weight >= least) {
            names_result result = names_score(query, index->records[record]);

            if (result.score >= min_score)
                count = hit_put(hits, count, limit, (names_hit){ record, result });
        }
    }
    scratch->touched_count = 0;
    return count;
}
