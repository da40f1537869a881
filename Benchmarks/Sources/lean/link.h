// Messages of libvirt's protocol, and what carries them: sockets, with TLS or without. Bytes, and no library but TLS's.
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PROGRAM = 0x20008086, HEADER = 28, CHUNK = 262120 + HEADER };
enum { OPEN = 1, SUSPEND = 34, RESUME = 28, LOOKUP = 23, AUTH_LIST = 66, VERSION = 157, REGISTER = 316, LIFECYCLE = 318 };
enum { POOL_LOOKUP = 84, VOLUME_LOOKUP = 95, DOWNLOAD = 209 };

typedef struct {
    int socket;
    gnutls_session_t session;
} Link;

// A message, or what has been read of one.
typedef struct {
    unsigned char bytes[CHUNK];
    size_t count;
} Message;

static const char *address;
static char certificates[256];
static gnutls_certificate_credentials_t credentials;
static gnutls_datum_t ticket;

static void fail(const char *what) {
    fprintf(stderr, "lean: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

// ---- Messages

static void put(Message *m, uint32_t number) {
    number = htonl(number);
    memcpy(m->bytes + m->count, &number, 4);
    m->count += 4;
}

static void put_text(Message *m, const char *text) {
    size_t length = strlen(text);
    put(m, length);
    memset(m->bytes + m->count, 0, (length + 3) & ~3u);
    memcpy(m->bytes + m->count, text, length);
    m->count += (length + 3) & ~3u;
}

static void put_bytes(Message *m, const unsigned char *bytes, size_t count) {
    memcpy(m->bytes + m->count, bytes, count);
    m->count += count;
}

static void begin(Message *m, int procedure, int type, uint32_t serial) {
    m->count = 4;
    put(m, PROGRAM);
    put(m, 1);
    put(m, procedure);
    put(m, type);
    put(m, serial);
    put(m, type == 3 ? 2 : 0);
}

static void end(Message *m) {
    uint32_t length = htonl(m->count);
    memcpy(m->bytes, &length, 4);
}

static uint32_t word(const Message *m, size_t place) {
    uint32_t number;
    memcpy(&number, m->bytes + place, 4);
    return ntohl(number);
}

static uint32_t procedure(const Message *m) { return word(m, 12); }
static uint32_t type(const Message *m) { return word(m, 16); }
static uint32_t status(const Message *m) { return word(m, 24); }

// ---- Links

static void write_all(Link *link, const void *bytes, size_t count) {
    for (size_t done = 0; done < count;) {
        ssize_t result = link->session ? gnutls_record_send(link->session, (const char *)bytes + done, count - done)
                                       : write(link->socket, (const char *)bytes + done, count - done);
        if (result <= 0) fail("write");
        done += result;
    }
}

static void read_all(Link *link, void *bytes, size_t count) {
    for (size_t done = 0; done < count;) {
        ssize_t result = link->session ? gnutls_record_recv(link->session, (char *)bytes + done, count - done)
                                       : read(link->socket, (char *)bytes + done, count - done);
        // A ticket interrupts a read.
        if (link->session && (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED)) continue;
        if (result <= 0) fail("read");
        done += result;
    }
}

static void receive(Link *link, Message *m) {
    read_all(link, m->bytes, 4);
    m->count = word(m, 0);
    if (m->count < HEADER || m->count > sizeof m->bytes) fail("a message of an impossible length");
    read_all(link, m->bytes + 4, m->count - 4);
}

// One call, and its reply; other messages that come before it are passed over.
static void call(Link *link, Message *request, Message *reply) {
    end(request);
    write_all(link, request->bytes, request->count);
    do receive(link, reply);
    while (type(reply) != 1);
    if (status(reply) != 0) {
        errno = 0;
        fprintf(stderr, "lean: procedure %u failed\n", procedure(reply));
        exit(1);
    }
}

static int try_connect(void) {
    if (!strncmp(address, "unix:", 5)) {
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        strncpy(name.sun_path, address + 5, sizeof name.sun_path - 1);
        int s = socket(AF_UNIX, SOCK_STREAM, 0);
        if (!connect(s, (struct sockaddr *)&name, sizeof name)) return s;
        close(s);
        return -1;
    }
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(atoi(address + 4)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int s = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (!connect(s, (struct sockaddr *)&name, sizeof name)) return s;
    close(s);
    return -1;
}

static int keep_ticket(gnutls_session_t session, unsigned htype, unsigned when, unsigned incoming, const gnutls_datum_t *m) {
    (void)htype, (void)when, (void)incoming, (void)m;
    if (!ticket.data && gnutls_session_get_data2(session, &ticket) < 0) fail("ticket");
    return 0;
}

// Our server sends tickets to those who ask for them (RFC 9149): one after a full handshake, one after a resumed one.
static int ask_for_tickets(gnutls_session_t session, gnutls_buffer_t buffer) {
    (void)session;
    return gnutls_buffer_append_data(buffer, "\1\1", 2) < 0 ? -1 : 2;
}

static int take_answer(gnutls_session_t session, const unsigned char *data, size_t count) {
    (void)session, (void)data, (void)count;
    return 0;
}

static Link dial(int resumes) {
    Link link = {.socket = try_connect()};
    if (link.socket < 0) fail("connect");
    if (strncmp(address, "tls:", 4)) return link;
    gnutls_init(&link.session, GNUTLS_CLIENT | (resumes ? 0 : GNUTLS_NO_TICKETS));
    gnutls_set_default_priority(link.session);
    gnutls_credentials_set(link.session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_server_name_set(link.session, GNUTLS_NAME_DNS, "localhost", 9);
    gnutls_transport_set_int(link.session, link.socket);
    if (resumes && ticket.data) gnutls_session_set_data(link.session, ticket.data, ticket.size);
    if (resumes)
        gnutls_session_ext_register(
            link.session, "ticket_request", 58, GNUTLS_EXT_TLS, take_answer, ask_for_tickets, NULL, NULL, NULL,
            GNUTLS_EXT_FLAG_CLIENT_HELLO | GNUTLS_EXT_FLAG_TLS | GNUTLS_EXT_FLAG_OVERRIDE_INTERNAL);
    if (resumes)
        gnutls_handshake_set_hook_function(link.session, GNUTLS_HANDSHAKE_NEW_SESSION_TICKET, GNUTLS_HOOK_POST, keep_ticket);
    int result;
    do result = gnutls_handshake(link.session);
    while (result < 0 && !gnutls_error_is_fatal(result));
    if (result < 0) {
        fprintf(stderr, "lean: handshake: %s\n", gnutls_strerror(result));
        exit(1);
    }
    char verdict;
    read_all(&link, &verdict, 1);
    if (verdict != 1) fail("the server refuses the certificate");
    return link;
}

static void hang_up(Link *link) {
    if (link->session) gnutls_deinit(link->session);
    close(link->socket);
}

static void open_connection(Link *link, Message *m, const char *uri) {
    begin(m, AUTH_LIST, 0, 0);
    call(link, m, m);
    begin(m, OPEN, 0, 1);
    put(m, 1);
    put_text(m, uri);
    put(m, 0);
    call(link, m, m);
}

static void load_certificates(const char *folder) {
    snprintf(certificates, sizeof certificates, "%s", folder);
    char ca[300], certificate[300], key[300];
    snprintf(ca, sizeof ca, "%s/cacert.pem", folder);
    snprintf(certificate, sizeof certificate, "%s/clientcert.pem", folder);
    snprintf(key, sizeof key, "%s/clientkey.pem", folder);
    gnutls_certificate_allocate_credentials(&credentials);
    if (gnutls_certificate_set_x509_trust_file(credentials, ca, GNUTLS_X509_FMT_PEM) < 0 ||
        gnutls_certificate_set_x509_key_file(credentials, certificate, key, GNUTLS_X509_FMT_PEM) < 0)
        fail(folder);
}
