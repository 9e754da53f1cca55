/* A node for each service: made, filled with what it holds, served, linked to the others. */
#include "demo/play.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "node/files.h"

#define COPY_MAX ((size_t)256 << 20)

/* ---- ids ---- */

/* An id that is made from a name is a key that can be guessed: these are random. */
void demo_random_id(void *arg, const char *kind, ent_str service, ent_str id, char uuid[37])
{
    uint8_t bytes[16] = { 0 };

    (void)arg;
    (void)kind;
    (void)service;
    (void)id;
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        ent_bug("the system gives no randomness", __FILE__, __LINE__);
    ent_uuid_write(bytes, uuid);
}

size_t demo_entity_of(const demo *d, const demo_node *node, ent_str id)
{
    for (size_t i = 0; i < d->s.entity_count; i++)
        if (node->known[i].ptr != NULL && ent_str_equal(node->known[i], id))
            return i;
    return SIZE_MAX;
}

ent_str demo_story_id(const demo *d, const demo_node *node, ent_str id)
{
    size_t entity = demo_entity_of(d, node, id);

    return entity == SIZE_MAX ? id : d->s.entities[entity].id;
}

/* ---- one node ---- */

static const struct {
    const char *name, *role;
} people[] = {
    { "analyst", "analyst" },     { "fdo1", "disclosure" },     { "fdo2", "disclosure" },
    { "legal", "legal" },         { "liaison", "liaison" },     { "case", "case" },
    { "admin", "admin" },         { "oversight", "oversight" }, { "analyst2", "analyst" },
    { "collector", "collector" },
};

/* Runs a command that is part of building the exercise. */
static ent_code must_run(demo *d, const demo_node *node, const char *const *arguments,
                         demo_result *result, ent_err *err)
{
    ENT_TRY(demo_command(d, node, NULL, arguments, result, err));
    if (result->exit != 0)
        return ent_fail(err, ENT_UNAVAILABLE, "%s: '%s' failed (%d): %.*s", node->code,
                        arguments[0], result->exit, ENT_STR_ARG(result->err));
    return ENT_OK;
}

static ent_code users_add(demo *d, const demo_node *node, ent_err *err)
{
    demo_result result;

    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        ENT_TRY(must_run(d, node,
                         DEMO_ARGS("user", "add", people[i].name, "--role", people[i].role),
                         &result, err));
    return ENT_OK;
}

/* Why the first of what was not taken in was not. */
static ent_str first_reason(const demo_result *result)
{
    for (size_t i = 0; i < result->line_count; i++)
        if (ent_json_get_text(result->lines[i], "reason").size > 0)
            return ent_json_get_text(result->lines[i], "reason");
    return ENT_STR("");
}

static ent_code holdings_import(demo *d, const demo_node *node, ent_err *err)
{
    const char *path = node_path(d->arena, "%s/%s.stix.json", d->work, node->code);
    ent_str text;
    demo_result result;
    char uuid[37];
    int64_t added = 0;

    demo_random_id(NULL, "", ENT_STR(""), ENT_STR(""), uuid);
    ENT_TRY(demo_encode(d->arena, &d->s, node->service, demo_story_day(&d->s), &d->ids, uuid, &text,
                        err));
    ENT_TRY(node_file_write(path, ent_span_of_str(text), 0600, err));
    ENT_TRY(demo_command(d, node, NULL, DEMO_ARGS("import", path), &result, err));
    (void)unlink(path);
    if (result.exit != 0)
        return ent_fail(err, ENT_UNAVAILABLE, "%s: import failed (%d): %.*s; %.*s", node->code,
                        result.exit, ENT_STR_ARG(result.err), ENT_STR_ARG(first_reason(&result)));
    for (size_t i = 0; i < result.line_count; i++)
        if (ent_json_get(result.lines[i], "added").doc != NULL)
            (void)ent_json_int(ent_json_get(result.lines[i], "added"), &added);
    {
        int64_t rows = 0;

        for (size_t i = 0; i < d->s.entity_count; i++)
            rows += d->s.entities[i].service == node->service;
        for (size_t i = 0; i < d->s.link_count; i++)
            rows += d->s.links[i].service == node->service;
        demo_check(d, added == rows, "%s has taken in all %d of its records and links", node->code,
                   (int)rows);
    }
    return ENT_OK;
}

