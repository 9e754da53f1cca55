#include "holdings/derive.h"

#include "base/json_write.h"
#include "holdings/index.h"
#include "psi/keyform.h"

#define STEP_ROWS   1000 /* of a transaction: those who wait to write wait for as long */
#define STEP_MEMORY ((size_t)1 << 20)
#define ROW_MEMORY  ((size_t)64 << 20)

static const char kind[] = "index";
#define HOLDINGS ENT_STR("holdings")

/* As in the document.  No document: nothing is known, and all is to be derived. */
struct position {
    int64_t names, keyform; /* the rules */
    bool ended;
    int64_t after;              /* the last row that was looked at, */
    ent_str owner, id, version; /* and which that was */
    int64_t done, kept;
};

static bool of_these_rules(const struct position *p)
{
    return p->names == NAMES_KEYS_VERSION && p->keyform == PSI_KEYFORM_VERSION;
}

static struct position beginning(void)
{
    return (struct position){ .names = NAMES_KEYS_VERSION,
                              .keyform = PSI_KEYFORM_VERSION,
                              .owner = ENT_STR(""),
                              .id = ENT_STR(""),
                              .version = ENT_STR("") };
}

static ent_code position_read(store *s, ent_arena *arena, struct position *p, bool *found,
                              ent_err *err)
{
    ent_err why = { 0 };
    ent_json json;
    store_doc doc;
    ent_code rc = store_doc_get(s, arena, kind, HOLDINGS, &doc, &why);

    *p = (struct position){ .names = 0 };
    *found = rc == ENT_OK;
    if (rc == ENT_NOT_FOUND)
        return ENT_OK;
    if (rc != ENT_OK)
        return *err = why, rc;
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    (void)ent_json_int(ent_json_get(json, "names"), &p->names);
    (void)ent_json_int(ent_json_get(json, "keyform"), &p->keyform);
    (void)ent_json_int(ent_json_get(json, "after"), &p->after);
    (void)ent_json_int(ent_json_get(json, "done"), &p->done);
    (void)ent_json_int(ent_json_get(json, "kept"), &p->kept);
    p->owner = ent_json_get_text(json, "owner");
    p->id = ent_json_get_text(json, "id");
    p->version = ent_json_get_text(json, "version");
    p->ended = ent_str_is(doc.state, "whole");
    return ENT_OK;
}

static void number_write(ent_jw *w, const char *name, int64_t number)
{
    ent_jw_key(w, name);
    ent_jw_int(w, number);
}

