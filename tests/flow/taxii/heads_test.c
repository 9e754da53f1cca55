/* Heads and chunks that no client library sends, byte by byte over TLS on the real program:
 * what the HTTP library under the listener refuses by itself is a TAXII error all the same,
 * and it is the connection that was wrong which gets it. */
#include "flow.h"

#include <poll.h>

#define HEAD                           \
    "Host: x\r\nAuthorization: Basic " \
    "YW5hOmNvcnJlY3QgaG9yc2U6IGJhdHRlcnk=\r\nAccept: " MEDIA "\r\n"
#define GOOD "GET /exchange/ HTTP/1.1\r\n" HEAD "\r\n"
#define POST \
    "POST /exchange/collections/" BOTH "/objects/ HTTP/1.1\r\n" HEAD "Content-Type: " MEDIA "\r\n"

struct raw {
    CURL *curl;
    curl_socket_t fd;
};

static bool raw_open(flow *f, struct raw *raw)
{
    raw->curl = curl_easy_init();
    raw->fd = -1;
    (void)curl_easy_setopt(raw->curl, CURLOPT_URL, f->url);
    (void)curl_easy_setopt(raw->curl, CURLOPT_CAINFO, f->ca);
    (void)curl_easy_setopt(raw->curl, CURLOPT_CONNECT_ONLY, 1L);
    return curl_easy_perform(raw->curl) == CURLE_OK &&
           curl_easy_getinfo(raw->curl, CURLINFO_ACTIVESOCKET, &raw->fd) == CURLE_OK;
}

static void raw_close(struct raw *raw)
{
    curl_easy_cleanup(raw->curl);
}

static bool raw_wait(const struct raw *raw, short what)
{
    struct pollfd wait = { raw->fd, what, 0 };

    return poll(&wait, 1, 20000) == 1;
}

/* Sends all, or what the other end takes before it closes. */
static void raw_send(const struct raw *raw, const char *bytes, size_t size)
{
    CURLcode rc = CURLE_OK;

    while (size > 0 && (rc == CURLE_OK || rc == CURLE_AGAIN)) {
        size_t sent = 0;

        rc = curl_easy_send(raw->curl, bytes, size, &sent);
        bytes += sent;
        size -= sent;
        if (rc == CURLE_AGAIN && !raw_wait(raw, POLLOUT))
            return;
    }
}

/* What comes until the other end closes, or until `until` is in it. */
static const char *raw_read(flow *f, const struct raw *raw, const char *until)
{
    char bytes[8192];
    size_t got, size = 0;
    CURLcode rc;

    bytes[0] = '\0';
    while (until == NULL || strstr(bytes, until) == NULL) {
        rc = curl_easy_recv(raw->curl, bytes + size, sizeof bytes - 1 - size, &got);
        if (rc == CURLE_AGAIN && raw_wait(raw, POLLIN))
            continue;
        if (rc != CURLE_OK || got == 0)
            break;
        size += got;
        bytes[size] = '\0';
    }
    return ent_arena_str(f->arena, (ent_str){ bytes, size }).ptr;
}

/* Is it this error, as TAXII has it (s3.6.1), and nothing else? */
static bool is_error(const char *text, int status)
{
    const char *body = strstr(text, "\r\n\r\n");
    char line[32], word[32];

    (void)snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    (void)snprintf(word, sizeof word, "\"http_status\":\"%d\"}", status);
    return strncmp(text, line, strlen(line)) == 0 && body != NULL &&
           strstr(text, "\r\nContent-Type: " MEDIA "\r\n") != NULL && strstr(body, word) != NULL &&
           strstr(text, "<html") == NULL && strlen(strstr(body, word)) == strlen(word);
}

static void refused(flow *f, const char *what, ent_str bytes, int status)
{
    struct raw raw;
    const char *text = "";

    if (raw_open(f, &raw)) {
        raw_send(&raw, bytes.ptr, bytes.size);
        text = raw_read(f, &raw, NULL);
    }
    check(f, is_error(text, status), "%s: a TAXII error %d", what, status);
    if (!is_error(text, status))
        (void)printf("# %.200s\n", text);
    raw_close(&raw);
}

/* The one thing that the library drops without a word. */
static void dropped(flow *f, const char *what, ent_str bytes)
{
    struct raw raw;
    const char *text = "?";

    if (raw_open(f, &raw)) {
        raw_send(&raw, bytes.ptr, bytes.size);
        text = raw_read(f, &raw, NULL);
    }
    check(f, text[0] == '\0', "%s: the end, and no HTML", what);
    raw_close(&raw);
}

