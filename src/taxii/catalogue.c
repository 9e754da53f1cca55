/* Roots and collections: made by commands, read by every request, never cached, so that
 * a command takes effect at once.  A request finds them among what its user may know of
 * (taxii/known.c), so what is hidden from it is as absent as what is not there. */
#include "taxii/store_int.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

#define TITLE_SIZE    ((size_t)1024)
#define CONTENT_LEAST 1024
#define NAMES_SIZE    ((size_t)65536)

bool taxii_root_name_valid(ent_str name)
{
    static const char *const taken[] = { "taxii2",  "api",    "healthz", "metrics",
                                         "console", "assets", "entente" };

    if (name.size == 0 || name.size >= TAXII_ROOT_SIZE)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-'))
            return false;
    }
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (ent_str_is(name, taken[i]))
            return false;
    return true;
}

bool taxii_uuid4_valid(ent_str id)
{
    return id.size == 36 && ent_uuid_valid(id) && id.ptr[14] == '4' &&
           strchr("89ab", id.ptr[19]) != NULL;
}

bool taxii_names_have(ent_str names, ent_str user)
{
    if (ent_str_is(names, "*"))
        return true;
    /* ",a,b,": a name lies between two commas. */
    for (size_t at = 0; at + user.size + 2 <= names.size; at++)
        if (names.ptr[at] == ',' && names.ptr[at + 1 + user.size] == ',' &&
            memcmp(names.ptr + at + 1, user.ptr, user.size) == 0)
            return user.size > 0;
    return false;
}

static bool title_valid(ent_str title)
{
    return title.size > 0 && title.size <= TITLE_SIZE && ent_utf8_valid(title) &&
           memchr(title.ptr, '\0', title.size) == NULL;
}

/* ---- roots ---- */

static ent_code root_judge(taxii_store *s, ent_arena *arena, const taxii_root *root, ent_err *err)
{
    taxii_root present;
    ent_code rc;

    if (!taxii_root_name_valid(root->name))
        return ent_fail(err, ENT_USAGE,
                        "a root's name is 1 to 64 of A-Z a-z 0-9 _ - and none of the paths that "
                        "are taken, not '%.*s'",
                        ENT_STR_ARG(root->name));
    if (!title_valid(root->title))
        return ent_fail(err, ENT_USAGE, "a title is 1 to %zu bytes of UTF-8", TITLE_SIZE);
    if (root->partner.size > 0 && root->is_public)
        return ent_fail(err, ENT_USAGE, "what a partner released is never public");
    if (root->max_content_length < CONTENT_LEAST)
        return ent_fail(err, ENT_USAGE, "the maximum content length is at least %d bytes",
                        CONTENT_LEAST);
    rc = taxii_root_get(s, arena, root->name, &present, err);
    if (rc == ENT_OK)
        return ent_fail(err, ENT_CONFLICT, "there is a root '%.*s' already",
                        ENT_STR_ARG(root->name));
    if (rc == ENT_NOT_FOUND)
        *err = (ent_err){ 0 };
    return rc == ENT_NOT_FOUND ? ENT_OK : rc;
}

static ent_code root_insert(taxii_store *s, const taxii_root *root, ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_ROOT_ADD, &stmt, err));
    taxii_bind(stmt, 1, root->name);
    taxii_bind(stmt, 2, root->title);
    (void)sqlite3_bind_int64(stmt, 3, root->max_content_length);
    (void)sqlite3_bind_int(stmt, 4, root->is_public);
    taxii_bind(stmt, 5, root->partner);
    ENT_TRY(taxii_statement_run(s, stmt, err));
    return taxii_known_root_add(s, root, err);
}

ent_code taxii_root_add(taxii_store *s, const taxii_root *root, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a root");
    rc = taxii_store_begin(s, err);
    if (rc == ENT_OK)
        rc = root_judge(s, arena, root, err);
    if (rc == ENT_OK)
        rc = root_insert(s, root, err);
    rc = taxii_store_end(s, rc, err);
    ent_arena_free(arena);
    return rc;
}

static ent_code root_fill(sqlite3_stmt *stmt, ent_arena *arena, taxii_root *root, ent_err *err)
{
    *root = (taxii_root){ .name = taxii_column_copy(stmt, 0, arena),
                          .title = taxii_column_copy(stmt, 1, arena),
                          .max_content_length = sqlite3_column_int64(stmt, 2),
                          .is_public = sqlite3_column_int(stmt, 3) != 0,
                          .partner = taxii_column_copy(stmt, 4, arena) };
    return root->name.ptr == NULL || root->title.ptr == NULL || root->partner.ptr == NULL
               ? ent_fail_arena(err)
               : ENT_OK;
}

