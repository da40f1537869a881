"""Asks a daemon's administration socket through libvirt's own C library, and prints the answers.

    admin.py ADMIN-URI CLIENT-URI

Errors are printed with code, domain, level and texts. What differs between two daemons by nature is left out: numbers of
processes, threads and clients, and where the log goes.
"""

import ctypes
import subprocess
import sys
import time

admin = ctypes.CDLL("libvirt-admin.so.0")
library = ctypes.CDLL("libvirt.so.0")


class Error(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_int), ("domain", ctypes.c_int), ("message", ctypes.c_char_p), ("level", ctypes.c_int),
        ("conn", ctypes.c_void_p), ("dom", ctypes.c_void_p), ("str1", ctypes.c_char_p), ("str2", ctypes.c_char_p),
        ("str3", ctypes.c_char_p), ("int1", ctypes.c_int), ("int2", ctypes.c_int), ("net", ctypes.c_void_p),
    ]  # fmt: skip


class Value(ctypes.Union):
    _fields_ = [("int", ctypes.c_int), ("uint", ctypes.c_uint), ("ullong", ctypes.c_ulonglong), ("text", ctypes.c_char_p)]


class Parameter(ctypes.Structure):
    _fields_ = [("field", ctypes.c_char * 80), ("type", ctypes.c_int), ("value", Value)]


INT, UINT, STRING = 1, 2, 7
silent = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(lambda data, error: None)
library.virSetErrorFunc(None, silent)
library.virGetLastError.restype = ctypes.POINTER(Error)
for name in ("virAdmConnectOpen", "virAdmConnectLookupServer", "virAdmServerLookupClient"):
    getattr(admin, name).restype = ctypes.c_void_p
admin.virAdmClientGetID.restype = ctypes.c_ulonglong


def report(what, result):
    error = library.virGetLastError()
    if result in (None, -1) and error:
        e = error.contents
        print(f"{what}: error {e.code}/{e.domain}/{e.level} {e.message} {e.str1} {e.str2} {e.str3} {e.int1} {e.int2}")
    else:
        print(f"{what}: {'an object' if isinstance(result, int) and result > 100000 else result}")
    library.virResetLastError()
    return result


def call(function, *arguments):
    return report(f"{function}", getattr(admin, function)(*arguments))


def set_parameters(function, server, *parameters, flags=0):
    values = (Parameter * max(1, len(parameters)))()
    for value, (field, kind, content) in zip(values, parameters):
        value.field, value.type = field, kind
        setattr(value.value, {INT: "int", UINT: "uint", STRING: "text"}[kind], content)
    report(f"{function} {parameters}", getattr(admin, function)(server, values, len(parameters), flags))


def get_parameters(function, holder, hidden=()):
    values, count = ctypes.POINTER(Parameter)(), ctypes.c_int(0)
    report(function, getattr(admin, function)(holder, ctypes.byref(values), ctypes.byref(count), 0))
    for value in values[: count.value]:
        content = value.value.text if value.type == STRING else value.value.int
        print("   ", value.field, value.type, "" if value.field.decode() in hidden else content)


def text(function, connection):
    value = ctypes.c_char_p()
    print(f"{function}: {getattr(admin, function)(connection, ctypes.byref(value), 0)} {value.value}")