static ent_str filled(flow *f, const char *before, size_t size, const char *after)
{
    char *bytes = ent_arena_alloc(f->arena, size + 1);

    memset(bytes, 'a', size);
    bytes[size] = '\0';
    return ent_arena_printf(f->arena, "%s%s%s", before, bytes, after);
}

static void heads(flow *f)
{
    dropped(f, "a line of one word", ENT_STR("GET\r\n\r\n"));
    refused(f, "no version", ENT_STR("GET /exchange/\r\n" HEAD "\r\n"), 400);
    refused(f, "noise", ENT_STR("\x01\x02\x03\xff\xfe nothing\r\n\r\n"), 400);
    refused(f, "HTTP 1.0", ENT_STR("GET /exchange/ HTTP/1.0\r\n" HEAD "\r\n"), 400);
    refused(f, "HTTP 0.9", ENT_STR("GET /exchange/ HTTP/0.9\r\n" HEAD "\r\n"), 505);
    refused(f, "HTTP 2.0", ENT_STR("GET /exchange/ HTTP/2.0\r\n" HEAD "\r\n"), 505);
    refused(f, "no host", ENT_STR("GET /exchange/ HTTP/1.1\r\nAccept: " MEDIA "\r\n\r\n"), 400);
    refused(f, "two hosts", ENT_STR("GET /exchange/ HTTP/1.1\r\nHost: y\r\n" HEAD "\r\n"), 400);
    refused(f, "a field without a colon",
            ENT_STR("GET /exchange/ HTTP/1.1\r\n" HEAD "nothing\r\n\r\n"), 400);
    refused(f, "a head of 100 KiB",
            filled(f, "GET /exchange/ HTTP/1.1\r\n" HEAD "X: ", 100000, "\r\n\r\n"), 431);
    refused(f, "a head of 40,000 bytes",
            filled(f, "GET /exchange/ HTTP/1.1\r\n" HEAD "X: ", 40000, "\r\n\r\n"), 431);
    refused(f, "an address of 100 KiB", filled(f, "GET /", 100000, " HTTP/1.1\r\n" HEAD "\r\n"),
            414);
}

static void bodies(flow *f)
{
    refused(f, "a length that is no number", ENT_STR(POST "Content-Length: ten\r\n\r\n"), 400);
    refused(f, "a length above all numbers",
            ENT_STR(POST "Content-Length: 99999999999999999999999\r\n\r\n"), 413);
    refused(f, "a negative length", ENT_STR(POST "Content-Length: -1\r\n\r\n"), 400);
    refused(f, "a chunk that is none",
            ENT_STR(POST "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"), 400);
    refused(f, "a chunk longer than it says",
            ENT_STR(POST "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n"), 400);
    refused(f, "a chunk above all numbers",
            ENT_STR(POST "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n"), 413);
}

/* The answer is that connection's, whatever others are in the middle of. */
static void others(flow *f)
{
    struct raw half, whole, wrong;
    const char *first, *second, *third;

    if (!raw_open(f, &half) || !raw_open(f, &whole) || !raw_open(f, &wrong)) {
        check(f, false, "three connections");
        return;
    }
    raw_send(&whole, GOOD, strlen(GOOD));
    check(f, strncmp(raw_read(f, &whole, "\"versions\""), "HTTP/1.1 200 ", 13) == 0,
          "a connection that is served");
    raw_send(&half, GOOD, 40);
    raw_send(&wrong, "not HTTP\r\n\r\n", 12);
    first = raw_read(f, &wrong, NULL);
    raw_send(&half, GOOD + 40, strlen(GOOD) - 40);
    second = raw_read(f, &half, "\"versions\"");
    raw_send(&whole, GOOD "not HTTP\r\n\r\n", strlen(GOOD) + 12);
    third = raw_read(f, &whole, NULL);
    check(f, is_error(first, 400), "another is wrong, and told so");
    check(f, strncmp(second, "HTTP/1.1 200 ", 13) == 0, "one in the middle of its head is not");
    check(f,
          strncmp(third, "HTTP/1.1 200 ", 13) == 0 && strstr(third + 1, "HTTP/1.1") != NULL &&
              is_error(strstr(third + 1, "HTTP/1.1"), 400),
          "a good request and a wrong one in one piece: an answer, then an error");
    raw_close(&half);
    raw_close(&whole);
    raw_close(&wrong);
}

int main(void)
{
    flow f;

    if (!flow_begin(&f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    (void)ASK(&f, .path = "/taxii2/"); /* the passphrase is known from here on */
    heads(&f);
    bodies(&f);
    others(&f);
    check(&f, ASK(&f, .path = "/exchange/").status == 200, "afterwards it serves as before");
    return flow_end(&f);
}
