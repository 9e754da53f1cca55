/* What the reader of a demo sees: sentences while it goes, or a line of JSON for a step. */
#include "demo/play.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

#define BOLD  "\033[1m"
#define GREEN "\033[32m"
#define RED   "\033[31m"
#define DIM   "\033[2m"
#define PLAIN "\033[0m"

static const char *color(const demo *d, const char *code)
{
    return d->options->color ? code : "";
}

static ent_str formatted(demo *d, const char *fmt, va_list args)
{
    ent_err ignored = { 0 };
    char text[4096];
    ent_buf buf;
    ent_str out;

    (void)vsnprintf(text, sizeof text, fmt, args);
    ent_buf_init(&buf, d->arena);
    ent_text_visible(&buf, ent_str_of(text));
    return ent_buf_done(&buf, &out, &ignored) == ENT_OK && out.ptr != NULL ? out : ENT_STR("");
}

/* A reader who has gone ends the demo. */
static void told(demo *d)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        d->interrupted = true;
}

/* Words are wrapped at 92 columns of characters. */
static void paragraph(ent_str text, const char *indent)
{
    size_t column = 0;

    for (size_t at = 0; at < text.size;) {
        size_t end = at, width = 0;

        while (end < text.size && text.ptr[end] != ' ')
            width += ((unsigned char)text.ptr[end++] & 0xc0) != 0x80;
        if (column == 0 || column + 1 + width > 92) {
            (void)printf("%s%s", column == 0 ? "" : "\n", indent);
            column = strlen(indent);
        } else {
            (void)fputc(' ', stdout);
            column++;
        }
        (void)fwrite(text.ptr + at, 1, end - at, stdout);
        column += width;
        at = end + 1;
    }
    (void)fputc('\n', stdout);
}

void demo_say(demo *d, const char *fmt, ...)
{
    va_list args;
    ent_str text;

    if (d->options->json)
        return;
    va_start(args, fmt);
    text = formatted(d, fmt, args);
    va_end(args);
    if (d->after_check)
        (void)fputc('\n', stdout);
    d->after_check = false;
    paragraph(text, "   ");
    told(d);
}

void demo_line(demo *d, const char *fmt, ...)
{
    va_list args;
    ent_str text;

    if (d->options->json)
        return;
    va_start(args, fmt);
    text = formatted(d, fmt, args);
    va_end(args);
    (void)printf("   %.*s\n", ENT_STR_ARG(text));
    told(d);
}

static void must_add(demo *d, ent_str what, bool ok, const char *skipped)
{
    if (d->must_count == d->must_room) {
        size_t room = d->must_room == 0 ? 64 : d->must_room * 2;
        demo_must *grown = ent_arena_array(d->arena, room, sizeof *grown);

        if (grown == NULL)
            return;
        if (d->must_count > 0)
            memcpy(grown, d->musts, d->must_count * sizeof *grown);
        d->musts = grown;
        d->must_room = room;
    }
    d->musts[d->must_count++] = (demo_must){ what, ok, skipped };
}

bool demo_check(demo *d, bool ok, const char *fmt, ...)
{
    va_list args;
    ent_str text;

    va_start(args, fmt);
    text = formatted(d, fmt, args);
    va_end(args);
    must_add(d, text, ok, NULL);
    d->after_check = true;
    if (ok)
        d->passed++;
    else
        d->failed++;
    if (!d->options->json) {
        (void)printf("   %s%s%s %.*s\n", color(d, ok ? GREEN : RED), ok ? "held  " : "BROKEN",
                     color(d, PLAIN), ENT_STR_ARG(text));
        told(d);
    }
    return ok;
}

void demo_skip(demo *d, const char *why, const char *fmt, ...)
{
    va_list args;
    ent_str text;

    va_start(args, fmt);
    text = formatted(d, fmt, args);
    va_end(args);
    must_add(d, text, false, why);
    d->skipped++;
    if (!d->options->json) {
        (void)printf("   %s%s%s %.*s (%s)\n", color(d, DIM), "not checked", color(d, PLAIN),
                     ENT_STR_ARG(text), why);
        told(d);
    }
}

