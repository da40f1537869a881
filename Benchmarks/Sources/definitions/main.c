/* Definitions through libvirt's C library, of whatever daemon answers.
 *
 *     definitions URI round FILE COUNT   defines the domain of FILE and asks for its XML, COUNT times
 *     definitions URI fill COUNT         defines COUNT small domains, and stays until its input ends
 *
 * Prints how many a second. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static char *contents(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    if (!file || !text || !fread(text, 1, (1 << 20) - 1, file)) {
        perror(path);
        exit(1);
    }
    fclose(file);
    return text;
}

static void check(const void *result, const char *what)
{
    if (!result) {
        fprintf(stderr, "%s: %s\n", what, virGetLastErrorMessage());
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc < 4 || (!strcmp(argv[2], "round") && argc < 5)) {
        fprintf(stderr, "usage: definitions URI round FILE COUNT | URI fill COUNT\n");
        return 2;
    }
    virConnectPtr connection = virConnectOpen(argv[1]);
    check(connection, "open");
    int isFill = !strcmp(argv[2], "fill");
    int count = atoi(argv[isFill ? 3 : 4]);
    char *xml = isFill ? NULL : contents(argv[3]);
    double start = now();
    for (int index = 0; index < count; index++) {
        char text[512];
        if (isFill) {
            snprintf(text, sizeof text,
                "<domain type='test'><name>guest%05d</name><uuid>c0ffee00-0000-0000-0000-%012d</uuid>"
                "<memory>524288</memory><os><type>hvm</type></os><devices><disk type='file'><source file='/images/%d'/>"
                "<target dev='vda' bus='virtio'/></disk><interface type='network'><mac address='52:54:00:00:%02x:%02x'/>"
                "<source network='default'/></interface></devices></domain>",
                index, index, index, index >> 8 & 255, index & 255);
        }
        virDomainPtr domain = virDomainDefineXML(connection, isFill ? text : xml);
        check(domain, "define");
        if (!isFill) {
            char *got = virDomainGetXMLDesc(domain, 0);
            check(got, "dumpxml");
            free(got);
        }
        virDomainFree(domain);
    }
    printf("%.0f\n", count / (now() - start));
    fflush(stdout);
    if (isFill) {
        while (getchar() != EOF) {}
    }
    virConnectClose(connection);
    return 0;
}
