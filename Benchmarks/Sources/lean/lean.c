// The leanest client of a libvirt daemon: bytes made once, no library but TLS's. What it measures is the daemon.
//
//   lean calls     ADDRESS CONNECTIONS COUNT   COUNT small calls over CONNECTIONS, one in flight on each; prints calls/s
//   lean connects  ADDRESS full|resumed COUNT  connects, asks for the way of authentication, closes; prints connects/s
//   lean idle      ADDRESS CONNECTIONS URI     opens them, prints "open", waits for the end of its input
//   lean events    ADDRESS LISTENERS COUNT     LISTENERS are told of COUNT changes of the domain "test"; prints events/s
//   lean download  ADDRESS URI POOL/VOLUME MIB reads it as a stream; prints MiB/s
//   lean start     ADDRESS                     tries until a call is answered
//   lean echo      PATH                        answers frames with frames of the same sizes: what a server can reach
//   lean tls       CERTIFICATES MIB            moves bytes between two sessions of the TLS library; prints MiB/s
//
// ADDRESS is unix:PATH, tcp:PORT or tls:PORT:CERTIFICATES, a folder with cacert.pem, clientcert.pem and clientkey.pem.
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

// ---- Calls

typedef struct {
    Link link;
    long count;
    unsigned char request[HEADER];
    size_t reply;
} Caller;

static void make_request(Caller *caller) {
    Message m;
    begin(&m, VERSION, 0, 7);
    end(&m);
    memcpy(caller->request, m.bytes, HEADER);
}

static void *call_alone(void *argument) {
    Caller *caller = argument;
    unsigned char reply[64];
    for (long i = 0; i < caller->count; i++) {
        write_all(&caller->link, caller->request, HEADER);
        read_all(&caller->link, reply, caller->reply);
    }
    return NULL;
}

// All connections on one thread, since a thread each would measure the scheduler.
static void call_together(Caller *callers, int connections, long count) {
    int loop = epoll_create1(0);
    for (int i = 0; i < connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(loop, EPOLL_CTL_ADD, callers[i].link.socket, &event);
    }
    long begun = 0, done = 0;
    for (; begun < connections && begun < count; begun++) write_all(&callers[begun].link, callers[begun].request, HEADER);
    struct epoll_event events[64];
    unsigned char reply[64];
    while (done < count) {
        int ready = epoll_wait(loop, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            Caller *caller = &callers[events[i].data.u32];
            read_all(&caller->link, reply, caller->reply);
            done++;
            if (begun < count) {
                begun++;
                write_all(&caller->link, caller->request, HEADER);
            }
        }
    }
    close(loop);
}

static void calls(int connections, long count) {
    Caller *callers = calloc(connections, sizeof *callers);
    static Message m;
    for (int i = 0; i < connections; i++) {
        callers[i].link = dial(0);
        callers[i].count = count / connections;
        make_request(&callers[i]);
        open_connection(&callers[i].link, &m, "test:///default");
        begin(&m, VERSION, 0, 7);
        call(&callers[i].link, &m, &m);
        callers[i].reply = m.count;
    }
    double start = seconds();
    if (connections == 1) call_alone(callers);
    else if (!callers[0].link.session) call_together(callers, connections, count);
    else {
        pthread_t *threads = calloc(connections, sizeof *threads);
        for (int i = 0; i < connections; i++) pthread_create(&threads[i], NULL, call_alone, &callers[i]);
        for (int i = 0; i < connections; i++) pthread_join(threads[i], NULL);
        count = count / connections * connections;
    }
    printf("%.0f\n", count / (seconds() - start));
}

// ---- Connects

static void connects(int resumes, long count) {
    static Message m;
    double start = 0;
    long resumed = 0;
    for (long i = -1; i < count; i++) {
        Link link = dial(resumes);
        begin(&m, AUTH_LIST, 0, 0);
        call(&link, &m, &m);
        if (i >= 0 && link.session && gnutls_session_is_resumed(link.session)) resumed++;
        hang_up(&link);
        // The first one is not counted: it brings the ticket.
        if (i < 0) start = seconds();
    }
    printf("%.1f\n", count / (seconds() - start));
    if (resumes) fprintf(stderr, "%ld of %ld were resumed\n", resumed, count);
}

static void idle(int connections, const char *uri) {
    static Message m;
    for (int i = 0; i < connections; i++) {
        Link link = dial(0);
        open_connection(&link, &m, uri);
    }
    puts("open");
    fflush(stdout);
    while (getchar() != EOF) {}
}

static void start(void) {
    static Message m;
    int s;
    while ((s = try_connect()) < 0) usleep(200);
    Link link = {.socket = s};
    open_connection(&link, &m, "test:///default");
}

// ---- Events

