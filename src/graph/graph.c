#include "graph/graph_int.h"

#include <stdlib.h>

#include <sodium.h>

graph *graph_new(ent_arena *arena, const uint8_t seed[16])
{
    graph *g = ent_arena_alloc(arena, sizeof *g);

    if (g == NULL)
        return NULL;
    g->arena = arena;
    memcpy(g->seed, seed, sizeof g->seed);
    return g;
}

/* Doubles an array in the arena when it is full; what is left behind is at most as much again. */
static bool room_for_one(ent_arena *arena, void **array, uint32_t count, uint32_t *room,
                         size_t size)
{
    uint32_t more = *room == 0 ? 64 : *room * 2;
    void *grown;

    if (count < *room)
        return true;
    if (more <= *room || more >= GRAPH_NONE / 2)
        return false;
    grown = ent_arena_array(arena, more, size);
    if (grown == NULL)
        return false;
    if (count > 0)
        memcpy(grown, *array, count * size);
    *array = grown;
    *room = more;
    return true;
}

static uint32_t slot_of(const graph *g, ent_str text)
{
    uint8_t sum[crypto_shorthash_BYTES];
    uint64_t hash;

    (void)crypto_shorthash(sum, (const uint8_t *)text.ptr, text.size, g->seed);
    memcpy(&hash, sum, sizeof hash);
    return (uint32_t)(hash & (g->table_size - 1));
}

/* The slot that holds `text`, or the free one where it would go. */
static uint32_t slot_find(const graph *g, ent_str text)
{
    uint32_t slot = slot_of(g, text);

    while (g->table[slot] != GRAPH_NONE && !ent_str_equal(graph_text(g, g->table[slot]), text))
        slot = (slot + 1) & (g->table_size - 1);
    return slot;
}

static bool table_grow(graph *g)
{
    uint32_t size = g->table_size == 0 ? 256 : g->table_size * 2;
    uint32_t *table = ent_arena_array(g->arena, size, sizeof *table);

    if (table == NULL)
        return false;
    memset(table, 0xff, size * sizeof *table);
    g->table = table;
    g->table_size = size;
    for (uint32_t i = 0; i < g->text_count; i++)
        table[slot_find(g, graph_text(g, i))] = i;
    return true;
}

/* Room for one more text and what is looked up by it. */
static bool text_room(graph *g)
{
    uint32_t more = g->text_room == 0 ? 64 : g->text_room * 2;
    ent_str *texts;
    uint32_t *record_of, *key_of;

    if (g->text_count < g->text_room)
        return true;
    if (more >= GRAPH_NONE / 2)
        return false;
    texts = ent_arena_array(g->arena, more, sizeof *texts);
    record_of = ent_arena_array(g->arena, more, sizeof *record_of);
    key_of = ent_arena_array(g->arena, more, sizeof *key_of);
    if (texts == NULL || record_of == NULL || key_of == NULL)
        return false;
    if (g->text_count > 0) {
        memcpy(texts, g->texts, g->text_count * sizeof *texts);
        memcpy(record_of, g->record_of, g->text_count * sizeof *record_of);
        memcpy(key_of, g->key_of, g->text_count * sizeof *key_of);
    }
    g->texts = texts;
    g->record_of = record_of;
    g->key_of = key_of;
    g->text_room = more;
    return true;
}

/* The number of a text; GRAPH_NONE when the arena is full. */
static uint32_t text_number(graph *g, ent_str text)
{
    uint32_t slot;
    ent_str copy = { "", 0 };

    if (g->text_count * 2 >= g->table_size && !table_grow(g))
        return GRAPH_NONE;
    slot = slot_find(g, text);
    if (g->table[slot] != GRAPH_NONE)
        return g->table[slot];
    if (!text_room(g) || (text.size > 0 && (copy = ent_arena_str(g->arena, text)).ptr == NULL))
        return GRAPH_NONE;
    g->texts[g->text_count] = copy;
    g->record_of[g->text_count] = GRAPH_NONE;
    g->key_of[g->text_count] = GRAPH_NONE;
    g->table[slot] = g->text_count;
    return g->text_count++;
}

