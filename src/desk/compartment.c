#include "desk/compartment.h"

#include "desk/named.h"
#include "desk/work.h"

#define KIND "compartment"
#define UUID ((size_t)36)

static const char *const documents[] = {
#define X(kind) kind,
#include "desk/compartment.def"
#undef X
};

/* How far an id is hidden; more comes later. */
enum hiding {
    OF_OWNER,  /* some owners' rows of it; somebody else holds it too */
    AND_WORDS, /* some owners' rows, and the documents that name it */
    WHOLLY     /* whoever's */
};

struct row {
    ent_str owner, id;
};

/* The ids that are hidden, found by their last 36 characters, as texts name them. */
struct reader {
    store_reader base; /* first */
    ent_arena *arena;
    ent_str *ids;
    enum hiding *how; /* beside ids */
    size_t count, room;
    uint32_t *slots; /* place + 1; 0: free */
    size_t slot_count;
    struct row *rows; /* of ids that are not hidden wholly */
    size_t row_count, row_room;
};

bool desk_compartment_name(ent_str name)
{
    if (name.size == 0 || name.size > DESK_COMPARTMENT_NAME)
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (!((name.ptr[i] >= 'A' && name.ptr[i] <= 'Z') ||
              (name.ptr[i] >= '0' && name.ptr[i] <= '9') || name.ptr[i] == '-'))
            return false;
    return true;
}

/* ---- the set ---- */

static ent_str tail_of(ent_str id)
{
    return id.size <= UUID ? id : (ent_str){ id.ptr + id.size - UUID, UUID };
}

/* FNV-1a: whoever would fill one slot is one of our own, and only makes it slow. */
static size_t slot_begin(const struct reader *r, ent_str tail)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < tail.size; i++)
        hash = (hash ^ (unsigned char)tail.ptr[i]) * UINT64_C(1099511628211);
    return (size_t)(hash ^ (hash >> 32)) & (r->slot_count - 1);
}

/* Where this id is, or would be.  A record and a link may end alike, and are two. */
static size_t slot_of(const struct reader *r, ent_str id)
{
    size_t slot = slot_begin(r, tail_of(id));

    while (r->slots[slot] != 0 && !ent_str_equal(r->ids[r->slots[slot] - 1], id))
        slot = (slot + 1) & (r->slot_count - 1);
    return slot;
}

/* Is it hidden at least so far? */
static bool has(const struct reader *r, ent_str id, enum hiding least)
{
    uint32_t at = r->slot_count == 0 ? 0 : r->slots[slot_of(r, id)];

    return at > 0 && r->how[at - 1] >= least;
}

/* Is one that ends so? */
static bool has_tail(const struct reader *r, ent_str tail, enum hiding least)
{
    size_t slot = r->slot_count == 0 ? 0 : slot_begin(r, tail);

    for (; r->slot_count > 0 && r->slots[slot] != 0; slot = (slot + 1) & (r->slot_count - 1))
        if (r->how[r->slots[slot] - 1] >= least &&
            ent_str_equal(tail_of(r->ids[r->slots[slot] - 1]), tail))
            return true;
    return false;
}

static ent_code grow(struct reader *r, ent_err *err)
{
    size_t room = r->room == 0 ? 64 : 2 * r->room;
    ent_str *ids = ent_arena_array(r->arena, room, sizeof *ids);
    enum hiding *how = ent_arena_array(r->arena, room, sizeof *how);

    r->slots = ent_arena_array(r->arena, 2 * room, sizeof *r->slots);
    if (ids == NULL || how == NULL || r->slots == NULL)
        return ent_fail_arena(err);
    memset(r->slots, 0, 2 * room * sizeof *r->slots);
    if (r->count > 0) {
        memcpy(ids, r->ids, r->count * sizeof *ids);
        memcpy(how, r->how, r->count * sizeof *how);
    }
    r->ids = ids;
    r->how = how;
    r->room = room;
    r->slot_count = 2 * room;
    for (size_t i = 0; i < r->count; i++)
        r->slots[slot_of(r, ids[i])] = (uint32_t)i + 1;
    return ENT_OK;
}

