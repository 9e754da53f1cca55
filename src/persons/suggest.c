#include "persons/suggest.h"

#include "desk/work.h"
#include "holdings/search.h"
#include "holdings/ties.h"
#include "persons/same_int.h"

#define FOUND_BY_WORDS 100 /* hits of each name that are compared */

struct pool {
    desk *d;
    ent_arena *arena;
    persons_record **records;
    ent_str *keys; /* of each: the strong key that it shares with the record asked about, or none */
    size_t count, room;
    ent_str key;     /* by which records are found now, or none */
    ent_days when;   /* and when it shows whom the record asked about means by it */
    ent_str shared;  /* the key, if it is shown at one time */
    ent_str *things; /* documents, telephones ... that relationships tie to the record */
    size_t thing_count, thing_room;
    ent_str id;
};

static bool is_thing(ent_str id)
{
    static const char *const types[] = { "identity-document--", "phone-number--", "user-account--",
                                         "bank-account--",      "email-addr--",   "vehicle--" };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ent_str_starts(id, ent_str_of(types[i])))
            return true;
    return false;
}

/* Where it is in the pool; `count` if it is not. */
static size_t pool_find(const struct pool *p, ent_str id)
{
    size_t i = 0;

    while (i < p->count && !ent_str_equal(p->records[i]->id, id))
        i++;
    return i;
}

static ent_code pool_grow(struct pool *p, ent_err *err)
{
    size_t room = p->room == 0 ? 64 : 2 * p->room;
    persons_record **records = ent_arena_array(p->arena, room, sizeof *records);
    ent_str *keys = ent_arena_array(p->arena, room, sizeof *keys);

    if (records == NULL || keys == NULL)
        return ent_fail_arena(err);
    if (p->count > 0) {
        memcpy(records, p->records, p->count * sizeof *records);
        memcpy(keys, p->keys, p->count * sizeof *keys);
    }
    p->records = records;
    p->keys = keys;
    p->room = room;
    return ENT_OK;
}

/* Adds a record that may be compared; what may not is left out in silence. */
static ent_code record_add(struct pool *p, ent_str id, bool check, ent_err *err)
{
    size_t at = check ? pool_find(p, id) : p->count;
    persons_record *record;
    ent_err why = { 0 };
    ent_code rc;

    if (at < p->count) {
        p->keys[at] = p->keys[at].size > 0 ? p->keys[at] : p->shared;
        return ENT_OK;
    }
    if (p->count == PERSONS_RECORDS_MAX)
        return ent_fail(err, ENT_LIMIT,
                        "more than %d records would be compared; ask about one record",
                        PERSONS_RECORDS_MAX);
    record = ent_arena_alloc(p->arena, sizeof *record);
    if (record == NULL)
        return ent_fail_arena(err);
    rc = persons_record_load(p->d, p->arena, id, record, &why);
    if (rc == ENT_NOT_FOUND || rc == ENT_FORMAT)
        return ENT_OK;
    if (rc != ENT_OK) {
        *err = why;
        return rc;
    }
    if (record->resolve.protected_ || record->label.discover == POLICY_SILENT)
        return ENT_OK;
    if (p->count == p->room)
        ENT_TRY(pool_grow(p, err));
    p->keys[p->count] = p->shared;
    p->records[p->count++] = record;
    return ENT_OK;
}

/* ---- of one record ---- */