/* Gives the statement back. */
static ent_code root_read(taxii_store *s, sqlite3_stmt *stmt, ent_arena *arena, ent_str name,
                          taxii_root *root, ent_err *err)
{
    ent_code rc = taxii_statement_row(s, stmt, err);

    if (rc == ENT_OK)
        rc = root_fill(stmt, arena, root, err);
    else if (rc == ENT_NOT_FOUND)
        rc = ent_fail(err, ENT_NOT_FOUND, "there is no root '%.*s'; `entente taxii root list`",
                      ENT_STR_ARG(name));
    taxii_statement_put(s, stmt);
    return rc;
}

ent_code taxii_root_get(taxii_store *s, ent_arena *arena, ent_str name, taxii_root *root,
                        ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_ROOT_GET, &stmt, err));
    taxii_bind(stmt, 1, name);
    return root_read(s, stmt, arena, name, root, err);
}

/* Room for one more in a list that grows in the arena. */
static void *list_grow(ent_arena *arena, void *list, size_t count, size_t size)
{
    void *grown;

    if (count != 0 && (count & (count - 1)) != 0)
        return list;
    grown = ent_arena_array(arena, count == 0 ? 1 : count * 2, size);
    if (grown != NULL && count > 0)
        memcpy(grown, list, count * size);
    return grown;
}

/* Gives the statement back. */
static ent_code roots_read(taxii_store *s, sqlite3_stmt *stmt, ent_arena *arena, taxii_root **roots,
                           size_t *count, ent_err *err)
{
    ent_code rc;

    *roots = NULL;
    *count = 0;
    while ((rc = taxii_statement_row(s, stmt, err)) == ENT_OK) {
        *roots = list_grow(arena, *roots, *count, sizeof **roots);
        rc = *roots == NULL ? ent_fail_arena(err) : root_fill(stmt, arena, &(*roots)[*count], err);
        if (rc != ENT_OK)
            break;
        ++*count;
    }
    taxii_statement_put(s, stmt);
    return rc == ENT_NOT_FOUND ? ENT_OK : rc;
}

ent_code taxii_root_list(taxii_store *s, ent_arena *arena, taxii_root **roots, size_t *count,
                         ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_ROOT_LIST, &stmt, err));
    return roots_read(s, stmt, arena, roots, count, err);
}