static ent_code node_init(demo *d, const demo_node *node, const char *name, ent_err *err)
{
    demo_result result;

    ENT_TRY(must_run(d, node,
                     DEMO_ARGS("init", "--name", name, "--code", node->code, "--exercise", d->time,
                               "--border", "127.0.0.1:0", "--client", "127.0.0.1:0"),
                     &result, err));
    return users_add(d, node, err);
}

ent_code demo_node_empty(demo *d, demo_node *node, const char *name, ent_err *err)
{
    ENT_TRY(node_init(d, node, name, err));
    ENT_TRY(node_folder_make(node_path(d->arena, "%s/run/traffic", node->home), err));
    return demo_serve(d, node, err);
}

static ent_code node_make(demo *d, demo_node *node, ent_err *err)
{
    const story_service *service = &d->s.services[node->service];

    ENT_TRY(node_init(d, node, demo_text(d, service->name), err));
    ENT_TRY(holdings_import(d, node, err));
    ENT_TRY(node_folder_make(node_path(d->arena, "%s/run/traffic", node->home), err));
    return demo_serve(d, node, err);
}

/* ---- links ---- */

ent_code demo_link_make(demo *d, const demo_node *a, const demo_node *b, bool *same, ent_err *err)
{
    const char *invitation = node_path(d->arena, "%s/invitation", d->work);
    const char *reply = node_path(d->arena, "%s/reply", d->work);
    demo_result at_a, at_b, result;
    ent_str words_a, words_b;

    ENT_TRY(must_run(d, a, DEMO_ARGS("peer", "invite", "--out", invitation), &result, err));
    ENT_TRY(must_run(d, b, DEMO_ARGS("peer", "join", invitation, "--out", reply), &at_b, err));
    ENT_TRY(must_run(d, a, DEMO_ARGS("peer", "join", reply), &at_a, err));
    (void)unlink(invitation);
    (void)unlink(reply);
    words_a = ent_json_get_text(demo_first(&at_a), "words");
    words_b = ent_json_get_text(demo_first(&at_b), "words");
    *same = words_a.size > 0 && ent_str_equal(words_a, words_b);
    if (!*same)
        return ENT_OK;
    /* Each confirms what the other reads out. */
    ENT_TRY(
        must_run(d, a, DEMO_ARGS("peer", "confirm", b->code, demo_text(d, words_b)), &result, err));
    return must_run(d, b, DEMO_ARGS("peer", "confirm", a->code, demo_text(d, words_a)), &result,
                    err);
}

static ent_code links_make(demo *d, ent_err *err)
{
    size_t links = 0, alike = 0;
    bool same;

    for (size_t i = 0; i < d->s.service_count; i++)
        for (size_t j = i + 1; j < d->s.service_count; j++) {
            ENT_TRY(demo_link_make(d, &d->nodes[i], &d->nodes[j], &same, err));
            links++;
            alike += same;
        }
    demo_check(d, links == alike,
               "all %zu links: both ends showed the same twelve words, and confirmed them", links);
    return links == alike ? ENT_OK : ent_fail(err, ENT_UNTRUSTED, "two ends show other words");
}

/* ---- all of them ---- */

/* A service's id as the name of its folder: as it is, but for what no name may be. */
static const char *folder_of(demo *d, ent_str id)
{
    ent_buf buf;
    ent_str name;
    ent_err ignored = { 0 };
    bool reserved = ent_str_is(id, "traffic");

    ent_buf_init(&buf, d->arena);
    for (size_t i = 0; i < id.size && i < 80; i++) {
        unsigned char c = (unsigned char)id.ptr[i];

        if (c < 0x20 || c == '/' || c == 0x7f || (i == 0 && (c == '.' || c == '-' || reserved)))
            ent_buf_printf(&buf, "%%%02X", c);
        else
            ent_buf_byte(&buf, c);
    }
    return ent_buf_done(&buf, &name, &ignored) == ENT_OK ? name.ptr : "?";
}

