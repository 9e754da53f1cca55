/* The families of the test corpus that are questions to the library: hashes, times, JSON,
 * markings, versions, confidence.  Skipped without the corpus. */
#include "test.h"

#include "base/json_write.h"
#include "base/text.h"
#include "stix/confidence.h"
#include "stix/format.h"
#include "stix/marking.h"
#include "stix/version.h"

#define CORPUS "../shared/corpus/stix/"
#define LATER  "9999-12-31T23:59:59.999Z"

typedef struct family {
    ent_arena *arena;
    ent_json cases;
    char *text;
    const char *name;
    size_t right, wrong;
} family;

static void family_open(family *f, const char *name)
{
    char path[256];
    size_t size;
    ent_err err = { 0 };

    (void)snprintf(path, sizeof path, CORPUS "%s.json", name);
    *f = (family){ .arena = ent_arena_new((size_t)1 << 30), .name = name };
    f->text = test_file(path, &size);
    CHECK_OK(ent_json_read(f->arena, (ent_str){ f->text, size }, &f->cases, &err), &err);
}

static void family_count(family *f, ent_json c, bool right, const char *why)
{
    f->right += right;
    f->wrong += !right;
    if (!right && getenv("CORPUS_SHOW") != NULL)
        print_message("# %.*s: %s\n", ENT_STR_ARG(ent_json_get_text(c, "id")), why);
}

static void family_close(family *f)
{
    print_message("# %s: %zu of %zu\n", f->name, f->right, f->right + f->wrong);
    CHECK_INT(f->wrong, 0);
    free(f->text);
    ent_arena_free(f->arena);
}

#define EACH(c, f) \
    for (ent_json c = ent_json_first((f)->cases); c.doc != NULL; c = ent_json_next(c))
#define FAMILY(f, name)                          \
    family f;                                    \
    (void)state;                                 \
    SHARED_OR_SKIP("corpus/stix/" name ".json"); \
    family_open(&f, name)

/* Names without - and _: the corpus writes SHA256. */
static bool same_algorithm(ent_str ours, ent_json expect)
{
    char plain[32];
    size_t size = 0;

    if (ours.ptr == NULL || ent_json_is(expect, ENT_JSON_NULL))
        return ours.ptr == NULL && ent_json_is(expect, ENT_JSON_NULL);
    for (size_t i = 0; i < ours.size; i++)
        if (ours.ptr[i] != '-')
            plain[size++] = ours.ptr[i];
    return ent_str_equal((ent_str){ plain, size }, ent_json_str(expect));
}

static void hashes_are_known_by_name_and_form(void **state)
{
    FAMILY(f, "hashes");
    EACH(c, &f)
    {
        bool right =
            ent_str_is(ent_json_get_text(c, "op"), "value-ok")
                ? stix_hash_ok(ent_json_get_text(c, "algorithm"), ent_json_get_text(c, "value")) ==
                      ent_json_true(ent_json_get(c, "expect"))
                : same_algorithm(stix_hash_algorithm(ent_json_get_text(c, "name")),
                                 ent_json_get(c, "expect"));

        family_count(&f, c, right, "");
    }
    family_close(&f);
}

static void timestamps_are_judged_right(void **state)
{
    FAMILY(f, "timestamps");
    EACH(c, &f)
    family_count(&f, c,
                 stix_timestamp_ok(ent_json_get_text(c, "timestamp")) ==
                     ent_str_is(ent_json_get_text(c, "expect"), "valid"),
                 "");
    family_close(&f);
}

static void timestamps_are_compared_right(void **state)
{
    FAMILY(f, "timestamp-compare");
    EACH(c, &f)
    {
        int64_t expect = 9;

        (void)ent_json_int(ent_json_get(c, "expect"), &expect);
        family_count(&f, c,
                     stix_timestamp_compare(ent_json_get_text(c, "a"), ent_json_get_text(c, "b")) ==
                         expect,
                     "");
    }
    family_close(&f);
}

