/* Steps 7 and 8: names, and that no secret left. */
#include "demo/play.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "node/files.h"

/* ---- 7: names ---- */

static void record_write(ent_jw *w, const char *member, ent_str name, ent_str dob)
{
    ent_jw_key(w, member);
    ent_jw_object(w);
    ent_jw_key(w, "id");
    ent_jw_c(w, member);
    ent_jw_key(w, "schema");
    ent_jw_c(w, "person");
    ent_jw_key(w, "names");
    ent_jw_array(w);
    ent_jw_str(w, name);
    ent_jw_end(w);
    if (dob.size > 0) {
        ent_jw_key(w, "dob");
        ent_jw_array(w);
        ent_jw_str(w, dob);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static ent_code questions_write(demo *d, const char *path, ent_err *err)
{
    ent_buf buf;
    ent_str text;

    ent_buf_init(&buf, d->arena);
    for (size_t i = 0; i < d->s.names_count; i++) {
        ent_jw w;

        ent_jw_init(&w, &buf);
        ent_jw_object(&w);
        record_write(&w, "a", d->s.names[i].a, d->s.names[i].dob_a);
        record_write(&w, "b", d->s.names[i].b, d->s.names[i].dob_b);
        ent_jw_end(&w);
        ent_buf_c(&buf, "\n");
    }
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return node_file_write(path, ent_span_of_str(text), 0600, err);
}

/* MATCH = same, REVIEW = review, NO = different. */
static const char *decision_of(ent_str decision)
{
    if (ent_str_is(decision, "same"))
        return "MATCH";
    return ent_str_is(decision, "review") ? "REVIEW" : "NO";
}

static void decision_write(demo *d, const story_names *names, ent_str decision)
{
    ent_jw_object(&d->got);
    ent_jw_key(&d->got, "a");
    ent_jw_str(&d->got, names->a);
    ent_jw_key(&d->got, "b");
    ent_jw_str(&d->got, names->b);
    ent_jw_key(&d->got, "decision");
    ent_jw_c(&d->got, decision_of(decision));
    ent_jw_end(&d->got);
}

ent_code demo_names(demo *d, ent_err *err)
{
    const char *path = node_path(d->arena, "%s/names.jsonl", d->work);
    size_t right = 0;
    demo_result result;

    demo_step_begin(d, 7, "names", "One name, many spellings");
    if (!d->s.has_names || d->s.names_count == 0) {
        demo_skip(d, "the story has no name_pairs", "decisions on pairs of names");
        return ENT_OK;
    }
    demo_say(d, "The same man in Cyrillic, Arabic, French and two romanisations is one; his "
                "namesake with another birth date is not. A likeness is shown to a person, it "
                "never acts.");
    ENT_TRY(questions_write(d, path, err));
    ENT_TRY(demo_command(d, NULL, NULL, DEMO_ARGS("name", "score", path), &result, err));
    ent_jw_key(&d->got, "decisions");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < d->s.names_count && i < result.line_count; i++) {
        ent_str decision = ent_json_get_text(result.lines[i], "decision");
        bool ok = ent_str_is(d->s.names[i].expect, decision_of(decision));

        decision_write(d, &d->s.names[i], decision);
        right += ok;
        if (!ok)
            demo_check(d, false, "'%.*s' and '%.*s' are decided as %.*s, not %s",
                       ENT_STR_ARG(d->s.names[i].a), ENT_STR_ARG(d->s.names[i].b),
                       ENT_STR_ARG(d->s.names[i].expect), decision_of(decision));
    }
    ent_jw_end(&d->got);
    demo_check(d, result.exit == 0 && right == d->s.names_count,
               "%zu of %zu pairs of names are decided as a careful person would", right,
               d->s.names_count);
    return ENT_OK;
}

/* ---- 8: secrets ---- */

#define FORMS_MAX 12

/* One canary in every form in which it could stand in a file. */
struct canary {
    const story_canary *row;
    ent_span forms[FORMS_MAX];
    size_t form_count;
    size_t found;
};

struct hunt {
    demo *d;
    struct canary *canaries;
    size_t owner; /* whose files are searched; SIZE_MAX: traffic, which is nobody's */
    size_t files;
    const char *where; /* the first file with a secret in it */
};

static ent_code form_add(demo *d, struct canary *c, const void *bytes, size_t size, ent_err *err)
{
    ent_str copy = ent_arena_str(d->arena, (ent_str){ bytes, size });

    if (copy.ptr == NULL || c->form_count == FORMS_MAX)
        return ent_fail_arena(err);
    c->forms[c->form_count++] = (ent_span){ copy.ptr, copy.size };
    return ENT_OK;
}

static ent_code utf16_add(demo *d, struct canary *c, bool big, ent_err *err)
{
    ent_str text = c->row->string, out;
    ent_buf buf;

    ent_buf_init(&buf, d->arena);
    for (size_t at = 0; at < text.size;) {
        uint32_t point = ent_utf8_next(text, &at);
        uint16_t units[2] = { (uint16_t)point, 0 };
        size_t count = 1;

        if (point > 0xffff) {
            units[0] = (uint16_t)(0xd800 + ((point - 0x10000) >> 10));
            units[1] = (uint16_t)(0xdc00 + ((point - 0x10000) & 0x3ff));
            count = 2;
        }
        for (size_t i = 0; i < count; i++) {
            ent_buf_byte(&buf, (unsigned char)(big ? units[i] >> 8 : units[i]));
            ent_buf_byte(&buf, (unsigned char)(big ? units[i] : units[i] >> 8));
        }
    }
    ENT_TRY(ent_buf_done(&buf, &out, err));
    return form_add(d, c, out.ptr, out.size, err);
}

/* In base64 a text looks three ways, by where it begins; the characters at its ends hold bits
 * of its neighbours and are left out. */
static ent_code base64_add(demo *d, struct canary *c, size_t shift, ent_err *err)
{
    ent_str text = c->row->string, out;
    ent_buf padded, coded;
    size_t first = (shift * 8 + 5) / 6, last = (shift + text.size) * 8 / 6;

    ent_buf_init(&padded, d->arena);
    ent_buf_init(&coded, d->arena);
    for (size_t i = 0; i < shift; i++)
        ent_buf_byte(&padded, 0);
    ent_buf_str(&padded, text);
    if (padded.failed)
        return ent_fail_arena(err);
    ent_base64_write(&coded, padded.ptr, padded.size);
    ENT_TRY(ent_buf_done(&coded, &out, err));
    return form_add(d, c, out.ptr + first, last - first, err);
}

static ent_code hex_add(demo *d, struct canary *c, const void *bytes, size_t size, bool upper,
                        ent_err *err)
{
    char *hex = ent_arena_alloc(d->arena, 2 * size + 1);

    if (hex == NULL)
        return ent_fail_arena(err);
    ent_hex_write(bytes, size, hex);
    for (size_t i = 0; upper && i < 2 * size; i++)
        if (hex[i] >= 'a')
            hex[i] = (char)(hex[i] - 'a' + 'A');
    return form_add(d, c, hex, 2 * size, err);
}

static ent_code canary_make(demo *d, const story_canary *row, struct canary *c, ent_err *err)
{
    ent_hash sum = ent_hash_of(row->string.ptr, row->string.size);

    *c = (struct canary){ .row = row };
    ENT_TRY(form_add(d, c, row->string.ptr, row->string.size, err));
    ENT_TRY(utf16_add(d, c, false, err));
    ENT_TRY(utf16_add(d, c, true, err));
    for (size_t shift = 0; shift < 3; shift++)
        ENT_TRY(base64_add(d, c, shift, err));
    ENT_TRY(hex_add(d, c, row->string.ptr, row->string.size, false, err));
    ENT_TRY(hex_add(d, c, row->string.ptr, row->string.size, true, err));
    ENT_TRY(form_add(d, c, sum.bytes, sizeof sum.bytes, err));
    ENT_TRY(hex_add(d, c, sum.bytes, sizeof sum.bytes, false, err));
    return hex_add(d, c, sum.bytes, sizeof sum.bytes, true, err);
}

static bool bytes_have(const char *bytes, size_t size, ent_span form)
{
    const char *at = bytes, *end = bytes + size;

    while ((size_t)(end - at) >= form.size) {
        at = memchr(at, *(const char *)form.ptr, (size_t)(end - at) - form.size + 1);
        if (at == NULL)
            return false;
        if (memcmp(at, form.ptr, form.size) == 0)
            return true;
        at++;
    }
    return false;
}

static void bytes_search(struct hunt *h, const char *path, const char *bytes, size_t size)
{
    for (size_t i = 0; i < h->d->s.canary_count; i++) {
        struct canary *c = &h->canaries[i];

        for (size_t f = 0; c->row->owner != h->owner && f < c->form_count; f++)
            if (c->forms[f].size > 0 && bytes_have(bytes, size, c->forms[f])) {
                c->found++;
                if (h->where == NULL)
                    h->where = path;
            }
    }
}

static ent_code file_search(void *arg, const char *path, ent_err *err)
{
    struct hunt *h = arg;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    void *bytes;

    (void)err;
    if (fd < 0)
        return ENT_OK; /* it went away meanwhile */
    if (fstat(fd, &info) == 0 && info.st_size > 0) {
        bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) {
            h->files++;
            bytes_search(h, path, bytes, (size_t)info.st_size);
            (void)munmap(bytes, (size_t)info.st_size);
        }
    }
    (void)close(fd);
    return ENT_OK;
}