static ent_code passphrase_make(demo *d, ent_err *err)
{
    char uuid[37];

    demo_random_id(NULL, "", ENT_STR(""), ENT_STR(""), uuid);
    return node_file_write(node_path(d->arena, "%s/passphrase", d->work),
                           (ent_span){ uuid, sizeof uuid - 1 }, 0600, err);
}

ent_code demo_nodes_make(demo *d, ent_err *err)
{
    d->nodes = ent_arena_array(d->arena, d->s.service_count, sizeof *d->nodes);
    if (d->nodes == NULL)
        return ent_fail_arena(err);
    ENT_TRY(demo_ids_make(d->arena, &d->s, demo_random_id, NULL, &d->ids, err));
    ENT_TRY(passphrase_make(d, err));
    for (size_t i = 0; i < d->s.service_count; i++) {
        demo_node *node = &d->nodes[i];

        node->service = i;
        node->out = -1;
        node->code = demo_text(d, d->s.services[i].code);
        node->home = node_path(d->arena, "%s/%s", d->dir, folder_of(d, d->s.services[i].id));
        node->known = ent_arena_array(d->arena, d->s.entity_count + 1, sizeof *node->known);
        if (node->known == NULL)
            return ent_fail_arena(err);
        for (size_t e = 0; e < d->s.entity_count; e++)
            if (d->s.entities[e].service == i)
                node->known[e] = d->ids.entities[e];
    }
    for (size_t i = 0; i < d->s.service_count; i++)
        ENT_TRY(node_make(d, &d->nodes[i], err));
    return links_make(d, err);
}

void demo_nodes_end(demo *d)
{
    for (size_t i = 0; d->nodes != NULL && i < d->s.service_count; i++)
        demo_serve_end(&d->nodes[i]);
}

/* ---- trees of files ---- */

ent_code demo_tree_each(demo *d, const char *path, demo_file_fn file, void *arg, ent_err *err)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    ent_code rc = ENT_OK;

    if (folder == NULL)
        return ent_fail(err, ENT_IO, "cannot read the folder '%s': %s", path, strerror(errno));
    while (rc == ENT_OK && (entry = readdir(folder)) != NULL) {
        const char *name = node_path(d->arena, "%s/%s", path, entry->d_name);
        struct stat info;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            lstat(name, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            rc = demo_tree_each(d, name, file, arg, err);
        else if (S_ISREG(info.st_mode))
            rc = file(arg, name, err);
    }
    (void)closedir(folder);
    return rc;
}

struct copy {
    demo *d;
    const char *from, *to;
};

static ent_code file_copy(void *arg, const char *path, ent_err *err)
{
    struct copy *c = arg;
    ent_arena *arena = ent_arena_new(COPY_MAX + ((size_t)1 << 20));
    ent_str content;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to copy '%s'", path);
    rc = node_file_read(arena, path, COPY_MAX, &content, err);
    if (rc == ENT_OK)
        rc = node_file_write(node_path(arena, "%s%s", c->to, path + strlen(c->from)),
                             ent_span_of_str(content), 0600, err);
    ent_arena_free(arena);
    return rc;
}

ent_code demo_tree_copy(demo *d, const char *from, const char *to, ent_err *err)
{
    struct copy c = { d, from, to };

    return demo_tree_each(d, from, file_copy, &c, err);
}

void demo_tree_remove(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char name[4096];
        struct stat info;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            snprintf(name, sizeof name, "%s/%s", path, entry->d_name) >= (int)sizeof name ||
            lstat(name, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            demo_tree_remove(name);
        else
            (void)unlink(name);
    }
    if (folder != NULL)
        (void)closedir(folder);
    (void)rmdir(path);
}