static void canonical_texts_are_right(void **state)
{
    FAMILY(f, "jcs");
    EACH(c, &f)
    {
        ent_arena *arena = ent_arena_new((size_t)64 << 20);
        ent_err err = { 0 };
        ent_json value;
        ent_buf buf;
        bool right;

        ent_buf_init(&buf, arena);
        right = ent_json_read(arena, ent_json_get_text(c, "input"), &value, &err) == ENT_OK &&
                ent_json_canon(value, &buf, &err) == ENT_OK &&
                ent_str_equal((ent_str){ buf.ptr, buf.size }, ent_json_get_text(c, "expect"));
        family_count(&f, c, right, err.msg);
        ent_arena_free(arena);
    }
    family_close(&f);
}

static void canonical_numbers_are_right(void **state)
{
    FAMILY(f, "jcs-numbers");
    EACH(c, &f)
    {
        ent_str hex = ent_json_get_text(c, "ieee754_hex");
        char digits[32], out[32];
        uint64_t bits;
        double number;

        (void)snprintf(digits, sizeof digits, "%.*s", ENT_STR_ARG(hex));
        bits = strtoull(digits, NULL, 16);
        memcpy(&number, &bits, sizeof number);
        ent_json_number_write(number, out);
        family_count(&f, c, ent_str_is(ent_json_get_text(c, "expect"), out), out);
    }
    family_close(&f);
}

static void json_texts_are_judged_right(void **state)
{
    FAMILY(f, "json-text");
    EACH(c, &f)
    {
        ent_arena *arena = ent_arena_new((size_t)64 << 20);
        ent_str expect = ent_json_get_text(c, "expect");
        ent_span bytes = { "", 0 };
        ent_err err = { 0 };
        ent_json value;
        bool accepted;

        /* I-JSON forbids what RFC 8259 lets pass; and some texts are only described. */
        if (ent_str_starts(ent_json_get_text(c, "name"), ENT_STR("y_object_duplicated_key")) ||
            ent_json_get(c, "b64").doc == NULL)
            expect = ENT_STR("either");
        else
            CHECK_OK(ent_base64_read(arena, ent_json_get_text(c, "b64"), &bytes, &err), &err);
        accepted = ent_json_read(arena, (ent_str){ bytes.ptr, bytes.size }, &value, &err) == ENT_OK;
        if (!ent_str_is(expect, "either"))
            family_count(&f, c, accepted == ent_str_is(expect, "accept"), err.msg);
        ent_arena_free(arena);
    }
    family_close(&f);
}

static bool confidence_right(ent_json c)
{
    static const struct {
        const char *word, *value;
        stix_scale scale;
    } names[] = {
        { "value_to_none_low_medium_high", "none_low_med_high_to_value",
          STIX_SCALE_NONE_LOW_MED_HIGH },
        { "value_to_zero_ten", "zero_ten_to_value", STIX_SCALE_ZERO_TEN },
        { "value_to_admiralty_credibility", "admiralty_credibility_to_value",
          STIX_SCALE_ADMIRALTY },
        { "value_to_wep", "wep_to_value", STIX_SCALE_WEP },
        { "value_to_dni", "dni_to_value", STIX_SCALE_DNI },
    };
    ent_str fn = ent_json_get_text(c, "fn");
    ent_json arg = ent_json_get(c, "arg"), expect = ent_json_get(c, "expect");
    bool error = ent_json_get(c, "expect_error").doc != NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int64_t number = -1, got = -1;
        ent_err err;

        if (ent_str_is(fn, names[i].word)) {
            const char *word;

            (void)ent_json_int(arg, &number);
            word = stix_confidence_word(names[i].scale, number);
            return error ? word == NULL : word != NULL && ent_str_is(ent_json_str(expect), word);
        }
        if (ent_str_is(fn, names[i].value)) {
            ent_code rc = stix_confidence_value(names[i].scale, ent_json_str(arg), &got, &err);

            (void)ent_json_int(expect, &number);
            return error ? rc == ENT_NOT_FOUND : rc == ENT_OK && got == number;
        }
    }
    return false;
}

