#include "virt_polkit.h"

#ifdef __linux__

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

// What is used of sd-bus, as its stable interface has it.
typedef struct sd_bus sd_bus;
typedef struct sd_bus_message sd_bus_message;
typedef struct sd_bus_slot sd_bus_slot;
typedef struct {
    const char *name;
    const char *message;
    int needs_free;
} sd_bus_error;
typedef int (*sd_bus_message_handler)(sd_bus_message *, void *, sd_bus_error *);

static struct {
    int (*open_system)(sd_bus **);
    sd_bus *(*flush_close_unref)(sd_bus *);
    int (*get_fd)(sd_bus *);
    int (*get_events)(sd_bus *);
    int (*get_timeout)(sd_bus *, uint64_t *);
    int (*process)(sd_bus *, sd_bus_message **);
    int (*call_async)(sd_bus *, sd_bus_slot **, sd_bus_message *, sd_bus_message_handler, void *, uint64_t);
    int (*send)(sd_bus *, sd_bus_message *, uint64_t *);
    int (*new_method_call)(sd_bus *, sd_bus_message **, const char *, const char *, const char *, const char *);
    sd_bus_message *(*unref)(sd_bus_message *);
    int (*append_basic)(sd_bus_message *, char, const void *);
    int (*open_container)(sd_bus_message *, char, const char *);
    int (*close_container)(sd_bus_message *);
    int (*enter_container)(sd_bus_message *, char, const char *);
    int (*exit_container)(sd_bus_message *);
    int (*read_basic)(sd_bus_message *, char, void *);
    const sd_bus_error *(*get_error)(sd_bus_message *);
    int is_loaded;
} bus;

static void load(void)
{
    static const char *const names[] = {"libsystemd.so.0", "libelogind.so.0", "libbasu.so.0"};
    static const struct {
        const char *name;
        void **place;
    } symbols[] = {
        {"sd_bus_open_system", (void **)&bus.open_system},
        {"sd_bus_flush_close_unref", (void **)&bus.flush_close_unref},
        {"sd_bus_get_fd", (void **)&bus.get_fd},
        {"sd_bus_get_events", (void **)&bus.get_events},
        {"sd_bus_get_timeout", (void **)&bus.get_timeout},
        {"sd_bus_process", (void **)&bus.process},
        {"sd_bus_call_async", (void **)&bus.call_async},
        {"sd_bus_send", (void **)&bus.send},
        {"sd_bus_message_new_method_call", (void **)&bus.new_method_call},
        {"sd_bus_message_unref", (void **)&bus.unref},
        {"sd_bus_message_append_basic", (void **)&bus.append_basic},
        {"sd_bus_message_open_container", (void **)&bus.open_container},
        {"sd_bus_message_close_container", (void **)&bus.close_container},
        {"sd_bus_message_enter_container", (void **)&bus.enter_container},
        {"sd_bus_message_exit_container", (void **)&bus.exit_container},
        {"sd_bus_message_read_basic", (void **)&bus.read_basic},
        {"sd_bus_message_get_error", (void **)&bus.get_error},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names && !bus.is_loaded; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (!library) continue;
        bus.is_loaded = 1;
        for (size_t j = 0; j < sizeof symbols / sizeof *symbols; j++) {
            *symbols[j].place = dlsym(library, symbols[j].name);
            if (!*symbols[j].place) bus.is_loaded = 0;
        }
        // The library stays: what it has given out points into it.
    }
}

int virt_polkit_is_available(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return bus.is_loaded;
}

int virt_polkit_make_wake(void)
{
    int wake = eventfd(0, EFD_CLOEXEC);
    return wake < 0 ? -errno : wake;
}

struct virt_polkit {
    sd_bus *bus;
    virt_polkit_answer answer;
    void *context;
    /// Questions without answer, to be freed when the bus goes.
    struct pending *pending;
};

struct pending {
    struct virt_polkit *polkit;
    uint64_t token;
    struct pending *next, **self;
};