static ent_code thing_add(struct pool *p, ent_str id, ent_err *err)
{
    if (p->thing_count == p->thing_room) {
        ent_str *grown = ent_arena_grow(p->arena, p->things, &p->thing_room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        p->things = grown;
    }
    id = ent_arena_str(p->arena, id);
    if (id.ptr == NULL)
        return ent_fail_arena(err);
    p->things[p->thing_count++] = id;
    return ENT_OK;
}

static ent_code own_thing_take(void *arg, const store_row *row, ent_err *err)
{
    struct pool *p = arg;
    ent_json link;

    if (row->tombstone.size > 0 || row->bytes.size == 0)
        return ENT_OK;
    ENT_TRY(ent_json_read(p->arena, row->bytes, &link, err));
    if (ent_str_equal(ent_json_get_text(link, "source_ref"), p->id) &&
        is_thing(ent_json_get_text(link, "target_ref")))
        return thing_add(p, ent_json_get_text(link, "target_ref"), err);
    return ENT_OK;
}

static ent_code holder_take(void *arg, const store_row *row, ent_err *err)
{
    struct pool *p = arg;
    ent_json link;
    ent_str source;

    if (row->tombstone.size > 0 || row->bytes.size == 0)
        return ENT_OK;
    ENT_TRY(ent_json_read(p->arena, row->bytes, &link, err));
    source = ent_arena_str(p->arena, ent_json_get_text(link, "source_ref"));
    return ent_str_starts(source, ENT_STR("identity--")) ? record_add(p, source, true, err)
                                                         : ENT_OK;
}

static ent_code same_key_take(void *arg, const store_row *row, ent_err *err)
{
    struct pool *p = arg;
    store_query holders = { .type = "relationship" };
    ent_str id = ent_arena_str(p->arena, row->id);

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    p->shared = ent_days_overlap(row->when, p->when) ? p->key : ENT_STR_NONE;
    if (ent_str_starts(id, ENT_STR("identity--")))
        return record_add(p, id, true, err);
    holders.ref = id.ptr;
    return store_objects_each(p->d->store, &holders, holder_take, p, err);
}

/* A key that belongs to one person (at one time), and so says who it is: no name, no event. */
static void key_set(struct pool *p, ent_str key, ent_days when)
{
    bool reassignable;
    bool strong = holdings_key_joins(key, &reassignable) && !ent_str_starts(key, ENT_STR("pub:"));

    p->key = strong ? key : ENT_STR_NONE;
    p->when = strong && reassignable ? when : (ent_days){ ENT_DAY_MIN, ENT_DAY_MAX };
}

static ent_code keys_take(struct pool *p, ent_str id, ent_err *err)
{
    ent_err why = { 0 };
    ent_str *keys;
    store_row row;
    size_t count;
    ent_code rc = store_object_get(p->d->store, p->arena, NULL, id, &row, &why);

    if (rc == ENT_NOT_FOUND)
        return ENT_OK;
    if (rc != ENT_OK) {
        *err = why;
        return rc;
    }
    ENT_TRY(store_keys_of(p->d->store, p->arena, row.number, &keys, &count, err));
    for (size_t i = 0; i < count; i++) {
        store_query same = { .key = keys[i].ptr, .limit = RESOLVE_KEY_MAX };

        key_set(p, keys[i], row.when);
        ENT_TRY(store_objects_each(p->d->store, &same, same_key_take, p, err));
    }
    p->shared = ENT_STR_NONE;
    return ENT_OK;
}

static ent_code words_take(struct pool *p, const names_record *names, ent_err *err)
{
    for (size_t i = 0; i < names->name_count && i < 8; i++) {
        holdings_search search = { .type = "identity", .limit = FOUND_BY_WORDS };
        ent_str name = ent_arena_str(p->arena, names->names[i]);
        ent_err why = { 0 };
        holdings_hit *hits;
        size_t count;
        ent_code rc;

        if (name.ptr == NULL)
            return ent_fail_arena(err);
        search.when = (ent_days){ ENT_DAY_MIN, ENT_DAY_MAX };
        search.text = name.ptr;
        rc = holdings_find(p->d->store, p->arena, &search, &hits, &count, &why);
        if (rc == ENT_FORMAT)
            continue; /* no words in it */
        if (rc != ENT_OK) {
            *err = why;
            return rc;
        }
        for (size_t j = 0; j < count; j++)
            ENT_TRY(record_add(p, hits[j].row.id, true, err));
    }
    return ENT_OK;
}

static ent_code pool_of_one(struct pool *p, ent_str id, ent_err *err)
{
    store_query ties = { .type = "relationship" };
    persons_record self;

    ENT_TRY(persons_record_load(p->d, p->arena, id, &self, err));
    if (self.resolve.protected_ || self.label.discover == POLICY_SILENT)
        return ent_fail(err, ENT_DENIED,
                        "'%.*s' is protected or silent: nothing is suggested for it [category]",
                        ENT_STR_ARG(id));
    p->id = ent_arena_str(p->arena, id);
    if (p->id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(record_add(p, p->id, true, err));
    ties.ref = p->id.ptr;
    ENT_TRY(store_objects_each(p->d->store, &ties, own_thing_take, p, err));
    ENT_TRY(keys_take(p, p->id, err));
    for (size_t i = 0; i < p->thing_count; i++)
        ENT_TRY(keys_take(p, p->things[i], err));
    return words_take(p, &self.names, err);
}

/* ---- of all ---- */

static ent_code identity_take(void *arg, const store_row *row, ent_err *err)
{
    struct pool *p = arg;
    ent_str id = ent_arena_str(p->arena, row->id);

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    return row->tombstone.size > 0 ? ENT_OK : record_add(p, id, false, err);
}

/* ---- what is suggested ---- */

static ent_code suggestion_make(struct pool *p, const resolve_candidate *candidate,
                                persons_suggestion *suggestion, ent_err *err)
{
    const persons_record *a = p->records[candidate->a], *b = p->records[candidate->b];

    *suggestion = (persons_suggestion){ .a = a, .b = b, .decision = candidate->decision };
    return resolve_propose(p->arena, &a->resolve, &b->resolve, &suggestion->said, err);
}

static bool is_unknown(const persons_record *record)
{
    return record->label.category == POLICY_UNKNOWN;
}

static bool is_listed(const persons_suggestion *list, size_t count, const persons_record *b)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].a == b || list[i].b == b)
            return true;
    return false;
}

