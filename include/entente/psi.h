/*
 * entente/psi -- which keys do we both hold?  (two programs, and neither shows its set)
 *
 * The public face of entente's private match of sets of similar size, for programs that link
 * libentente and run no node.  Diffie-Hellman both ways on ristretto255; doc/design/private-match.md
 * says what it protects and what it does not.  Each side, with a fresh random seed:
 *
 *     psi_api_set     its own elements                         -> send (commit to `root` before)
 *     psi_api_double  the other's elements, raised once more   -> send back
 *     psi_api_common  both doubled lists                       -> which of its keys are common
 *
 * All output is a function of the input, so that a message can be sent again.  Each function
 * returns 0, or says in `why` what is wrong and returns the number of the failure: 1 the
 * input is not what it should be, 2 a limit is reached, 3 the other side's bytes are not
 * to be believed.  Nothing is kept between calls; any number of threads may call.
 *
 *     cc example.c $(pkg-config --cflags --libs entente)
 */
#ifndef ENTENTE_PSI_H
#define ENTENTE_PSI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PSI_API_SEED    32
#define PSI_API_ELEMENT 32
#define PSI_API_TAG     16
#define PSI_API_ROOT    32

typedef struct psi_api_keys {
    const uint8_t *seed;     /* PSI_API_SEED random bytes, for one run only; secret */
    const char *run;         /* names the run, the same at both sides */
    const char *const *keys; /* canonical (psi_api_key), each once */
    size_t count;
} psi_api_keys;

/* The canonical form of a key, "tel:+999 88 555 0147" -> "tel:+999885550147". */
int psi_api_key(const char *key, char *out, size_t room);

/* How many elements `count` keys become: a power of two, at least 16. */
size_t psi_api_elements(size_t count);

/* Our elements, psi_api_elements(count) * PSI_API_ELEMENT bytes into `set`. */
int psi_api_set(const psi_api_keys *own, uint8_t *set, uint8_t root[PSI_API_ROOT], char *why,
                size_t room);

/* The other's `elements`, which must have the `root` that it committed to, raised: elements *
 * PSI_API_TAG bytes into `tags`. */
int psi_api_double(const psi_api_keys *own, const uint8_t *set, size_t elements,
                   const uint8_t root[PSI_API_ROOT], uint8_t *tags, char *why, size_t room);

/* `common[i]` becomes 1 where the other holds our key i too, else 0.  `own_tags` are our
 * elements as the other raised them, `other_tags` what psi_api_double made of its. */
int psi_api_common(const psi_api_keys *own, const uint8_t *own_tags, const uint8_t *other_tags,
                   size_t other_elements, uint8_t *common, char *why, size_t room);

#ifdef __cplusplus
}
#endif

#endif