def main(uri, client_uri):
    connection = ctypes.c_void_p(call("virAdmConnectOpen", uri.encode(), 0))
    call("virAdmConnectOpen", uri.encode(), 4)
    version = ctypes.c_ulonglong()
    call("virAdmConnectGetLibVersion", connection, ctypes.byref(version))
    print(version.value)
    call("virAdmConnectLookupServer", connection, b"nosuch", 0)
    call("virAdmConnectLookupServer", connection, b"libvirtd", 8)
    call("virAdmConnectListServers", connection, None, 0)
    call("virAdmConnectListServers", connection, None, 1)
    server = ctypes.c_void_p(admin.virAdmConnectLookupServer(connection, b"libvirtd", 0))
    call("virAdmServerLookupClient", server, ctypes.c_ulonglong(999), 0)

    threads = "virAdmServerSetThreadPoolParameters"
    set_parameters(threads, server, (b"minWorkers", UINT, 30))
    set_parameters(threads, server, (b"nonsense", UINT, 30))
    set_parameters(threads, server, (b"minWorkers", INT, 3))
    set_parameters(threads, server, (b"minWorkers", UINT, 3), (b"minWorkers", UINT, 4))
    set_parameters(threads, server, (b"nWorkers", UINT, 3))
    set_parameters(threads, server, (b"maxWorkers", UINT, 0), (b"minWorkers", UINT, 0))
    set_parameters(threads, server, (b"minWorkers", UINT, 3), flags=4)
    set_parameters(threads, server, (b"minWorkers", UINT, 3), (b"maxWorkers", UINT, 4))
    set_parameters(threads, server, (b"prioWorkers", UINT, 2))
    set_parameters(threads, server, (b"minWorkers", UINT, 30), (b"maxWorkers", UINT, 40))
    get_parameters("virAdmServerGetThreadPoolParameters", server, hidden=("nWorkers", "freeWorkers"))

    limits = "virAdmServerSetClientLimits"
    set_parameters(limits, server, (b"nclients_max", UINT, 10))
    set_parameters(limits, server, (b"nclients", UINT, 10))
    set_parameters(limits, server, (b"nclients_max", UINT, 10), (b"nclients_unauth_max", UINT, 11))
    set_parameters(limits, server, (b"nclients_max", UINT, 200), (b"nclients_unauth_max", UINT, 11))
    get_parameters("virAdmServerGetClientLimits", server)

    call("virAdmServerUpdateTlsFiles", server, 0)
    call("virAdmServerUpdateTlsFiles", server, 2)
    call("virAdmConnectSetLoggingFilters", connection, b"nonsense", 0)
    call("virAdmConnectSetLoggingFilters", connection, b"", 1)
    call("virAdmConnectSetLoggingFilters", connection, b"1:qemu 3:rpc", 0)
    text("virAdmConnectGetLoggingFilters", connection)
    call("virAdmConnectSetLoggingFilters", connection, b"", 0)
    text("virAdmConnectGetLoggingFilters", connection)
    call("virAdmConnectSetLoggingOutputs", connection, b"nonsense", 0)
    call("virAdmConnectSetLoggingOutputs", connection, b"1:stderr", 0)
    text("virAdmConnectGetLoggingOutputs", connection)
    call("virAdmConnectSetDaemonTimeout", connection, 0, 3)
    call("virAdmConnectSetDaemonTimeout", connection, 300, 0)
    call("virAdmConnectSetDaemonTimeout", connection, 0, 0)

    shells = []
    for options in ([], ["-r"]):
        shell = subprocess.Popen(
            ["virsh", "-c", client_uri, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        shell.stdin.write(b"uri\n")
        shell.stdin.flush()
        # It answers when it is connected.
        while b"test" not in shell.stdout.readline():
            pass
        shells.append(shell)
    call("virAdmServerListClients", server, None, 4)
    clients = ctypes.POINTER(ctypes.c_void_p)()
    count = call("virAdmServerListClients", server, ctypes.byref(clients), 0)
    for client in clients[:count]:
        client = ctypes.c_void_p(client)
        print("transport", admin.virAdmClientGetTransport(client))
        print("since now", abs(admin.virAdmClientGetTimestamp(client) - time.time()) < 60)
        get_parameters("virAdmClientGetInfo", client, hidden=("unix_process_id",))
    last = ctypes.c_void_p(clients[count - 1])
    call("virAdmClientClose", last, 0)
    deadline = time.time() + 10
    while admin.virAdmServerListClients(server, None, 0) == count and time.time() < deadline:
        time.sleep(0.01)
    for shell in shells:
        shell.stdin.close()
        shell.wait()
    print("left", admin.virAdmServerListClients(server, None, 0) < count)


main(*sys.argv[1:])
