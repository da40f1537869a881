internal import LibvirtRemote

extension CommandGroup {
    static let interface = CommandGroup(
        "Interface", keyword: "interface",
        [
            .ifaceBegin, .ifaceBridge, .ifaceCommit, .ifaceDefine, .ifaceDestroy, .ifaceDumpxml, .ifaceEdit, .ifaceList,
            .ifaceMac, .ifaceName, .ifaceRollback, .ifaceStart, .ifaceUnbridge, .ifaceUndefine,
        ])
}

extension Command {
    static let ifaceBegin = Command("iface-begin", "Remember the interfaces as they are, to go back to.") { call in
        let connection = try await call.connection()
        try await attempt("Failed to begin network config change transaction") {
            try await connection.beginInterfaceChange()
        }
        call.remark("Network config change transaction started")
    }

    static let ifaceCommit = Command("iface-commit", "Keep the changes since iface-begin.") { call in
        let connection = try await call.connection()
        try await attempt("Failed to commit network config change transaction") {
            try await connection.commitInterfaceChange()
        }
        call.remark("Network config change transaction committed")
    }

    static let ifaceRollback = Command("iface-rollback", "Go back to what iface-begin remembered.") { call in
        let connection = try await call.connection()
        try await attempt("Failed to rollback network config change transaction") {
            try await connection.rollBackInterfaceChange()
        }
        call.remark("Network config change transaction rolled back")
    }

    static let ifaceDefine = Command(
        "iface-define", "Define an interface of the host, or change it.",
        [.file("File with the interface's XML."), .validate]
    ) { call in
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let connection = try await call.connection()
        let interface = try await attempt("Failed to define interface from \(file)") {
            try await connection.defineInterface(xml: xml, flags: call.has("validate") ? .validate : [])
        }
        call.remark("Interface \(interface.reference.name) defined from \(file)")
    }

    static let ifaceDumpxml = Command(
        "iface-dumpxml", "Print an interface's XML.",
        [.interface, .flag("inactive", "The XML of the next start."), .xpath, .wrap]
    ) { call in
        let interface = try await call.interface()
        try call.printXML(try await interface.xml(flags: call.has("inactive") ? .inactive : []))
    }

    static let ifaceEdit = Command("iface-edit", "Change an interface's definition in an editor.", [.interface]) {
        call in
        let interface = try await call.interface()
        try await call.edit(
            read: { try await interface.xml(flags: .inactive) },
            unchanged: "Interface \(interface.reference.name) XML configuration not changed."
        ) { xml, _ in
            let edited = try await interface.connection.defineInterface(xml: xml)
            return "Interface \(edited.reference.name) XML configuration edited."
        }
    }

    static let ifaceList = Command(
        "iface-list", "List interfaces of the host.",
        [.flag("inactive", "Inactive interfaces only."), .flag("all", "Active and inactive interfaces.")]
    ) { call in
        var flags: ConnectListAllInterfacesFlags = .active
        if call.has("inactive") { flags = .inactive }
        if call.has("all") { flags = [.active, .inactive] }
        let filter = flags
        let connection = try await call.connection()
        let interfaces = try await attempt("Failed to list interfaces") {
            try await connection.interfaces(flags: filter)
        }.sorted(byName: \.reference.name)
        var table = Table(header: ["Name", "State", "MAC Address"])
        for interface in interfaces {
            let isActive = (try? await interface.isActive()) ?? false
            table.rows.append([
                Table.Cell(interface.reference.name),
                Table.Cell(isActive ? "active" : "inactive", isActive ? .running : .stopped),
                Table.Cell(interface.reference.mac),
            ])
        }
        call.print(table)
    }

    static let ifaceMac = Command(
        "iface-mac", "Print the MAC address of an interface.",
        [.required("interface", "Name of the interface.", .interfaces)]
    ) { call in
        call.print(try await call.interface(byMAC: false).reference.mac, as: "mac")
    }

    static let ifaceName = Command(
        "iface-name", "Print the name of an interface.", [.required("interface", "MAC address of the interface.")]
    ) { call in
        call.print(try await call.interface(byName: false).reference.name, as: "name")
    }

    static let ifaceStart = Command("iface-start", "Start an interface.", [.interface]) { call in
        let interface = try await call.interface()
        let name = interface.reference.name
        try await attempt("Failed to start interface \(name)") { try await interface.start() }
        call.remark("Interface \(name) started")
    }

    static let ifaceDestroy = Command("iface-destroy", "Stop an interface.", [.interface]) { call in
        let interface = try await call.interface()
        let name = interface.reference.name
        try await attempt("Failed to destroy interface \(name)") { try await interface.destroy() }
        call.remark("Interface \(name) destroyed")
    }

    static let ifaceUndefine = Command("iface-undefine", "Forget an interface's definition.", [.interface]) { call in
        let interface = try await call.interface()
        let name = interface.reference.name
        try await attempt("Failed to undefine interface \(name)") { try await interface.undefine() }
        call.remark("Interface \(name) undefined")
    }
}
