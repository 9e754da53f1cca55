/* The plain backend: rows in an array, questions by looking at each.  Slow on purpose and
 * obvious, so that the others are compared with it.  Nothing is ever freed before the end:
 * what a row says never changes, a change is another row in its place, and so a copy of the
 * array of pointers is all that a transaction needs to be undone. */
#include "store/backend_int.h"

#include <stdlib.h>

#define ROOM ((size_t)1 << 30)

struct row {
    store_row row;
    ent_str text;
    ent_str *keys, *refs;
    size_t key_count, ref_count;
};

struct state {
    const struct row **rows;
    const store_doc **docs;
    size_t row_count, row_room, doc_count, doc_room;
    int64_t number;
};

struct memory {
    store base;
    ent_arena *arena;
    struct state now, before, marked; /* as they were at begin and at mark */
    bool open, mark;
};

static struct memory *of(store *s)
{
    return (struct memory *)s;
}

static ent_code no_memory(ent_err *err)
{
    return ent_fail(err, ENT_MEMORY, "no memory for the store");
}

/* ---- states ---- */

static ent_code state_copy(struct memory *m, const struct state *from, struct state *to,
                           ent_err *err)
{
    *to = *from;
    to->row_room = from->row_count + 16;
    to->doc_room = from->doc_count + 16;
    to->rows = ent_arena_array(m->arena, to->row_room, sizeof *to->rows);
    to->docs = ent_arena_array(m->arena, to->doc_room, sizeof *to->docs);
    if (to->rows == NULL || to->docs == NULL)
        return no_memory(err);
    if (from->row_count > 0)
        memcpy(to->rows, from->rows, from->row_count * sizeof *to->rows);
    if (from->doc_count > 0)
        memcpy(to->docs, from->docs, from->doc_count * sizeof *to->docs);
    return ENT_OK;
}

static ent_code begin(store *s, ent_err *err)
{
    struct memory *m = of(s);

    if (m->open)
        return ent_fail(err, ENT_IO, "the store: a transaction within a transaction");
    ENT_TRY(state_copy(m, &m->now, &m->before, err));
    m->open = true;
    m->mark = false;
    return ENT_OK;
}

static ent_code commit(store *s, ent_err *err)
{
    struct memory *m = of(s);

    if (!m->open)
        return ent_fail(err, ENT_IO, "the store: there is no transaction to commit");
    m->open = m->mark = false;
    return ENT_OK;
}

static void rollback(store *s)
{
    struct memory *m = of(s);

    if (m->open)
        m->now = m->before;
    m->open = m->mark = false;
}

static ent_code mark(store *s, ent_err *err)
{
    struct memory *m = of(s);

    ENT_TRY(state_copy(m, &m->now, &m->marked, err));
    m->mark = true;
    return ENT_OK;
}

static ent_code mark_keep(store *s, ent_err *err)
{
    struct memory *m = of(s);

    if (!m->mark)
        return ent_fail(err, ENT_IO, "the store: there is no mark");
    m->mark = false;
    return ENT_OK;
}

static ent_code mark_undo(store *s, ent_err *err)
{
    ENT_TRY(mark_keep(s, err));
    of(s)->now = of(s)->marked;
    return ENT_OK;
}

/* ---- rows ---- */

static ent_code list_copy(struct memory *m, const ent_str *list, size_t count, ent_str **to,
                          size_t *to_count, ent_err *err)
{
    *to_count = 0;
    *to = ent_arena_array(m->arena, count + 1, sizeof **to);
    if (*to == NULL)
        return no_memory(err);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;

        while (at < *to_count && !ent_str_equal((*to)[at], list[i]))
            at++;
        if (at < *to_count)
            continue; /* once is enough */
        for (at = *to_count; at > 0 && ent_str_compare((*to)[at - 1], list[i]) > 0; at--)
            (*to)[at] = (*to)[at - 1];
        (*to)[at] = ent_arena_str(m->arena, list[i]);
        if ((*to)[at].ptr == NULL)
            return no_memory(err);
        (*to_count)++;
    }
    return ENT_OK;
}

