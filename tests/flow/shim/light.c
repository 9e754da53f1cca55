/*
 * light -- the work of a passphrase's hash is left out of the plays: it is made to cost a tenth of a
 * second and 64 MiB, a play gives a passphrase with each of hundreds of commands, and what it costs
 * shows nothing there.  Put in front of the C library (LD_PRELOAD) of all processes of a play, from
 * its first user on; tests/unit/node/users_test.c holds the real cost.
 */
#include <dlfcn.h>
#include <sodium.h>

int crypto_pwhash(unsigned char *key, unsigned long long size, const char *passphrase,
                  unsigned long long passphrase_size, const unsigned char *salt,
                  unsigned long long passes, size_t memory, int algorithm)
{
    int (*real)(unsigned char *, unsigned long long, const char *, unsigned long long,
                const unsigned char *, unsigned long long, size_t, int);

    (void)passes, (void)memory;
    *(void **)&real = dlsym(RTLD_NEXT, "crypto_pwhash");
    return real(key, size, passphrase, passphrase_size, salt, crypto_pwhash_OPSLIMIT_MIN,
                crypto_pwhash_MEMLIMIT_MIN, algorithm);
}
