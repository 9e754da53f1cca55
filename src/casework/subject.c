#include "casework/subject.h"

#include "match/standing.h"

#include "casework/acknowledge.h"
#include "desk/explain.h"
#include "holdings/search.h"
#include "names/names.h"

/* ---- guarded subjects ---- */

/* Letters and digits of a text, in upper case: so that numbers compare however written. */
static ent_code bare(ent_arena *arena, ent_str text, ent_str *out, ent_err *err)
{
    char *to = ent_arena_alloc(arena, text.size + 1);
    size_t size = 0;

    if (to == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];

        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))
            to[size++] = c;
    }
    *out = (ent_str){ to, size };
    return ENT_OK;
}

/* The part of a key that a record would state: the number of "doc:QBZ:650018823". */
static ent_str key_value(ent_str key)
{
    size_t at = key.size;

    while (at > 0 && key.ptr[at - 1] != ':')
        at--;
    return (ent_str){ key.ptr + at, key.size - at };
}

static ent_code states_value(ent_arena *arena, ent_json object, ent_str value, bool *yes,
                             ent_err *err)
{
    ent_str wanted, has;

    *yes = false;
    ENT_TRY(bare(arena, value, &wanted, err));
    if (wanted.size == 0)
        return ENT_OK;
    for (ent_json v = object; v.doc != NULL && !*yes; v = ent_json_walk(object, v)) {
        ent_str text = ent_json_str(v);

        if (text.size == 0 || text.size > 200)
            continue;
        ENT_TRY(bare(arena, text, &has, err));
        *yes = has.size >= wanted.size &&
               memcmp(has.ptr + has.size - wanted.size, wanted.ptr, wanted.size) == 0;
    }
    return ENT_OK;
}

static names_record subject_record(ent_str *name, ent_str *birth)
{
    return (names_record){ .schema = ENT_STR("person"),
                           .names = name,
                           .name_count = 1,
                           .births = birth,
                           .birth_count = birth->size > 0 ? 1 : 0 };
}

static ent_code is_person(ent_arena *arena, ent_json object, ent_json subject, bool *yes,
                          ent_err *err)
{
    ent_str name = ent_json_get_text(subject, "name"), birth = ent_json_get_text(subject, "birth");
    names_record asked = subject_record(&name, &birth), held;
    bool found;

    *yes = false;
    ENT_TRY(holdings_record(arena, object, &held, &found, err));
    if (found)
        *yes = names_compare(&asked, &held).decision != NAMES_DIFFERENT;
    return ENT_OK;
}

static const char *guard_of(const policy_label *label, ent_str purpose)
{
    if (label->no_disclosure)
        return "disclosure";
    for (size_t i = 0; i < label->purpose_count; i++)
        if (ent_str_equal(label->purposes[i], purpose))
            return NULL;
    return label->complete ? "purpose" : NULL;
}

/* `subject` none: by value. */
static ent_code guarded_by(desk *d, ent_arena *arena, ent_str words, ent_json subject,
                           ent_str purpose, const char **why, ent_err *err)
{
    ent_str text = ent_arena_str(arena, words);
    holdings_search search = {
        .text = text.ptr, .owner = "", .when = { ENT_DAY_MIN, ENT_DAY_MAX }, .limit = 50
    };
    holdings_hit *hits;
    ent_err none = { 0 };
    size_t count;
    ent_code rc;

    if (text.ptr == NULL)
        return ent_fail_arena(err);
    rc = holdings_find(d->store, arena, &search, &hits, &count, &none);
    if (rc == ENT_FORMAT) /* no words in it */
        return ENT_OK;
    if (rc != ENT_OK)
        return *err = none, rc;
    for (size_t i = 0; i < count && *why == NULL; i++) {
        const char *guard = guard_of(&hits[i].label, purpose);
        bool about = false;

        if (guard == NULL)
            continue;
        if (subject.doc == NULL)
            ENT_TRY(states_value(arena, hits[i].object, words, &about, err));
        else
            ENT_TRY(is_person(arena, hits[i].object, subject, &about, err));
        if (about)
            *why = guard;
    }
    return ENT_OK;
}