static ent_code hold_add(graph *g, uint32_t record, const graph_key *key, ent_err *err)
{
    void *keys = g->keys, *holds = g->holds;
    uint32_t text = text_number(g, key->text);

    if (text == GRAPH_NONE)
        return ent_fail_arena(err);
    if (g->key_of[text] == GRAPH_NONE) {
        if (!room_for_one(g->arena, &keys, g->key_count, &g->key_room, sizeof *g->keys))
            return ent_fail_arena(err);
        g->keys = keys;
        g->keys[g->key_count] = (graph_key_row){ .text = text, .reassignable = key->reassignable };
        g->key_of[text] = g->key_count++;
    }
    if (!room_for_one(g->arena, &holds, g->hold_count, &g->hold_room, sizeof *g->holds))
        return ent_fail_arena(err);
    g->holds = holds;
    g->holds[g->hold_count++] = (graph_hold){ record, g->key_of[text] };
    return ENT_OK;
}

/* Is the key among those of the record before it? */
static bool key_repeated(const graph_key *keys, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (ent_str_equal(keys[i].text, keys[at].text))
            return true;
    return false;
}

ent_code graph_add_record(graph *g, const graph_record *record, const graph_key *keys,
                          size_t key_count, ent_err *err)
{
    void *records = g->records;
    graph_record_row row = { .days = record->days, .joins = record->joins };

    ENT_ASSERT(!g->sealed);
    row.id = text_number(g, record->id);
    row.owner = text_number(g, record->owner);
    row.rating = text_number(g, record->rating);
    row.label = text_number(g, record->label);
    row.valid = text_number(g, record->valid);
    if (row.id == GRAPH_NONE || row.owner == GRAPH_NONE || row.rating == GRAPH_NONE ||
        row.label == GRAPH_NONE || row.valid == GRAPH_NONE)
        return ent_fail_arena(err);
    if (g->record_of[row.id] != GRAPH_NONE)
        return ENT_OK;
    if (!room_for_one(g->arena, &records, g->record_count, &g->record_room, sizeof *g->records))
        return ent_fail_arena(err);
    g->records = records;
    g->records[g->record_count] = row;
    /* An interval that ends before it begins overlaps nothing. */
    for (size_t i = 0; record->joins && i < key_count; i++)
        if (!key_repeated(keys, i) &&
            !(keys[i].reassignable && record->days.first > record->days.last))
            ENT_TRY(hold_add(g, g->record_count, &keys[i], err));
    g->record_of[row.id] = g->record_count++;
    return ENT_OK;
}

ent_code graph_add_link(graph *g, const graph_link *link, ent_err *err)
{
    const ent_str texts[] = { link->from,  link->to,     link->type,
                              link->owner, link->rating, link->time };
    uint32_t numbers[6];
    void *links = g->links;

    ENT_ASSERT(!g->sealed);
    for (size_t i = 0; i < 6; i++)
        if ((numbers[i] = text_number(g, texts[i])) == GRAPH_NONE)
            return ent_fail_arena(err);
    if (!room_for_one(g->arena, &links, g->link_count, &g->link_room, sizeof *g->links))
        return ent_fail_arena(err);
    g->links = links;
    g->links[g->link_count++] = (graph_link_row){
        .from = numbers[0],
        .to = numbers[1],
        .type = numbers[2],
        .owner = numbers[3],
        .rating = numbers[4],
        .time = numbers[5],
        .confidence = (int8_t)(link->confidence > 100 ? 100
                               : link->confidence < 0 ? GRAPH_UNKNOWN
                                                      : link->confidence),
        .evidential = link->evidential,
    };
    return ENT_OK;
}

static bool is_type(const uint32_t *types, size_t count, uint32_t type)
{
    for (size_t i = 0; i < count; i++)
        if (types[i] == type)
            return true;
    return false;
}