static ent_code rows_remove(taxii_store *s, int64_t number, ent_err *err)
{
    static const taxii_sql both[] = { TAXII_SQL_COLLECTION_EMPTY, TAXII_SQL_COLLECTION_EMPTY2 };
    sqlite3_stmt *stmt;

    for (size_t i = 0; i < 2; i++) {
        ENT_TRY(taxii_statement_get(s, both[i], &stmt, err));
        (void)sqlite3_bind_int64(stmt, 1, taxii_key_of(number, 0));
        (void)sqlite3_bind_int64(stmt, 2, taxii_key_of(number + 1, 0));
        ENT_TRY(taxii_statement_run(s, stmt, err));
    }
    ENT_TRY(taxii_statement_get(s, TAXII_SQL_COLLECTION_REMOVE, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, number);
    return taxii_statement_run(s, stmt, err);
}

/* A collection with all that is in it, and with what is kept of it for its readers. */
static ent_code content_remove(taxii_store *s, int64_t number, ent_err *err)
{
    int64_t shadows[TAXII_NUMBERS];
    char title[24];
    size_t count = 0;
    sqlite3_stmt *stmt;

    (void)snprintf(title, sizeof title, "%lld", (long long)number);
    ENT_TRY(taxii_statement_get(s, TAXII_SQL_SHADOW_LIST, &stmt, err));
    taxii_bind(stmt, 1, ent_str_of(title));
    while (count < TAXII_NUMBERS && taxii_statement_row(s, stmt, err) == ENT_OK)
        shadows[count++] = sqlite3_column_int64(stmt, 0);
    taxii_statement_put(s, stmt);
    if (err->code != ENT_OK)
        return err->code;
    for (size_t i = 0; i < count; i++)
        ENT_TRY(rows_remove(s, shadows[i], err));
    ENT_TRY(taxii_statement_get(s, TAXII_SQL_KNOWN_REMOVE, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, number);
    ENT_TRY(taxii_statement_run(s, stmt, err));
    return rows_remove(s, number, err);
}

static ent_code all_remove(taxii_store *s, ent_str name, const taxii_collection *list, size_t count,
                           ent_err *err)
{
    sqlite3_stmt *stmt;

    for (size_t i = 0; i < count; i++)
        ENT_TRY(content_remove(s, list[i].number, err));
    ENT_TRY(taxii_statement_get(s, TAXII_SQL_KNOWN_REMOVE_ROOT, &stmt, err));
    taxii_bind(stmt, 1, name);
    ENT_TRY(taxii_statement_run(s, stmt, err));
    ENT_TRY(taxii_statement_get(s, TAXII_SQL_ROOT_REMOVE, &stmt, err));
    taxii_bind(stmt, 1, name);
    return taxii_statement_run(s, stmt, err);
}

ent_code taxii_root_remove(taxii_store *s, ent_str name, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    taxii_collection *list;
    taxii_root root;
    size_t count;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a root");
    rc = taxii_store_begin(s, err);
    if (rc == ENT_OK)
        rc = taxii_root_get(s, arena, name, &root, err);
    if (rc == ENT_OK)
        rc = taxii_collection_list(s, arena, name, &list, &count, err);
    if (rc == ENT_OK)
        rc = all_remove(s, name, list, count, err);
    rc = taxii_store_end(s, rc, err);
    ent_arena_free(arena);
    return rc;
}

/* ---- collections ---- */

/* Views of holdings are for named users, to be read. */
static ent_code view_judge(const taxii_collection *c, const taxii_root *root, ent_err *err)
{
    if (root->is_public)
        return ent_fail(err, ENT_USAGE,
                        "the root '%.*s' is public; a view of holdings is for named users",
                        ENT_STR_ARG(c->root));
    if (ent_str_is(c->read, "*"))
        return ent_fail(err, ENT_USAGE, "a view of holdings is for named users, not for '*'");
    if (c->write.size > 0)
        return ent_fail(err, ENT_USAGE, "nobody writes to a view of holdings");
    return ENT_OK;
}

static ent_code collection_judge(taxii_store *s, ent_arena *arena, const taxii_collection *c,
                                 taxii_root *root, ent_err *err)
{
    taxii_collection present;

    if (!taxii_uuid4_valid(c->id))
        return ent_fail(err, ENT_USAGE, "a collection's id is a UUIDv4 or `new`, not '%.*s'",
                        ENT_STR_ARG(c->id));
    if (!title_valid(c->title))
        return ent_fail(err, ENT_USAGE, "a title is 1 to %zu bytes of UTF-8", TITLE_SIZE);
    /* A connector of OpenCTI splits "root.title" at the dots. */
    if (memchr(c->title.ptr, '.', c->title.size) != NULL)
        return ent_fail(err, ENT_USAGE, "the title of a collection has no '.'");
    if (c->alias.size > 0 && (!taxii_root_name_valid(c->alias) || taxii_uuid4_valid(c->alias)))
        return ent_fail(err, ENT_USAGE, "an alias is 1 to 64 of A-Z a-z 0-9 _ -, not '%.*s'",
                        ENT_STR_ARG(c->alias));
    if (c->read.size > NAMES_SIZE || c->write.size > NAMES_SIZE)
        return ent_fail(err, ENT_LIMIT, "a list of users is at most %zu bytes", NAMES_SIZE);
    ENT_TRY(taxii_root_get(s, arena, c->root, root, err));
    if (c->query.size > 0)
        ENT_TRY(view_judge(c, root, err));
    else if (root->partner.size > 0)
        return ent_fail(err, ENT_USAGE, "the root of a partner has views (--query) only");
    for (int i = 0; i < (c->alias.size > 0 ? 2 : 1); i++) {
        ent_str name = i == 0 ? c->id : c->alias;
        ent_code rc = taxii_collection_get(s, arena, c->root, name, &present, err);

        if (rc == ENT_OK)
            return ent_fail(err, ENT_CONFLICT, "there is a collection '%.*s' in this root already",
                            ENT_STR_ARG(name));
        if (rc != ENT_NOT_FOUND)
            return rc;
        *err = (ent_err){ 0 };
    }
    return ENT_OK;
}

static ent_code number_take(taxii_store *s, int64_t *taken, ent_err *err)
{
    int64_t number = 0;
    sqlite3_stmt *stmt;
    ent_code rc;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_COLLECTION_FREE, &stmt, err));
    rc = taxii_statement_row(s, stmt, err);
    if (rc == ENT_OK)
        number = sqlite3_column_int64(stmt, 0);
    taxii_statement_put(s, stmt);
    if (rc != ENT_OK)
        return rc;
    if (number <= 0 || number >= TAXII_NUMBERS)
        return ent_fail(err, ENT_LIMIT, "there are %lld collections, which is all there can be",
                        (long long)TAXII_NUMBERS - 1);
    *taken = number;
    return ENT_OK;
}

