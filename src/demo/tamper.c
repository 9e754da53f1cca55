/* A byte is changed in a copy of a link's log: whichever side keeps it, it is found. */
#include "demo/play.h"

#include <stdio.h>

#include "node/files.h"

struct victim {
    demo *d;
    const char *file; /* the largest so far */
    size_t size;
};

static ent_code largest(void *arg, const char *path, ent_err *err)
{
    struct victim *v = arg;
    ent_str content;

    ENT_TRY(node_file_read(v->d->arena, path, (size_t)64 << 20, &content, err));
    if (content.size > v->size && strstr(path, "/spool/") == NULL) {
        v->file = path;
        v->size = content.size;
    }
    return ENT_OK;
}

static ent_code byte_flip(demo *d, const char *path, ent_err *err)
{
    ent_str content;
    char *bytes;

    ENT_TRY(node_file_read(d->arena, path, (size_t)64 << 20, &content, err));
    bytes = ent_arena_alloc(d->arena, content.size);
    if (bytes == NULL)
        return ent_fail_arena(err);
    memcpy(bytes, content.ptr, content.size);
    bytes[content.size / 2] ^= 0x01;
    return node_file_write(path, (ent_span){ bytes, content.size }, 0600, err);
}

ent_code demo_largest_flip(demo *d, const char *folder, bool *changed, ent_err *err)
{
    struct victim v = { .d = d };

    ENT_TRY(demo_tree_each(d, folder, largest, &v, err));
    *changed = v.file != NULL;
    return v.file == NULL ? ENT_OK : byte_flip(d, v.file, err);
}

/* One side: a copy of the home verifies; with one bit of one file changed it does not. */
static ent_code side_check(demo *d, const demo_node *node, const char *peer, const char *direction,
                           ent_err *err)
{
    demo_node copy = *node;
    demo_result whole, changed;
    bool flipped;

    copy.home = node_path(d->arena, "%s/copy-%s-%s", d->work, node->code, direction);
    ENT_TRY(demo_tree_copy(d, node->home, copy.home, err));
    ENT_TRY(demo_command(d, &copy, NULL, DEMO_ARGS("log", "verify", peer), &whole, err));
    if (whole.exit == 2) {
        demo_skip(d, "this program has no `log verify` yet", "one changed bit in a log is found");
        demo_tree_remove(copy.home);
        return ENT_OK;
    }
    ENT_TRY(demo_largest_flip(d, node_path(d->arena, "%s/links/%s/%s", copy.home, peer, direction),
                              &flipped, err));
    if (!flipped) {
        demo_check(d, false, "%s keeps a log with %s", node->code, peer);
        return ENT_OK;
    }
    ENT_TRY(demo_command(d, &copy, NULL, DEMO_ARGS("log", "verify", peer), &changed, err));
    demo_check(d, whole.exit == 0 && changed.exit != 0 && changed.exit != 70,
               "one changed bit in a copy of %s's log %s %s is found (unchanged: %d, changed: %d)",
               node->code, strcmp(direction, "out") == 0 ? "for" : "of", peer, whole.exit,
               changed.exit);
    demo_tree_remove(copy.home);
    return ENT_OK;
}

ent_code demo_tamper(demo *d, ent_err *err)
{
    const demo_node *a = &d->nodes[0], *b = &d->nodes[1];

    demo_say(d, "What was said is in a log that both ends keep and sign. Neither can change it "
                "later.");
    ENT_TRY(side_check(d, a, b->code, "out", err));
    ENT_TRY(side_check(d, b, a->code, "in", err));
    return ENT_OK;
}
