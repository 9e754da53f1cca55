#include "entente/names.h"

#include "base/call.h"
#include "names/write.h"

#define API_MEMORY ((size_t)64 << 20)

static ent_code record_read(ent_call *call, const char *text, names_record *record)
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
    ent_call call;
    names_record a, b;
    ent_code rc = ent_call_begin(&call, API_MEMORY);

    if (rc == ENT_OK && (rc = record_read(&call, record_a, &a)) == ENT_OK &&
        (rc = record_read(&call, record_b, &b)) == ENT_OK) {
        names_verdict verdict = names_compare(&a, &b);

        ent_jw_object(&call.w);
        names_verdict_write(&call.w, &verdict);
        ent_jw_end(&call.w);
    }
    return ent_call_end(&call, rc, out, room);
}

static ent_code tier_read(ent_call *call, const char *name, names_tier *tier)
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
    ent_call call;
    names_record r;
    names_tier which = NAMES_ALL;
    ent_str *keys = NULL;
    size_t count = 0;
    ent_code rc = ent_call_begin(&call, API_MEMORY);

    if (rc == ENT_OK && (rc = tier_read(&call, tier, &which)) == ENT_OK &&
        (rc = record_read(&call, record, &r)) == ENT_OK &&
        (rc = names_keys_tier(call.arena, &r, which, &keys, &count, &call.err)) == ENT_OK) {
        ent_jw_array(&call.w);
        for (size_t i = 0; i < count; i++)
            ent_jw_str(&call.w, keys[i]);
        ent_jw_end(&call.w);
    }
    return ent_call_end(&call, rc, out, room);
}

int names_api_parse(const char *record, char *out, size_t room)
{
    ent_call call;
    names_record r;
    ent_code rc = ent_call_begin(&call, API_MEMORY);

    if (rc == ENT_OK && (rc = record_read(&call, record, &r)) == ENT_OK)
        names_words_write(&call.w, &r);
    return ent_call_end(&call, rc, out, room);
}