static ent_code collection_insert(taxii_store *s, const taxii_root *root, taxii_collection c,
                                  ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(number_take(s, &c.number, err));
    ENT_TRY(taxii_statement_get(s, TAXII_SQL_COLLECTION_ADD, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, c.number);
    taxii_bind(stmt, 2, c.root);
    taxii_bind(stmt, 3, c.id);
    taxii_bind(stmt, 4, c.title);
    if (c.alias.size > 0)
        taxii_bind(stmt, 5, c.alias);
    taxii_bind(stmt, 6, c.read);
    taxii_bind(stmt, 7, c.write);
    taxii_bind(stmt, 8, c.query);
    ENT_TRY(taxii_statement_run(s, stmt, err));
    return taxii_known_collection_add(s, root, &c, err);
}

ent_code taxii_collection_add(taxii_store *s, const taxii_collection *c, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    taxii_root root;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a collection");
    rc = taxii_store_begin(s, err);
    if (rc == ENT_OK)
        rc = collection_judge(s, arena, c, &root, err);
    if (rc == ENT_OK)
        rc = collection_insert(s, &root, *c, err);
    rc = taxii_store_end(s, rc, err);
    ent_arena_free(arena);
    return rc;
}

static ent_code collection_fill(sqlite3_stmt *stmt, ent_arena *arena, taxii_collection *c,
                                ent_err *err)
{
    ent_str *const fields[] = { &c->root, &c->id,    &c->title, &c->alias,
                                &c->read, &c->write, &c->query };

    c->number = sqlite3_column_int64(stmt, 0);
    for (int i = 0; i < 7; i++) {
        *fields[i] = taxii_column_copy(stmt, i + 1, arena);
        if (fields[i]->ptr == NULL)
            return ent_fail_arena(err);
    }
    return ENT_OK;
}

/* Gives the statement back. */
static ent_code collection_read(taxii_store *s, sqlite3_stmt *stmt, ent_arena *arena, ent_str id,
                                taxii_collection *collection, ent_err *err)
{
    ent_code rc = taxii_statement_row(s, stmt, err);

    if (rc == ENT_OK)
        rc = collection_fill(stmt, arena, collection, err);
    else if (rc == ENT_NOT_FOUND)
        rc = ent_fail(err, ENT_NOT_FOUND, "there is no collection '%.*s' in this root",
                      ENT_STR_ARG(id));
    taxii_statement_put(s, stmt);
    return rc;
}

ent_code taxii_collection_get(taxii_store *s, ent_arena *arena, ent_str root, ent_str id,
                              taxii_collection *collection, ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_COLLECTION_GET, &stmt, err));
    taxii_bind(stmt, 1, root);
    taxii_bind(stmt, 2, id);
    return collection_read(s, stmt, arena, id, collection, err);
}

/* Gives the statement back. */
static ent_code collections_read(taxii_store *s, sqlite3_stmt *stmt, ent_arena *arena,
                                 taxii_collection **list, size_t *count, ent_err *err)
{
    ent_code rc;

    *list = NULL;
    *count = 0;
    while ((rc = taxii_statement_row(s, stmt, err)) == ENT_OK) {
        *list = list_grow(arena, *list, *count, sizeof **list);
        rc = *list == NULL ? ent_fail_arena(err)
                           : collection_fill(stmt, arena, &(*list)[*count], err);
        if (rc != ENT_OK)
            break;
        ++*count;
    }
    taxii_statement_put(s, stmt);
    return rc == ENT_NOT_FOUND ? ENT_OK : rc;
}

ent_code taxii_collection_list(taxii_store *s, ent_arena *arena, ent_str root,
                               taxii_collection **list, size_t *count, ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(
        s, root.ptr == NULL ? TAXII_SQL_COLLECTION_ALL : TAXII_SQL_COLLECTION_LIST, &stmt, err));
    if (root.ptr != NULL)
        taxii_bind(stmt, 1, root);
    return collections_read(s, stmt, arena, list, count, err);
}