static ent_code unknown_suggest(struct pool *p, size_t i, persons_suggestion *to, ent_err *err)
{
    const persons_record *a = p->records[0], *b = p->records[i];
    ent_str name = ent_json_get_text(is_unknown(a) ? a->object : b->object, "name");
    ent_str both = ent_arena_printf(p->arena, "both show %.*s", ENT_STR_ARG(p->keys[i]));
    ent_str who = ent_arena_printf(p->arena, "who '%.*s' is, is not known: the names say nothing",
                                   ENT_STR_ARG(name));

    if (both.ptr == NULL || who.ptr == NULL)
        return ent_fail_arena(err);
    *to = (persons_suggestion){ .a = a,
                                .b = b,
                                .decision = NAMES_REVIEW,
                                .said = { .kind = RESOLVE_SAME,
                                          .a = a->id,
                                          .b = b->id,
                                          .reasons = { both, who },
                                          .reason_count = 2 } };
    return ENT_OK;
}

/* Of somebody whose name nobody knew, and of whoever may be him: what they both show. */
static ent_code unknowns_suggest(struct pool *p, const resolve_statement *said, size_t said_count,
                                 size_t limit, persons_suggestion *list, size_t *count,
                                 ent_err *err)
{
    resolve_clusters clusters;

    ENT_TRY(resolve_clusters_of(p->arena, said, said_count, &clusters, err));
    for (size_t i = 1; i < p->count && *count < limit; i++) {
        const persons_record *a = p->records[0], *b = p->records[i];

        if (p->keys[i].size > 0 && (is_unknown(a) || is_unknown(b)) &&
            !is_listed(list, *count, b) && resolve_may_join(&a->resolve, &b->resolve) &&
            !resolve_same(&clusters, a->id, b->id) &&
            persons_never_between(&clusters, a->id, b->id) == NULL)
            ENT_TRY(unknown_suggest(p, i, &list[(*count)++], err));
    }
    return ENT_OK;
}

static ent_code statements_read(desk *d, ent_arena *arena, resolve_statement **said, size_t *used,
                                ent_err *err)
{
    persons_same *list;
    size_t count;

    *used = 0;
    ENT_TRY(persons_same_list(d, arena, NULL, NULL, &list, &count, err));
    *said = ent_arena_array(arena, count, sizeof **said);
    if (*said == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) /* what is proposed already is not suggested again */
        if (!ent_str_is(list[i].state, "undone") && !ent_str_is(list[i].state, "broken"))
            (*said)[(*used)++] = list[i].said;
    return ENT_OK;
}

ent_code persons_suggest(desk *d, ent_arena *arena, ent_str id, size_t limit,
                         persons_suggestion **list, size_t *count, ent_err *err)
{
    struct pool p = { .d = d, .arena = arena };
    store_query identities = { .type = "identity" };
    resolve_candidate *candidates;
    resolve_statement *said;
    resolve_record *records;
    size_t candidate_count, said_count;

    *count = 0;
    if (id.size > 0)
        ENT_TRY(pool_of_one(&p, id, err));
    else
        ENT_TRY(store_objects_each(d->store, &identities, identity_take, &p, err));
    records = ent_arena_array(arena, p.count, sizeof *records);
    if (records == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < p.count; i++)
        records[i] = p.records[i]->resolve;
    ENT_TRY(statements_read(d, arena, &said, &said_count, err));
    ENT_TRY(resolve_candidates(arena, records, p.count, said, said_count, &candidates,
                               &candidate_count, err));
    *list = ent_arena_array(arena, candidate_count + p.count, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < candidate_count && *count < limit; i++)
        if (id.size == 0 || candidates[i].a == 0) /* the record asked about is the first */
            ENT_TRY(suggestion_make(&p, &candidates[i], &(*list)[(*count)++], err));
    return id.size == 0 ? ENT_OK : unknowns_suggest(&p, said, said_count, limit, *list, count, err);
}
