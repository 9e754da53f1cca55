/* madvise */
#define _DEFAULT_SOURCE

#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define BLOCK_SIZE ((size_t)16 * 1024)
#define KEEP_MAX   ((size_t)1 << 20)
#define NEVER      SIZE_MAX
#define LIST_FIRST 32 /* items of a list that grows */

/* Pages of a block from HUGE on are asked for as large ones: most of what long work on a million
 * keys took was the system's, a page of 4 KiB after the other.  A block above FRESH comes straight
 * from the system [malloc's M_MMAP_THRESHOLD is never above 32 MiB], which has cleared it. */
#define PAGE  ((size_t)4096)
#define HUGE  ((size_t)4 << 20)
#define FRESH ((size_t)33 << 20)

struct block {
    struct block *next;
    size_t used, size;
    bool fresh; /* nothing has been in it yet: zeros */
    alignas(max_align_t) unsigned char bytes[];
};

struct cleanup {
    struct cleanup *next;
    void (*fn)(void *);
    void *arg;
};

struct ent_arena {
    struct block *head; /* the newest; earlier ones are full */
    struct cleanup *cleanups;
    size_t limit, total, fail_after;
    bool failed;  /* an allocation, since it was made or reset */
    bool starved; /* the same, and it was the system that had none */
    size_t first; /* bytes that the last request took in several blocks; 0: in one */
};

ent_arena *ent_arena_new(size_t limit)
{
    ent_arena *arena = calloc(1, sizeof *arena);

    if (arena == NULL)
        return NULL;
    arena->limit = limit;
    arena->fail_after = NEVER;
    return arena;
}

static void cleanups_run(ent_arena *arena)
{
    for (struct cleanup *c = arena->cleanups; c != NULL; c = c->next)
        c->fn(c->arg);
    arena->cleanups = NULL;
}

static void blocks_free(struct block *b)
{
    for (struct block *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
}

void ent_arena_free(ent_arena *arena)
{
    if (arena == NULL)
        return;
    cleanups_run(arena);
    blocks_free(arena->head);
    free(arena);
}

void ent_arena_reset(ent_arena *arena)
{
    struct block *kept = arena->head;
    size_t took = arena->total;

    cleanups_run(arena);
    arena->total = 0;
    arena->failed = arena->starved = false;
    if (kept == NULL)
        return;
    /* The next request is likely to need as much: it gets that in one block, which is kept, so
     * that an arena which is reset for each of many items asks the system once. */
    if (kept->next != NULL && took <= KEEP_MAX) {
        blocks_free(kept);
        arena->head = NULL;
        arena->first = took + took / 4;
        return;
    }
    blocks_free(kept->next);
    kept->next = NULL;
    kept->used = 0;
    kept->fresh = false;
}

static struct block *block_new(size_t size)
{
    struct block *b = size > FRESH ? calloc(1, size) : malloc(size);

    if (b == NULL)
        return NULL;
    b->fresh = size > FRESH;
    if (size >= HUGE) {
        uintptr_t from = ((uintptr_t)b + PAGE - 1) & ~(PAGE - 1), to = (uintptr_t)b + size;

        /* Only advice: without it the pages are small. */
        (void)madvise((void *)from, (to - from) & ~(PAGE - 1), MADV_HUGEPAGE);
    }
    return b;
}

static struct block *block_push(ent_arena *arena, size_t size)
{
    /* Blocks grow with the arena, so that n bytes take O(log n) blocks. */
    size_t room = BLOCK_SIZE + arena->total / 4;
    struct block *b;

    if (arena->head == NULL && room < arena->first)
        room = arena->first;
    if (room < size)
        room = size;
    b = block_new(sizeof *b + room);
    if (b == NULL) {
        arena->starved = true;
        return NULL;
    }
    b->used = 0;
    b->size = room;
    b->next = arena->head;
    arena->head = b;
    return b;
}

static void *failed(ent_arena *arena)
{
    arena->failed = true;
    return NULL;
}

bool ent_arena_failed(const ent_arena *arena)
{
    return arena->failed;
}

ent_code ent_arena_rc(const ent_arena *arena, ent_code rc, ent_err *err)
{
    return rc == ENT_LIMIT && arena->starved
               ? ent_fail(err, ENT_MEMORY, "the system has no memory left")
               : rc;
}

ent_code ent_arena_end(ent_arena *arena, ent_code rc, ent_err *err)
{
    if (arena != NULL)
        rc = ent_arena_rc(arena, rc, err);
    ent_arena_free(arena);
    return rc;
}

void *ent_arena_raw(ent_arena *arena, size_t size)
{
    struct block *b = arena->head;
    void *p;

    if (size > arena->limit)
        return failed(arena);
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (size > arena->limit - arena->total)
        return failed(arena);
    if (arena->fail_after != NEVER && arena->fail_after-- == 0) {
        arena->starved = true;
        return failed(arena);
    }
    if (b == NULL || b->size - b->used < size)
        b = block_push(arena, size);
    if (b == NULL)
        return failed(arena);
    p = b->bytes + b->used;
    b->used += size;
    arena->total += size;
    return p;
}

void *ent_arena_alloc(ent_arena *arena, size_t size)
{
    void *p = ent_arena_raw(arena, size);

    return p == NULL || arena->head->fresh ? p : memset(p, 0, size);
}

void *ent_arena_array(ent_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return ent_arena_alloc(arena, count * size);
}

void *ent_arena_grow(ent_arena *arena, const void *items, size_t *room, size_t size)
{
    size_t more = *room == 0 ? LIST_FIRST : 2 * *room;
    void *grown = more < *room ? NULL : ent_arena_array(arena, more, size);

    if (grown == NULL)
        return NULL;
    if (*room > 0)
        memcpy(grown, items, *room * size);
    *room = more;
    return grown;
}

ent_str ent_arena_str(ent_arena *arena, ent_str text)
{
    char *copy = text.size == SIZE_MAX ? NULL : ent_arena_raw(arena, text.size + 1);

    if (copy == NULL)
        return ENT_STR_NONE;
    if (text.size > 0)
        memcpy(copy, text.ptr, text.size);
    copy[text.size] = '\0';
    return (ent_str){ copy, text.size };
}

ent_str ent_arena_printf(ent_arena *arena, const char *fmt, ...)
{
    va_list ap;
    char *text;
    int size;

    va_start(ap, fmt);
    size = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (size < 0)
        return ENT_STR_NONE;
    text = ent_arena_raw(arena, (size_t)size + 1);
    if (text == NULL)
        return ENT_STR_NONE;
    va_start(ap, fmt);
    (void)vsnprintf(text, (size_t)size + 1, fmt, ap);
    va_end(ap);
    return (ent_str){ text, (size_t)size };
}

int ent_arena_defer(ent_arena *arena, void (*fn)(void *), void *arg)
{
    struct cleanup *c = ent_arena_alloc(arena, sizeof *c);

    if (c == NULL) {
        fn(arg);
        return -1;
    }
    *c = (struct cleanup){ arena->cleanups, fn, arg };
    arena->cleanups = c;
    return 0;
}

size_t ent_arena_used(const ent_arena *arena)
{
    return arena->total;
}

void ent_arena_fail_after(ent_arena *arena, size_t n)
{
    arena->fail_after = n;
}
