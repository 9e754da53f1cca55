#include "desk/named.h"

#include "base/text.h"
#include "desk/work.h"
#include "policy/label.h"

static const char where[] = "a release";

#define KIND         "named"
#define RED          POLICY_BIT(POLICY_MARK_TLP_RED)
#define MEMORY       ((size_t)64 << 20)
#define NAMES_MEMORY ((size_t)1 << 16)

bool desk_named_valid(ent_json list)
{
    size_t count = ent_json_count(list);

    if (!ent_json_is(list, ENT_JSON_ARRAY) || count == 0 || count > DESK_NAMED)
        return false;
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_str(v);

        if (name.size == 0 || name.size > DESK_NAMED_SIZE)
            return false;
        for (ent_json u = ent_json_first(list); u.at != v.at; u = ent_json_next(u))
            if (ent_str_equal(ent_json_str(u), name))
                return false;
    }
    return true;
}

/* The release that a row came with; "" if it came otherwise. */
static ent_str release_of(const store_row *row)
{
    ent_str prefix = ENT_STR("release:");

    if (!ent_str_starts(row->source, prefix))
        return ENT_STR("");
    return (ent_str){ row->source.ptr + prefix.size, row->source.size - prefix.size };
}

/* ---- taking it ---- */

/* Whatever it says now, or said before it was called back. */
static ent_code to_all_check(desk *d, ent_arena *arena, const char *peer, ent_str id, ent_err *err)
{
    store_row row;
    bool found;

    ENT_TRY(store_object_held(d->store, arena, peer, id, &row, &found, err));
    if (found)
        ENT_TRY(desk_named_row(d, arena, &row, &found, err));
    else
        found = true; /* nobody has it */
    return found ? ENT_OK
                 : ent_fail(err, ENT_CONFLICT,
                            "%s: %.*s was given to everybody here, and is not taken from them "
                            "[named]",
                            where, ENT_STR_ARG(id));
}

ent_code desk_named_check(desk *d, ent_arena *arena, const char *peer, ent_json statement,
                          ent_err *err)
{
    ent_json names = ent_json_get(statement, "for");
    bool named = names.doc != NULL;

    if (named && !desk_named_valid(names))
        return ent_fail(err, ENT_FORMAT, "%s: member 'for' is no list of 1 to %d names", where,
                        DESK_NAMED);
    if (named && (ent_json_get(statement, "onward").doc != NULL ||
                  ent_json_get(statement, "evidence").doc != NULL))
        return ent_fail(err, ENT_FORMAT, "%s: what is for persons by name goes alone [named]",
                        where);
    for (ent_json v = ent_json_first(ent_json_get(statement, "objects")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str id = ent_json_get_text(v, "id");
        policy_label label;

        ENT_TRY(policy_label_read(v, (ent_json){ NULL, 0 }, &label, err));
        if (!named && (label.marks & RED) != 0)
            return ent_fail(err, ENT_DENIED, "%s: %.*s is TLP:RED and for nobody by name [tlp]",
                            where, ENT_STR_ARG(id));
        if (named)
            ENT_TRY(to_all_check(d, arena, peer, id, err));
    }
    return ENT_OK;
}

ent_code desk_named_put(desk *d, const char *peer, ent_str release, ent_json statement,
                        ent_err *err)
{
    ent_json names = ent_json_get(statement, "for");
    store_doc doc = { .kind = ENT_STR(KIND),
                      .id = release,
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("kept"),
                      .time = d->now };
    ent_arena *arena;
    ent_code rc;

    if (names.doc == NULL)
        return ENT_OK;
    arena = ent_arena_new(NAMES_MEMORY);
    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the names of a release");
    doc.json = ent_arena_printf(arena, "{\"for\":%.*s}", ENT_STR_ARG(ent_json_raw(names)));
    rc = doc.json.ptr == NULL ? ent_fail_arena(err) : store_doc_put(d->store, &doc, err);
    return ent_arena_end(arena, rc, err);
}

/* ---- giving it ---- */

static ent_code release_to_all(desk *d, ent_arena *arena, ent_str release, bool *to_all,
                               ent_err *err)
{
    store_doc draft;
    ent_json json;
    bool found;

    *to_all = true;
    ENT_TRY(desk_doc_found(d, arena, "draft", release, &draft, &found, err));
    if (!found)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, draft.json, &json, err));
    *to_all = ent_json_get(json, "for").doc == NULL;
    return ENT_OK;
}

static bool has_object(ent_json release, ent_str id)
{
    for (ent_json v = ent_json_first(ent_json_get(release, "objects")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "sent_as"), id))
            return true;
    return false;
}

