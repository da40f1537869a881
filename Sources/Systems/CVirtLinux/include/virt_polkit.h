#ifndef VIRT_POLKIT_H
#define VIRT_POLKIT_H

#include <stddef.h>
#include <stdint.h>

/// A connection to the system bus, for asking polkit. One thread uses it; nothing here blocks but virt_polkit_wait.
///
/// The bus is spoken by sd-bus, out of whichever library of the host has it: it is loaded when first asked for.
typedef struct virt_polkit virt_polkit;

/// The answer to a question: `failure` is NULL, or says why there is none.
typedef void (*virt_polkit_answer)(
    void *context, uint64_t token, int is_authorized, int is_challenge, int is_dismissed, const char *failure);

/// Whether the host has a library with sd-bus.
int virt_polkit_is_available(void);

/// A descriptor for virt_polkit_wait: writing 8 bytes ends the wait. A negative errno if there is none.
int virt_polkit_make_wake(void);

/// Connects to the system bus; its address is that of the environment, or the host's usual one.
///
/// Returns NULL, and then says in `error` which errno it is. `answer` is called by virt_polkit_wait and virt_polkit_close.
virt_polkit *virt_polkit_open(virt_polkit_answer answer, void *context, int *error);

/// Who asks, and for what. `details` are `count` pairs of name and value.
typedef struct {
    const char *action;
    uint32_t process;
    uint64_t start_time;
    int32_t user;
    const char *const *details;
    size_t count;
    int may_interact;
    /// Names the question for virt_polkit_cancel; NULL if that is never called.
    const char *cancellation;
    uint64_t timeout_us;
} virt_polkit_question;

/// Asks; the answer comes with `token`. Returns 0, or a negative errno if the question could not be sent: then no answer
/// comes.
int virt_polkit_ask(virt_polkit *polkit, const virt_polkit_question *question, uint64_t token);

/// Takes back a question that may still wait for a person.
int virt_polkit_cancel(virt_polkit *polkit, const char *cancellation);

/// Waits for answers, or until `wake` can be read, which it empties. Returns a negative errno once the bus is gone.
int virt_polkit_wait(virt_polkit *polkit, int wake);

/// Ends the connection. Questions that are open get no answer.
void virt_polkit_close(virt_polkit *polkit);

#endif