static const char service[] = "org.freedesktop.PolicyKit1";
static const char path[] = "/org/freedesktop/PolicyKit1/Authority";
static const char interface[] = "org.freedesktop.PolicyKit1.Authority";

virt_polkit *virt_polkit_open(virt_polkit_answer answer, void *context, int *error)
{
    if (!virt_polkit_is_available()) {
        *error = ENOSYS;
        return NULL;
    }
    virt_polkit *polkit = calloc(1, sizeof *polkit);
    if (!polkit) {
        *error = ENOMEM;
        return NULL;
    }
    int result = bus.open_system(&polkit->bus);
    if (result < 0) {
        free(polkit);
        *error = -result;
        return NULL;
    }
    polkit->answer = answer;
    polkit->context = context;
    return polkit;
}

static void forget(struct pending *pending)
{
    *pending->self = pending->next;
    if (pending->next) pending->next->self = pending->self;
    free(pending);
}

/// (bba{ss}): is it allowed, could it be after a challenge, and details, of which one tells of a person who refused.
static int answered(sd_bus_message *message, void *data, sd_bus_error *unused)
{
    (void)unused;
    struct pending *pending = data;
    virt_polkit *polkit = pending->polkit;
    uint64_t token = pending->token;
    forget(pending);
    const sd_bus_error *error = bus.get_error(message);
    if (error && error->name) {
        polkit->answer(polkit->context, token, 0, 0, 0, error->message ? error->message : error->name);
        return 1;
    }
    int authorized = 0, challenge = 0, dismissed = 0;
    if (bus.enter_container(message, 'r', "bba{ss}") < 0 || bus.read_basic(message, 'b', &authorized) < 0 ||
        bus.read_basic(message, 'b', &challenge) < 0 || bus.enter_container(message, 'a', "{ss}") < 0) {
        polkit->answer(polkit->context, token, 0, 0, 0, "polkit's answer cannot be read");
        return 1;
    }
    while (bus.enter_container(message, 'e', "ss") > 0) {
        const char *name = NULL, *value = NULL;
        if (bus.read_basic(message, 's', &name) < 0 || bus.read_basic(message, 's', &value) < 0) break;
        if (name && !strcmp(name, "polkit.dismissed") && value && *value) dismissed = 1;
        if (bus.exit_container(message) < 0) break;
    }
    polkit->answer(polkit->context, token, authorized, challenge, dismissed, NULL);
    return 1;
}

/// An entry {sv} of the subject.
static int append_variant(sd_bus_message *message, const char *name, char type, const void *value)
{
    const char signature[] = {type, 0};
    int result = bus.open_container(message, 'e', "sv");
    if (result >= 0) result = bus.append_basic(message, 's', name);
    if (result >= 0) result = bus.open_container(message, 'v', signature);
    if (result >= 0) result = bus.append_basic(message, type, value);
    if (result >= 0) result = bus.close_container(message);
    if (result >= 0) result = bus.close_container(message);
    return result;
}

static int fill(sd_bus_message *message, const virt_polkit_question *question)
{
    int result = bus.open_container(message, 'r', "sa{sv}");
    if (result >= 0) result = bus.append_basic(message, 's', "unix-process");
    if (result >= 0) result = bus.open_container(message, 'a', "{sv}");
    if (result >= 0) result = append_variant(message, "pid", 'u', &question->process);
    if (result >= 0) result = append_variant(message, "start-time", 't', &question->start_time);
    if (result >= 0) result = append_variant(message, "uid", 'i', &question->user);
    if (result >= 0) result = bus.close_container(message);
    if (result >= 0) result = bus.close_container(message);
    if (result >= 0) result = bus.append_basic(message, 's', question->action);
    if (result >= 0) result = bus.open_container(message, 'a', "{ss}");
    for (size_t i = 0; i < question->count && result >= 0; i++) {
        result = bus.open_container(message, 'e', "ss");
        if (result >= 0) result = bus.append_basic(message, 's', question->details[i * 2]);
        if (result >= 0) result = bus.append_basic(message, 's', question->details[i * 2 + 1]);
        if (result >= 0) result = bus.close_container(message);
    }
    if (result >= 0) result = bus.close_container(message);
    uint32_t flags = question->may_interact ? 1 : 0;
    if (result >= 0) result = bus.append_basic(message, 'u', &flags);
    if (result >= 0) result = bus.append_basic(message, 's', question->cancellation ? question->cancellation : "");
    return result;
}