static ent_code row_add(struct memory *m, const store_object *o, bool latest, ent_str tombstone,
                        ent_err *err)
{
    struct row *r = ent_arena_alloc(m->arena, sizeof *r);

    if (r == NULL)
        return no_memory(err);
    r->row = (store_row){ .number = ++m->now.number,
                          .owner = o->owner,
                          .id = o->id,
                          .version = o->version,
                          .type = o->type,
                          .bytes = o->bytes,
                          .source = o->source,
                          .retention = o->retention,
                          .received = o->received,
                          .tombstone = tombstone,
                          .handling = o->handling,
                          .quarantine = o->quarantine,
                          .latest = latest,
                          .when = o->when,
                          .place = o->place };
    ENT_TRY(store_row_copy(m->arena, &r->row, err));
    r->text = ent_arena_str(m->arena, latest ? o->text : ENT_STR(""));
    if (r->text.ptr == NULL)
        return no_memory(err);
    ENT_TRY(list_copy(m, o->keys, latest ? o->key_count : 0, &r->keys, &r->key_count, err));
    ENT_TRY(list_copy(m, o->refs, latest ? o->ref_count : 0, &r->refs, &r->ref_count, err));
    if (m->now.row_count == m->now.row_room) {
        struct state grown;

        ENT_TRY(state_copy(m, &m->now, &grown, err));
        m->now = grown;
    }
    m->now.rows[m->now.row_count++] = r;
    return ENT_OK;
}

/* A row of its own that can be changed, in the place of this one. */
static struct row *row_replace(struct memory *m, size_t at)
{
    struct row *r = ent_arena_alloc(m->arena, sizeof *r);

    if (r != NULL) {
        *r = *m->now.rows[at];
        m->now.rows[at] = r;
    }
    return r;
}

static void row_remove(struct memory *m, size_t at)
{
    memmove(&m->now.rows[at], &m->now.rows[at + 1],
            (m->now.row_count - at - 1) * sizeof *m->now.rows);
    m->now.row_count--;
}

static bool is_object(const struct row *r, ent_str owner, ent_str id)
{
    return ent_str_equal(r->row.owner, owner) && ent_str_equal(r->row.id, id);
}

static ent_code put(store *s, const store_object *o, bool fresh, store_put_result *result,
                    ent_err *err)
{
    struct memory *m = of(s);
    bool older = false, before = false;

    (void)fresh;
    for (size_t i = 0; i < m->now.row_count; i++) {
        const struct row *r = m->now.rows[i];

        if (!is_object(r, o->owner, o->id) || !ent_str_equal(r->row.version, o->version))
            continue;
        if (r->row.quarantine.size == 0) {
            *result = ent_str_equal(r->row.bytes, o->bytes) ? STORE_UNCHANGED : STORE_CONFLICTS;
            return ENT_OK;
        }
        row_remove(m, i);
        break;
    }
    if (o->quarantine.size > 0) {
        *result = STORE_HELD;
        return row_add(m, o, false, ENT_STR(""), err);
    }
    for (size_t i = 0; i < m->now.row_count; i++) {
        struct row *changed;

        if (!is_object(m->now.rows[i], o->owner, o->id) || !m->now.rows[i]->row.latest)
            continue;
        before = true;
        older = store_version_older(o->version, m->now.rows[i]->row.version);
        if (older)
            break;
        changed = row_replace(m, i);
        if (changed == NULL)
            return no_memory(err);
        changed->row.latest = false;
        changed->key_count = changed->ref_count = 0;
        changed->text = ENT_STR("");
    }
    *result = !before ? STORE_ADDED : older ? STORE_OLDER : STORE_UPDATED;
    return row_add(m, o, !older, ENT_STR(""), err);
}

static ent_code put_row(store *s, const store_object *o, bool latest, ent_str tombstone,
                        ent_err *err)
{
    return row_add(of(s), o, latest, tombstone, err);
}

static ent_code index_put(store *s, int64_t number, const ent_str *keys, size_t key_count,
                          ent_str text, ent_err *err)
{
    struct memory *m = of(s);
    struct row *changed;
    size_t at = 0;

    while (at < m->now.row_count && m->now.rows[at]->row.number != number)
        at++;
    if (at == m->now.row_count)
        return ENT_OK;
    changed = row_replace(m, at);
    if (changed == NULL)
        return no_memory(err);
    changed->text = ent_arena_str(m->arena, text);
    if (changed->text.ptr == NULL)
        return no_memory(err);
    return list_copy(m, keys, key_count, &changed->keys, &changed->key_count, err);
}

static ent_code get(store *s, ent_arena *arena, const char *owner, ent_str id, store_row *row,
                    enum store_found *found, ent_err *err)
{
    const struct memory *m = of(s);
    const struct row *best = NULL;

    *found = STORE_ABSENT;
    for (size_t i = 0; i < m->now.row_count; i++) {
        const struct row *r = m->now.rows[i];

        if (!ent_str_equal(r->row.id, id) || (owner != NULL && !ent_str_is(r->row.owner, owner)))
            continue;
        *found = STORE_HIDDEN;
        if (r->row.latest && (best == NULL || (best->row.owner.size > 0 && r->row.owner.size == 0)))
            best = r;
    }
    if (best == NULL)
        return ENT_OK;
    *found = STORE_FOUND;
    *row = best->row;
    return store_row_copy(arena, row, err);
}

