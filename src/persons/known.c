#include "persons/known.h"

#include "desk/work.h"

struct known_list {
    ent_arena *arena;
    persons_known *items;
    size_t count, room;
};

static ent_code item_put(struct known_list *list, const persons_known *item, ent_err *err)
{
    for (size_t i = 0; i < list->count; i++)
        if (ent_str_equal(list->items[i].id, item->id)) {
            list->items[i] = *item; /* sent again: the later shows what it knows now */
            return ENT_OK;
        }
    if (list->count == list->room) {
        persons_known *grown = ent_arena_grow(list->arena, list->items, &list->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        list->items = grown;
    }
    list->items[list->count++] = *item;
    return ENT_OK;
}

/* The objects of one release, from the statement that two persons signed. */
static ent_code release_take(desk *d, struct known_list *list, const store_doc *release,
                             ent_err *err)
{
    ent_json draft, statement;
    store_doc doc;

    ENT_TRY(desk_doc(d, list->arena, "draft", release->id, &doc, &draft, err));
    ENT_TRY(ent_json_read(list->arena, ent_json_get_text(draft, "statement"), &statement, err));
    for (ent_json v = ent_json_first(ent_json_get(statement, "objects")); v.doc != NULL;
         v = ent_json_next(v)) {
        persons_known item = { .object = v,
                               .id = ent_json_get_text(v, "id"),
                               .release = release->id,
                               .state = release->state,
                               .time = release->time };

        ENT_TRY(item_put(list, &item, err));
    }
    return ENT_OK;
}

ent_code persons_known_list(desk *d, ent_arena *arena, const char *peer, persons_known **items,
                            size_t *count, ent_err *err)
{
    struct known_list list = { .arena = arena };
    store_doc *docs;
    size_t doc_count;

    ENT_TRY(desk_docs(d, arena, "release", peer, NULL, &docs, &doc_count, err));
    for (size_t i = 0; i < doc_count; i++)
        if (!ent_str_is(docs[i].state, "erased"))
            ENT_TRY(release_take(d, &list, &docs[i], err));
    *items = list.items;
    *count = list.count;
    return ENT_OK;
}

ent_code persons_known_object(desk *d, ent_arena *arena, const char *peer, ent_str id,
                              ent_json *object, ent_err *err)
{
    ent_err why = { 0 };
    persons_known *list;
    store_row row;
    size_t count;
    ent_code rc = store_object_get(d->store, arena, peer, id, &row, &why);

    if (rc == ENT_OK && row.tombstone.size == 0)
        return ent_json_read(arena, row.bytes, object, err);
    if (rc != ENT_OK && rc != ENT_NOT_FOUND) {
        *err = why;
        return rc;
    }
    ENT_TRY(persons_known_list(d, arena, peer, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(list[i].id, id)) {
            *object = list[i].object;
            return ENT_OK;
        }
    return ent_fail(err, ENT_NOT_FOUND, "'%.*s' is not known to %s", ENT_STR_ARG(id), peer);
}
