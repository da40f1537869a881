#include "CTirpc.h"

#include <rpc/rpc.h>
#include <stdlib.h>
#include <string.h>

#include "generated/codec.h"

union value {
    bench_domains domains;
    bench_parameters parameters;
    bench_info info;
    bench_block block;
};

// Direct calls, as a server's own code would make them.
static inline bool_t code(enum tirpc_kind kind, XDR *xdr, union value *value) {
    switch (kind) {
    case tirpc_domains: return xdr_bench_domains(xdr, &value->domains);
    case tirpc_parameters: return xdr_bench_parameters(xdr, &value->parameters);
    case tirpc_info: return xdr_bench_info(xdr, &value->info);
    case tirpc_block: return xdr_bench_block(xdr, &value->block);
    }
    return FALSE;
}

void *tirpc_make(enum tirpc_kind kind, const void *bytes, size_t count) {
    union value *value = calloc(1, sizeof *value);
    XDR xdr;
    xdrmem_create(&xdr, (char *)bytes, count, XDR_DECODE);
    if (!code(kind, &xdr, value)) abort();
    return value;
}

size_t tirpc_encode(enum tirpc_kind kind, void *value, void *memory, size_t size, long times) {
    size_t count = 0;
    for (long i = 0; i < times; i++) {
        XDR xdr;
        optimizer_barrier(value);
        xdrmem_create(&xdr, memory, size, XDR_ENCODE);
        if (!code(kind, &xdr, value)) return 0;
        count = xdr_getpos(&xdr);
        optimizer_barrier(memory);
    }
    return count;
}

int tirpc_decode(enum tirpc_kind kind, const void *bytes, size_t count, long times) {
    for (long i = 0; i < times; i++) {
        union value value;
        XDR xdr;
        memset(&value, 0, sizeof value);
        xdrmem_create(&xdr, (char *)bytes, count, XDR_DECODE);
        if (!code(kind, &xdr, &value)) return 0;
        optimizer_barrier(&value);
        if (kind != tirpc_info) {
            xdr.x_op = XDR_FREE;
            code(kind, &xdr, &value);
        }
    }
    return 1;
}
