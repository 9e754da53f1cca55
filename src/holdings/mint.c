#include "holdings/mint.h"

#include "base/hash.h"
#include "base/json_write.h"
#include "base/text.h"

static ent_code secret_make(store *s, ent_arena *arena,
                            void (*random)(void *arg, void *bytes, size_t size), void *arg,
                            ent_time now, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("secret"), .id = ENT_STR("import-ids"), .time = now };
    uint8_t secret[32];
    char hex[65];

    random(arg, secret, sizeof secret);
    ent_hex_write(secret, sizeof secret, hex);
    doc.json = ent_arena_printf(arena, "{\"key\":\"%s\"}", hex);
    return doc.json.ptr == NULL ? ent_fail_arena(err) : store_doc_put(s, &doc, err);
}

static ent_code secret_read(store *s, ent_arena *arena, holdings_ids *ids, ent_err *err)
{
    store_doc doc;
    ent_json json;

    ENT_TRY(store_doc_get(s, arena, "secret", ENT_STR("import-ids"), &doc, err));
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    return ent_hex_read(ent_json_get_text(json, "key"), ids->secret, sizeof ids->secret, err);
}

ent_code holdings_ids_open(store *s, ent_arena *arena,
                           void (*random)(void *arg, void *bytes, size_t size), void *arg,
                           ent_time now, holdings_ids *ids, ent_err *err)
{
    ent_err first = { 0 };
    ent_code rc = secret_read(s, arena, ids, &first);

    if (rc != ENT_NOT_FOUND) {
        *err = first;
        return rc;
    }
    ENT_TRY(store_begin(s, err));
    /* Another process may have been first. */
    rc = secret_read(s, arena, ids, &first);
    if (rc == ENT_NOT_FOUND) {
        rc = secret_make(s, arena, random, arg, now, &first);
        if (rc == ENT_OK)
            rc = secret_read(s, arena, ids, &first);
    }
    if (rc == ENT_OK)
        rc = store_commit(s, &first);
    if (rc != ENT_OK) {
        store_rollback(s);
        *err = first;
    }
    return rc;
}

ent_code holdings_id_of(ent_arena *arena, const holdings_ids *ids, ent_str type, ent_str key,
                        ent_str *id, ent_err *err)
{
    const ent_span pieces[] = { { ids->secret, sizeof ids->secret }, ent_span_of_str(key) };
    ent_hash hash = ent_hash_pieces(pieces, 2);
    char uuid[37];

    ent_uuid_write(hash.bytes, uuid);
    *id = ent_arena_printf(arena, "%.*s--%s", ENT_STR_ARG(type), uuid);
    return id->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* ---- writing ---- */

struct mint {
    ent_arena *arena;
    const holdings_ids *ids;
    ent_jw *w;
    ent_err *err;
};

static ent_code string_write(const struct mint *m, ent_str text)
{
    static const char mark[] = "--ext:";

    for (size_t i = 0; i + sizeof mark - 1 <= text.size; i++) {
        ent_str key, id;

        if (memcmp(text.ptr + i, mark, sizeof mark - 1) != 0)
            continue;
        key = (ent_str){ text.ptr + i + sizeof mark - 1, text.size - i - sizeof mark + 1 };
        ENT_TRY(holdings_id_of(m->arena, m->ids, (ent_str){ text.ptr, i }, key, &id, m->err));
        ent_jw_str(m->w, id);
        return ENT_OK;
    }
    ent_jw_str(m->w, text);
    return ENT_OK;
}

static bool is_reference(ent_str name)
{
    return (name.size > 4 && memcmp(name.ptr + name.size - 4, "_ref", 4) == 0) ||
           (name.size > 5 && memcmp(name.ptr + name.size - 5, "_refs", 5) == 0);
}

/* A member, with references resolved at any depth. */
static ent_code value_write(const struct mint *m, ent_str name, ent_json value)
{
    bool object = ent_json_is(value, ENT_JSON_OBJECT);

    if (ent_json_is(value, ENT_JSON_STRING) && is_reference(name))
        return string_write(m, ent_json_str(value));
    if (!object && !ent_json_is(value, ENT_JSON_ARRAY)) {
        ent_jw_raw(m->w, ent_json_raw(value));
        return ENT_OK;
    }
    if (object)
        ent_jw_object(m->w);
    else
        ent_jw_array(m->w);
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v)) {
        if (object)
            ent_jw_key_str(m->w, ent_json_name(v));
        ENT_TRY(value_write(m, object ? ent_json_name(v) : name, v));
    }
    ent_jw_end(m->w);
    return ENT_OK;
}

