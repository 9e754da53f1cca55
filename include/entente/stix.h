/*
 * entente/stix -- STIX 2.1: is this valid, does this pattern match, what is its id?
 *
 * The public face of entente's STIX, for programs that link libentente and run no node.
 * JSON text goes in and comes out.  Each function writes its answer into `out` (at most
 * `room` bytes with the NUL) and returns 0, or says in `out` what is wrong and returns the
 * number of the failure: 1 the input is not what it should be, 2 a limit or `room` is
 * reached.  Nothing is kept between calls; any number of threads may call.
 *
 *     cc example.c $(pkg-config --cflags --libs entente)
 */
#ifndef ENTENTE_STIX_H
#define ENTENTE_STIX_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One object, or a bundle and every object in it: {"valid":bool,"errors":[{"rule","path",
 * "message","spec"}],"warnings":[...]}.  In a bundle a path begins with its object:
 * "objects.[3].name". */
int stix_api_check(const char *json, char *out, size_t room);

/* {"valid":bool,"error":{"column","message"}}; `error` only where it is not valid. */
int stix_api_pattern(const char *pattern, char *out, size_t room);

/* {"matched":bool,"objects":[ids of the observed-data]}; `observed` is a bundle, or a list of
 * bundles taken together. */
int stix_api_match(const char *pattern, const char *observed, char *out, size_t room);

/* The deterministic id of a cyber-observable object as a JSON string, or null where only a
 * random one is allowed (STIX 2.1 s2.9). */
int stix_api_id(const char *object, char *out, size_t room);

/* The canonical form of a JSON text (RFC 8785). */
int stix_api_canon(const char *json, char *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
