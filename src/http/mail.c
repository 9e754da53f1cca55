#include "http/mail.h"

#include "base/buf.h"
#include "http/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ADDRESS_SIZE 254

struct sending {
    const http_mail *mail;
    ent_str text;
    size_t given;
    bool refused;
    char error[CURL_ERROR_SIZE];
};

bool http_mail_address(const char *address)
{
    size_t size = address == NULL ? 0 : strlen(address);
    const char *at = address == NULL ? NULL : strchr(address, '@');

    if (size == 0 || size > ADDRESS_SIZE || at == NULL || at == address || at[1] == '\0' ||
        strchr(at + 1, '@') != NULL)
        return false;
    for (size_t i = 0; i < size; i++)
        if (address[i] <= ' ' || address[i] >= 0x7f || strchr("<>\"\\,;:()[]", address[i]) != NULL)
            return false;
    return true;
}

/* ---- the text ---- */

/* One line: nothing in it ends it. */
static void line_put(ent_buf *buf, ent_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];

        ent_buf_byte(buf, (uint8_t)(c >= ' ' && c < 0x7f ? c : '?'));
    }
    ent_buf_str(buf, ENT_STR("\r\n"));
}

static void header_put(ent_buf *buf, const char *name, ent_str value)
{
    ent_buf_printf(buf, "%s: ", name);
    line_put(buf, value);
}

static ent_code message_write(ent_arena *arena, const http_mail *mail, ent_str *text, ent_err *err)
{
    time_t seconds = (time_t)(mail->time / ENT_SECOND);
    struct tm tm;
    char date[64];
    ent_buf buf;

    if (gmtime_r(&seconds, &tm) == NULL ||
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &tm) == 0)
        return ent_fail(err, ENT_BUG, "a mail without a date");
    ent_buf_init(&buf, arena);
    header_put(&buf, "Date", ent_str_of(date));
    ent_buf_printf(&buf, "From: <%s>\r\nTo: <%s>\r\nMessage-ID: <%s@entente>\r\n", mail->from,
                   mail->to, mail->id);
    header_put(&buf, "Subject", mail->subject);
    ent_buf_str(&buf, ENT_STR("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                              "Content-Type: text/plain; charset=us-ascii\r\n\r\n"));
    for (size_t from = 0; from < mail->text.size;) {
        const char *end = memchr(mail->text.ptr + from, '\n', mail->text.size - from);
        size_t to = end == NULL ? mail->text.size : (size_t)(end - mail->text.ptr);

        line_put(&buf, (ent_str){ mail->text.ptr + from, to - from });
        from = to + 1;
    }
    return ent_buf_done(&buf, text, err);
}

/* ---- sending ---- */

static curl_socket_t socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct sending *s = arg;

    (void)purpose;
    if (!s->mail->allow_private && !http_address_public(&address->addr)) {
        s->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t text_give(char *bytes, size_t one, size_t count, void *arg)
{
    struct sending *s = arg;
    size_t size = one * count, left = s->text.size - s->given;

    if (size > left)
        size = left;
    if (size > 0)
        memcpy(bytes, s->text.ptr + s->given, size);
    s->given += size;
    return size;
}

static bool options_set(CURL *c, struct sending *s, struct curl_slist *to)
{
    const http_mail *m = s->mail;
    CURLcode rc = CURLE_OK;
    char from[ADDRESS_SIZE + 3];

    (void)snprintf(from, sizeof from, "<%s>", m->from);
    rc |= curl_easy_setopt(c, CURLOPT_URL, m->url);
    rc |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    rc |= curl_easy_setopt(c, CURLOPT_PROXY, "");
    rc |= curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    rc |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    rc |= curl_easy_setopt(c, CURLOPT_USE_SSL,
                           m->plain ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    rc |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    rc |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    rc |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    rc |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 20L);
    rc |= curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)m->seconds);
    rc |= curl_easy_setopt(c, CURLOPT_MAIL_FROM, from);
    rc |= curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
    rc |= curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    rc |= curl_easy_setopt(c, CURLOPT_READFUNCTION, text_give);
    rc |= curl_easy_setopt(c, CURLOPT_READDATA, s);
    rc |= curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, socket_open);
    rc |= curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, s);
    rc |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, s->error);
    if (m->ca != NULL) {
        rc |= curl_easy_setopt(c, CURLOPT_CAINFO, m->ca);
        rc |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    }
    if (m->user != NULL && m->secret != NULL) {
        rc |= curl_easy_setopt(c, CURLOPT_USERNAME, m->user);
        rc |= curl_easy_setopt(c, CURLOPT_PASSWORD, m->secret);
    }
    return rc == CURLE_OK;
}

static ent_code outcome(const struct sending *s, CURL *curl, CURLcode rc, ent_err *err)
{
    const char *url = s->mail->url;
    const char *why = s->error[0] != '\0' ? s->error : curl_easy_strerror(rc);
    long status = 0;

    if (s->refused)
        return ent_fail(err, ENT_DENIED,
                        "%s is at an address that is not of the public Internet; --allow-private "
                        "allows that",
                        url);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE ||
        rc == CURLE_USE_SSL_FAILED)
        return ent_fail(err, ENT_UNTRUSTED, "%s: no TLS with a certificate that holds: %s", url,
                        why);
    if (rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT)
        return ent_fail(err, ENT_USAGE, "'%s' is no smtp:// or smtps:// address", url);
    if (rc == CURLE_LOGIN_DENIED || (rc != CURLE_OK && status >= 500))
        return ent_fail(err, ENT_DENIED, "%s refuses it: %s", url, why);
    if (rc != CURLE_OK)
        return ent_fail(err, ENT_UNAVAILABLE, "%s: %s", url, why);
    return ENT_OK;
}

ent_code http_mail_send(ent_arena *arena, const http_mail *mail, ent_err *err)
{
    struct sending s = { .mail = mail };
    struct curl_slist *to;
    char address[ADDRESS_SIZE + 3];
    CURL *curl;
    ent_code rc;

    if (!http_mail_address(mail->from) || !http_mail_address(mail->to))
        return ent_fail(err, ENT_USAGE, "'%s' or '%s' is no address of mail", mail->from, mail->to);
    if (mail->plain && !mail->allow_private)
        return ent_fail(err, ENT_USAGE, "mail without TLS goes to a relay of the own network only");
    ENT_TRY(message_write(arena, mail, &s.text, err));
    (void)snprintf(address, sizeof address, "<%s>", mail->to);
    curl = curl_easy_init();
    to = curl_slist_append(NULL, address);
    if (curl == NULL || to == NULL || !options_set(curl, &s, to))
        rc = ent_fail(err, ENT_BUG, "this libcurl lacks an option that entente needs");
    else
        rc = outcome(&s, curl, curl_easy_perform(curl), err);
    curl_slist_free_all(to);
    if (curl != NULL)
        curl_easy_cleanup(curl);
    return rc;
}