ent_code casework_subject_guarded(desk *d, ent_arena *arena, ent_json body, ent_str purpose,
                                  const char **why, ent_err *err)
{
    ent_json keys = ent_json_get(body, "keys"), subject = ent_json_get(body, "subject");

    *why = NULL;
    for (ent_json v = ent_json_first(keys); v.doc != NULL && *why == NULL; v = ent_json_next(v))
        ENT_TRY(guarded_by(d, arena, key_value(ent_json_str(v)), (ent_json){ NULL, 0 }, purpose,
                           why, err));
    for (ent_json v = ent_json_first(subject); v.doc != NULL && *why == NULL; v = ent_json_next(v))
        ENT_TRY(guarded_by(d, arena, ent_json_get_text(v, "name"), v, purpose, why, err));
    return ENT_OK;
}

/* ---- tripwires ---- */

ent_code casework_subject_keys(ent_arena *arena, ent_json body, ent_str **keys, size_t *count,
                               ent_err *err)
{
    ent_json list = ent_json_get(body, "subject");
    size_t room = 0;

    *count = 0;
    *keys = NULL;
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_get_text(v, "name"), birth = ent_json_get_text(v, "birth");
        names_record record = subject_record(&name, &birth);
        ent_str *own, *grown;
        size_t more;

        ENT_TRY(names_keys(arena, &record, &own, &more, err));
        grown = ent_arena_array(arena, room + more + 1, sizeof *grown);
        if (grown == NULL)
            return ent_fail_arena(err);
        if (*count > 0)
            memcpy(grown, *keys, *count * sizeof *grown);
        for (size_t i = 0; i < more; i++)
            grown[(*count)++] = own[i];
        *keys = grown;
        room = *count;
    }
    return ENT_OK;
}

#define WIRE_TIME (366 * ENT_DAY_TIME)