static void confidence_is_said_in_other_scales(void **state)
{
    FAMILY(f, "confidence");
    EACH(c, &f)
    family_count(&f, c, confidence_right(c), "");
    family_close(&f);
}

static void the_version_of_stix_is_recognised(void **state)
{
    FAMILY(f, "spec-version");
    EACH(c, &f)
    family_count(
        &f, c,
        ent_str_is(ent_json_get_text(c, "expect"), stix_spec_version(ent_json_get(c, "object"))),
        stix_spec_version(ent_json_get(c, "object")));
    family_close(&f);
}

/* ---- versions ---- */

/* The canonical form of an object without what the corpus leaves out. */
static ent_str comparable(ent_arena *arena, ent_json object)
{
    ent_buf buf, canon;
    ent_jw w;
    ent_str text;
    ent_json again;
    ent_err err = { 0 };

    ent_buf_init(&buf, arena);
    ent_buf_init(&canon, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json v = ent_json_first(object); v.doc != NULL; v = ent_json_next(v)) {
        if (ent_str_is(ent_json_name(v), "modified") ||
            ent_str_is(ent_json_name(v), "granular_markings") ||
            ent_str_is(ent_json_name(v), "object_marking_refs"))
            continue;
        ent_jw_key_str(&w, ent_json_name(v));
        ent_jw_raw(&w, ent_json_raw(v));
    }
    ent_jw_end(&w);
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    CHECK_OK(ent_json_read(arena, text, &again, &err), &err);
    CHECK_OK(ent_json_canon(again, &canon, &err), &err);
    return (ent_str){ canon.ptr, canon.size };
}

static bool same_object(ent_arena *arena, ent_str text, ent_json expect)
{
    ent_json object;
    ent_err err = { 0 };

    CHECK_OK(ent_json_read(arena, text, &object, &err), &err);
    return ent_str_equal(comparable(arena, object), comparable(arena, expect));
}

/* The changes without the tool's own option among them. */
static ent_json changes_of(ent_arena *arena, ent_json c)
{
    ent_json changes = ent_json_get(c, "changes"), out;
    ent_str text;
    ent_err err = { 0 };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json v = ent_json_first(changes); v.doc != NULL; v = ent_json_next(v))
        if (!ent_str_is(ent_json_name(v), "allow_custom")) {
            ent_jw_key_str(&w, ent_json_name(v));
            ent_jw_raw(&w, ent_json_raw(v));
        }
    ent_jw_end(&w);
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    CHECK_OK(ent_json_read(arena, text, &out, &err), &err);
    return out;
}

static ent_code version_do(ent_arena *arena, ent_json c, ent_str *out, ent_err *err)
{
    ent_json object = ent_json_get(c, "object");
    ent_json option = ent_json_get(ent_json_get(c, "changes"), "allow_custom");
    ent_str op = ent_json_get_text(c, "op");
    bool custom = option.doc == NULL ? stix_is_custom(object) : ent_json_true(option);

    if (ent_str_is(op, "revoke"))
        return stix_revoke(arena, object, ENT_STR(LATER), out, err);
    if (ent_str_is(op, "remove_custom_stix"))
        return stix_remove_custom(arena, object, ENT_STR(LATER), out, err);
    return stix_new_version(arena, object, changes_of(arena, c), custom, ENT_STR(LATER), out, err);
}

static void new_versions_are_made_right(void **state)
{
    FAMILY(f, "versioning");
    EACH(c, &f)
    {
        ent_arena *arena = ent_arena_new((size_t)64 << 20);
        ent_json expect = ent_json_get(c, "expect");
        ent_str out = ENT_STR_NONE;
        ent_err err = { 0 };
        ent_code rc = version_do(arena, c, &out, &err);
        bool right = expect.doc == NULL || ent_json_is(expect, ENT_JSON_NULL)
                         ? rc != ENT_OK
                         : rc == ENT_OK && same_object(arena, out, expect);

        family_count(&f, c, right, rc == ENT_OK ? out.ptr : err.msg);
        ent_arena_free(arena);
    }
    family_close(&f);
}