/* What has no versions [STIX 2.1 s2.7], as far as templates are made of it. */
static bool is_observable(ent_str type)
{
    static const char *const types[] = { "artifact",
                                         "autonomous-system",
                                         "directory",
                                         "domain-name",
                                         "email-addr",
                                         "email-message",
                                         "file",
                                         "ipv4-addr",
                                         "ipv6-addr",
                                         "mac-addr",
                                         "mutex",
                                         "network-traffic",
                                         "process",
                                         "software",
                                         "url",
                                         "user-account",
                                         "bank-account",
                                         "phone-number",
                                         "identity-document",
                                         "windows-registry-key",
                                         "vehicle",
                                         "x509-certificate",
                                         "forensic-signature" };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ent_str_is(type, types[i]))
            return true;
    return false;
}

struct version {
    ent_str id, created, modified; /* times empty: an observable, or the template has them */
};

static ent_code object_write(ent_arena *arena, const holdings_ids *ids, ent_json template,
                             const struct version *v, ent_str *bytes, ent_err *err)
{
    struct mint m = { arena, ids, NULL, err };
    ent_buf buf;
    ent_jw w;

    m.w = &w;
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_str(&w, ent_json_get_text(template, "type"));
    ent_jw_key(&w, "spec_version");
    ent_jw_c(&w, "2.1");
    ent_jw_key(&w, "id");
    ent_jw_str(&w, v->id);
    if (v->created.size > 0) {
        ent_jw_key(&w, "created");
        ent_jw_str(&w, v->created);
        ent_jw_key(&w, "modified");
        ent_jw_str(&w, v->modified);
    }
    for (ent_json t = ent_json_first(template); t.doc != NULL; t = ent_json_next(t)) {
        if (ent_str_is(ent_json_name(t), "type") || ent_str_is(ent_json_name(t), "id"))
            continue;
        ent_jw_key_str(&w, ent_json_name(t));
        ENT_TRY(value_write(&m, ent_json_name(t), t));
    }
    ent_jw_end(&w);
    return ent_buf_done(&buf, bytes, err);
}

static ent_str time_text(ent_arena *arena, ent_time time)
{
    char text[ENT_TIME_TEXT];

    ent_time_write(time, text);
    return ent_arena_str(arena, ent_str_of(text));
}

/* The held version's times, if there is one that is ours and was not erased. */
static ent_code held_read(store *s, ent_arena *arena, struct version *v, store_row *row, bool *held,
                          bool *revoked, ent_err *err)
{
    ent_json json;
    bool found;

    *held = *revoked = false;
    ENT_TRY(store_object_find(s, arena, "", v->id, row, &found, err));
    if (!found || row->bytes.size == 0)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, row->bytes, &json, err));
    v->created = ent_json_get_text(json, "created");
    v->modified = ent_json_get_text(json, "modified");
    *held = v->created.size > 0 && v->modified.size > 0;
    *revoked = ent_json_true(ent_json_get(json, "revoked"));
    return ENT_OK;
}

#define LISTED_AGAIN 100

ent_code holdings_mint(store *s, ent_arena *arena, const holdings_ids *ids, ent_time now,
                       ent_json template, ent_str key, ent_str *bytes, ent_err *err)
{
    ent_str type = ent_json_get_text(template, "type");
    struct version v = { .id = ENT_STR_NONE };
    ent_time before = 0;
    store_row row;
    bool held, revoked;

    now -= now % (ENT_SECOND / 1000); /* a version is written in milliseconds */
    if (ent_json_get_text(template, "id").size > 0)
        v.id = ent_json_get_text(template, "id"); /* known to others by it */
    else
        ENT_TRY(holdings_id_of(arena, ids, type, key, &v.id, err));
    if (is_observable(type) || ent_json_get(template, "modified").doc != NULL)
        return object_write(arena, ids, template, &v, bytes, err);
    ENT_TRY(held_read(s, arena, &v, &row, &held, &revoked, err));
    /* Nothing comes after a revocation [STIX 2.1 s3.6]: what is listed again is new. */
    for (int again = 2; revoked && again < LISTED_AGAIN; again++) {
        ent_str next = ent_arena_printf(arena, "%.*s#%d", ENT_STR_ARG(key), again);

        if (next.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(holdings_id_of(arena, ids, type, next, &v.id, err));
        v.created = v.modified = ENT_STR_NONE;
        ENT_TRY(held_read(s, arena, &v, &row, &held, &revoked, err));
    }
    if (held) {
        ENT_TRY(object_write(arena, ids, template, &v, bytes, err));
        if (ent_str_equal(*bytes, row.bytes))
            return ENT_OK;
        ENT_TRY(ent_time_read(v.modified, &before, err));
    } else {
        v.created = time_text(arena, now);
    }
    /* A clock that went back still makes a newer version. */
    v.modified = time_text(arena, held && before >= now ? before + ENT_SECOND / 1000 : now);
    if (v.created.ptr == NULL || v.modified.ptr == NULL)
        return ent_fail_arena(err);
    return object_write(arena, ids, template, &v, bytes, err);
}
