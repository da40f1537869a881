extension ErrorCode {
    /// The sentence for a code without details, and how details are joined to it. Existing clients compare these texts.
    static let texts: [Int32: (bare: String, joint: String)] = [
        1: ("internal error", ": "), 2: ("out of memory", ": "),
        3: ("this function is not supported by the connection driver", ": "), 4: ("unknown host", " "),
        5: ("no connection driver available", " for "), 6: ("invalid connection pointer in", " "),
        7: ("invalid domain pointer in", " "), 8: ("invalid argument", ": "), 9: ("operation failed", ": "),
        10: ("GET operation failed", ": "), 11: ("POST operation failed", ": "),
        12: ("got unknown HTTP error code", " "), 13: ("failed to serialize S-Expr", ": "),
        14: ("could not use Xen hypervisor entry", " "), 15: ("failed Xen syscall", " "),
        16: ("unknown OS type", " "), 17: ("missing kernel information", ": "),
        18: ("missing root device information", " in "), 19: ("missing source information for device", " "),
        20: ("missing target information for device", " "), 21: ("missing name information", " in "),
        22: ("missing operating system information", " for "), 23: ("missing devices information", " for "),
        24: ("could not connect to Xen Store", " "), 25: ("too many drivers registered", " in "),
        26: ("library call failed", ": "), 27: ("XML description is invalid or not well formed", "XML error: "),
        28: ("this domain exists already", "domain %s exists already"),
        29: ("operation forbidden for read only access", "operation forbidden: "),
        30: ("failed to open configuration file", " "), 31: ("failed to read configuration file", " "),
        32: ("failed to parse configuration file", " "), 33: ("configuration file syntax error", ": "),
        34: ("failed to write configuration file", ": "), 35: ("parser error", ""), 36: ("invalid network pointer in", " "),
        37: ("this network exists already", "network %s exists already"), 38: ("system call error", ""),
        39: ("RPC error", ""), 40: ("GNUTLS call error", ""), 41: ("Failed to find the network", ": "),
        42: ("Domain not found", ": "), 43: ("Network not found", ": "), 44: ("invalid MAC address", ": "),
        45: ("authentication failed", ": "), 46: ("invalid storage pool pointer in", " "),
        47: ("invalid storage volume pointer in", " "), 48: ("Failed to find a storage driver", ": "),
        49: ("Storage pool not found", ": "), 50: ("Storage volume not found", ": "),
        51: ("Failed to find a node driver", ": "), 52: ("invalid node device pointer", " in "),
        53: ("Node device not found", ": "), 54: ("Security model not found", ": "),
        55: ("Requested operation is not valid", ": "), 56: ("Failed to find the interface", ": "),
        57: ("Interface not found", ": "), 58: ("invalid interface pointer in", " "),
        59: ("multiple matching interfaces found", ": "), 60: ("Failed to start the nwfilter driver", ": "),
        61: ("Invalid network filter", ": "), 62: ("Network filter not found", ": "),
        63: ("Error while building firewall", ": "), 64: ("Failed to find a secret storage driver", ": "),
        65: ("Invalid secret", ": "), 66: ("Secret not found", ": "), 67: ("unsupported configuration", ": "),
        68: ("Timed out during operation", ": "), 69: ("Failed to make domain persistent after migration", ": "),
        70: ("Hook script execution failed", ": "), 71: ("Invalid snapshot", ": "),
        72: ("Domain snapshot not found", ": "), 73: ("invalid stream pointer", " in "),
        74: ("argument unsupported", ": "), 75: ("Storage pool probe failed", ": "),
        76: ("Storage pool already built", ": "), 77: ("revert requires force", ": "),
        78: ("operation aborted", ": "), 79: ("authentication cancelled", ": "), 80: ("metadata not found", ": "),
        81: ("Unsafe migration", ": "), 82: ("numerical overflow", ": "),
        83: ("block copy still active", ": "), 84: ("Operation not supported", ": "), 85: ("SSH transport error", ": "),
        86: ("Guest agent is not responding", ": "), 87: ("resource busy", ": "), 88: ("access denied", ": "),
        89: ("error from service", ": "),
        90: ("this storage volume exists already", "storage volume %s exists already"),
        91: ("the CPU is incompatible with host CPU", ": "),
        92: ("XML document failed to validate against schema", ": "),
        93: ("migration successfully aborted", ": "), 94: ("authentication unavailable", ": "),
        95: ("Server not found", ": "), 96: ("Client not found", ": "),
        97: ("guest agent replied with wrong id to guest-sync command", ": "), 98: ("libssh transport error", ": "),
        99: ("device not found", ": "), 100: ("Invalid network filter binding", ": "),
        101: ("Network filter binding not found", ": "), 102: ("Invalid domain checkpoint", ": "),
        103: ("Domain checkpoint not found", ": "), 104: ("Domain backup job id not found", ": "),
        105: ("Invalid network port pointer", ": "),
        106: ("this network port exists already", "network port %s exists already"),
        107: ("network port not found", ": "), 108: ("no hostname found", ": "),
        109: ("checkpoint inconsistent", ": "), 110: ("multiple matching domains found", ": "),
        111: ("metadata not found", ": "), 112: ("guest agent command timed out", ": "),
        113: ("guest agent command failed", ": "), 114: ("Invalid encryption key for the secret", ": "),
    ]

    /// How libvirt forms the text: a format with `%s` where the details go, or the bare sentence.
    func format(hasDetails: Bool) -> String {
        guard let text = Self.texts[rawValue] else { return hasDetails ? "%s" : "unknown error" }
        if !hasDetails { return text.bare }
        if text.joint.isEmpty { return "%s" }
        if text.joint.hasSuffix("exists already") { return text.joint }
        // A joint that is a sentence of its own replaces the bare one.
        if text.joint.utf8.count > 6 { return text.joint + "%s" }
        return text.bare + text.joint + "%s"
    }
}