static ent_code wire_name(ent_arena *arena, const casework_item *item, size_t number, ent_str *name,
                          ent_err *err)
{
    *name = ent_arena_printf(arena, "%.*s/%zu", ENT_STR_ARG(item->id), number);
    return name->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code casework_wires_set(desk *d, ent_arena *arena, const casework_item *item, ent_err *err)
{
    ent_str purpose = ent_json_get_text(item->body, "purpose"), *names, name;
    size_t count, number = 0;

    if (item->legal_first)
        return ENT_OK;
    ENT_TRY(casework_subject_keys(arena, item->body, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        ENT_TRY(wire_name(arena, item, number++, &name, err));
        ENT_TRY(match_tripwire_set(d, arena, name, names[i], purpose, d->now + WIRE_TIME, err));
    }
    for (ent_json v = ent_json_first(ent_json_get(item->body, "keys")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_err unfit = { 0 };

        ENT_TRY(wire_name(arena, item, number++, &name, err));
        /* A key that is never matched (a public reference) is looked for at home only. */
        if (match_tripwire_set(d, arena, name, ent_json_str(v), purpose, d->now + WIRE_TIME,
                               &unfit) != ENT_OK &&
            unfit.code != ENT_FORMAT) {
            *err = unfit;
            return unfit.code;
        }
    }
    return ENT_OK;
}

ent_code casework_wires_drop(desk *d, ent_arena *arena, const casework_item *item, ent_err *err)
{
    ent_str name;
    store_doc *docs;
    size_t count;

    ENT_TRY(wire_name(arena, item, 0, &name, err));
    ENT_TRY(desk_docs(d, arena, "tripwire", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++)
        if (ent_str_starts(docs[i].id, (ent_str){ name.ptr, name.size - 1 }))
            ENT_TRY(match_tripwire_drop(d, arena, docs[i].id, err));
    return ENT_OK;
}

struct later {
    desk *d;
    ent_arena *arena;
    const casework_item *item;
    ent_json known; /* ids that were there when it was closed */
    ent_str found[64];
    size_t count;
};

/* A record of ours that was not there when the tip was closed. */
static ent_code later_take(void *arg, const store_row *row, ent_err *err)
{
    struct later *l = arg;
    ent_str id;

    if (row->tombstone.size > 0 || l->count == sizeof l->found / sizeof *l->found)
        return ENT_OK;
    for (size_t i = 0; i < l->count; i++)
        if (ent_str_equal(l->found[i], row->id))
            return ENT_OK;
    for (ent_json v = ent_json_first(l->known); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_equal(ent_json_str(v), row->id))
            return ENT_OK;
    id = ent_arena_str(l->arena, row->id);
    if (id.ptr == NULL)
        return ent_fail_arena(err);
    l->found[l->count++] = id;
    return ENT_OK;
}

static ent_code key_look(struct later *l, ent_str key, ent_err *err)
{
    ent_str terminated = ent_arena_str(l->arena, key);
    store_query query = { .owner = "", .key = terminated.ptr };

    if (terminated.ptr == NULL)
        return ent_fail_arena(err);
    return store_objects_each(l->d->store, &query, later_take, l, err);
}

static ent_code item_look(struct later *l, ent_err *err)
{
    ent_json keys = ent_json_get(l->item->body, "keys"), readings;
    ent_str *names;
    size_t count;

    for (ent_json v = ent_json_first(keys); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(key_look(l, ent_json_str(v), err));
    ENT_TRY(casework_subject_keys(l->arena, l->item->body, &names, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(key_look(l, names[i], err));
    if (l->item->readings.size == 0)
        return ENT_OK;
    ENT_TRY(ent_json_read(l->arena, l->item->readings, &readings, err));
    for (ent_json r = ent_json_first(readings); r.doc != NULL; r = ent_json_next(r)) {
        for (ent_json v = ent_json_first(ent_json_get(r, "keys")); v.doc != NULL;
             v = ent_json_next(v))
            ENT_TRY(key_look(l, ent_json_str(v), err));
        ENT_TRY(casework_subject_keys(l->arena, r, &names, &count, err));
        for (size_t i = 0; i < count; i++)
            ENT_TRY(key_look(l, names[i], err));
    }
    return ENT_OK;
}

/* May the sender learn that there is something? */
static ent_code may_tell(const struct later *l, bool *yes, ent_err *err)
{
    ent_str peer = ent_arena_str(l->arena, l->item->peer);

    *yes = false;
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < l->count && !*yes; i++) {
        desk_explanation e;

        ENT_TRY(desk_explain(l->d, l->arena, l->found[i], peer.ptr, POLICY_MATCH,
                             ent_json_get_text(l->item->body, "purpose"), &e, err));
        *yes = e.decision.permit;
    }
    return ENT_OK;
}

ent_code casework_subject_records(desk *d, ent_arena *arena, const casework_item *item,
                                  ent_str **ids, size_t *count, ent_err *err)
{
    struct later *l = ent_arena_alloc(arena, sizeof *l);

    if (l == NULL)
        return ent_fail_arena(err);
    *l = (struct later){ .d = d, .arena = arena, .item = item };
    if (item->hits.size > 0)
        ENT_TRY(ent_json_read(arena, item->hits, &l->known, err));
    ENT_TRY(item_look(l, err));
    *ids = l->found;
    *count = l->count;
    return ENT_OK;
}

ent_code casework_tripwires(desk *d, ent_arena *arena, size_t *count, ent_err *err)
{
    store_doc *docs;
    size_t closed;

    *count = 0;
    ENT_TRY(desk_docs(d, arena, "item", NULL, "closed", &docs, &closed, err));
    for (size_t i = 0; i < closed; i++) {
        casework_item item = { 0 };
        struct later l = { .d = d, .arena = arena, .item = &item };
        bool tell;

        ENT_TRY(casework_item_load(d, arena, docs[i].id, &item, err));
        if (item.out || item.kind != CASEWORK_TIP)
            continue;
        if (item.hits.size > 0)
            ENT_TRY(ent_json_read(arena, item.hits, &l.known, err));
        ENT_TRY(item_look(&l, err));
        if (l.count == 0)
            continue;
        ENT_TRY(may_tell(&l, &tell, err));
        ENT_TRY(casework_reopen(d, arena, &item, l.found, l.count, tell, err));
        (*count)++;
    }
    return ENT_OK;
}
