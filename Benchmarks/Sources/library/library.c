// A daemon through libvirt's own C library.
//
//   library URI calls THREADS COUNT    COUNT calls on each of so many threads, each with its own connection; calls/s
//   library URI list COUNT             lists all domains; milliseconds for one list
//   library URI statistics COUNT       statistics of all domains; milliseconds
//   library URI xml COUNT              the definition of one domain; milliseconds
//   library URI fill COUNT             defines COUNT small domains, prints how many a second, waits for the end of input
//   library URI volume POOL MIB        makes the volume "bench", fills it, waits for the end of input
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *uri;
static long count;

static void silent(void *data, virErrorPtr error) { (void)data, (void)error; }

static void fail(const char *what) {
    virErrorPtr error = virGetLastError();
    fprintf(stderr, "library: %s: %s\n", what, error ? error->message : "?");
    exit(1);
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static virConnectPtr open_connection(void) {
    virConnectPtr connection = virConnectOpen(uri);
    if (!connection) fail("open");
    return connection;
}

static void *call(void *connection) {
    for (long i = 0; i < count; i++) {
        char *name = virConnectGetHostname(connection);
        if (!name) fail("hostname");
        free(name);
    }
    return NULL;
}

static void calls(int threads) {
    virConnectPtr *connections = calloc(threads, sizeof *connections);
    pthread_t *members = calloc(threads, sizeof *members);
    for (int i = 0; i < threads; i++) connections[i] = open_connection();
    double start = seconds();
    for (int i = 0; i < threads; i++) pthread_create(&members[i], NULL, call, connections[i]);
    for (int i = 0; i < threads; i++) pthread_join(members[i], NULL);
    printf("%.0f\n", count * threads / (seconds() - start));
}

static void list(virConnectPtr connection) {
    virDomainPtr *domains;
    int found = virConnectListAllDomains(connection, &domains, 0);
    if (found < 0) fail("list");
    for (int i = 0; i < found; i++) virDomainFree(domains[i]);
    free(domains);
}

static void statistics(virConnectPtr connection) {
    virDomainStatsRecordPtr *records;
    if (virConnectGetAllDomainStats(connection, 0, &records, 0) < 0) fail("statistics");
    virDomainStatsRecordListFree(records);
}

static void repeat(void (*body)(virConnectPtr)) {
    virConnectPtr connection = open_connection();
    body(connection);
    double start = seconds();
    for (long i = 0; i < count; i++) body(connection);
    printf("%.4f\n", (seconds() - start) / count * 1000);
}

static void xml(virConnectPtr connection) {
    static virDomainPtr domain;
    if (!domain && !(domain = virDomainLookupByName(connection, "test"))) fail("lookup");
    char *text = virDomainGetXMLDesc(domain, 0);
    if (!text) fail("xml");
    free(text);
}

static void fill(void) {
    virConnectPtr connection = open_connection();
    double start = seconds();
    for (long i = 0; i < count; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "<domain type='test'><name>bench-%06ld</name><memory>8192</memory><vcpu>1</vcpu>"
                 "<os><type>hvm</type></os></domain>", i);
        virDomainPtr domain = virDomainDefineXML(connection, text);
        if (!domain) fail("define");
        virDomainFree(domain);
    }
    printf("%.0f\n", count / (seconds() - start));
    fflush(stdout);
    while (getchar() != EOF) {}
}

static void volume(const char *pool_name, long mebibytes) {
    virConnectPtr connection = open_connection();
    virStoragePoolPtr pool = virStoragePoolLookupByName(connection, pool_name);
    if (!pool) fail("pool");
    char text[256];
    snprintf(text, sizeof text,
             "<volume><name>bench</name><capacity unit='MiB'>%ld</capacity><allocation unit='MiB'>%ld</allocation>"
             "<target><format type='raw'/></target></volume>", mebibytes, mebibytes);
    virStorageVolPtr made = virStorageVolLookupByName(pool, "bench");
    if (!made) made = virStorageVolCreateXML(pool, text, 0);
    if (!made) fail("volume");
    virStreamPtr stream = virStreamNew(connection, 0);
    unsigned long long wanted = (unsigned long long)mebibytes << 20, done = 0;
    if (virStorageVolUpload(made, stream, 0, wanted, 0) < 0) fail("upload");
    static char bytes[262120];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * 2654435761u >> 13);
    while (done < wanted) {
        size_t size = wanted - done < sizeof bytes ? wanted - done : sizeof bytes;
        int sent = virStreamSend(stream, bytes, size);
        if (sent < 0) fail("send");
        done += sent;
    }
    if (virStreamFinish(stream) < 0) fail("finish");
    // A host in memory lasts as long as somebody has it open.
    puts("made");
    fflush(stdout);
    while (getchar() != EOF) {}
    virConnectClose(connection);
}

int main(int arguments_count, char **arguments) {
    if (arguments_count < 4) return 2;
    uri = arguments[1];
    const char *what = arguments[2];
    virSetErrorFunc(NULL, silent);
    virEventRegisterDefaultImpl();
    count = atol(arguments[arguments_count - 1]);
    if (!strcmp(what, "calls")) calls(atoi(arguments[3]));
    else if (!strcmp(what, "list")) repeat(list);
    else if (!strcmp(what, "statistics")) repeat(statistics);
    else if (!strcmp(what, "xml")) repeat(xml);
    else if (!strcmp(what, "fill")) fill();
    else if (!strcmp(what, "volume")) volume(arguments[3], count);
    else return 2;
    return 0;
}
