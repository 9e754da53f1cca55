#include "taxii/pull.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/time.h"

#include <strings.h>

#define PAGE       1000
#define LOST_MOST  3
#define EMPTY_MOST 100
#define TOKEN_MOST ((size_t)8192)

/* ---- asking ---- */

static void escaped(ent_buf *buf, ent_str text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];

        if (c != '\0' && strchr(plain, c) != NULL)
            ent_buf_byte(buf, (unsigned char)c);
        else
            ent_buf_printf(buf, "%%%02X", (unsigned)(unsigned char)c);
    }
}

ent_code taxii_pull_url(ent_arena *arena, const taxii_pull *pull, ent_str *url, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_printf(&buf, "%.*sobjects/?limit=%d", ENT_STR_ARG(pull->url), PAGE);
    if (pull->after.size > 0) {
        ent_buf_c(&buf, "&added_after=");
        escaped(&buf, pull->after);
    }
    if (pull->next.size > 0) {
        ent_buf_c(&buf, "&next=");
        escaped(&buf, pull->next);
    }
    return ent_buf_done(&buf, url, err);
}

/* ---- answers ---- */

static bool type_known(ent_str type)
{
    /* The right one; and what servers send that are right otherwise. */
    static const char *const known[] = { "application/taxii+json", "application/stix+json",
                                         "application/vnd.oasis.taxii+json", "application/json" };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t size = strlen(known[i]);

        if (type.size >= size && strncasecmp(type.ptr, known[i], size) == 0 &&
            (type.size == size || type.ptr[size] == ';' || type.ptr[size] == ' '))
            return true;
    }
    return false;
}

/* A date that goes forward; anything else of the field is as if it were not there. */
static ent_code date_take(ent_arena *arena, taxii_pull *pull, ent_str date, ent_err *err)
{
    ent_err why = { 0 };
    ent_time new, old;

    if (date.size == 0 || ent_time_read(date, &new, &why) != ENT_OK)
        return ENT_OK;
    if (pull->last.size > 0 && ent_time_read(pull->last, &old, &why) == ENT_OK && new <= old)
        return ENT_OK;
    pull->last = ent_arena_str(arena, date);
    return pull->last.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static ent_code status_judge(taxii_pull *pull, const taxii_pull_answer *answer, bool *again,
                             ent_err *err)
{
    long status = answer->status;

    *again = false;
    if (status == 200 || status == 206)
        return ENT_OK;
    if (status == 401 || status == 403)
        return ent_fail(err, ENT_DENIED, "the server answers %ld: credentials or rights", status);
    /* Some keep their `next` for half a minute: what was read by then is not lost. */
    if (pull->next.size > 0 && (status == 400 || status == 404 || status == 410)) {
        if (++pull->lost > LOST_MOST)
            return ent_fail(err, ENT_UNAVAILABLE, "the server forgets where it was");
        pull->next = (ent_str){ "", 0 };
        if (pull->last.size > 0)
            pull->after = pull->last;
        *again = true;
        return ENT_OK;
    }
    if (status == 404)
        return ent_fail(err, ENT_NOT_FOUND, "the server knows no such collection");
    if (status == 429 || status >= 500)
        return ent_fail(err, ENT_UNAVAILABLE, "the server answers %ld", status);
    if (status >= 300 && status < 400)
        return ent_fail(err, ENT_FORMAT,
                        "the server sends us elsewhere (%ld); add the address it means", status);
    return ent_fail(err, ENT_FORMAT, "the server answers %ld", status);
}

static void walk_end(taxii_pull *pull)
{
    if (pull->last.size > 0)
        pull->after = pull->last;
    pull->next = (ent_str){ "", 0 };
    pull->lost = pull->empty = 0;
}

static ent_code next_take(ent_arena *arena, taxii_pull *pull, ent_json json, taxii_pull_step *step,
                          ent_err *err)
{
    ent_json more = ent_json_get(json, "more");
    ent_str next = ent_json_get_text(json, "next");
    bool says = ent_json_is(more, ENT_JSON_TRUE) || ent_json_is(more, ENT_JSON_FALSE);

    /* `more` decides; where it is not said, a `next` does. */
    if (says ? !ent_json_true(more) : next.size == 0) {
        walk_end(pull);
        *step = TAXII_PULL_DONE;
        return ENT_OK;
    }
    *step = TAXII_PULL_MORE;
    if (next.size == 0) {
        /* More, but not where: by date, as long as that moves. */
        if (pull->last.size == 0 || ent_str_equal(pull->last, pull->after)) {
            walk_end(pull);
            *step = TAXII_PULL_DONE;
            return ENT_OK;
        }
        pull->after = pull->last;
        pull->next = (ent_str){ "", 0 };
        return ENT_OK;
    }
    if (next.size > TOKEN_MOST || ent_str_equal(next, pull->next))
        return ent_fail(err, ENT_FORMAT, "the server's `next` leads nowhere");
    pull->next = ent_arena_str(arena, next);
    return pull->next.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code taxii_pull_take(ent_arena *arena, taxii_pull *pull, const taxii_pull_answer *answer,
                         ent_str *objects, taxii_pull_step *step, ent_err *err)
{
    ent_json json, list;
    bool again;

    *objects = (ent_str){ "", 0 };
    *step = TAXII_PULL_MORE;
    ENT_TRY(status_judge(pull, answer, &again, err));
    if (again)
        return ENT_OK;
    if (!type_known(answer->type))
        return ent_fail(err, ENT_FORMAT, "the server sends no TAXII but '%.*s'",
                        (int)(answer->type.size > 80 ? 80 : answer->type.size), answer->type.ptr);
    if (ent_json_read(arena, answer->body, &json, err) != ENT_OK)
        return ent_context(err, "the server's envelope");
    list = ent_json_get(json, "objects");
    if (!ent_json_is(json, ENT_JSON_OBJECT) ||
        (list.doc != NULL && !ent_json_is(list, ENT_JSON_ARRAY)))
        return ent_fail(err, ENT_FORMAT, "the server sends no envelope [TAXII 2.1 s3.7]");
    if (ent_json_count(list) > 0) {
        *objects = ent_json_raw(list);
        pull->empty = 0;
    } else if (++pull->empty > EMPTY_MOST) {
        return ent_fail(err, ENT_FORMAT, "the server sends empty pages without end");
    }
    ENT_TRY(date_take(arena, pull, answer->date_added_last, err));
    return next_take(arena, pull, json, step, err);
}