int virt_polkit_ask(virt_polkit *polkit, const virt_polkit_question *question, uint64_t token)
{
    struct pending *pending = calloc(1, sizeof *pending);
    if (!pending) return -ENOMEM;
    pending->polkit = polkit;
    pending->token = token;
    sd_bus_message *message = NULL;
    int result = bus.new_method_call(polkit->bus, &message, service, path, interface, "CheckAuthorization");
    if (result >= 0) result = fill(message, question);
    if (result >= 0) {
        pending->next = polkit->pending;
        pending->self = &polkit->pending;
        if (pending->next) pending->next->self = &pending->next;
        polkit->pending = pending;
        result = bus.call_async(polkit->bus, NULL, message, answered, pending, question->timeout_us);
        if (result < 0) forget(pending);
    } else {
        free(pending);
    }
    if (message) bus.unref(message);
    return result < 0 ? result : 0;
}

int virt_polkit_cancel(virt_polkit *polkit, const char *cancellation)
{
    sd_bus_message *message = NULL;
    int result = bus.new_method_call(polkit->bus, &message, service, path, interface, "CancelCheckAuthorization");
    if (result >= 0) result = bus.append_basic(message, 's', cancellation);
    if (result >= 0) result = bus.send(polkit->bus, message, NULL);
    if (message) bus.unref(message);
    return result < 0 ? result : 0;
}

/// How long poll may wait for the bus, in its milliseconds.
static int patience(sd_bus *connection)
{
    uint64_t end = UINT64_MAX;
    if (bus.get_timeout(connection, &end) < 0 || end == UINT64_MAX) return -1;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t at = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    if (end <= at) return 0;
    uint64_t rest = (end - at) / 1000 + 1;
    return rest > 60000 ? 60000 : (int)rest;
}

int virt_polkit_wait(virt_polkit *polkit, int wake)
{
    for (;;) {
        int result = bus.process(polkit->bus, NULL);
        if (result < 0) return result;
        if (result == 0) break;
    }
    int events = bus.get_events(polkit->bus);
    if (events < 0) return events;
    struct pollfd list[2] = {
        {.fd = bus.get_fd(polkit->bus), .events = (short)events},
        {.fd = wake, .events = POLLIN},
    };
    if (poll(list, 2, patience(polkit->bus)) < 0 && errno != EINTR) return -errno;
    if (list[1].revents) {
        char bytes[64];
        while (read(wake, bytes, sizeof bytes) == sizeof bytes) {}
    }
    for (;;) {
        int result = bus.process(polkit->bus, NULL);
        if (result < 0) return result;
        if (result == 0) return 0;
    }
}

void virt_polkit_close(virt_polkit *polkit)
{
    bus.flush_close_unref(polkit->bus);
    while (polkit->pending) forget(polkit->pending);
    free(polkit);
}

#else

#include <errno.h>

int virt_polkit_is_available(void) { return 0; }
int virt_polkit_make_wake(void) { return -ENOSYS; }

virt_polkit *virt_polkit_open(virt_polkit_answer answer, void *context, int *error)
{
    (void)answer;
    (void)context;
    *error = ENOSYS;
    return 0;
}

int virt_polkit_ask(virt_polkit *polkit, const virt_polkit_question *question, uint64_t token)
{
    (void)polkit;
    (void)question;
    (void)token;
    return -ENOSYS;
}

int virt_polkit_cancel(virt_polkit *polkit, const char *cancellation)
{
    (void)polkit;
    (void)cancellation;
    return -ENOSYS;
}

int virt_polkit_wait(virt_polkit *polkit, int wake)
{
    (void)polkit;
    (void)wake;
    return -ENOSYS;
}

void virt_polkit_close(virt_polkit *polkit) { (void)polkit; }

#endif