/* What of one id has arrived, oldest first, each version once. */
static size_t versions_of(ent_json arrive, ent_str id, ent_json *list, size_t room)
{
    size_t count = 0;

    for (ent_json v = ent_json_first(arrive); v.doc != NULL; v = ent_json_next(v)) {
        size_t at = 0;

        if (!ent_str_equal(ent_json_get_text(v, "id"), id) || count == room)
            continue;
        while (at < count && stix_version_compare(list[at], v) < 0)
            at++;
        if (at < count && stix_version_compare(list[at], v) == 0)
            continue;
        memmove(list + at + 1, list + at, (count - at) * sizeof *list);
        list[at] = v;
        count++;
    }
    return count;
}

static void versions_are_ordered_right(void **state)
{
    FAMILY(f, "store-versions");
    EACH(c, &f)
    {
        ent_json expect = ent_json_get(c, "expect");
        bool right = true;

        for (ent_json e = ent_json_first(expect); e.doc != NULL; e = ent_json_next(e)) {
            ent_json list[256], ascending = ent_json_get(e, "versions_ascending");
            size_t count = versions_of(ent_json_get(c, "arrive"), ent_json_name(e), list, 255),
                   i = 0;
            bool revoked = false;

            for (ent_json v = ent_json_first(ascending); v.doc != NULL; v = ent_json_next(v), i++)
                right =
                    right && i < count && ent_str_equal(stix_version_of(list[i]), ent_json_str(v));
            for (size_t j = 0; j < count; j++)
                revoked = revoked || ent_json_true(ent_json_get(list[j], "revoked"));
            right = right && count == i && count > 0 &&
                    ent_str_equal(stix_version_of(list[count - 1]),
                                  ent_json_get_text(e, "latest_modified")) &&
                    ent_str_equal(ent_json_get_text(list[count - 1], "name"),
                                  ent_json_get_text(e, "latest_name")) &&
                    revoked == ent_json_true(ent_json_get(e, "revoked"));
        }
        family_count(&f, c, right, "");
    }
    family_close(&f);
}

/* ---- markings ---- */

/* An argument as texts: one text, a list, or an object that stands for its id. */
static stix_texts texts_of(ent_arena *arena, ent_json value)
{
    stix_texts list = { NULL, 0 };

    if (value.doc == NULL || ent_json_is(value, ENT_JSON_NULL))
        return list;
    list.texts = ent_arena_array(arena, ent_json_count(value) + 1, sizeof *list.texts);
    if (!ent_json_is(value, ENT_JSON_ARRAY)) {
        list.texts[list.count++] = ent_json_is(value, ENT_JSON_OBJECT)
                                       ? ent_json_get_text(value, "id")
                                       : ent_json_str(value);
        return list;
    }
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v))
        list.texts[list.count++] =
            ent_json_is(v, ENT_JSON_OBJECT) ? ent_json_get_text(v, "id") : ent_json_str(v);
    return list;
}

static bool same_set(const stix_texts *got, ent_json expect)
{
    size_t found = 0;

    for (ent_json v = ent_json_first(expect); v.doc != NULL; v = ent_json_next(v))
        for (size_t i = 0; i < got->count; i++)
            found += ent_str_equal(got->texts[i], ent_json_str(v));
    return found == got->count && found == ent_json_count(expect);
}

/* Every pair of marking and selector of `a` is in `b`. */
static bool pairs_within(ent_json a, ent_json b)
{
    for (ent_json g = ent_json_first(a); g.doc != NULL; g = ent_json_next(g)) {
        ent_json selectors = ent_json_get(g, "selectors");

        for (ent_json s = ent_json_first(selectors); s.doc != NULL; s = ent_json_next(s)) {
            bool found = false;

            for (ent_json h = ent_json_first(b); h.doc != NULL; h = ent_json_next(h)) {
                ent_json others = ent_json_get(h, "selectors");

                for (ent_json t = ent_json_first(others); t.doc != NULL; t = ent_json_next(t))
                    found = found || (ent_str_equal(ent_json_str(s), ent_json_str(t)) &&
                                      ent_str_equal(ent_json_get_text(g, "marking_ref"),
                                                    ent_json_get_text(h, "marking_ref")) &&
                                      ent_str_equal(ent_json_get_text(g, "lang"),
                                                    ent_json_get_text(h, "lang")));
            }
            if (!found)
                return false;
        }
    }
    return true;
}

