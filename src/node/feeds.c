#include "node/feeds_int.h"

#include "base/json_write.h"
#include "node/files.h"
#include "node/rows.h"

#define FEEDS_MOST   1024
#define MINUTES_MOST (7 * 24 * 60)
#define URL_SIZE     ((size_t)2048)

static const char *path_of(ent_arena *arena, const node_home *home, const char *name,
                           const char *kind)
{
    return node_row_path(arena, home, "feeds", name, kind);
}

/* ---- what a feed is ---- */

static ent_code feed_judge(const node_feed *feed, ent_err *err)
{
    if (!node_row_name_valid(feed->name))
        return ent_fail(err, ENT_USAGE, "a feed's name is 1 to 64 of a-z 0-9 . _ -, not '%.*s'",
                        ENT_STR_ARG(feed->name));
    if (feed->url.size > URL_SIZE || !ent_str_starts(feed->url, ENT_STR("https://")) ||
        memchr(feed->url.ptr, '@', feed->url.size) != NULL ||
        memchr(feed->url.ptr, '#', feed->url.size) != NULL ||
        memchr(feed->url.ptr, '?', feed->url.size) != NULL ||
        memchr(feed->url.ptr, ' ', feed->url.size) != NULL)
        return ent_fail(err, ENT_USAGE,
                        "a feed's address is https://..., without user, question or fragment");
    if (!feed->misp && strstr(feed->url.ptr, "/collections/") == NULL)
        return ent_fail(
            err, ENT_USAGE,
            "name one collection: https://HOST/ROOT/collections/ID/ (or --format misp)");
    if (feed->minutes < 1 || feed->minutes > MINUTES_MOST)
        return ent_fail(err, ENT_USAGE, "a feed is asked every 1 to %d minutes", MINUTES_MOST);
    return ENT_OK;
}

static void member(ent_jw *w, const char *name, ent_str text)
{
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static void number(ent_jw *w, const char *name, int64_t value)
{
    ent_jw_key(w, name);
    ent_jw_int(w, value);
}

ent_code node_feed_add(ent_arena *arena, const node_home *home, const node_feed *feed, ent_err *err)
{
    const char *path;
    ent_str text;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(feed_judge(feed, err));
    path = path_of(arena, home, feed->name.ptr, "json");
    if (node_file_exists(path))
        return ent_fail(err, ENT_CONFLICT, "there is a feed '%.*s' already",
                        ENT_STR_ARG(feed->name));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "allow_private");
    ent_jw_bool(&w, feed->allow_private);
    member(&w, "ca", feed->ca);
    member(&w, "label", feed->label);
    number(&w, "minutes", feed->minutes);
    ent_jw_key(&w, "misp");
    ent_jw_bool(&w, feed->misp);
    member(&w, "secret", feed->secret);
    member(&w, "url", feed->url);
    member(&w, "user", feed->user);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return node_file_write(path, ent_span_of_str(text), 0600, err);
}

ent_code node_feed_remove(ent_arena *arena, const node_home *home, const char *name, ent_err *err)
{
    static const char *const kinds[] = { "json", "state", "rejected", "lock" };

    if (!node_row_name_valid(ent_str_of(name)) ||
        !node_file_exists(path_of(arena, home, name, "json")))
        return ent_fail(err, ENT_NOT_FOUND, "there is no feed '%s'; `entente feed list`", name);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        ENT_TRY(node_file_remove(path_of(arena, home, name, kinds[i]), err));
    return ENT_OK;
}

/* ---- reading ---- */

static int64_t number_of(ent_json json, const char *name)
{
    int64_t value = 0;

    return ent_json_int(ent_json_get(json, name), &value) ? value : 0;
}

static ent_code state_read(ent_arena *arena, const node_home *home, const char *name,
                           node_feed_state *state, ent_err *err)
{
    ent_json json;
    ent_code rc = node_row_read(arena, path_of(arena, home, name, "state"), &json, err);

    *state = (node_feed_state){ { "", 0 }, { "", 0 }, { "", 0 }, .error = { "", 0 } };
    if (rc == ENT_NOT_FOUND) {
        *err = (ent_err){ 0 };
        return ENT_OK;
    }
    if (rc != ENT_OK)
        return rc;
    ENT_TRY(node_row_text(arena, json, "after", &state->after, err));
    ENT_TRY(node_row_text(arena, json, "next", &state->next, err));
    ENT_TRY(node_row_text(arena, json, "last", &state->last, err));
    ENT_TRY(node_row_text(arena, json, "error", &state->error, err));
    state->tried = number_of(json, "tried");
    state->done = number_of(json, "done");
    state->due = number_of(json, "due");
    state->failures = number_of(json, "failures");
    state->read = number_of(json, "read");
    state->added = number_of(json, "added");
    state->quarantined = number_of(json, "quarantined");
    state->rejected = number_of(json, "rejected");
    return ENT_OK;
}

ent_code node_feed_get(ent_arena *arena, const node_home *home, const char *name, node_feed *feed,
                       node_feed_state *state, ent_err *err)
{
    ent_json json;

    *feed = (node_feed){ .name = ent_arena_str(arena, ent_str_of(name)) };
    if (feed->name.ptr == NULL)
        return ent_fail_arena(err);
    if (!node_row_name_valid(feed->name) || !node_file_exists(path_of(arena, home, name, "json")))
        return ent_fail(err, ENT_NOT_FOUND, "there is no feed '%s'; `entente feed list`", name);
    ENT_TRY(node_row_read(arena, path_of(arena, home, name, "json"), &json, err));
    ENT_TRY(node_row_text(arena, json, "url", &feed->url, err));
    ENT_TRY(node_row_text(arena, json, "user", &feed->user, err));
    ENT_TRY(node_row_text(arena, json, "secret", &feed->secret, err));
    ENT_TRY(node_row_text(arena, json, "ca", &feed->ca, err));
    ENT_TRY(node_row_text(arena, json, "label", &feed->label, err));
    feed->misp = ent_json_true(ent_json_get(json, "misp"));
    feed->allow_private = ent_json_true(ent_json_get(json, "allow_private"));
    feed->minutes = number_of(json, "minutes");
    return state_read(arena, home, name, state, err);
}

ent_code node_feed_state_write(ent_arena *arena, const node_home *home, const char *name,
                               const node_feed_state *s, ent_err *err)
{
    ent_str text;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    number(&w, "added", s->added);
    member(&w, "after", s->after);
    number(&w, "done", s->done);
    number(&w, "due", s->due);
    member(&w, "error", s->error);
    number(&w, "failures", s->failures);
    member(&w, "last", s->last);
    member(&w, "next", s->next);
    number(&w, "quarantined", s->quarantined);
    number(&w, "read", s->read);
    number(&w, "rejected", s->rejected);
    number(&w, "tried", s->tried);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return node_file_write(path_of(arena, home, name, "state"), ent_span_of_str(text), 0600, err);
}

ent_code node_feed_list(ent_arena *arena, const node_home *home, ent_str **names, size_t *count,
                        ent_err *err)
{
    return node_row_list(arena, home, "feeds", FEEDS_MOST, names, count, err);
}