static ent_code add(struct reader *r, ent_str id, enum hiding how, ent_err *err)
{
    size_t slot;

    if (has(r, id, how))
        return ENT_OK;
    if (has(r, id, OF_OWNER)) {
        r->how[r->slots[slot_of(r, id)] - 1] = how;
        return ENT_OK;
    }
    if (r->count == r->room)
        ENT_TRY(grow(r, err));
    slot = slot_of(r, id);
    r->ids[r->count] = ent_arena_str(r->arena, id);
    if (r->ids[r->count].ptr == NULL)
        return ent_fail_arena(err);
    r->how[r->count] = how;
    r->slots[slot] = (uint32_t)++r->count;
    return ENT_OK;
}

static ent_code row_add(struct reader *r, ent_str owner, ent_str id, ent_err *err)
{
    struct row *row;

    if (r->row_count == r->row_room) {
        struct row *rows = ent_arena_grow(r->arena, r->rows, &r->row_room, sizeof *rows);

        if (rows == NULL)
            return ent_fail_arena(err);
        r->rows = rows;
    }
    row = &r->rows[r->row_count++];
    row->owner = ent_arena_str(r->arena, owner);
    row->id = ent_arena_str(r->arena, id);
    return row->owner.ptr == NULL || row->id.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* ---- what is hidden ---- */

static bool row_hidden(const store_reader *reader, ent_str owner, ent_str id)
{
    const struct reader *r = (const struct reader *)reader;

    if (has(r, id, WHOLLY) || !has(r, id, OF_OWNER))
        return has(r, id, WHOLLY);
    for (size_t i = 0; i < r->row_count; i++)
        if (ent_str_equal(r->rows[i].owner, owner) && ent_str_equal(r->rows[i].id, id))
            return true;
    return false;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Does a hidden id stand in the text?  Wherever 36 characters could be a UUID, they are looked
 * up. */
static bool names_hidden(const struct reader *r, ent_str text)
{
    for (size_t i = 0; i + UUID <= text.size; i++)
        if (text.ptr[i + 8] == '-' && text.ptr[i + 13] == '-' && text.ptr[i + 18] == '-' &&
            text.ptr[i + 23] == '-' && is_hex(text.ptr[i]) &&
            has_tail(r, (ent_str){ text.ptr + i, UUID }, AND_WORDS))
            return true;
    return false;
}

static bool doc_hidden(const store_reader *reader, const store_doc *doc)
{
    const struct reader *r = (const struct reader *)reader;

    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
        if (ent_str_is(doc->kind, documents[i]))
            return names_hidden(r, doc->id) || names_hidden(r, doc->json);
    return false;
}

/* ---- for one person ---- */

struct person {
    struct reader *r;
    ent_arena *small;
    const ent_str *names;
    size_t count;
};

static bool is_in(const struct person *p, ent_str name)
{
    for (size_t i = 0; i < p->count; i++)
        if (ent_str_equal(p->names[i], name))
            return true;
    return false;
}

static ent_code held_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct person *p = arg;
    ent_json json;

    ent_arena_reset(p->small);
    ENT_TRY(ent_json_read(p->small, doc->json, &json, err));
    for (ent_json v = ent_json_first(ent_json_get(json, "names")); v.doc != NULL;
         v = ent_json_next(v))
        if (!is_in(p, ent_json_str(v)))
            return add(p->r, doc->id, WHOLLY, err);
    return ENT_OK;
}

/* Links and reports that name it: rows are added while the walk goes on, and walked later. */
static ent_code naming_take(void *arg, const store_row *row, ent_err *err)
{
    return add(arg, row->id, WHOLLY, err);
}

/* ---- what is for others by name ---- */

static ent_code named_take(void *arg, ent_str release, ent_str owner, ent_str id, ent_err *err)
{
    return id.size == 0 ? add(arg, release, AND_WORDS, err) : row_add(arg, owner, id, err);
}

struct beside {
    ent_str owner;
    bool there;
};

static ent_code beside_take(void *arg, const store_row *row, ent_err *err)
{
    struct beside *b = arg;

    (void)err;
    b->there = b->there || !ent_str_equal(row->owner, b->owner);
    return ENT_OK;
}

struct same_owner {
    struct reader *r;
    ent_str owner;
};

/* A link of the same owner tells that its end is there.  Ours are for ourselves to hide. */
static ent_code owner_naming_take(void *arg, const store_row *row, ent_err *err)
{
    struct same_owner *s = arg;

    return row_hidden(&s->r->base, row->owner, row->id) ? ENT_OK
                                                        : row_add(s->r, s->owner, row->id, err);
}

static ent_code named_fill(desk *d, struct reader *r, ent_str person, ent_err *err)
{
    ENT_TRY(desk_named_hidden(d, person, named_take, r, err));
    for (size_t i = 0; i < r->row_count; i++) {
        struct beside beside = { r->rows[i].owner, false };
        struct same_owner same = { r, r->rows[i].owner };
        const store_query held = { .id = r->rows[i].id, .frozen = true }, naming = {
            .owner = r->rows[i].owner.ptr, .ref = r->rows[i].id.ptr, .frozen = true
        };

        ENT_TRY(store_objects_each(d->store, &held, beside_take, &beside, err));
        ENT_TRY(add(r, r->rows[i].id, beside.there ? OF_OWNER : AND_WORDS, err));
        ENT_TRY(store_objects_each(d->store, &naming, owner_naming_take, &same, err));
    }
    return ENT_OK;
}

static ent_code reader_fill(desk *d, struct person *p, ent_err *err)
{
    struct reader *r = p->r;

    ENT_TRY(store_docs_each(d->store, KIND, NULL, NULL, held_take, p, err));
    for (size_t i = 0; i < r->count; i++) {
        const store_query query = { .ref = r->ids[i].ptr, .frozen = true };

        ENT_TRY(store_objects_each(d->store, &query, naming_take, r, err));
    }
    return ENT_OK;
}

ent_code desk_reader_open(desk *d, ent_arena *arena, ent_str person, const ent_str *names,
                          size_t count, const store_reader **reader, ent_err *err)
{
    struct reader *r = ent_arena_alloc(arena, sizeof *r);
    struct person p = { r, ent_arena_new((size_t)1 << 16), names, count };
    ent_code rc;

    *reader = NULL;
    if (r == NULL || p.small == NULL) {
        ent_arena_free(p.small);
        return ent_fail(err, ENT_MEMORY, "no memory for what a person may see");
    }
    *r = (struct reader){ .base = { row_hidden, doc_hidden, NULL, 0 }, .arena = arena };
    rc = reader_fill(d, &p, err);
    if (rc == ENT_OK)
        rc = named_fill(d, r, person, err);
    ent_arena_free(p.small);
    r->base.ids = r->ids;
    r->base.count = r->count;
    if (rc == ENT_OK && r->count > 0)
        *reader = &r->base;
    return rc;
}

static void hash_mix(ent_hash *all, const ent_span *pieces, size_t count)
{
    ent_hash one = ent_hash_pieces(pieces, count);

    for (size_t b = 0; b < ENT_HASH_SIZE; b++)
        all->bytes[b] ^= one.bytes[b];
}

ent_hash desk_reader_hash(const store_reader *reader)
{
    const struct reader *r = (const struct reader *)reader;
    ent_hash all = { { 0 } };

    for (size_t i = 0; r != NULL && i < r->count; i++) {
        const ent_span pieces[] = { ent_span_of_str(r->ids[i]), { &r->how[i], sizeof r->how[i] } };

        hash_mix(&all, pieces, 2);
    }
    for (size_t i = 0; r != NULL && i < r->row_count; i++) {
        const ent_span pieces[] = { ent_span_of_str(r->rows[i].owner),
                                    { "/", 1 },
                                    ent_span_of_str(r->rows[i].id) };

        hash_mix(&all, pieces, 3);
    }
    return all;
}

/* ---- putting and taking ---- */

static ent_code names_write(desk *d, ent_arena *arena, ent_str object, ent_json before, ent_str add,
                            ent_str leave, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR(KIND),
                      .id = object,
                      .peer = ENT_STR(""),
                      .state = ENT_STR("held"),
                      .time = d->now };
    size_t count = 0;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "names");
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(before); v.doc != NULL; v = ent_json_next(v))
        if (!ent_str_equal(ent_json_str(v), leave)) {
            ent_jw_str(&w, ent_json_str(v));
            count++;
        }
    if (add.size > 0)
        ent_jw_str(&w, add);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return count == 0 && add.size == 0 ? store_doc_delete(d->store, KIND, object, err)
                                       : store_doc_put(d->store, &doc, err);
}

