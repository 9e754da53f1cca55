/* Routes: rows to configure, one file each. */
#include "node/notify.h"

#include "base/json_write.h"
#include "base/text.h"
#include "http/mail.h"
#include "node/files.h"
#include "node/rows.h"

#include <sodium.h>
#include <stdlib.h>

#define ROUTES_MOST 256
#define URL_SIZE    ((size_t)2048)

static const char folder[] = "notify";
static const char *const kinds[] = { "mail", "webhook", "command" };

/* ---- what a route is ---- */

static bool one_line(ent_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == 0x7f)
            return false;
    return text.size > 0 && text.size <= URL_SIZE;
}

static ent_code mail_judge(const node_route *r, ent_err *err)
{
    if (!http_mail_address(r->target.ptr) || !http_mail_address(r->from.ptr))
        return ent_fail(err, ENT_USAGE, "--mail and --from are addresses like duty@example.org");
    if (!one_line(r->server) || memchr(r->server.ptr, '@', r->server.size) != NULL ||
        (!ent_str_starts(r->server, ENT_STR("smtps://")) &&
         !ent_str_starts(r->server, ENT_STR("smtp://"))))
        return ent_fail(err, ENT_USAGE, "--server is smtps://HOST or smtp://HOST, without a user");
    if (r->plain && !r->allow_private)
        return ent_fail(err, ENT_USAGE,
                        "--plain (no TLS) is for a relay of the own network: with --allow-private");
    return ENT_OK;
}

static ent_code route_judge(const node_route *r, ent_err *err)
{
    casework_precedence precedence;

    if (!node_row_name_valid(r->name))
        return ent_fail(err, ENT_USAGE, "a route's name is 1 to 64 of a-z 0-9 . _ -, not '%.*s'",
                        ENT_STR_ARG(r->name));
    if (r->at_least.size > 0 && !casework_precedence_read(r->at_least, &precedence))
        return ent_fail(err, ENT_USAGE,
                        "--at-least is FLASH, IMMEDIATE, PRIORITY or ROUTINE, not '%.*s'",
                        ENT_STR_ARG(r->at_least));
    if (r->kind == NODE_NOTIFY_MAIL)
        return mail_judge(r, err);
    if (r->kind == NODE_NOTIFY_WEBHOOK &&
        (!one_line(r->target) || !ent_str_starts(r->target, ENT_STR("https://")) ||
         memchr(r->target.ptr, '@', r->target.size) != NULL ||
         memchr(r->target.ptr, '#', r->target.size) != NULL))
        return ent_fail(err, ENT_USAGE, "a webhook is https://..., without user or fragment");
    if (r->kind == NODE_NOTIFY_COMMAND &&
        (r->target.size == 0 || r->target.ptr[0] != '/' || r->target.size > URL_SIZE))
        return ent_fail(err, ENT_USAGE, "a command is the absolute path of a program");
    return ENT_OK;
}

static void member(ent_jw *w, const char *name, ent_str text)
{
    ent_jw_key(w, name);
    ent_jw_str(w, text.ptr == NULL ? ENT_STR("") : text);
}

static void flag(ent_jw *w, const char *name, bool value)
{
    ent_jw_key(w, name);
    ent_jw_bool(w, value);
}

static ent_code secret_make(ent_arena *arena, node_route *route, ent_err *err)
{
    uint8_t bytes[NODE_NOTIFY_SECRET];
    char hex[2 * NODE_NOTIFY_SECRET + 1];

    randombytes_buf(bytes, sizeof bytes);
    ent_hex_write(bytes, sizeof bytes, hex);
    route->secret = ent_arena_str(arena, ent_str_of(hex));
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(hex, sizeof hex);
    return route->secret.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code node_route_add(ent_arena *arena, const node_home *home, node_route *route, ent_err *err)
{
    const char *path;
    ent_str text;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(route_judge(route, err));
    path = node_row_path(arena, home, folder, route->name.ptr, "json");
    if (node_file_exists(path))
        return ent_fail(err, ENT_CONFLICT, "there is a route '%.*s' already",
                        ENT_STR_ARG(route->name));
    if (route->kind == NODE_NOTIFY_WEBHOOK && route->secret.size == 0)
        ENT_TRY(secret_make(arena, route, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    flag(&w, "allow_private", route->allow_private);
    member(&w, "at_least", route->at_least);
    member(&w, "ca", route->ca);
    flag(&w, "content", route->content);
    member(&w, "from", route->from);
    member(&w, "kind", ent_str_of(kinds[route->kind]));
    member(&w, "person", route->person);
    flag(&w, "plain", route->plain);
    member(&w, "secret", route->secret);
    member(&w, "server", route->server);
    member(&w, "target", route->target);
    member(&w, "user", route->user);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return node_file_write(path, ent_span_of_str(text), 0600, err);
}

ent_code node_route_remove(ent_arena *arena, const node_home *home, const char *name, ent_err *err)
{
    const char *path = node_row_path(arena, home, folder, name, "json");

    if (!node_row_name_valid(ent_str_of(name)) || !node_file_exists(path))
        return ent_fail(err, ENT_NOT_FOUND, "there is no route '%s'; `entente notify list`", name);
    return node_file_remove(path, err);
}

ent_code node_route_get(ent_arena *arena, const node_home *home, const char *name,
                        node_route *route, ent_err *err)
{
    ent_json json;
    ent_str kind;

    *route = (node_route){ .name = ent_arena_str(arena, ent_str_of(name)) };
    if (route->name.ptr == NULL)
        return ent_fail_arena(err);
    if (!node_row_name_valid(route->name) ||
        !node_file_exists(node_row_path(arena, home, folder, name, "json")))
        return ent_fail(err, ENT_NOT_FOUND, "there is no route '%s'; `entente notify list`", name);
    ENT_TRY(node_row_read(arena, node_row_path(arena, home, folder, name, "json"), &json, err));
    {
        const struct {
            const char *name;
            ent_str *to;
        } texts[] = { { "at_least", &route->at_least }, { "ca", &route->ca },
                      { "from", &route->from },         { "person", &route->person },
                      { "secret", &route->secret },     { "server", &route->server },
                      { "target", &route->target },     { "user", &route->user } };

        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            ENT_TRY(node_row_text(arena, json, texts[i].name, texts[i].to, err));
    }
    kind = ent_json_get_text(json, "kind");
    route->kind = ent_str_is(kind, "mail")      ? NODE_NOTIFY_MAIL
                  : ent_str_is(kind, "webhook") ? NODE_NOTIFY_WEBHOOK
                                                : NODE_NOTIFY_COMMAND;
    route->content = ent_json_true(ent_json_get(json, "content"));
    route->plain = ent_json_true(ent_json_get(json, "plain"));
    route->allow_private = ent_json_true(ent_json_get(json, "allow_private"));
    return route_judge(route, err);
}

ent_code node_route_list(ent_arena *arena, const node_home *home, node_route **routes,
                         size_t *count, ent_err *err)
{
    ent_str *names;

    ENT_TRY(node_row_list(arena, home, folder, ROUTES_MOST, &names, count, err));
    *routes = ent_arena_array(arena, *count + 1, sizeof **routes);
    if (*routes == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(node_route_get(arena, home, names[i].ptr, &(*routes)[i], err));
    return ENT_OK;
}
