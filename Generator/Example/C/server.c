/* The shelves once more, in C, over the dispatch function that stock rpcgen makes of inventory.x. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include "inventory.h"
#include <rpc/svc.h>

extern void inventory_program_1(struct svc_req *request, SVCXPRT *transport);

static inventory_item items[INVENTORY_LIST_MAX];
static u_int count;

static inventory_item *find(const char *name)
{
    for (u_int i = 0; i < count; i++)
        if (!strcmp(items[i].name, name))
            return &items[i];
    return NULL;
}

void *inventory_null_1_svc(void *arguments, struct svc_req *request)
{
    static char nothing;
    return &nothing;
}

u_int *inventory_store_1_svc(inventory_store_args *arguments, struct svc_req *request)
{
    static u_int result;
    inventory_item *item = find(arguments->item.name);

    result = arguments->item.count + (item && !arguments->replaces ? item->count : 0);
    if (!item)
        item = &items[count++];
    /* Leaks, as an example may. */
    item->name = strdup(arguments->item.name);
    item->count = result;
    item->state = arguments->item.state;
    item->note = NULL;
    if (arguments->item.note) {
        item->note = malloc(sizeof(*item->note));
        *item->note = strdup(*arguments->item.note);
    }
    return &result;
}

inventory_lookup *inventory_find_1_svc(inventory_name *name, struct svc_req *request)
{
    static inventory_lookup result;
    inventory_item *item = find(*name);

    result.is_found = item != NULL;
    if (item)
        result.inventory_lookup_u.item = *item;
    return &result;
}

inventory_list_ret *inventory_list_1_svc(void *arguments, struct svc_req *request)
{
    static inventory_list_ret result;
    result.items.items_len = count;
    result.items.items_val = items;
    return &result;
}

int main(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(fd, (struct sockaddr *)&address, size) || getsockname(fd, (struct sockaddr *)&address, &size) ||
        listen(fd, 16))
        return 1;
    SVCXPRT *transport = svctcp_create(fd, 0, 0);
    /* Protocol 0: not announced to rpcbind. */
    if (!transport || !svc_register(transport, INVENTORY_PROGRAM, INVENTORY_VERSION, inventory_program_1, 0))
        return 1;
    printf("listening on port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    svc_run();
    return 1;
}