static ent_code names_read(desk *d, ent_arena *arena, ent_str object, ent_str name, ent_json *names,
                           bool *is_there, ent_err *err)
{
    store_doc doc;
    ent_json json;
    bool found;

    *names = (ent_json){ .doc = NULL };
    if (!desk_compartment_name(name))
        return ent_fail(err, ENT_USAGE, "a compartment's name is 1 to %d of A-Z 0-9 and '-'",
                        DESK_COMPARTMENT_NAME);
    ENT_TRY(desk_doc_found(d, arena, KIND, object, &doc, &found, err));
    if (found) {
        ENT_TRY(ent_json_read(arena, doc.json, &json, err));
        *names = ent_json_get(json, "names");
    }
    *is_there = desk_list_has(*names, name);
    return ENT_OK;
}

/* The same of a record that who works may see. */
static ent_code held_read(desk *d, ent_arena *arena, ent_str object, ent_str name, ent_json *names,
                          bool *is_there, ent_err *err)
{
    store_row row;

    ENT_TRY(names_read(d, arena, object, name, names, is_there, err));
    return store_object_get(d->store, arena, NULL, object, &row, err);
}

ent_code desk_compartment_hold(desk *d, ent_arena *arena, ent_str object, ent_str name,
                               ent_err *err)
{
    ent_json names;
    bool is_there;

    ENT_TRY(names_read(d, arena, object, name, &names, &is_there, err));
    return is_there ? ENT_OK : names_write(d, arena, object, names, name, ENT_STR(""), err);
}