ent_code taxii_collection_remove(taxii_store *s, ent_str root, ent_str id, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    taxii_collection collection;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a collection");
    rc = taxii_store_begin(s, err);
    if (rc == ENT_OK)
        rc = taxii_collection_get(s, arena, root, id, &collection, err);
    if (rc == ENT_OK)
        rc = content_remove(s, collection.number, err);
    rc = taxii_store_end(s, rc, err);
    ent_arena_free(arena);
    return rc;
}

/* ---- what a user may know of ---- */

ent_code taxii_known_root(taxii_store *s, ent_arena *arena, ent_str user, ent_str name,
                          taxii_root *root, ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_KNOWN_ROOT, &stmt, err));
    taxii_bind(stmt, 1, user);
    taxii_bind(stmt, 2, name);
    return root_read(s, stmt, arena, name, root, err);
}

ent_code taxii_known_roots(taxii_store *s, ent_arena *arena, ent_str user, taxii_root **roots,
                           size_t *count, ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_KNOWN_ROOTS, &stmt, err));
    taxii_bind(stmt, 1, user);
    return roots_read(s, stmt, arena, roots, count, err);
}

ent_code taxii_known_collection(taxii_store *s, ent_arena *arena, ent_str user, ent_str root,
                                ent_str id, taxii_collection *collection, ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_KNOWN_COLLECTION, &stmt, err));
    taxii_bind(stmt, 1, user);
    taxii_bind(stmt, 2, root);
    taxii_bind(stmt, 3, id);
    return collection_read(s, stmt, arena, id, collection, err);
}

ent_code taxii_known_collections(taxii_store *s, ent_arena *arena, ent_str user, ent_str root,
                                 taxii_collection **list, size_t *count, ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_KNOWN_COLLECTIONS, &stmt, err));
    taxii_bind(stmt, 1, user);
    taxii_bind(stmt, 2, root);
    return collections_read(s, stmt, arena, list, count, err);
}

/* ---- shadows ---- */

static ent_str shadow_id(ent_arena *arena, int64_t collection, ent_str audience)
{
    return ent_arena_printf(arena, "%lld/%.*s", (long long)collection, ENT_STR_ARG(audience));
}

ent_code taxii_shadow_get(taxii_store *s, ent_arena *arena, int64_t collection, ent_str audience,
                          taxii_shadow *shadow, ent_err *err)
{
    ent_str id = shadow_id(arena, collection, audience), text;
    sqlite3_stmt *stmt;
    ent_code rc;
    char *end;

    *shadow = (taxii_shadow){ .state = { "", 0 } };
    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(taxii_statement_get(s, TAXII_SQL_SHADOW_GET, &stmt, err));
    taxii_bind(stmt, 1, id);
    rc = taxii_statement_row(s, stmt, err);
    if (rc == ENT_OK) {
        shadow->number = sqlite3_column_int64(stmt, 0);
        text = taxii_column_copy(stmt, 1, arena);
        if (text.ptr == NULL)
            rc = ent_fail_arena(err);
        else if (text.size > 0) {
            shadow->position = strtoll(text.ptr, &end, 10);
            shadow->state = ent_str_of(end + (*end == ' '));
        }
    } else if (rc == ENT_NOT_FOUND) {
        rc = ent_fail(err, ENT_NOT_FOUND, "nothing is kept of this view yet");
    }
    taxii_statement_put(s, stmt);
    return rc;
}

ent_code taxii_shadow_add(taxii_store *s, ent_arena *arena, int64_t collection, ent_str audience,
                          ent_err *err)
{
    ent_str id = shadow_id(arena, collection, audience);
    char title[24];
    sqlite3_stmt *stmt;
    int64_t number;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    (void)snprintf(title, sizeof title, "%lld", (long long)collection);
    ENT_TRY(number_take(s, &number, err));
    ENT_TRY(taxii_statement_get(s, TAXII_SQL_SHADOW_ADD, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, number);
    taxii_bind(stmt, 2, id);
    taxii_bind(stmt, 3, ent_str_of(title));
    return taxii_statement_run(s, stmt, err);
}

ent_code taxii_shadow_set(taxii_store *s, ent_arena *arena, const taxii_shadow *shadow,
                          ent_err *err)
{
    ent_str text = ent_arena_printf(arena, "%lld %.*s", (long long)shadow->position,
                                    ENT_STR_ARG(shadow->state));
    sqlite3_stmt *stmt;

    if (text.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(taxii_statement_get(s, TAXII_SQL_SHADOW_SET, &stmt, err));
    taxii_bind(stmt, 1, text);
    (void)sqlite3_bind_int64(stmt, 2, shadow->number);
    return taxii_statement_run(s, stmt, err);
}
