/*
 * base/planted -- leaks that one test plants, and nobody else has.
 *
 * A test of noninterference is worth what it would find.  tests/sim/planted_test.c compiles
 * the few files that have a row of planted.def with ENT_PLANTS and chooses one at a time;
 * everywhere else ENT_PLANTED is the constant false and ENT_PLANT is nothing, which `make
 * symbols` checks.  What a leak does is in the test, but where it must be in the code.
 */
#ifndef ENT_BASE_PLANTED_H
#define ENT_BASE_PLANTED_H

#include <stdbool.h>
#include <stddef.h>

enum {
    ENT_PLANT_NONE,
#define X(symbol, what) ENT_PLANT_##symbol,
#include "base/planted.def"
#undef X
    ENT_PLANT_COUNT
};

#ifdef ENT_PLANTS
extern int ent_plant;
/* At the border: the answer (a struct MHD_Response), the folder of the door, the name. */
void ent_plant_border(void *answer, const char *folder, const char *name);
bool ent_plant_other_has(const char *folder, const char *name);
/* At the desk: the writer (struct ent_jw) of a text, the desk, and the objects, to be put in
 * another order. */
void ent_plant_release(void *writer, void *desk, void *objects, size_t size, size_t count);
void ent_plant_receipt(void *writer, void *desk);
#define ENT_PLANTED(symbol) (ent_plant == ENT_PLANT_##symbol)
#define ENT_PLANT(call)     call
#else
#define ENT_PLANTED(symbol) false
#define ENT_PLANT(call)     ((void)0)
#endif

#endif
