#include "console/answer_int.h"

#include "base/hash.h"
#include "base/json_write.h"
#include "base/phrase.h"
#include "base/text.h"

#define PROBLEM_TYPE "application/problem+json"
#define TAG_BYTES    16

void console_answer_guard(http_reply *reply)
{
    http_reply_header(reply, "Content-Security-Policy",
                      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
                      "data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
                      "form-action 'none'; frame-ancestors 'none'");
    http_reply_header(reply, "X-Content-Type-Options", "nosniff");
    http_reply_header(reply, "Referrer-Policy", "no-referrer");
    http_reply_header(reply, "Cross-Origin-Opener-Policy", "same-origin");
    http_reply_header(reply, "Cross-Origin-Resource-Policy", "same-origin");
}

void console_answer_json(http_reply *reply, ent_str body)
{
    reply->status = 200;
    reply->type = "application/json";
    reply->body = body;
}

/* ---- problems ---- */

static const struct {
    unsigned status;
    const char *body;
} refusals[] = {
#define X(status, title)                                                              \
    { status, "{\"type\":\"about:blank\",\"title\":\"" title "\",\"status\":" #status \
              ",\"code\":\"HTTP-" #status "\"}" },
    X(400, "the request is no request") X(401, "log in first")
        X(403, "a change must be asked for from the console's own pages")
            X(404, "there is nothing here") X(405, "another method is meant")
                X(408, "the request took too long") X(413, "the body is too large")
                    X(414, "the address is too long") X(415, "the body must be application/json")
                        X(431, "the head of the request is too large")
                            X(422, "this key was used for another request")
                                X(503, "not now; try again later")
#undef X
};

void console_answer_refuse(http_reply *reply, unsigned status)
{
    size_t at = sizeof refusals / sizeof *refusals - 1;

    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (refusals[i].status == status)
            at = i;
    reply->status = refusals[at].status;
    reply->type = PROBLEM_TYPE;
    reply->body = ent_str_of(refusals[at].body);
}

void console_answer_problem(http_request *request, http_reply *reply, ent_code code,
                            const char *detail, ent_str results)
{
    ent_err ignored = { 0 };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, request->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, "about:blank");
    ent_jw_key(&w, "title");
    ent_jw_c(&w, ent_code_text(code));
    ent_jw_key(&w, "status");
    ent_jw_int(&w, ent_code_http(code));
    ent_jw_key(&w, "exit");
    ent_jw_int(&w, ent_code_exit(code));
    ent_jw_key(&w, "detail");
    ent_jw_c(&w, detail);
    ent_jw_key(&w, "code");
    ent_jw_c(&w, ent_code_name(code));
    ent_jw_key(&w, "said");
    ent_phrase_json(&w, ent_str_of(detail));
    if (results.ptr != NULL) {
        ent_jw_key(&w, "results");
        ent_jw_raw(&w, results);
    }
    ent_jw_end(&w);
    reply->status = (unsigned)ent_code_http(code);
    reply->type = PROBLEM_TYPE;
    if (ent_buf_done(&buf, &reply->body, &ignored) != ENT_OK)
        console_answer_refuse(reply, 503);
}

/* ---- what commands say ---- */

/* JSON Lines as one array. */
static ent_code lines_join(ent_arena *arena, ent_str lines, ent_str *array, ent_err *err)
{
    bool first = true;
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_reserve(&buf, lines.size + 3);
    ent_buf_c(&buf, "[");
    for (size_t at = 0; at < lines.size;) {
        const char *start = lines.ptr + at, *end = memchr(start, '\n', lines.size - at);
        size_t size = end == NULL ? lines.size - at : (size_t)(end - start);

        if (size > 0) {
            ent_buf_c(&buf, first ? "" : ",\n");
            ent_buf_put(&buf, start, size);
            first = false;
        }
        at += size + 1;
    }
    ent_buf_c(&buf, "]");
    return ent_buf_done(&buf, array, err);
}

/* "entente: why" and what else stood there, without the program's name. */
static ent_str message_of(ent_arena *arena, const console_result *result)
{
    static const ent_str program = { "entente: ", 9 };
    ent_str text = result->message;
    ent_err ignored = { 0 };
    ent_buf buf;

    while (text.size > 0 && text.ptr[text.size - 1] == '\n')
        text.size--;
    if (ent_str_starts(text, program))
        text = (ent_str){ text.ptr + program.size, text.size - program.size };
    ent_buf_init(&buf, arena);
    ent_text_visible(&buf, text);
    return ent_buf_done(&buf, &text, &ignored) == ENT_OK && text.ptr != NULL ? text : ENT_STR("");
}

static void failure_answer(http_request *request, http_reply *reply, const console_result *result,
                           ent_str results)
{
    ent_str message = message_of(request->arena, result);
    ent_code code = ent_code_of_exit(result->status);

    console_answer_problem(request, reply, code,
                           message.size > 0 ? message.ptr : ent_code_text(code), results);
}

void console_answer_result(http_request *request, http_reply *reply, const console_result *result)
{
    ent_str results, body, message;
    ent_err err = { 0 };
    ent_buf buf;
    ent_jw w;

    if (lines_join(request->arena, result->output, &results, &err) != ENT_OK) {
        console_answer_problem(request, reply, err.code, err.msg, ENT_STR_NONE);
        return;
    }
    if (result->status != 0 && result->status != 1) {
        failure_answer(request, reply, result, results);
        return;
    }
    message = message_of(request->arena, result);
    ent_buf_init(&buf, request->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "answer");
    ent_jw_c(&w, result->status == 0 ? "yes" : "no");
    if (message.size > 0) {
        ent_jw_key(&w, "note");
        ent_jw_str(&w, message);
        ent_jw_key(&w, "said");
        ent_phrase_json(&w, message);
    }
    ent_jw_key(&w, "results");
    ent_jw_raw(&w, results);
    ent_jw_end(&w);
    if (ent_buf_done(&buf, &body, &err) != ENT_OK)
        console_answer_problem(request, reply, err.code, err.msg, ENT_STR_NONE);
    else
        console_answer_json(reply, body);
}

void console_answer_bytes(http_request *request, http_reply *reply, const console_result *result)
{
    if (result->status != 0) {
        failure_answer(request, reply, result, ENT_STR_NONE);
        return;
    }
    reply->status = 200;
    /* Whatever it is, no browser is to run it. */
    reply->type = "application/octet-stream";
    reply->body = result->output;
    http_reply_header(reply, "Content-Disposition", "attachment");
}

void console_answer_tag(http_request *request, http_reply *reply)
{
    const char *known = http_request_header(request, "If-None-Match");
    ent_hash hash = ent_hash_of(reply->body.ptr, reply->body.size);
    char hex[2 * TAG_BYTES + 1];
    ent_str tag;

    if (reply->status != 200)
        return;
    ent_hex_write(hash.bytes, TAG_BYTES, hex);
    tag = ent_arena_printf(request->arena, "\"%s\"", hex);
    if (tag.ptr == NULL)
        return;
    http_reply_header(reply, "ETag", tag.ptr);
    if (known != NULL && strcmp(known, tag.ptr) == 0) {
        reply->status = 304;
        reply->body = ENT_STR("");
    }
}
