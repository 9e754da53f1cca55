/*
 * base/arena -- memory that lives exactly as long as one request.
 *
 * A request (an exchange, one imported object, one command) gets one arena.
 * Everything parsed or built on its behalf comes from it and is released
 * together, so parsers and builders have no free() calls and no leak paths.
 * An arena has a hard limit in bytes: that limit is the defence against inputs
 * that expand, and reaching it fails the one request with ENT_LIMIT.
 * Secrets never live in an arena (base/secret.h).
 */
#ifndef ENT_BASE_ARENA_H
#define ENT_BASE_ARENA_H

#include "base/err.h"
#include "base/span.h"

typedef struct ent_arena ent_arena;

/* NULL only when the system has no memory left.  `limit` in bytes. */
ent_arena *ent_arena_new(size_t limit);
void ent_arena_free(ent_arena *arena);

/* Forgets everything allocated (running the cleanups) but keeps one block. */
void ent_arena_reset(ent_arena *arena);

/* Zeroed and aligned for any type.  NULL once `limit` would be exceeded. */
void *ent_arena_alloc(ent_arena *arena, size_t size);
/* The same with whatever was there before: for bytes that are written at once. */
void *ent_arena_raw(ent_arena *arena, size_t size);
/* As calloc: NULL also when count * size overflows. */
void *ent_arena_array(ent_arena *arena, size_t count, size_t size);

/* A list that is full, with room for twice as many items of `size` bytes: *room, 0 where there is none yet, says for
 * how many then.  What is new is zeroed.  NULL as above, and the list is what it was. */
void *ent_arena_grow(ent_arena *arena, const void *items, size_t *room, size_t size);

/* A copy with a NUL behind it that `size` does not count.  .ptr NULL when out of memory. */
ent_str ent_arena_str(ent_arena *arena, ent_str text);
ent_str ent_arena_printf(ent_arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Runs fn(arg) when the arena is freed or reset, last registered first.  For the
 * few things an arena cannot own: a file descriptor, a statement.  -1 when out
 * of memory, and then fn(arg) has been run. */
int ent_arena_defer(ent_arena *arena, void (*fn)(void *), void *arg);

size_t ent_arena_used(const ent_arena *arena);

/* Did any allocation fail since the arena was made or reset?  For who builds a thing of many
 * texts and asks once, at the end. */
bool ent_arena_failed(const ent_arena *arena);
/* How a request ended that had this arena: as `rc` says, but LIMIT is MEMORY if the system had
 * none to give.  For whoever takes a limit for the fault of the input. */
ENT_MUST_USE ent_code ent_arena_rc(const ent_arena *arena, ent_code rc, ent_err *err);
/* The same, and frees the arena (NULL: as ent_arena_free). */
ENT_MUST_USE ent_code ent_arena_end(ent_arena *arena, ent_code rc, ent_err *err);

/* Test hook: for the allocation after `n` successful ones the system has no memory, once. */
void ent_arena_fail_after(ent_arena *arena, size_t n);

#endif
