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
#include "link.h"
#include "limits.h"

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