ent_code graph_stated_list(const graph *g, ent_arena *arena, const char *const *types,
                           graph_stated **list, size_t *count, ent_err *err)
{
    uint32_t numbers[GRAPH_STATED_TYPES];
    size_t known = 0, found = 0;

    ENT_ASSERT(!g->sealed);
    *count = 0;
    for (; *types != NULL; types++) {
        ENT_ASSERT(known < GRAPH_STATED_TYPES);
        numbers[known] = graph_text_find(g, ent_str_of(*types));
        known += numbers[known] != GRAPH_NONE;
    }
    for (uint32_t i = 0; i < g->link_count; i++)
        found += g->links[i].evidential && is_type(numbers, known, g->links[i].type);
    *list = ent_arena_array(arena, found, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    for (uint32_t i = 0; i < g->link_count; i++)
        if (g->links[i].evidential && is_type(numbers, known, g->links[i].type))
            (*list)[(*count)++] =
                (graph_stated){ i, graph_text(g, g->links[i].from), graph_text(g, g->links[i].to),
                                graph_text(g, g->links[i].owner) };
    return ENT_OK;
}

void graph_link_doubt(graph *g, uint32_t number)
{
    ENT_ASSERT(!g->sealed && number < g->link_count);
    g->links[number].evidential = false;
}

/* Links between records that are both here, as record numbers; the others are dropped. */
static void links_settle(graph *g)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < g->link_count; i++) {
        graph_link_row link = g->links[i];

        link.from = g->record_of[link.from];
        link.to = g->record_of[link.to];
        if (link.from != GRAPH_NONE && link.to != GRAPH_NONE && link.from != link.to)
            g->links[kept++] = link;
    }
    g->link_count = kept;
}

static uint32_t *counts_new(graph *g, uint32_t count)
{
    return ent_arena_array(g->arena, (size_t)count + 2, sizeof(uint32_t));
}

/* Turns counts at [i + 2] into starts at [i + 1], so that filling moves [i + 1] to the end
 * of i, which is the start of i + 1. */
static void starts_make(uint32_t *starts, uint32_t count)
{
    for (uint32_t i = 2; i < count + 2; i++)
        starts[i] += starts[i - 1];
}

/* One less is the confidence; 0: no evidence. */
static uint8_t strength_mark(const graph_link_row *link)
{
    return (uint8_t)(link->evidential ? 1 + graph_strength(link) : 0);
}

static void near_put(graph *g, uint32_t at, uint32_t link, uint32_t other)
{
    g->near[at] = link;
    g->near_other[at] = other;
    g->near_strong[at] = strength_mark(&g->links[link]);
}

static bool near_make(graph *g)
{
    uint32_t *first = counts_new(g, g->record_count);
    size_t ends = 2 * (size_t)g->link_count + 1;

    g->near = ent_arena_array(g->arena, ends, sizeof *g->near);
    g->near_other = ent_arena_array(g->arena, ends, sizeof *g->near_other);
    g->near_strong = ent_arena_array(g->arena, ends, 1);
    if (first == NULL || g->near == NULL || g->near_other == NULL || g->near_strong == NULL)
        return false;
    for (uint32_t i = 0; i < g->link_count; i++) {
        first[g->links[i].from + 2]++;
        first[g->links[i].to + 2]++;
    }
    starts_make(first, g->record_count);
    for (uint32_t i = 0; i < g->link_count; i++) {
        near_put(g, first[g->links[i].from + 1]++, i, g->links[i].to);
        near_put(g, first[g->links[i].to + 1]++, i, g->links[i].from);
    }
    g->near_first = first;
    return true;
}

static bool holds_make(graph *g)
{
    uint32_t *by_record = counts_new(g, g->record_count), *by_key = counts_new(g, g->key_count);
    uint32_t *keys = ent_arena_array(g->arena, (size_t)g->hold_count + 1, sizeof *keys);
    uint32_t *posts = ent_arena_array(g->arena, (size_t)g->hold_count + 1, sizeof *posts);

    if (by_record == NULL || by_key == NULL || keys == NULL || posts == NULL)
        return false;
    for (uint32_t i = 0; i < g->hold_count; i++) {
        by_record[g->holds[i].record + 2]++;
        by_key[g->holds[i].key + 2]++;
    }
    starts_make(by_record, g->record_count);
    starts_make(by_key, g->key_count);
    for (uint32_t i = 0; i < g->hold_count; i++) {
        keys[by_record[g->holds[i].record + 1]++] = g->holds[i].key;
        posts[by_key[g->holds[i].key + 1]++] = g->holds[i].record;
    }
    for (uint32_t k = 0; k < g->key_count; k++) {
        g->keys[k].post_first = by_key[k];
        g->keys[k].post_count = by_key[k + 1] - by_key[k];
    }
    g->key_first = by_record;
    g->key_list = keys;
    g->posts = posts;
    return true;
}

struct span_row {
    ent_days days;
    uint32_t record;
};