/* Also by a release that was called back: there it left what everybody sees. */
static ent_code released_to_all(desk *d, ent_arena *arena, const char *peer, ent_str id,
                                bool *to_all, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, "release", peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count && !*to_all; i++) {
        ent_json json;

        if (ent_str_is(docs[i].state, "refused"))
            continue; /* the peer never took it */
        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        if (has_object(json, id))
            ENT_TRY(release_to_all(d, arena, docs[i].id, to_all, err));
    }
    return ENT_OK;
}

ent_code desk_named_given(desk *d, ent_arena *arena, const char *peer, ent_str id, bool *to_all,
                          ent_err *err)
{
    ent_str name = ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(id));
    store_doc doc;
    ent_json json;
    bool found;

    *to_all = false;
    if (name.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "given", name, &doc, &found, err));
    if (found) {
        ENT_TRY(ent_json_read(arena, doc.json, &json, err));
        ENT_TRY(release_to_all(d, arena, ent_json_get_text(json, "release"), to_all, err));
    }
    return *to_all ? ENT_OK : released_to_all(d, arena, peer, id, to_all, err);
}

/* ---- who reads it ---- */

struct ids {
    ent_arena *arena;
    ent_str *list;
    size_t count, room;
};

static ent_code id_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct ids *ids = arg;

    if (ids->count == ids->room) {
        ent_str *grown = ent_arena_grow(ids->arena, ids->list, &ids->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        ids->list = grown;
    }
    ids->list[ids->count] = ent_arena_str(ids->arena, doc->id);
    return ids->list[ids->count++].ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* The rows that still come from this release, also as what an erasure left of them. */
static ent_code rows_tell(desk *d, ent_arena *arena, ent_str release, desk_named_each each,
                          void *arg, ent_err *err)
{
    store_doc doc;
    ent_json json;
    ent_str owner;
    bool found;

    ENT_TRY(desk_doc_found(d, arena, "release-in", release, &doc, &found, err));
    if (!found)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    owner = ent_arena_str(arena, doc.peer);
    if (owner.ptr == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(ent_json_get(json, "objects")); v.doc != NULL;
         v = ent_json_next(v)) {
        store_row row;

        ENT_TRY(store_object_held(d->store, arena, owner.ptr, ent_json_str(v), &row, &found, err));
        if (found && ent_str_equal(release_of(&row), release))
            ENT_TRY(each(arg, release, owner, row.id, err));
    }
    return ENT_OK;
}

static ent_code release_tell(desk *d, ent_arena *arena, ent_str release, ent_str person,
                             desk_named_each each, void *arg, ent_err *err)
{
    store_doc doc;
    ent_json json;

    ENT_TRY(store_doc_get(d->store, arena, KIND, release, &doc, err));
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    if (person.size > 0 && desk_list_has(ent_json_get(json, "for"), person))
        return ENT_OK;
    ENT_TRY(each(arg, release, ENT_STR_NONE, ENT_STR_NONE, err));
    return rows_tell(d, arena, release, each, arg, err);
}

ent_code desk_named_hidden(desk *d, ent_str person, desk_named_each each, void *arg, ent_err *err)
{
    struct ids ids = { .arena = ent_arena_new(MEMORY) };
    ent_arena *arena = ent_arena_new(MEMORY);
    ent_code rc = ENT_OK;

    if (ids.arena == NULL || arena == NULL)
        rc = ent_fail(err, ENT_MEMORY, "no memory for what is for persons by name");
    if (rc == ENT_OK)
        rc = store_docs_each(d->store, KIND, NULL, NULL, id_take, &ids, err);
    for (size_t i = 0; rc == ENT_OK && i < ids.count; i++) {
        ent_arena_reset(arena);
        rc = release_tell(d, arena, ids.list[i], person, each, arg, err);
    }
    rc = ent_arena_end(ids.arena, rc, err);
    return ent_arena_end(arena, rc, err);
}

ent_code desk_named_row(desk *d, ent_arena *arena, const store_row *row, bool *named, ent_err *err)
{
    store_doc doc;

    return desk_doc_found(d, arena, KIND, release_of(row), &doc, named, err);
}

ent_code desk_named_for(desk *d, ent_arena *arena, const store_row *row, ent_str person,
                        bool *by_name, ent_err *err)
{
    store_doc doc;
    ent_json json;

    *by_name = false;
    ENT_TRY(desk_doc_found(d, arena, KIND, release_of(row), &doc, by_name, err));
    if (!*by_name)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    *by_name = person.size > 0 && desk_list_has(ent_json_get(json, "for"), person);
    return ENT_OK;
}
