/* Who may know of which root and collection: a row for each name that a user may say, written
 * when the root or collection is made.  A request's look-up goes by (user, root, name), so a
 * name that is hidden from the user is a miss like one that nobody has, after the same work;
 * and lists read nothing of what they do not show.  Rights are not decided here: who knows
 * of a collection is still asked whether it may read or write. */
#include "taxii/store_int.h"

static ent_code known_add(taxii_store *s, ent_str user, ent_str root, ent_str name, int64_t number,
                          ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_KNOWN_ADD, &stmt, err));
    taxii_bind(stmt, 1, user);
    taxii_bind(stmt, 2, root);
    taxii_bind(stmt, 3, name);
    (void)sqlite3_bind_int64(stmt, 4, number);
    return taxii_statement_run(s, stmt, err);
}

static ent_code collection_known(taxii_store *s, ent_str user, const taxii_collection *c,
                                 ent_err *err)
{
    ENT_TRY(known_add(s, user, c->root, c->id, c->number, err));
    return c->alias.size == 0 ? ENT_OK : known_add(s, user, c->root, c->alias, c->number, err);
}

/* To each name between the commas of ",a,b,", or to everybody. */
static ent_code names_known(taxii_store *s, ent_str names, const taxii_collection *c, ent_err *err)
{
    if (ent_str_is(names, "*"))
        return collection_known(s, names, c, err);
    for (size_t at = 1, end; at < names.size; at = end + 1) {
        for (end = at; end < names.size && names.ptr[end] != ',';)
            end++;
        ENT_TRY(collection_known(s, (ent_str){ names.ptr + at, end - at }, c, err));
    }
    return ENT_OK;
}

ent_code taxii_known_root_add(taxii_store *s, const taxii_root *root, ent_err *err)
{
    return root->partner.size > 0
               ? ENT_OK
               : known_add(s, ENT_STR("*"), root->name, (ent_str){ "", 0 }, 0, err);
}

ent_code taxii_known_collection_add(taxii_store *s, const taxii_root *root,
                                    const taxii_collection *c, ent_err *err)
{
    if (root->is_public)
        ENT_TRY(collection_known(s, ENT_STR("*"), c, err));
    ENT_TRY(names_known(s, c->read, c, err));
    return names_known(s, c->write, c, err);
}

static ent_code known_fill(taxii_store *s, ent_arena *arena, ent_err *err)
{
    taxii_collection *list;
    taxii_root *roots;
    size_t count, collections;

    ENT_TRY(taxii_root_list(s, arena, &roots, &count, err));
    for (size_t i = 0; i < count; i++) {
        ENT_TRY(taxii_known_root_add(s, &roots[i], err));
        ENT_TRY(taxii_collection_list(s, arena, roots[i].name, &list, &collections, err));
        for (size_t j = 0; j < collections; j++)
            ENT_TRY(taxii_known_collection_add(s, &roots[i], &list[j], err));
    }
    return ENT_OK;
}

ent_code taxii_known_fill(taxii_store *s, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 30);
    ent_code rc = arena == NULL ? ent_fail(err, ENT_MEMORY, "no memory for collections")
                                : known_fill(s, arena, err);

    ent_arena_free(arena);
    return rc;
}
