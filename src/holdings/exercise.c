#include "holdings/exercise.h"

#include "base/json_write.h"
#include "policy/label.h"
#include "stix/extension_ids.h"

/* The handling extension, with what it says of the exercise in place of what it said. */
static void handling_write(ent_jw *w, ent_json handling)
{
    ent_jw_key(w, STIX_EXT_HANDLING);
    ent_jw_object(w);
    if (ent_json_get(handling, "extension_type").doc == NULL) {
        ent_jw_key(w, "extension_type");
        ent_jw_c(w, "property-extension");
    }
    for (ent_json m = ent_json_first(handling); m.doc != NULL; m = ent_json_next(m))
        if (!ent_str_is(ent_json_name(m), "exercise")) {
            ent_jw_key_str(w, ent_json_name(m));
            ent_jw_raw(w, ent_json_raw(m));
        }
    ent_jw_key(w, "exercise");
    ent_jw_bool(w, true);
    ent_jw_end(w);
}

static void extensions_write(ent_jw *w, ent_json object)
{
    ent_json extensions = ent_json_get(object, "extensions");

    ent_jw_key(w, "extensions");
    ent_jw_object(w);
    for (ent_json m = ent_json_first(extensions); m.doc != NULL; m = ent_json_next(m))
        if (!ent_str_is(ent_json_name(m), STIX_EXT_HANDLING)) {
            ent_jw_key_str(w, ent_json_name(m));
            ent_jw_raw(w, ent_json_raw(m));
        }
    handling_write(w, policy_handling(object));
    ent_jw_end(w);
}

ent_code holdings_outgoing(const store *s, ent_arena *arena, ent_str bytes, ent_str *out,
                           ent_err *err)
{
    ent_json object;
    ent_buf buf;
    ent_jw w;

    *out = bytes;
    if (!store_exercise(s) || bytes.size == 0)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, bytes, &object, err));
    if (!ent_json_is(object, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "what is held is no JSON object");
    if (ent_json_true(ent_json_get(policy_handling(object), "exercise")))
        return ENT_OK;
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json m = ent_json_first(object); m.doc != NULL; m = ent_json_next(m))
        if (!ent_str_is(ent_json_name(m), "extensions")) {
            ent_jw_key_str(&w, ent_json_name(m));
            ent_jw_raw(&w, ent_json_raw(m));
        }
    extensions_write(&w, object);
    ent_jw_end(&w);
    return ent_buf_done(&buf, out, err);
}