static void text_write(ent_jw *w, const char *name, ent_str text)
{
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static ent_code position_write(store *s, ent_arena *arena, const struct position *p, ent_err *err)
{
    store_doc doc = { .kind = ent_str_of(kind),
                      .id = HOLDINGS,
                      .peer = ENT_STR(""),
                      .state = p->ended ? ENT_STR("whole") : ENT_STR("under way") };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    number_write(&w, "names", p->names);
    number_write(&w, "keyform", p->keyform);
    number_write(&w, "after", p->after);
    text_write(&w, "owner", p->owner);
    text_write(&w, "id", p->id);
    text_write(&w, "version", p->version);
    number_write(&w, "done", p->done);
    number_write(&w, "kept", p->kept);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(s, &doc, err);
}

/* ---- rows ---- */

static ent_code one_there(void *arg, const store_row *row, ent_err *err)
{
    (void)row;
    (void)err;
    *(bool *)arg = true;
    return ENT_OK;
}

struct sought {
    const struct position *position;
    bool found;
};

static ent_code last_take(void *arg, const store_row *row, ent_err *err)
{
    struct sought *sought = arg;
    const struct position *p = sought->position;

    (void)err;
    sought->found = row->number == p->after && ent_str_equal(row->owner, p->owner) &&
                    ent_str_equal(row->id, p->id) && ent_str_equal(row->version, p->version);
    return ENT_OK;
}

/* Where to go on: behind the row that was the last, if this store has it where it was. */
static ent_code position_settle(store *s, struct position *p, ent_err *err)
{
    const store_query last = { .every = true, .after = p->after - 1, .limit = 1 };
    struct sought sought = { p, false };

    if (of_these_rules(p) && p->after > 0)
        ENT_TRY(store_objects_each(s, &last, last_take, &sought, err));
    if (!sought.found)
        *p = beginning();
    return ENT_OK;
}

struct step {
    store *s;
    ent_arena *arena, *scratch; /* of the step, and of one row */
    struct position *position;
    size_t rows;
};

static ent_code row_derive(struct step *step, const store_row *row, ent_err *err)
{
    holdings_entry entry;
    ent_err why = { 0 };
    ent_code rc;

    if (row->tombstone.size > 0)
        return ENT_OK; /* there is nothing left to be found by */
    rc = holdings_index(step->scratch, row->bytes, row->handling, &entry, &why);
    rc = ent_arena_rc(step->scratch, rc, &why);
    if (rc == ENT_OK)
        return store_object_index(step->s, row->number, entry.keys, entry.key_count, entry.text,
                                  err);
    if (rc != ENT_FORMAT && rc != ENT_LIMIT)
        return *err = why, rc;
    step->position->kept++;
    return ENT_OK;
}

static ent_code row_take(void *arg, const store_row *row, ent_err *err)
{
    struct step *step = arg;
    struct position *p = step->position;

    ent_arena_reset(step->scratch);
    ENT_TRY(row_derive(step, row, err));
    p->after = row->number;
    p->done++;
    if (++step->rows < STEP_ROWS)
        return ENT_OK;
    p->owner = ent_arena_str(step->arena, row->owner);
    p->id = ent_arena_str(step->arena, row->id);
    p->version = ent_arena_str(step->arena, row->version);
    return p->owner.ptr == NULL || p->id.ptr == NULL || p->version.ptr == NULL ? ent_fail_arena(err)
                                                                               : ENT_OK;
}

/* Of every owner, whoever reads: what is frozen or in a compartment is found again as it was. */
static ent_code rows_derive(struct step *step, ent_err *err)
{
    const store_query next = { .after = step->position->after, .limit = STEP_ROWS, .frozen = true };

    ENT_TRY(store_objects_each(step->s, &next, row_take, step, err));
    step->position->ended = step->rows < STEP_ROWS;
    return ENT_OK;
}

static holdings_derived derived_of(const struct position *p)
{
    if (!of_these_rules(p))
        return (holdings_derived){ .current = false };
    return (holdings_derived){ .current = p->ended, .done = p->done, .kept = p->kept };
}

/* ---- one transaction each ---- */

typedef ent_code (*work_fn)(store *s, ent_arena *arena, void *arg, ent_err *err);

static ent_code transaction(store *s, work_fn work, void *arg, ent_err *err)
{
    ent_arena *arena = ent_arena_new(STEP_MEMORY);
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the index");
    rc = store_begin(s, err);
    if (rc == ENT_OK)
        rc = store_end(s, work(s, arena, arg, err), err);
    ent_arena_free(arena);
    return rc;
}

static ent_code step_work(store *s, ent_arena *arena, void *arg, ent_err *err)
{
    struct position position;
    struct step step = { .s = s, .arena = arena, .position = &position };
    ent_code rc = ENT_OK;
    bool found;

    ENT_TRY(position_read(s, arena, &position, &found, err));
    if (!of_these_rules(&position) || !position.ended) {
        step.scratch = ent_arena_new(ROW_MEMORY);
        if (step.scratch == NULL)
            return ent_fail(err, ENT_MEMORY, "no memory for the index");
        rc = position_settle(s, &position, err);
        if (rc == ENT_OK)
            rc = rows_derive(&step, err);
        if (rc == ENT_OK)
            rc = position_write(s, arena, &position, err);
        ent_arena_free(step.scratch);
    }
    *(holdings_derived *)arg = derived_of(&position);
    return rc;
}

ent_code holdings_derive_step(store *s, holdings_derived *derived, ent_err *err)
{
    return transaction(s, step_work, derived, err);
}

static ent_code anew_work(store *s, ent_arena *arena, void *arg, ent_err *err)
{
    const struct position from_the_beginning = beginning();

    (void)arg;
    return position_write(s, arena, &from_the_beginning, err);
}

ent_code holdings_derive_anew(store *s, ent_err *err)
{
    return transaction(s, anew_work, NULL, err);
}

static ent_code any_there(store *s, bool *there, ent_err *err)
{
    const store_query one = { .every = true, .limit = 1 };

    *there = false;
    return store_objects_each(s, &one, one_there, there, err);
}

static ent_code settle_work(store *s, ent_arena *arena, void *arg, ent_err *err)
{
    struct position p = beginning();
    bool there;

    (void)arg;
    ENT_TRY(any_there(s, &there, err));
    p.ended = true;
    return there ? ENT_OK : position_write(s, arena, &p, err);
}

ent_code holdings_derived_settle(store *s, ent_err *err)
{
    ent_arena *arena = ent_arena_new(STEP_MEMORY);
    bool found, there = false;
    struct position p;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the index");
    rc = position_read(s, arena, &p, &found, err);
    if (rc == ENT_OK && !found)
        rc = any_there(s, &there, err);
    ent_arena_free(arena);
    return rc != ENT_OK || found || there ? rc : transaction(s, settle_work, NULL, err);
}

ent_code holdings_derived_read(store *s, holdings_derived *derived, ent_err *err)
{
    ent_arena *arena = ent_arena_new(STEP_MEMORY);
    struct position p;
    bool found;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the index");
    rc = position_read(s, arena, &p, &found, err);
    *derived = derived_of(&p);
    ent_arena_free(arena);
    return rc;
}
