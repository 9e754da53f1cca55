#include "console/openapi_int.h"

#include "base/json_write.h"
#include "console/verb_int.h"

#include <stdio.h>

/* openapi.json: all that does not follow from a table. */
extern const unsigned char console_embedded_openapi[];
extern const unsigned long console_embedded_openapi_size;

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

static const console_command *command_of(const console_config *config, const verb *v)
{
    for (size_t i = 0; i < config->command_count; i++)
        if (strcmp(config->commands[i].name, v->command) == 0)
            return &config->commands[i];
    return NULL;
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

static void operation(ent_jw *w, const console_config *config, const verb *v)
{
    const console_command *command = command_of(config, v);
    char path[128], *id = path + sizeof "/api/v1/" - 1;

    (void)snprintf(path, sizeof path, "/api/v1/%s", v->command);
    replace(id, " ", '/');
    object(w, path);
    object(w, strcmp(v->method, "POST") == 0 ? "post" : "get");
    replace(id, "/-", '_');
    text(w, "operationId", id);
    if (command != NULL) {
        text(w, "summary", command->summary);
        if (command->help != NULL)
            text(w, "description", command->help);
    }
    if (strcmp(v->who, "any") != 0)
        text(w, "x-role", v->who);
    request_of(w, v);
    object(w, "responses");
    reference(w, "200", "responses", console_verb_gives_bytes(v) ? "Bytes" : "Results");
    reference(w, "default", "responses", "Problem");
    for (int i = 0; i < 3; i++)
        ent_jw_end(w);
}

/* The verbs, and what the table does not have: logging in and out, changes as they happen. */
static void paths_write(ent_jw *w, const console_config *config, ent_json fixed)
{
    ent_jw_object(w);
    for (size_t i = 0; i < console_verb_count; i++)
        operation(w, config, &console_verbs[i]);
    for (ent_json v = ent_json_first(fixed); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_key_str(w, ent_json_name(v));
        ent_jw_raw(w, ent_json_raw(v));
    }
    ent_jw_end(w);
}

static void info_write(ent_jw *w, const console_config *config, ent_json fixed)
{
    ent_jw_object(w);
    for (ent_json v = ent_json_first(fixed); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_key_str(w, ent_json_name(v));
        ent_jw_raw(w, ent_json_raw(v));
    }
    text(w, "version", config->version);
    ent_jw_end(w);
}

ent_code console_openapi(ent_arena *arena, const console_config *config, ent_str *document,
                         ent_err *err)
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
            paths_write(&w, config, v);
        else if (ent_str_is(ent_json_name(v), "info"))
            info_write(&w, config, v);
        else
            ent_jw_raw(&w, ent_json_raw(v));
    }
    ent_jw_end(&w);
    return ent_buf_done(&buf, document, err);
}
