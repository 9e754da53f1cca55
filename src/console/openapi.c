#include "console/openapi_int.h"

#include "base/json_write.h"
#include "base/version.h"
#include "console/verb_int.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define MEMORY ((size_t)8 << 20)

/* openapi.json: all that does not follow from a table. */
extern const unsigned char console_embedded_openapi[];
extern const unsigned long console_embedded_openapi_size;

struct console_openapi {
    const console_host *host;
    pthread_mutex_t lock;
    ent_arena *arena;
    ent_str document; /* .ptr NULL: not made yet */
};

static void text(ent_jw *w, const char *name, const char *value)
{
    ent_jw_key(w, name);
    ent_jw_c(w, value);
}

static void object(ent_jw *w, const char *name)
{
    ent_jw_key(w, name);
    ent_jw_object(w);
}

/* "name": {"$ref": "#/components/kind/target"} */
static void reference(ent_jw *w, const char *name, const char *kind, const char *target)
{
    object(w, name);
    ent_jw_key(w, "$ref");
    ent_jw_printf(w, "#/components/%s/%s", kind, target);
    ent_jw_end(w);
}

static void schema_of(ent_jw *w, const verb_parameter *p)
{
    if (p->many) {
        text(w, "type", "array");
        ent_jw_key(w, "minItems");
        ent_jw_int(w, p->kind == VERB_ARGUMENT ? 1 : 0);
        object(w, "items");
        text(w, "type", "string");
        ent_jw_end(w);
    } else {
        text(w, "type", p->kind == VERB_FLAG ? "boolean" : "string");
    }
}

static bool is_said(const verb_parameter *p)
{
    return p->kind == VERB_ARGUMENT || p->kind == VERB_OPTION || p->kind == VERB_FLAG;
}

static void in_query(ent_jw *w, const verb_parameter *list, size_t count)
{
    ent_jw_key(w, "parameters");
    ent_jw_array(w);
    ent_jw_raw(w, ENT_STR("{\"$ref\":\"#/components/parameters/Reason\"}"));
    ent_jw_raw(w, ENT_STR("{\"$ref\":\"#/components/parameters/Purpose\"}"));
    for (size_t i = 0; i < count; i++) {
        if (!is_said(&list[i]))
            continue;
        ent_jw_object(w);
        ent_jw_key(w, "name");
        ent_jw_str(w, list[i].name);
        text(w, "in", "query");
        ent_jw_key(w, "required");
        ent_jw_bool(w, !list[i].optional);
        object(w, "schema");
        schema_of(w, &list[i]);
        ent_jw_end(w);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static void in_body(ent_jw *w, const verb_parameter *list, size_t count)
{
    object(w, "requestBody");
    ent_jw_key(w, "required");
    ent_jw_bool(w, true);
    object(w, "content");
    object(w, "application/json");
    object(w, "schema");
    text(w, "type", "object");
    ent_jw_key(w, "additionalProperties");
    ent_jw_bool(w, false);
    ent_jw_key(w, "required");
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        if (is_said(&list[i]) && !list[i].optional)
            ent_jw_str(w, list[i].name);
    ent_jw_end(w);
    object(w, "properties");
    for (size_t i = 0; i < count; i++)
        if (is_said(&list[i])) {
            ent_jw_key_str(w, list[i].name);
            ent_jw_object(w);
            schema_of(w, &list[i]);
            ent_jw_end(w);
        }
    for (int i = 0; i < 5; i++)
        ent_jw_end(w);
}

/* The line of `help --json` on a command; none: it says nothing of it. */
static ent_json help_of(const ent_json *lines, size_t count, const char *command)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_is(ent_json_get_text(lines[i], "name"), command))
            return lines[i];
    return (ent_json){ 0 };
}

static void request_of(ent_jw *w, const verb *v)
{
    verb_parameter list[VERB_PARAMETERS];
    size_t count = console_verb_parameters(v, list);

    if (strcmp(v->method, "GET") == 0) {
        in_query(w, list, count);
    } else if (console_verb_takes_file(v)) {
        in_query(w, list, count);
        object(w, "requestBody");
        ent_jw_key(w, "required");
        ent_jw_bool(w, true);
        ent_jw_key(w, "content");
        ent_jw_raw(w, ENT_STR("{\"application/octet-stream\":{}}"));
        ent_jw_end(w);
    } else {
        in_body(w, list, count);
    }
}

static void replace(char *text, const char *from, char to)
{
    while (*(text += strcspn(text, from)) != '\0')
        *text = to;
}

static void text_of(ent_jw *w, const char *name, ent_json line, const char *member)
{
    ent_str value = ent_json_get_text(line, member);

    if (value.ptr == NULL || value.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, value);
}