void demo_step_begin(demo *d, int step, const char *name, const char *title)
{
    d->step = step;
    d->step_name = name;
    d->must_count = 0;
    d->after_check = false;
    ent_buf_init(&d->got_buf, d->arena);
    ent_jw_init(&d->got, &d->got_buf);
    ent_jw_object(&d->got);
    if (!d->options->json)
        (void)printf("\n%s%d  %s%s\n\n", color(d, BOLD), step, title, color(d, PLAIN));
}

/* false if nothing that was checked failed, null if nothing was checked. */
static void step_ok_write(ent_jw *w, const demo *d)
{
    size_t made = 0, broken = 0;

    for (size_t i = 0; i < d->must_count; i++) {
        made += d->musts[i].skipped == NULL;
        broken += d->musts[i].skipped == NULL && !d->musts[i].ok;
    }
    if (made == 0)
        ent_jw_null(w);
    else
        ent_jw_bool(w, broken == 0);
}

static void musts_write(ent_jw *w, const demo *d)
{
    ent_jw_key(w, "must");
    ent_jw_array(w);
    for (size_t i = 0; i < d->must_count; i++) {
        if (d->musts[i].skipped != NULL)
            continue;
        ent_jw_object(w);
        ent_jw_key(w, "what");
        ent_jw_str(w, d->musts[i].what);
        ent_jw_key(w, "ok");
        ent_jw_bool(w, d->musts[i].ok);
        ent_jw_end(w);
    }
    ent_jw_end(w);
    ent_jw_key(w, "skipped");
    ent_jw_array(w);
    for (size_t i = 0; i < d->must_count; i++) {
        if (d->musts[i].skipped == NULL)
            continue;
        ent_jw_object(w);
        ent_jw_key(w, "what");
        ent_jw_str(w, d->musts[i].what);
        ent_jw_key(w, "why");
        ent_jw_c(w, d->musts[i].skipped);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static void line_write(demo *d, const ent_buf *buf)
{
    ent_err ignored = { 0 };
    ent_str line;

    if (ent_buf_done(buf, &line, &ignored) != ENT_OK)
        line = ENT_STR("{\"error\":\"no memory for the report\"}");
    (void)fwrite(line.ptr, 1, line.size, stdout);
    (void)fputc('\n', stdout);
    told(d);
}

void demo_step_end(demo *d)
{
    ent_err ignored = { 0 };
    ent_str got = ENT_STR("{}");
    ent_buf buf;
    ent_jw w;

    for (size_t i = 0; i < d->must_count; i++) {
        d->step_made[d->step] += d->musts[i].skipped == NULL;
        d->step_broken[d->step] += d->musts[i].skipped == NULL && !d->musts[i].ok;
    }
    while (d->got.depth > 0)
        ent_jw_end(&d->got);
    if (!d->options->json)
        return;
    if (ent_buf_done(&d->got_buf, &got, &ignored) != ENT_OK)
        got = ENT_STR("{}");
    ent_buf_init(&buf, d->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_int(&w, d->step);
    ent_jw_key(&w, "name");
    ent_jw_c(&w, d->step_name);
    ent_jw_key(&w, "ok");
    step_ok_write(&w, d);
    musts_write(&w, d);
    ent_jw_key(&w, "got");
    ent_jw_raw(&w, got);
    ent_jw_end(&w);
    line_write(d, &buf);
}

void demo_pair_write(demo *d, const size_t pair[2])
{
    ent_jw_key(&d->got, "pair");
    ent_jw_array(&d->got);
    ent_jw_str(&d->got, d->s.services[pair[0]].id);
    ent_jw_str(&d->got, d->s.services[pair[1]].id);
    ent_jw_end(&d->got);
}

void demo_last(demo *d)
{
    ent_buf buf;
    ent_jw w;

    if (!d->options->json) {
        (void)printf("\n%s%zu held, %zu broken, %zu not checked%s\n",
                     color(d, d->failed == 0 ? GREEN : RED), d->passed, d->failed, d->skipped,
                     color(d, PLAIN));
        return;
    }
    ent_buf_init(&buf, d->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "passed");
    ent_jw_int(&w, (int64_t)d->passed);
    ent_jw_key(&w, "failed");
    ent_jw_int(&w, (int64_t)d->failed);
    ent_jw_key(&w, "skipped");
    ent_jw_int(&w, (int64_t)d->skipped);
    ent_jw_end(&w);
    line_write(d, &buf);
}
