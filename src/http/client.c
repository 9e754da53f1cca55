#include "http/client.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct http_client {
    CURL *curl;
    http_client_config config;
    int fd;
    size_t got, limit;
    bool too_large, write_failed;
    char error[CURL_ERROR_SIZE];
};

static size_t bytes_take(char *bytes, size_t one, size_t count, void *arg)
{
    http_client *client = arg;
    size_t size = one * count, left = size;

    if (size > client->limit - client->got) {
        client->too_large = true;
        return 0;
    }
    client->got += size;
    while (left > 0) {
        ssize_t put = write(client->fd, bytes, left);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) {
            client->write_failed = true;
            return 0;
        }
        bytes += put;
        left -= (size_t)put;
    }
    return size;
}

static int bytes_record(CURL *curl, curl_infotype type, char *bytes, size_t size, void *arg)
{
    http_client *client = arg;

    (void)curl;
    if (type == CURLINFO_HEADER_OUT || type == CURLINFO_DATA_OUT)
        client->config.record(client->config.arg, true, bytes, size);
    else if (type == CURLINFO_HEADER_IN || type == CURLINFO_DATA_IN)
        client->config.record(client->config.arg, false, bytes, size);
    return 0;
}

/* CURLOPT_PINNEDPUBLICKEY wants "sha256//" and base64, and ";" between two. */
static ent_code pin_set(http_client *client, ent_err *err)
{
    ent_arena *arena = ent_arena_new(4096);
    ent_code rc;
    ent_str text;
    ent_buf buf;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a connection");
    ent_buf_init(&buf, arena);
    ent_buf_c(&buf, "sha256//");
    ent_base64_write(&buf, client->config.pin, HTTP_PIN_SIZE);
    if (client->config.pin_before != NULL) {
        ent_buf_c(&buf, ";sha256//");
        ent_base64_write(&buf, client->config.pin_before, HTTP_PIN_SIZE);
    }
    rc = ent_buf_done(&buf, &text, err);
    if (rc == ENT_OK &&
        curl_easy_setopt(client->curl, CURLOPT_PINNEDPUBLICKEY, text.ptr) != CURLE_OK)
        rc = ent_fail(err, ENT_BUG, "this libcurl cannot pin keys");
    ent_arena_free(arena);
    return rc;
}

/* The pin is what is checked, and it is mandatory: a self-signed certificate has no
 * chain, and its names mean nothing to us. */
static bool options_set(http_client *client)
{
    CURL *c = client->curl;
    const http_client_config *config = &client->config;
    CURLcode rc = CURLE_OK;

    rc |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
    rc |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
    rc |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
    rc |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
    rc |= curl_easy_setopt(c, CURLOPT_SSLCERT, config->certificate);
    rc |= curl_easy_setopt(c, CURLOPT_SSLKEY, config->key);
    rc |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    rc |= curl_easy_setopt(c, CURLOPT_PROXY, "");
    rc |= curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    rc |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    rc |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    rc |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)config->connect_seconds);
    rc |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, bytes_take);
    rc |= curl_easy_setopt(c, CURLOPT_WRITEDATA, client);
    rc |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, client->error);
    rc |= curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1000L);
    if (config->record != NULL) {
        rc |= curl_easy_setopt(c, CURLOPT_VERBOSE, 1L);
        rc |= curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, bytes_record);
        rc |= curl_easy_setopt(c, CURLOPT_DEBUGDATA, client);
    }
    return rc == CURLE_OK;
}

ent_code http_client_new(const http_client_config *config, http_client **out, ent_err *err)
{
    http_client *client = calloc(1, sizeof *client);

    if (client == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a connection");
    client->config = *config;
    client->curl = curl_easy_init();
    if (client->curl == NULL || !options_set(client)) {
        http_client_free(client);
        return ent_fail(err, ENT_BUG, "this libcurl lacks an option that entente needs");
    }
    if (pin_set(client, err) != ENT_OK) {
        http_client_free(client);
        return err->code;
    }
    *out = client;
    return ENT_OK;
}

void http_client_free(http_client *client)
{
    if (client == NULL)
        return;
    if (client->curl != NULL)
        curl_easy_cleanup(client->curl);
    free(client);
}

ent_code http_client_get(http_client *client, const char *url, int fd, size_t limit,
                         unsigned seconds, ent_err *err)
{
    int shown = (int)strcspn(url, "?"); /* what is asked for, without how */
    long status = 0;
    CURLcode rc;

    client->fd = fd;
    client->got = 0;
    client->limit = limit;
    client->too_large = client->write_failed = false;
    client->error[0] = '\0';
    (void)curl_easy_setopt(client->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(client->curl, CURLOPT_TIMEOUT, (long)seconds);
    (void)curl_easy_setopt(client->curl, CURLOPT_LOW_SPEED_TIME, (long)seconds);
    rc = curl_easy_perform(client->curl);
    if (client->too_large)
        return ent_fail(err, ENT_LIMIT, "the peer sent more than %zu bytes for %.*s", limit, shown,
                        url);
    if (client->write_failed)
        return ent_fail(err, ENT_IO, "cannot keep what the peer sent: %s", strerror(errno));
    if (rc == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the peer at %.*s has another key than the one that was confirmed", shown,
                        url);
    if (rc != CURLE_OK)
        return ent_fail(err, ENT_UNAVAILABLE, "%.*s: %s", shown, url,
                        client->error[0] != '\0' ? client->error : curl_easy_strerror(rc));
    (void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 404)
        return ent_fail(err, ENT_NOT_FOUND, "%.*s is not there", shown, url);
    if (status != 200)
        return ent_fail(err, ENT_UNAVAILABLE, "%.*s answers %ld", shown, url, status);
    return ENT_OK;
}
