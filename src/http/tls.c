#include "http/tls.h"

#include "base/hash.h"
#include "http/pin_int.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <time.h>

#define TEN_YEARS ((time_t)10 * 365 * 86400)

static ent_code tls_fail(ent_err *err, int code, const char *doing)
{
    return ent_fail(err, ENT_IO, "cannot %s: %s", doing, gnutls_strerror(code));
}

static int names_set(gnutls_x509_crt_t crt, const char *host)
{
    static const uint8_t four[] = { 127, 0, 0, 1 };
    static const uint8_t six[16] = { [15] = 1 };
    uint8_t address[16];
    int rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9,
                                                  GNUTLS_FSAN_SET);

    if (rc >= 0)
        rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, four, 4,
                                                  GNUTLS_FSAN_APPEND);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, six, 16,
                                                  GNUTLS_FSAN_APPEND);
    if (rc < 0 || host == NULL || host[0] == '\0')
        return rc;
    if (inet_pton(AF_INET, host, address) == 1)
        return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address, 4,
                                                    GNUTLS_FSAN_APPEND);
    if (inet_pton(AF_INET6, host, address) == 1)
        return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address, 16,
                                                    GNUTLS_FSAN_APPEND);
    return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, host,
                                                (unsigned)strlen(host), GNUTLS_FSAN_APPEND);
}

static int certificate_fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *name,
                            const char *host)
{
    time_t now = time(NULL);
    uint8_t serial[16];
    int rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);

    serial[0] &= 0x7f;
    serial[0] |= 1;
    if (rc >= 0)
        rc = gnutls_x509_crt_set_version(crt, 3);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_activation_time(crt, now - 86400);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_expiration_time(crt, now + TEN_YEARS);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                           (unsigned)strlen(name));
    if (rc >= 0)
        rc = names_set(crt, host);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_key(crt, key);
    if (rc >= 0)
        rc = gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
    return rc;
}

static ent_code text_take(gnutls_datum_t *datum, char **text, size_t *size, ent_err *err)
{
    *text = malloc(datum->size + 1);
    if (*text == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a certificate");
    memcpy(*text, datum->data, datum->size);
    (*text)[datum->size] = '\0';
    *size = datum->size;
    return ENT_OK;
}

ent_code http_tls_make(const char *name, const char *host, http_tls_pair *pair, ent_err *err)
{
    gnutls_datum_t key_pem = { 0 }, crt_pem = { 0 };
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    ent_code code = ENT_OK;
    int rc;

    *pair = (http_tls_pair){ 0 };
    rc = gnutls_x509_privkey_init(&key);
    if (rc >= 0)
        rc = gnutls_x509_crt_init(&crt);
    if (rc >= 0)
        rc = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                          GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (rc >= 0)
        rc = certificate_fill(crt, key, name, host);
    if (rc >= 0)
        rc = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &key_pem);
    if (rc >= 0)
        rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &crt_pem);
    if (rc < 0)
        code = tls_fail(err, rc, "make a certificate");
    if (code == ENT_OK)
        code = text_take(&key_pem, &pair->key, &pair->key_size, err);
    if (code == ENT_OK)
        code = text_take(&crt_pem, &pair->certificate, &pair->certificate_size, err);
    if (code != ENT_OK)
        http_tls_release(pair);
    if (key_pem.data != NULL)
        gnutls_memset(key_pem.data, 0, key_pem.size);
    gnutls_free(key_pem.data);
    gnutls_free(crt_pem.data);
    if (crt != NULL)
        gnutls_x509_crt_deinit(crt);
    if (key != NULL)
        gnutls_x509_privkey_deinit(key);
    return code;
}

void http_tls_release(http_tls_pair *pair)
{
    if (pair->key != NULL)
        gnutls_memset(pair->key, 0, pair->key_size);
    free(pair->key);
    free(pair->certificate);
    *pair = (http_tls_pair){ 0 };
}

bool http_pin_of(gnutls_x509_crt_t crt, uint8_t pin[HTTP_PIN_SIZE])
{
    gnutls_datum_t spki = { 0 };
    gnutls_pubkey_t key = NULL;
    bool good = gnutls_pubkey_init(&key) >= 0 && gnutls_pubkey_import_x509(key, crt, 0) >= 0 &&
                gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &spki) >= 0;

    if (good) {
        ent_hash hash = ent_hash_of(spki.data, spki.size);

        memcpy(pin, hash.bytes, HTTP_PIN_SIZE);
    }
    gnutls_free(spki.data);
    if (key != NULL)
        gnutls_pubkey_deinit(key);
    return good;
}

ent_code http_tls_pin(ent_str pem, uint8_t pin[HTTP_PIN_SIZE], ent_err *err)
{
    gnutls_datum_t datum = { (unsigned char *)(uintptr_t)pem.ptr, (unsigned)pem.size };
    gnutls_x509_crt_t crt = NULL;
    int rc = gnutls_x509_crt_init(&crt);
    bool good;

    if (rc >= 0)
        rc = gnutls_x509_crt_import(crt, &datum, GNUTLS_X509_FMT_PEM);
    good = rc >= 0 && http_pin_of(crt, pin);
    if (crt != NULL)
        gnutls_x509_crt_deinit(crt);
    if (!good && (rc >= 0 || rc == GNUTLS_E_MEMORY_ERROR))
        return ent_fail(err, ENT_MEMORY, "no memory to read a certificate");
    return good ? ENT_OK : ent_fail(err, ENT_FORMAT, "this is no certificate in PEM");
}

bool http_tls_names(ent_str pem, const char *host)
{
    gnutls_datum_t datum = { (unsigned char *)(uintptr_t)pem.ptr, (unsigned)pem.size };
    gnutls_x509_crt_t crt = NULL;
    bool good = gnutls_x509_crt_init(&crt) >= 0 &&
                gnutls_x509_crt_import(crt, &datum, GNUTLS_X509_FMT_PEM) >= 0 &&
                gnutls_x509_crt_check_hostname(crt, host) != 0;

    if (crt != NULL)
        gnutls_x509_crt_deinit(crt);
    return good;
}