static void *count_events(void *argument) {
    void **arguments = argument;
    int *sockets = arguments[0], listeners = *(int *)arguments[1];
    long wanted = *(long *)arguments[2], seen = 0;
    int loop = epoll_create1(0);
    for (int i = 0; i < listeners; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(loop, EPOLL_CTL_ADD, sockets[i], &event);
    }
    // A message may come in parts: what is known of each listener's.
    struct {
        unsigned char head[4];
        uint32_t has, left;
    } *state = calloc(listeners, sizeof *state);
    struct epoll_event ready[64];
    static unsigned char bytes[1 << 16];
    while (seen < wanted) {
        int count = epoll_wait(loop, ready, 64, -1);
        for (int i = 0; i < count; i++) {
            int n = ready[i].data.u32;
            ssize_t got = read(sockets[n], bytes, sizeof bytes);
            if (got <= 0) fail("a listener has lost its connection");
            for (ssize_t at = 0; at < got;) {
                if (state[n].left) {
                    uint32_t take = got - at < state[n].left ? got - at : state[n].left;
                    at += take;
                    state[n].left -= take;
                    if (!state[n].left) seen++;
                    continue;
                }
                state[n].head[state[n].has++] = bytes[at++];
                if (state[n].has < 4) continue;
                uint32_t length;
                memcpy(&length, state[n].head, 4);
                state[n].left = ntohl(length) - 4;
                state[n].has = 0;
            }
        }
    }
    return NULL;
}

static void events(int listeners, long count) {
    static Message m;
    Link control = dial(0);
    open_connection(&control, &m, "test:///default");
    begin(&m, LOOKUP, 0, 2);
    put_text(&m, "test");
    call(&control, &m, &m);
    unsigned char domain[64];
    size_t size = m.count - HEADER;
    memcpy(domain, m.bytes + HEADER, size);
    int *sockets = calloc(listeners, sizeof *sockets);
    for (int i = 0; i < listeners; i++) {
        Link link = dial(0);
        open_connection(&link, &m, "test:///default");
        begin(&m, REGISTER, 0, 2);
        put(&m, 0);
        put(&m, 0);
        call(&link, &m, &m);
        sockets[i] = link.socket;
    }
    count = count / 2 * 2;
    long wanted = count * listeners;
    void *arguments[] = {sockets, &listeners, &wanted};
    pthread_t reader;
    double start = seconds();
    pthread_create(&reader, NULL, count_events, arguments);
    for (long i = 0; i < count; i++) {
        begin(&m, i % 2 ? RESUME : SUSPEND, 0, 3);
        put_bytes(&m, domain, size);
        call(&control, &m, &m);
    }
    pthread_join(reader, NULL);
    printf("%.0f\n", wanted / (seconds() - start));
}

// ---- Streams

static void download(const char *uri, char *name, long mebibytes) {
    static Message m, request;
    char *slash = strchr(name, '/');
    if (!slash) fail("POOL/VOLUME");
    *slash = 0;
    Link link = dial(0);
    open_connection(&link, &m, uri);
    begin(&request, POOL_LOOKUP, 0, 2);
    put_text(&request, name);
    call(&link, &request, &m);
    begin(&request, VOLUME_LOOKUP, 0, 3);
    put_bytes(&request, m.bytes + HEADER, m.count - HEADER);
    put_text(&request, slash + 1);
    call(&link, &request, &m);
    begin(&request, DOWNLOAD, 0, 4);
    put_bytes(&request, m.bytes + HEADER, m.count - HEADER);
    for (int i = 0; i < 5; i++) put(&request, 0);
    uint64_t wanted = (uint64_t)mebibytes << 20, got = 0;
    double start = seconds();
    call(&link, &request, &m);
    do {
        receive(&link, &m);
        if (type(&m) != 3 || status(&m) == 1) fail("the stream has failed");
        got += m.count - HEADER;
    } while (m.count > HEADER);
    double time = seconds() - start;
    if (got != wanted) fail("the volume has another size");
    printf("%.0f\n", got / 1048576.0 / time);
}

// ---- What bounds them

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

int main(int count, char **arguments) {
    signal(SIGPIPE, SIG_IGN);
    if (count < 3) return 2;
    const char *what = arguments[1];
    address = arguments[2];
    if (!strncmp(address, "tls:", 4)) {
        const char *folder = strchr(address + 4, ':');
        if (!folder) return 2;
        load_certificates(folder + 1);
    }
    if (!strcmp(what, "calls") && count == 5) calls(atoi(arguments[3]), atol(arguments[4]));
    else if (!strcmp(what, "connects") && count == 5) connects(!strcmp(arguments[3], "resumed"), atol(arguments[4]));
    else if (!strcmp(what, "idle") && count == 5) idle(atoi(arguments[3]), arguments[4]);
    else if (!strcmp(what, "events") && count == 5) events(atoi(arguments[3]), atol(arguments[4]));
    else if (!strcmp(what, "download") && count == 6) download(arguments[3], arguments[4], atol(arguments[5]));
    else if (!strcmp(what, "start")) start();
    else if (!strcmp(what, "echo")) echo(arguments[2]);
    else if (!strcmp(what, "tls") && count == 4) {
        load_certificates(arguments[2]);
        tls_alone(atol(arguments[3]));
    } else return 2;
    return 0;
}