ent_code desk_compartment_put(desk *d, ent_arena *arena, ent_str object, ent_str name, ent_err *err)
{
    ent_json names;
    bool is_there;

    ENT_TRY(held_read(d, arena, object, name, &names, &is_there, err));
    if (is_there)
        return ent_fail(err, ENT_CONFLICT, "it is in the compartment '%.*s' already",
                        ENT_STR_ARG(name));
    return names_write(d, arena, object, names, name, ENT_STR(""), err);
}

ent_code desk_compartment_take(desk *d, ent_arena *arena, ent_str object, ent_str name,
                               ent_err *err)
{
    ent_json names;
    bool is_there;

    ENT_TRY(held_read(d, arena, object, name, &names, &is_there, err));
    if (!is_there)
        return ent_fail(err, ENT_CONFLICT, "it is not in the compartment '%.*s'",
                        ENT_STR_ARG(name));
    return names_write(d, arena, object, names, ENT_STR(""), name, err);
}

ent_code desk_compartment_list(desk *d, ent_arena *arena, desk_compartment_each each, void *arg,
                               ent_err *err)
{
    const store_reader *reader = store_reader_of(d->store);
    store_doc *docs;
    size_t count;
    ent_json json;

    ENT_TRY(desk_docs(d, arena, KIND, NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (reader != NULL && reader->row_hidden(reader, ENT_STR(""), docs[i].id))
            continue;
        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        ENT_TRY(each(arg, docs[i].id, ent_json_get(json, "names"), err));
    }
    return ENT_OK;
}
