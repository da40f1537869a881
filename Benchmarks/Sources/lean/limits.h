// What bounds any daemon on this machine: an echo without work, and the TLS library alone.
#pragma once
#include "link.h"

// One thread, no work: replies of the size that a daemon's has.
static void echo(const char *path) {
    enum { REPLY = HEADER + 8 };
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strncpy(name.sun_path, path, sizeof name.sun_path - 1);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), loop = epoll_create1(0);
    unlink(path);
    if (bind(listener, (struct sockaddr *)&name, sizeof name) || listen(listener, 512)) fail("listen");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[64];
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
    static unsigned char bytes[4096];
    for (;;) {
        int count = epoll_wait(loop, ready, 64, -1);
        for (int i = 0; i < count; i++) {
            int s = ready[i].data.fd;
            if (s == listener) {
                event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (event.data.fd >= 0) epoll_ctl(loop, EPOLL_CTL_ADD, event.data.fd, &event);
                continue;
            }
            ssize_t got = read(s, bytes, sizeof bytes);
            if (got <= 0) {
                close(s);
                continue;
            }
            // The opening calls are larger; whatever comes is one request and is answered by one reply.
            Message *m = (Message *)bytes;
            unsigned char reply[REPLY] = {0};
            memcpy(reply, m->bytes, HEADER);
            uint32_t length = htonl(REPLY), is_reply = htonl(1);
            memcpy(reply, &length, 4);
            memcpy(reply + 16, &is_reply, 4);
            if (write(s, reply, REPLY) < 0) close(s);
        }
    }
}

static void *read_tls(void *argument) {
    gnutls_session_t session = argument;
    if (gnutls_handshake(session) < 0) fail("handshake");
    static unsigned char bytes[CHUNK];
    while (gnutls_record_recv(session, bytes, sizeof bytes) > 0) {}
    return NULL;
}

static void tls_alone(long mebibytes) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) fail("socketpair");
    gnutls_session_t sessions[2];
    char certificate[300], key[300];
    gnutls_certificate_credentials_t server;
    gnutls_certificate_allocate_credentials(&server);
    snprintf(certificate, sizeof certificate, "%s/servercert.pem", certificates);
    snprintf(key, sizeof key, "%s/serverkey.pem", certificates);
    if (gnutls_certificate_set_x509_key_file(server, certificate, key, GNUTLS_X509_FMT_PEM) < 0) fail("certificate");
    for (int i = 0; i < 2; i++) {
        gnutls_init(&sessions[i], i ? GNUTLS_CLIENT : GNUTLS_SERVER);
        gnutls_set_default_priority(sessions[i]);
        gnutls_credentials_set(sessions[i], GNUTLS_CRD_CERTIFICATE, i ? credentials : server);
        gnutls_transport_set_int(sessions[i], ends[i]);
    }
    pthread_t reader;
    pthread_create(&reader, NULL, read_tls, sessions[1]);
    if (gnutls_handshake(sessions[0]) < 0) fail("handshake");
    static unsigned char bytes[CHUNK];
    uint64_t wanted = (uint64_t)mebibytes << 20, sent = 0;
    double start = seconds();
    while (sent < wanted) {
        ssize_t result = gnutls_record_send(sessions[0], bytes, sizeof bytes);
        if (result <= 0) fail("send");
        sent += result;
    }
    gnutls_bye(sessions[0], GNUTLS_SHUT_WR);
    pthread_join(reader, NULL);
    printf("%.0f\n", sent / 1048576.0 / (seconds() - start));
}