static ent_code file_collect(void *arg, const char *path, ent_err *err)
{
    demo *d = arg;
    const char *name = strrchr(path, '/');
    ent_str content;

    ENT_TRY(node_file_read(d->arena, path, (size_t)64 << 20, &content, err));
    return node_file_write(node_path(d->arena, "%s/traffic%s", d->dir, name),
                           ent_span_of_str(content), 0600, err);
}

/* What each node's courier recorded on its links, in one folder. */
static ent_code traffic_collect(demo *d, ent_err *err)
{
    ENT_TRY(node_folder_make(node_path(d->arena, "%s/traffic", d->dir), err));
    for (size_t i = 0; i < d->s.service_count; i++) {
        const char *record = node_path(d->arena, "%s/run/traffic", d->nodes[i].home);

        if (node_file_exists(record))
            ENT_TRY(demo_tree_each(d, record, file_collect, d, err));
    }
    return ENT_OK;
}

static ent_code everything_search(struct hunt *h, size_t *traffic, ent_err *err)
{
    demo *d = h->d;

    for (size_t i = 0; i < d->s.service_count; i++) {
        h->owner = i;
        ENT_TRY(demo_tree_each(d, d->nodes[i].home, file_search, h, err));
    }
    *traffic = h->files;
    h->owner = SIZE_MAX;
    ENT_TRY(demo_tree_each(d, node_path(d->arena, "%s/traffic", d->dir), file_search, h, err));
    *traffic = h->files - *traffic;
    return ENT_OK;
}

