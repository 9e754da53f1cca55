#include "holdings/admit.h"

#include "base/json_write.h"

/* Clocks differ a little; a version of tomorrow would win for ever. */
#define SKEW ENT_DAY_TIME

const char *holdings_result_name(holdings_result result)
{
    static const char *const names[HOLDINGS_RESULT_COUNT] = {
#define X(symbol, name) [HOLDINGS_##symbol] = (name),
        HOLDINGS_RESULTS(X)
#undef X
    };

    return names[result];
}

/* Why it must be held back, or "". */
static ent_code hold_reason(ent_arena *arena, const holdings_origin *origin,
                            const holdings_entry *e, ent_str *reason, ent_err *err)
{
    static const struct {
        const char *member, *option;
    } options[] = { { "rating", "--rating" },
                    { "purposes", "--purpose" },
                    { "category", "--category" },
                    { "retention", "--retention" },
                    { "handling", "--rating, --purpose, --category and --retention" } };
    ent_time version = 0;
    ent_err ignored = { 0 };

    *reason = ENT_STR("");
    if (e->version.size > 0 && ent_time_read(e->version, &version, &ignored) == ENT_OK &&
        version > origin->now + SKEW) {
        *reason = ent_arena_printf(arena, "its version '%.*s' lies in the future",
                                   ENT_STR_ARG(e->version));
        return reason->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
    }
    if (!e->personal || e->label.complete)
        return ENT_OK;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strcmp(options[i].member, e->label.missing) == 0) {
            *reason = ent_arena_printf(
                arena, "it is about a person and has no %s: give %s [doc/design/handling.md]",
                strcmp(options[i].member, "handling") == 0 ? "label" : options[i].member,
                options[i].option);
            return reason->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
        }
    *reason = ENT_STR("it is about a person and its label is not whole [doc/design/handling.md]");
    return ENT_OK;
}

/* Why the held version forbids this one, or "". */
static const char *conflict(const store_row *have, ent_json held, const holdings_entry *e)
{
    ent_err ignored = { 0 };
    ent_time old = 0, new = 0;
    ent_str creator = ent_json_get_text(held, "created_by_ref");
    ent_str created = ent_json_get_text(held, "created");
    bool newer = ent_time_read(have->version, &old, &ignored) == ENT_OK &&
                 ent_time_read(e->version, &new, &ignored) == ENT_OK && new > old;

    if (have->tombstone.size > 0)
        return newer ? "" : "it was erased here, and this is no newer version";
    if (creator.size > 0 && !ent_str_equal(creator, e->creator))
        return "only its creator may make a version of it [STIX 2.1 s3.6]";
    if (created.size > 0 && e->created.size > 0 &&
        (ent_time_read(created, &old, &ignored) != ENT_OK ||
         ent_time_read(e->created, &new, &ignored) != ENT_OK || old != new))
        return "'created' differs from that of the version held [STIX 2.1 s3.6]";
    if (newer && ent_json_true(ent_json_get(held, "revoked")))
        return "it is revoked, and nothing comes after that [STIX 2.1 s3.6]";
    return "";
}

static ent_code conflict_find(store *s, ent_arena *arena, const char *owner,
                              const holdings_entry *e, store_row *have, bool *found,
                              const char **why, ent_err *err)
{
    ent_err ignored = { 0 };
    ent_json held = { .doc = NULL };

    *why = "";
    ENT_TRY(store_object_held(s, arena, owner, e->id, have, found, err));
    if (!*found)
        return ENT_OK;
    if (have->bytes.size > 0 && ent_json_read(arena, have->bytes, &held, &ignored) != ENT_OK)
        held = (ent_json){ .doc = NULL };
    if (ent_str_equal(have->version, e->version) && have->tombstone.size == 0)
        return ENT_OK; /* the store compares the bytes */
    *why = conflict(have, held, e);
    return ENT_OK;
}

/* The members of `first`, and those of `second` that it lacks. */
static ent_code labels_join(ent_arena *arena, ent_str first, ent_str second, ent_str *joined,
                            ent_err *err)
{
    ent_json a = { .doc = NULL }, b = { .doc = NULL };
    ent_buf buf;
    ent_jw w;

    if (first.size > 0)
        ENT_TRY(ent_json_read(arena, first, &a, err));
    if (second.size > 0)
        ENT_TRY(ent_json_read(arena, second, &b, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json m = ent_json_first(a); m.doc != NULL; m = ent_json_next(m)) {
        ent_jw_key_str(&w, ent_json_name(m));
        ent_jw_raw(&w, ent_json_raw(m));
    }
    for (ent_json m = ent_json_first(b); m.doc != NULL; m = ent_json_next(m))
        if (ent_json_get_str(a, ent_json_name(m)).doc == NULL) {
            ent_jw_key_str(&w, ent_json_name(m));
            ent_jw_raw(&w, ent_json_raw(m));
        }
    ent_jw_end(&w);
    return ent_buf_done(&buf, joined, err);
}

/* What two persons decided about the version held holds for the next as well. */
static ent_code extension_carry(ent_arena *arena, const store_row *have, const holdings_entry *e,
                                store_object *o, ent_err *err)
{
    ent_str extended, alone;
    policy_label label;
    ent_json beside;

    if (have->handling.size == 0)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, have->handling, &beside, err));
    extended = ent_json_get_text(beside, "extended");
    if (extended.size == 0)
        return ENT_OK;
    alone = ent_arena_printf(arena, "{\"extended\":\"%.*s\"}", ENT_STR_ARG(extended));
    if (alone.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(labels_join(arena, e->sidecar, alone, &o->handling, err));
    ENT_TRY(holdings_label(arena, e->object, o->handling, &label, err));
    o->retention = label.retention.ptr == NULL ? ENT_STR("") : label.retention;
    return ENT_OK;
}

