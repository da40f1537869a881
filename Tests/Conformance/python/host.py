"""The connection and the host."""


def versions(conn):
    conn.getVersion()
    conn.getType()
    conn.lookupByName("no")
    conn.lookupByName("no").create()
    conn.listAllDomains()