static int by_first_day(const void *a, const void *b)
{
    const struct span_row *x = a, *y = b;

    if (x->days.first != y->days.first)
        return x->days.first < y->days.first ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

static int by_day(const void *a, const void *b)
{
    const ent_day *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Sorts the holders of a reassignable key by first day and writes one group for each maximal
 * set of overlapping validities: at the first day of a record whose next event is an end.
 * Two intervals overlap exactly if both hold the later of their first days (Helly), so
 * every overlapping pair is in one of them. */
static void groups_by_day(graph *g, graph_key_row *key, struct span_row *rows, ent_day *ends)
{
    uint32_t *posts = &g->posts[key->post_first], end = 0;

    for (uint32_t i = 0; i < key->post_count; i++)
        rows[i] = (struct span_row){ g->records[posts[i]].days, posts[i] };
    qsort(rows, key->post_count, sizeof *rows, by_first_day);
    for (uint32_t i = 0; i < key->post_count; i++) {
        posts[i] = rows[i].record;
        ends[i] = rows[i].days.last;
    }
    qsort(ends, key->post_count, sizeof *ends, by_day);
    for (uint32_t i = 0; i < key->post_count; i++) {
        ent_day day = rows[i].days.first;

        while (end < key->post_count && ends[end] < day)
            end++;
        if (i + 1 < key->post_count && rows[i + 1].days.first <= ends[end])
            continue; /* another begins before anything ends */
        if (i + 1 - end >= 2)
            g->groups[g->group_count++] = (graph_group){ (uint32_t)(key - g->keys), day };
    }
}

static bool groups_make(graph *g)
{
    uint32_t most = 1;
    struct span_row *rows;
    ent_day *ends;

    for (uint32_t k = 0; k < g->key_count; k++)
        if (g->keys[k].post_count > most)
            most = g->keys[k].post_count;
    rows = ent_arena_array(g->arena, most, sizeof *rows);
    ends = ent_arena_array(g->arena, most, sizeof *ends);
    g->groups = ent_arena_array(g->arena, (size_t)g->hold_count + 1, sizeof *g->groups);
    if (rows == NULL || ends == NULL || g->groups == NULL)
        return false;
    for (uint32_t k = 0; k < g->key_count; k++) {
        graph_key_row *key = &g->keys[k];

        key->group_first = g->group_count;
        if (key->reassignable && key->post_count > 1)
            groups_by_day(g, key, rows, ends);
        else if (key->post_count > 1)
            g->groups[g->group_count++] = (graph_group){ k, 0 };
        key->group_count = g->group_count - key->group_first;
    }
    return true;
}

ent_code graph_seal(graph *g, ent_err *err)
{
    ENT_ASSERT(!g->sealed);
    links_settle(g);
    if (!near_make(g) || !holds_make(g) || !groups_make(g))
        return ent_fail_arena(err);
    g->sealed = true;
    return ENT_OK;
}

uint32_t graph_text_find(const graph *g, ent_str text)
{
    return g->table_size == 0 ? GRAPH_NONE : g->table[slot_find(g, text)];
}

uint32_t graph_find(const graph *g, ent_str id)
{
    uint32_t text = graph_text_find(g, id);

    return text == GRAPH_NONE ? GRAPH_NONE : g->record_of[text];
}

bool graph_has(const graph *g, ent_str id)
{
    return graph_find(g, id) != GRAPH_NONE;
}

size_t graph_record_count(const graph *g)
{
    return g->record_count;
}

size_t graph_link_count(const graph *g)
{
    return g->link_count;
}

/* The first group of [from, end) whose day is not before `day`. */
static uint32_t group_at(const graph *g, uint32_t from, uint32_t end, ent_day day)
{
    while (from < end) {
        uint32_t middle = from + (end - from) / 2;

        if (g->groups[middle].day < day)
            from = middle + 1;
        else
            end = middle;
    }
    return from;
}

void graph_groups_of(const graph *g, uint32_t key, ent_days days, uint32_t *first, uint32_t *end)
{
    const graph_key_row *row = &g->keys[key];

    *first = row->group_first;
    *end = row->group_first + row->group_count;
    if (!row->reassignable)
        return;
    *first = group_at(g, *first, *end, days.first);
    if (days.last != ENT_DAY_MAX)
        *end = group_at(g, *first, *end, days.last + 1);
}

bool graph_in_group(const graph *g, const graph_group *group, uint32_t at, uint32_t *record)
{
    const graph_key_row *key = &g->keys[group->key];
    ent_days days;

    *record = g->posts[key->post_first + at];
    days = g->records[*record].days;
    return !key->reassignable || (days.first <= group->day && group->day <= days.last);
}