static void secrets_write(demo *d, const struct hunt *h)
{
    ent_jw_key(&d->got, "files");
    ent_jw_int(&d->got, (int64_t)h->files);
    ent_jw_key(&d->got, "found");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < d->s.canary_count; i++)
        if (h->canaries[i].found > 0)
            ent_jw_str(&d->got, h->canaries[i].row->string);
    ent_jw_end(&d->got);
}

ent_code demo_secrets_search(demo *d, ent_err *err)
{
    struct hunt h = { .d = d };
    size_t found = 0, traffic = 0;

    ENT_TRY(traffic_collect(d, err));
    if (!d->s.has_canaries || d->s.canary_count == 0) {
        demo_skip(d, "the story has no canaries", "that no secret is in any other node's files");
        return ENT_OK;
    }
    h.canaries = ent_arena_array(d->arena, d->s.canary_count, sizeof *h.canaries);
    if (h.canaries == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < d->s.canary_count; i++)
        ENT_TRY(canary_make(d, &d->s.canaries[i], &h.canaries[i], err));
    demo_say(d, "Every secret carries a mark. Each is searched for, plain, in UTF-16, base64, hex "
                "and as a hash, in every file of the other nodes and in all bytes that crossed a "
                "link.");
    ENT_TRY(everything_search(&h, &traffic, err));
    for (size_t i = 0; i < d->s.canary_count; i++)
        found += h.canaries[i].found;
    secrets_write(d, &h);
    demo_check(
        d, found == 0, "none of %zu secrets is in any of %zu files that are not its owner's%s%s",
        d->s.canary_count, h.files, h.where == NULL ? "" : ": ", h.where == NULL ? "" : h.where);
    demo_check(d, traffic > 0,
               "the bytes that crossed each link were recorded and searched (%zu files)", traffic);
    return ENT_OK;
}

ent_code demo_secrets(demo *d, ent_err *err)
{
    demo_step_begin(d, 8, "secrets", "What nobody learned");
    if (d->builtin)
        ENT_TRY(demo_tamper(d, err));
    return demo_secrets_search(d, err);
}