static holdings_result result_of(store_put_result put)
{
    switch (put) {
    case STORE_ADDED:
        return HOLDINGS_ADDED;
    case STORE_UPDATED:
        return HOLDINGS_UPDATED;
    case STORE_OLDER:
        return HOLDINGS_OLDER;
    case STORE_UNCHANGED:
        return HOLDINGS_UNCHANGED;
    case STORE_HELD:
        return HOLDINGS_QUARANTINED;
    case STORE_CONFLICTS:
    default:
        return HOLDINGS_CONFLICT;
    }
}

ent_code holdings_admit_entry(store *s, ent_arena *arena, const holdings_origin *origin,
                              ent_str bytes, const holdings_entry *e, holdings_result *result,
                              ent_str *reason, ent_err *err)
{
    store_object object = { .owner = ent_str_of(origin->owner),
                            .id = e->id,
                            .version = e->version,
                            .type = e->type,
                            .bytes = bytes,
                            .received = origin->now,
                            .source = origin->source,
                            .retention = e->retention,
                            .handling = e->sidecar,
                            .when = e->when,
                            .place = { e->placed, e->latitude, e->longitude },
                            .text = e->text,
                            .keys = e->keys,
                            .key_count = e->key_count,
                            .refs = e->refs,
                            .ref_count = e->ref_count };
    store_row have = { .number = 0 };
    store_put_result put;
    const char *why;
    bool found;

    if (e->label.exercise && !store_exercise(s)) {
        *result = HOLDINGS_CONFLICT;
        *reason = ENT_STR("it is of an exercise, and these holdings are live: they never mix "
                          "[exercise]");
        return ENT_OK;
    }
    ENT_TRY(conflict_find(s, arena, origin->owner, e, &have, &found, &why, err));
    if (why[0] != '\0') {
        *result = HOLDINGS_CONFLICT;
        *reason = ent_str_of(why);
        return ENT_OK;
    }
    if (found)
        ENT_TRY(extension_carry(arena, &have, e, &object, err));
    ENT_TRY(hold_reason(arena, origin, e, reason, err));
    object.quarantine = *reason;
    ENT_TRY(store_object_put(s, &object, &put, err));
    *result = result_of(put);
    if (*result == HOLDINGS_CONFLICT)
        *reason = ENT_STR("this version is held with other content, which stays [STIX 2.1 s3.6]");
    else if (*result != HOLDINGS_QUARANTINED)
        *reason = ENT_STR("");
    return ENT_OK;
}

ent_code holdings_admit(store *s, ent_arena *arena, const holdings_origin *origin, ent_str bytes,
                        holdings_result *result, ent_str *reason, ent_err *err)
{
    holdings_entry entry;

    ENT_TRY(holdings_index(arena, bytes, origin->sidecar, &entry, err));
    return holdings_admit_entry(s, arena, origin, bytes, &entry, result, reason, err);
}

ent_code holdings_renew(store *s, ent_arena *arena, const holdings_entry *e, ent_err *err)
{
    store_object object = { .handling = e->sidecar, .retention = e->retention };
    ent_str joined;
    store_row have;
    bool found;

    ENT_TRY(store_object_held(s, arena, "", e->id, &have, &found, err));
    if (!found || have.tombstone.size > 0)
        return ENT_OK;
    ENT_TRY(extension_carry(arena, &have, e, &object, err));
    if (ent_str_compare(object.retention, have.retention) <= 0)
        return ENT_OK;
    ENT_TRY(labels_join(arena, object.handling, have.handling, &joined, err));
    return store_object_label(s, ENT_STR(""), e->id, joined, object.retention, err);
}

/* ---- out of the quarantine ---- */

struct held {
    ent_arena *arena;
    store_row rows[64];
    size_t count;
};

static ent_code held_take(void *arg, const store_row *row, ent_err *err)
{
    struct held *held = arg;
    store_row *to = &held->rows[held->count];
    ent_str *texts[] = { &to->id, &to->bytes, &to->source, &to->handling };

    if (held->count == sizeof held->rows / sizeof *held->rows)
        return ENT_OK;
    *to = *row;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = ent_arena_str(held->arena, *texts[i]);
        if (texts[i]->ptr == NULL)
            return ent_fail_arena(err);
    }
    held->count++;
    return ENT_OK;
}

ent_code holdings_readmit(store *s, ent_arena *arena, const holdings_origin *origin, ent_str id,
                          holdings_result *result, ent_str *reason, ent_err *err)
{
    const store_query query = { .owner = origin->owner, .id = id, .quarantined = true };
    struct held *held = ent_arena_alloc(arena, sizeof *held);

    if (held == NULL)
        return ent_fail_arena(err);
    held->arena = arena;
    ENT_TRY(store_objects_each(s, &query, held_take, held, err));
    if (held->count == 0)
        return ent_fail(err, ENT_NOT_FOUND, "nothing in quarantine is called '%.*s'",
                        id.size > 200 ? 200 : (int)id.size, id.ptr);
    for (size_t i = 0; i < held->count; i++) {
        holdings_origin again = *origin;

        again.source = held->rows[i].source;
        ENT_TRY(labels_join(arena, held->rows[i].handling, origin->sidecar, &again.sidecar, err));
        ENT_TRY(holdings_admit(s, arena, &again, held->rows[i].bytes, result, reason, err));
    }
    return ENT_OK;
}