static bool same_marked(ent_arena *arena, ent_str text, ent_json expect)
{
    ent_json object, ours, theirs = ent_json_get(expect, "granular_markings");
    stix_texts refs;
    ent_err err = { 0 };

    CHECK_OK(ent_json_read(arena, text, &object, &err), &err);
    ours = ent_json_get(object, "granular_markings");
    refs = texts_of(arena, ent_json_get(object, "object_marking_refs"));
    return same_object(arena, text, expect) && pairs_within(ours, theirs) &&
           pairs_within(theirs, ours) &&
           same_set(&refs, ent_json_get(expect, "object_marking_refs"));
}

static ent_code marking_do(ent_arena *arena, ent_json c, bool *right, ent_err *err)
{
    static const char *const changes[] = { "add_markings", "remove_markings", "set_markings",
                                           "clear_markings" };
    ent_json object = ent_json_get(c, "object"), args = ent_json_get(c, "args");
    ent_json expect = ent_json_get(c, "expect"), refs = ent_json_get(args, "marking_ref");
    stix_texts markings = texts_of(arena, ent_json_get(args, "marking")), found;
    stix_texts selectors = texts_of(arena, ent_json_get(args, "selectors"));
    ent_str op = ent_json_get_text(c, "op"), out;
    int flags = (ent_json_true(ent_json_get(args, "inherited")) ? STIX_INHERITED : 0) |
                (ent_json_true(ent_json_get(args, "descendants")) ? STIX_DESCENDANTS : 0) |
                (ent_json_is(refs, ENT_JSON_FALSE) ? STIX_NO_REFS : 0) |
                (ent_json_is(ent_json_get(args, "lang"), ENT_JSON_FALSE) ? STIX_NO_LANGS : 0);

    *right = false;
    if (ent_str_is(op, "get_markings")) {
        ENT_TRY(stix_markings(arena, object, selectors, flags, &found, err));
        *right = same_set(&found, expect);
        return ENT_OK;
    }
    if (ent_str_is(op, "is_marked")) {
        bool marked;

        ENT_TRY(stix_is_marked(arena, object, markings, selectors, flags, &marked, err));
        *right = marked == ent_json_true(expect);
        return ENT_OK;
    }
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (ent_str_is(op, changes[i])) {
            ENT_TRY(stix_marking_write(arena, object, (stix_marking_change)i, markings, selectors,
                                       ENT_STR_NONE, &out, err));
            *right = ent_json_is(expect, ENT_JSON_OBJECT) && same_marked(arena, out, expect);
        }
    return ENT_OK;
}

static void markings_are_found_and_changed_right(void **state)
{
    FAMILY(f, "markings");
    EACH(c, &f)
    {
        ent_arena *arena = ent_arena_new((size_t)64 << 20);
        ent_err err = { 0 };
        bool right, error = ent_json_get(c, "expect_error").doc != NULL;
        ent_code rc = marking_do(arena, c, &right, &err);

        family_count(&f, c, error ? rc != ENT_OK : rc == ENT_OK && right, err.msg);
        ent_arena_free(arena);
    }
    family_close(&f);
}

RUN_TESTS(TEST(hashes_are_known_by_name_and_form), TEST(timestamps_are_judged_right),
          TEST(timestamps_are_compared_right), TEST(canonical_texts_are_right),
          TEST(canonical_numbers_are_right), TEST(json_texts_are_judged_right),
          TEST(confidence_is_said_in_other_scales), TEST(the_version_of_stix_is_recognised),
          TEST(new_versions_are_made_right), TEST(versions_are_ordered_right),
          TEST(markings_are_found_and_changed_right))
