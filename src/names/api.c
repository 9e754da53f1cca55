#include "entente/names.h"

#include "names/write.h"

#include <stdio.h>

#define API_MEMORY ((size_t)64 << 20)

struct call {
    ent_arena *arena;
    ent_buf buf;
    ent_jw w;
    ent_err err;
};

static ent_code call_begin(struct call *call)
{
    call->err = (ent_err){ .code = ENT_OK };
    call->arena = ent_arena_new(API_MEMORY);
    if (call->arena == NULL)
        return ent_fail(&call->err, ENT_MEMORY, "no memory for a call");
    ent_buf_init(&call->buf, call->arena);
    ent_jw_init(&call->w, &call->buf);
    return ENT_OK;
}

/* Copies the answer or the reason, and gives the arena back. */
static int call_end(struct call *call, ent_code rc, char *out, size_t room)
{
    ent_str text = { call->err.msg, strlen(call->err.msg) };

    if (rc == ENT_OK && (rc = ent_buf_done(&call->buf, &text, &call->err)) == ENT_OK &&
        text.size >= room)
        rc = ent_fail(&call->err, ENT_LIMIT, "the answer has %zu bytes, the room %zu", text.size,
                      room);
    if (room > 0)
        (void)snprintf(out, room, "%.*s", rc == ENT_OK ? (int)text.size : ENT_ERR_MSG_MAX,
                       rc == ENT_OK ? text.ptr : call->err.msg);
    ent_arena_free(call->arena);
    return rc == ENT_OK ? 0 : rc == ENT_LIMIT || rc == ENT_MEMORY ? 2 : 1;
}

static ent_code record_read(struct call *call, const char *text, names_record *record)
{
    ent_json json;

    ENT_TRY(ent_json_read(call->arena, ent_str_of(text), &json, &call->err));
    return names_record_read(call->arena, json, record, &call->err);
}

int names_api_keys_version(void)
{
    return NAMES_KEYS_VERSION;
}

int names_api_score(const char *record_a, const char *record_b, char *out, size_t room)
{
    struct call call;
    names_record a, b;
    ent_code rc = call_begin(&call);

    if (rc == ENT_OK && (rc = record_read(&call, record_a, &a)) == ENT_OK &&
        (rc = record_read(&call, record_b, &b)) == ENT_OK) {
        names_verdict verdict = names_compare(&a, &b);

        ent_jw_object(&call.w);
        names_verdict_write(&call.w, &verdict);
        ent_jw_end(&call.w);
    }
    return call_end(&call, rc, out, room);
}

static ent_code tier_read(struct call *call, const char *name, names_tier *tier)
{
    static const char *const tiers[] = { "strong", "weak", "all" };

    for (size_t i = 0; i < 3; i++)
        if (strcmp(tiers[i], name) == 0) {
            *tier = (names_tier)(i + 1);
            return ENT_OK;
        }
    return ent_fail(&call->err, ENT_FORMAT, "a tier is strong, weak or all, not '%s'", name);
}

int names_api_keys(const char *record, const char *tier, char *out, size_t room)
{
    struct call call;
    names_record r;
    names_tier which = NAMES_ALL;
    ent_str *keys = NULL;
    size_t count = 0;
    ent_code rc = call_begin(&call);

    if (rc == ENT_OK && (rc = tier_read(&call, tier, &which)) == ENT_OK &&
        (rc = record_read(&call, record, &r)) == ENT_OK &&
        (rc = names_keys_tier(call.arena, &r, which, &keys, &count, &call.err)) == ENT_OK) {
        ent_jw_array(&call.w);
        for (size_t i = 0; i < count; i++)
            ent_jw_str(&call.w, keys[i]);
        ent_jw_end(&call.w);
    }
    return call_end(&call, rc, out, room);
}

int names_api_parse(const char *record, char *out, size_t room)
{
    struct call call;
    names_record r;
    ent_code rc = call_begin(&call);

    if (rc == ENT_OK && (rc = record_read(&call, record, &r)) == ENT_OK)
        names_words_write(&call.w, &r);
    return call_end(&call, rc, out, room);
}
