/*
 * entente/names -- could these two records be one person, organisation or vessel?
 *
 * The public face of entente's name matching, for programs that link libentente and run no
 * node.  Records go in and answers come out as JSON text (the form of `entente name`):
 *
 *     {"names":["Эльхан Джуранаев"],"dob":["1991-03-07"]}
 *
 * Each function writes its answer into `out` (at most `room` bytes with the NUL) and returns
 * 0, or says in `out` what is wrong and returns the number of the failure: 1 the input is
 * not what it should be, 2 a limit or `room` is reached.  Nothing is kept between calls;
 * any number of threads may call.  Results are the same on every machine and locale.
 *
 *     cc example.c $(pkg-config --cflags --libs entente)
 */
#ifndef ENTENTE_NAMES_H
#define ENTENTE_NAMES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of tables and rules that match keys are made by; keys of different versions
 * must not be compared. */
int names_api_keys_version(void);

/* {"score":0..1,"decision":"same"|"review"|"different","why":["..."]} */
int names_api_score(const char *record_a, const char *record_b, char *out, size_t room);

/* ["nm:...", ...]; `tier` is "strong", "weak" or "all". */
int names_api_keys(const char *record, const char *tier, char *out, size_t room);

/* [{"text","words":[{"latin","skeleton","role","script"}]}], one for each name */
int names_api_parse(const char *record, char *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
