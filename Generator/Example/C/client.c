/* The same calls as Sources/inventory-client, with the code that stock rpcgen makes of inventory.x. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include "inventory.h"

int main(int argc, char **argv)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    int fd = RPC_ANYSOCK;

    if (argc != 2)
        return 2;
    address.sin_port = htons((unsigned short)atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CLIENT *client = clnttcp_create(&address, INVENTORY_PROGRAM, INVENTORY_VERSION, &fd, 0, 0);
    if (!client) {
        clnt_pcreateerror("connect");
        return 1;
    }
    if (!inventory_null_1(NULL, client))
        return 1;

    char name[] = "bolts", note_text[] = "third shelf";
    inventory_name note = note_text;
    inventory_store_args args = {
        .item = { .name = name, .count = 12, .note = &note, .state = INVENTORY_STATE_IN_STOCK }, .replaces = TRUE
    };
    for (int i = 0; i < 2; i++) {
        u_int *count = inventory_store_1(&args, client);
        if (!count)
            return 1;
        printf("stored: %u\n", *count);
        args.replaces = FALSE;
    }

    char gears[] = "gears";
    char *names[] = { name, gears };
    for (int i = 0; i < 2; i++) {
        inventory_lookup *lookup = inventory_find_1(&names[i], client);
        if (!lookup)
            return 1;
        if (lookup->is_found) {
            inventory_item *item = &lookup->inventory_lookup_u.item;
            printf("found: %s %u %s %d\n", item->name, item->count, item->note ? *item->note : "-", item->state);
        } else {
            printf("not found: %s\n", names[i]);
        }
    }

    inventory_list_ret *list = inventory_list_1(NULL, client);
    if (!list)
        return 1;
    printf("list:");
    for (u_int i = 0; i < list->items.items_len; i++)
        printf(" %s", list->items.items_val[i].name);
    printf("\n");

    /* What no version of the program has. */
    struct timeval limit = { 5, 0 };
    enum clnt_stat status = clnt_call(client, 99, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void, NULL, limit);
    printf("unknown procedure: %s\n", status == RPC_PROCUNAVAIL ? "refused" : clnt_sperrno(status));
    clnt_destroy(client);
    client = clnttcp_create(&address, INVENTORY_PROGRAM, 7, (fd = RPC_ANYSOCK, &fd), 0, 0);
    status = clnt_call(client, 0, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void, NULL, limit);
    printf("unknown version: %s\n", status == RPC_PROGVERSMISMATCH ? "refused" : clnt_sperrno(status));
    clnt_destroy(client);
    return 0;
}