static void operation(ent_jw *w, ent_json help, const verb *v)
{
    char path[128], *id = path + sizeof "/api/v1/" - 1;

    (void)snprintf(path, sizeof path, "/api/v1/%s", v->command);
    replace(id, " ", '/');
    object(w, path);
    object(w, strcmp(v->method, "POST") == 0 ? "post" : "get");
    replace(id, "/-", '_');
    text(w, "operationId", id);
    text_of(w, "summary", help, "summary");
    text_of(w, "description", help, "help");
    request_of(w, v);
    object(w, "responses");
    reference(w, "200", "responses", console_verb_gives_bytes(v) ? "Bytes" : "Results");
    reference(w, "default", "responses", "Problem");
    for (int i = 0; i < 3; i++)
        ent_jw_end(w);
}

/* The verbs, and what the table does not have: logging in and out, changes as they happen. */
static void paths_write(ent_jw *w, const ent_json *lines, size_t count, ent_json fixed)
{
    ent_jw_object(w);
    for (size_t i = 0; i < console_verb_count; i++)
        operation(w, help_of(lines, count, console_verbs[i].command), &console_verbs[i]);
    for (ent_json v = ent_json_first(fixed); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_key_str(w, ent_json_name(v));
        ent_jw_raw(w, ent_json_raw(v));
    }
    ent_jw_end(w);
}

/* What only the command line does, and why. */
static void not_offered_write(ent_jw *w)
{
    object(w, "x-not-offered");
    for (size_t i = 0; i < console_not_offered_count; i++)
        text(w, console_not_offered[i].command, console_not_offered[i].why);
    ent_jw_end(w);
}

static void info_write(ent_jw *w, ent_json fixed)
{
    ent_jw_object(w);
    for (ent_json v = ent_json_first(fixed); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_key_str(w, ent_json_name(v));
        ent_jw_raw(w, ent_json_raw(v));
    }
    text(w, "version", ENT_VERSION);
    ent_jw_end(w);
}

static ent_code document_make(ent_arena *arena, const ent_json *lines, size_t count,
                              ent_str *document, ent_err *err)
{
    ent_str frame = { (const char *)console_embedded_openapi, console_embedded_openapi_size };
    ent_json root;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(ent_json_read(arena, frame, &root, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json v = ent_json_first(root); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_key_str(&w, ent_json_name(v));
        if (ent_str_is(ent_json_name(v), "paths"))
            paths_write(&w, lines, count, v);
        else if (ent_str_is(ent_json_name(v), "info"))
            info_write(&w, v);
        else
            ent_jw_raw(&w, ent_json_raw(v));
    }
    not_offered_write(&w);
    ent_jw_end(&w);
    return ent_buf_done(&buf, document, err);
}

static ent_code help_read(ent_arena *arena, ent_str text, ent_json *lines, size_t room,
                          size_t *count, ent_err *err)
{
    for (*count = 0; text.size > 0 && *count < room;) {
        size_t used;

        ENT_TRY(ent_json_read_first(arena, text, &lines[*count], &used, err));
        text = (ent_str){ text.ptr + used, text.size - used };
        while (text.size > 0 && text.ptr[0] == '\n')
            text = (ent_str){ text.ptr + 1, text.size - 1 };
        (*count)++;
    }
    return ENT_OK;
}

static ent_code make(console_openapi *o, ent_err *err)
{
    static const char *const help[] = { "help", NULL };
    console_line line = { .argv = help, .reason = "", .purpose = "", .input = { "", 0 } };
    console_result result;
    ent_json lines[512];
    size_t count;

    ENT_TRY(o->host->run(o->host->arg, NULL, o->arena, &line, &result, err));
    ENT_TRY(help_read(o->arena, result.output, lines, sizeof lines / sizeof *lines, &count, err));
    return document_make(o->arena, lines, count, &o->document, err);
}

console_openapi *console_openapi_new(const console_host *host)
{
    console_openapi *o = calloc(1, sizeof *o);

    if (o == NULL)
        return NULL;
    o->host = host;
    (void)pthread_mutex_init(&o->lock, NULL);
    o->arena = ent_arena_new(MEMORY);
    if (o->arena != NULL)
        return o;
    console_openapi_free(o);
    return NULL;
}

void console_openapi_free(console_openapi *o)
{
    if (o == NULL)
        return;
    ent_arena_free(o->arena);
    (void)pthread_mutex_destroy(&o->lock);
    free(o);
}

ent_code console_openapi_get(console_openapi *o, ent_str *document, ent_err *err)
{
    ent_code rc = ENT_OK;

    (void)pthread_mutex_lock(&o->lock);
    if (o->document.ptr == NULL) {
        ent_arena_reset(o->arena);
        rc = make(o, err);
    }
    *document = o->document;
    (void)pthread_mutex_unlock(&o->lock);
    return rc;
}