/* ---- questions ---- */

static ent_code pointers_copy(const void *from, size_t count, ent_arena **arena, void **to,
                              ent_err *err)
{
    *arena = ent_arena_new(ROOM);
    *to = *arena == NULL ? NULL : ent_arena_array(*arena, count + 1, sizeof(void *));
    if (*to == NULL) {
        ent_arena_free(*arena);
        return no_memory(err);
    }
    if (count > 0)
        memcpy(*to, from, count * sizeof(void *));
    return ENT_OK;
}

static bool has(const ent_str *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_is(list[i], text))
            return true;
    return false;
}

static bool is_letter(char c)
{
    return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

/* Is this a word of the text, or the beginning of one? */
static bool has_word(ent_str text, ent_str word, bool beginning)
{
    for (size_t i = 0; i + word.size <= text.size; i++) {
        size_t end = i + word.size;

        if ((i > 0 && is_letter(text.ptr[i - 1])) ||
            !ent_str_starts((ent_str){ text.ptr + i, text.size - i }, word))
            continue;
        if (beginning || end == text.size || !is_letter(text.ptr[end]))
            return true;
    }
    return false;
}

/* `a b|c`: a, and b or c.  *any: there was a word at all. */
static bool has_words(ent_str text, const char *words, bool *any)
{
    bool all = true;

    *any = false;
    while (*words != '\0') {
        size_t size = strcspn(words, " ");
        bool found = false, asked = false;

        for (size_t at = 0; at < size;) {
            size_t end = at + strcspn(words + at, "| ");

            end = end > size ? size : end;
            if (end > at) {
                asked = true;
                found = found || has_word(text, (ent_str){ words + at, end - at },
                                          strchr(words + size, ' ') == NULL);
            }
            at = end + 1;
        }
        *any = *any || asked;
        all = all && (found || !asked);
        words += size + (words[size] == ' ');
    }
    return all;
}

static bool in_box(const store_place *p, const store_box *b)
{
    return p->known && p->latitude >= b->south && p->latitude <= b->north &&
           (b->west <= b->east ? p->longitude >= b->west && p->longitude <= b->east
                               : p->longitude >= b->west || p->longitude <= b->east);
}

static bool is_beside(const struct row *r, const store_query *q)
{
    for (size_t i = 0; r->row.latest && i < q->beside_count; i++)
        if (ent_str_is(r->row.type, q->beside[i].type) &&
            (q->beside[i].when == NULL || ent_days_overlap(r->row.when, *q->beside[i].when)))
            return true;
    return false;
}

/* Does the row refer to such an object, beside the one that is asked for? */
static bool has_beside(const struct state *now, const struct row *r, const store_query *q)
{
    for (size_t i = 0; i < now->row_count; i++)
        if (is_beside(now->rows[i], q) && !ent_str_is(now->rows[i]->row.id, q->ref) &&
            has(r->refs, r->ref_count, now->rows[i]->row.id.ptr))
            return true;
    return false;
}

static bool has_start(const struct row *r, const char *start)
{
    for (size_t i = 0; i < r->key_count; i++)
        if (ent_str_starts(r->keys[i], ent_str_of(start)))
            return true;
    return false;
}

static bool fits(const struct state *now, const struct row *r, const store_query *q)
{
    bool any = true;

    if (!q->every && (q->quarantined ? r->row.quarantine.size == 0
                      : q->versions  ? r->row.quarantine.size > 0
                                     : !r->row.latest))
        return false;
    if (q->text != NULL && (!r->row.latest || !has_words(r->text, q->text, &any) || !any))
        return false;
    return (q->owner == NULL || ent_str_is(r->row.owner, q->owner)) &&
           (q->type == NULL || ent_str_is(r->row.type, q->type)) &&
           (q->key == NULL || has(r->keys, r->key_count, q->key)) &&
           (q->key_start == NULL || has_start(r, q->key_start)) &&
           (q->ref == NULL || has(r->refs, r->ref_count, q->ref)) &&
           (q->beside_count == 0 || has_beside(now, r, q)) &&
           (q->source == NULL || ent_str_is(r->row.source, q->source)) &&
           (q->id.size == 0 || ent_str_equal(r->row.id, q->id)) &&
           (q->after == 0 || r->row.number > q->after) &&
           (q->due == NULL || (r->row.retention.size > 0 &&
                               ent_str_compare(r->row.retention, ent_str_of(q->due)) < 0)) &&
           (q->when == NULL || ent_days_overlap(r->row.when, *q->when)) &&
           (q->near == NULL || (r->row.latest && in_box(&r->row.place, q->near)));
}

static ent_code each(store *s, const store_query *q, store_each tell, void *arg, ent_err *err)
{
    const struct state *now = &of(s)->now;
    size_t told = 0, count = now->row_count;
    bool backwards = q->versions && q->text == NULL;
    const struct row **rows;
    ent_arena *arena; /* `tell` may change the store */
    ent_code rc = ENT_OK;

    ENT_TRY(pointers_copy(now->rows, count, &arena, (void *)&rows, err));
    for (size_t i = 0; rc == ENT_OK && i < count && (q->limit == 0 || told < q->limit); i++) {
        const struct row *r = rows[backwards ? count - 1 - i : i];

        if (!fits(now, r, q))
            continue;
        told++;
        rc = tell(arg, &r->row, err);
    }
    ent_arena_free(arena);
    return rc;
}

static const struct row *numbered(store *s, int64_t number)
{
    const struct memory *m = of(s);

    for (size_t i = 0; i < m->now.row_count; i++)
        if (m->now.rows[i]->row.number == number)
            return m->now.rows[i];
    return NULL;
}

static ent_code list_give(ent_arena *arena, const ent_str *list, size_t count, ent_str **out,
                          size_t *out_count, ent_err *err)
{
    *out_count = count;
    *out = ent_arena_array(arena, count + 1, sizeof **out);
    if (*out == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        (*out)[i] = ent_arena_str(arena, list[i]);
        if ((*out)[i].ptr == NULL)
            return ent_fail_arena(err);
    }
    return ENT_OK;
}

static ent_code keys_of(store *s, ent_arena *arena, int64_t number, ent_str **list, size_t *count,
                        ent_err *err)
{
    const struct row *r = numbered(s, number);

    return list_give(arena, r == NULL ? NULL : r->keys, r == NULL ? 0 : r->key_count, list, count,
                     err);
}

static ent_code refs_of(store *s, ent_arena *arena, int64_t number, ent_str **list, size_t *count,
                        ent_err *err)
{
    const struct row *r = numbered(s, number);

    return list_give(arena, r == NULL ? NULL : r->refs, r == NULL ? 0 : r->ref_count, list, count,
                     err);
}

static ent_code text_of(store *s, ent_arena *arena, int64_t number, ent_str *text, ent_err *err)
{
    const struct row *r = numbered(s, number);

    *text = ent_arena_str(arena, r == NULL ? ENT_STR("") : r->text);
    return text->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* ---- label, erase, forget ---- */

static ent_code label(store *s, ent_str owner, ent_str id, ent_str handling, ent_str retention,
                      ent_err *err)
{
    struct memory *m = of(s);

    for (size_t i = 0; i < m->now.row_count; i++) {
        struct row *r;

        if (!is_object(m->now.rows[i], owner, id) || !m->now.rows[i]->row.latest)
            continue;
        r = row_replace(m, i);
        if (r == NULL)
            return no_memory(err);
        r->row.handling = handling;
        r->row.retention = retention;
        return store_row_copy(m->arena, &r->row, err);
    }
    return store_missing(id, err);
}

static ent_code erase(store *s, ent_str owner, ent_str id, ent_str reason, ent_err *err)
{
    struct memory *m = of(s);
    bool found = false;

    for (size_t i = 0; i < m->now.row_count; i++) {
        struct row *r;

        if (!is_object(m->now.rows[i], owner, id))
            continue;
        found = true;
        r = row_replace(m, i);
        if (r == NULL)
            return no_memory(err);
        r->row.bytes = r->row.retention = r->row.handling = r->row.quarantine = ENT_STR("");
        r->row.tombstone = reason;
        r->row.place.known = false;
        r->row.when = (ent_days){ ENT_DAY_MAX, ENT_DAY_MIN };
        r->text = ENT_STR("");
        r->key_count = r->ref_count = 0;
        ENT_TRY(store_row_copy(m->arena, &r->row, err));
    }
    return found ? ENT_OK : store_missing(id, err);
}

static ent_code forget(store *s, ent_str owner, ent_str id, ent_err *err)
{
    struct memory *m = of(s);

    (void)err;
    for (size_t i = m->now.row_count; i > 0; i--)
        if (is_object(m->now.rows[i - 1], owner, id) && m->now.rows[i - 1]->row.tombstone.size > 0)
            row_remove(m, i - 1);
    return ENT_OK;
}

static ent_code count(store *s, const char *owner, int64_t *number, ent_err *err)
{
    const struct memory *m = of(s);

    (void)err;
    *number = 0;
    for (size_t i = 0; i < m->now.row_count; i++)
        *number += m->now.rows[i]->row.latest &&
                   (owner == NULL || ent_str_is(m->now.rows[i]->row.owner, owner));
    return ENT_OK;
}

/* ---- documents ---- */

static size_t doc_find(const struct memory *m, ent_str kind, ent_str id)
{
    size_t at = 0;

    while (at < m->now.doc_count &&
           !(ent_str_equal(m->now.docs[at]->kind, kind) && ent_str_equal(m->now.docs[at]->id, id)))
        at++;
    return at;
}

static ent_code doc_put(store *s, const store_doc *doc, ent_err *err)
{
    struct memory *m = of(s);
    store_doc *copy = ent_arena_alloc(m->arena, sizeof *copy);
    size_t at = doc_find(m, doc->kind, doc->id);

    if (copy == NULL)
        return no_memory(err);
    *copy = *doc;
    ENT_TRY(store_doc_copy(m->arena, copy, err));
    if (at == m->now.doc_count) {
        if (m->now.doc_count == m->now.doc_room) {
            struct state grown;

            ENT_TRY(state_copy(m, &m->now, &grown, err));
            m->now = grown;
        }
        m->now.doc_count++;
    }
    m->now.docs[at] = copy;
    return ENT_OK;
}

static ent_code doc_get(store *s, ent_arena *arena, const char *kind, ent_str id, store_doc *doc,
                        ent_err *err)
{
    const struct memory *m = of(s);
    size_t at = doc_find(m, ent_str_of(kind), id);

    if (at == m->now.doc_count)
        return store_doc_missing(kind, id, err);
    *doc = *m->now.docs[at];
    return store_doc_copy(arena, doc, err);
}

static ent_code doc_delete(store *s, const char *kind, ent_str id, ent_err *err)
{
    struct memory *m = of(s);
    size_t at = doc_find(m, ent_str_of(kind), id);

    (void)err;
    if (at < m->now.doc_count) {
        memmove(&m->now.docs[at], &m->now.docs[at + 1],
                (m->now.doc_count - at - 1) * sizeof *m->now.docs);
        m->now.doc_count--;
    }
    return ENT_OK;
}

static ent_code docs_each(store *s, const char *kind, const char *peer, const char *state,
                          store_doc_each tell, void *arg, ent_err *err)
{
    size_t count = of(s)->now.doc_count;
    const store_doc **docs;
    ent_code rc = ENT_OK;
    ent_arena *arena;

    ENT_TRY(pointers_copy(of(s)->now.docs, count, &arena, (void *)&docs, err));
    for (size_t i = 0; rc == ENT_OK && i < count; i++) {
        store_doc doc = *docs[i];

        doc.bytes = ENT_STR("");
        if ((kind == NULL || ent_str_is(doc.kind, kind)) &&
            (peer == NULL || ent_str_is(doc.peer, peer)) &&
            (state == NULL || ent_str_is(doc.state, state)))
            rc = tell(arg, &doc, err);
    }
    ent_arena_free(arena);
    return rc;
}

/* ---- opening ---- */

static void close_(store *s)
{
    ent_arena_free(of(s)->arena);
    free(s);
}

static ent_code open_(const char *where, store **out, ent_err *err)
{
    struct memory *m = calloc(1, sizeof *m);

    (void)where;
    if (m == NULL)
        return no_memory(err);
    m->base.ops = &store_memory;
    m->arena = ent_arena_new(ROOM);
    if (m->arena == NULL) {
        free(m);
        return no_memory(err);
    }
    *out = &m->base;
    return ENT_OK;
}

static ent_code check(store *s, ent_err *err)
{
    (void)s;
    (void)err;
    return ENT_OK;
}

const struct store_ops store_memory = {
    .name = "plain",
    .open = open_,
    .close = close_,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .mark = mark,
    .mark_undo = mark_undo,
    .mark_keep = mark_keep,
    .put = put,
    .put_row = put_row,
    .get = get,
    .each = each,
    .keys_of = keys_of,
    .refs_of = refs_of,
    .text_of = text_of,
    .index = index_put,
    .label = label,
    .erase = erase,
    .forget = forget,
    .count = count,
    .doc_put = doc_put,
    .doc_get = doc_get,
    .doc_delete = doc_delete,
    .docs_each = docs_each,
    .check = check,
};
