internal import LibvirtRemote

extension CommandGroup {
    static let filter = CommandGroup(
        "Network Filter", keyword: "filter",
        [
            .nwfilterDefine, .nwfilterDumpxml, .nwfilterEdit, .nwfilterList, .nwfilterUndefine, .nwfilterBindingCreate,
            .nwfilterBindingDelete, .nwfilterBindingDumpxml, .nwfilterBindingList,
        ])
}

extension CommandOption {
    fileprivate static let binding = required("binding", "Device of the port that is bound.", .nwfilterBindings)
}

extension Command {
    static let nwfilterDefine = Command(
        "nwfilter-define", "Define a packet filter, or change it.", [.file("File with the filter's XML."), .validate]
    ) { call in
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let connection = try await call.connection()
        let filter = try await attempt("Failed to define network filter from \(file)") {
            call.has("validate")
                ? try await connection.defineNWFilter(xml: xml, flags: .validate)
                : try await connection.defineNWFilter(xml: xml)
        }
        call.remark("Network filter \(filter.reference.name) defined from \(file)")
    }

    static let nwfilterDumpxml = Command(
        "nwfilter-dumpxml", "Print a filter's XML.", [.nwfilter, .xpath, .wrap]
    ) { call in
        try call.printXML(try await call.nwfilter().xml())
    }

    static let nwfilterEdit = Command("nwfilter-edit", "Change a filter in an editor.", [.nwfilter]) { call in
        let filter = try await call.nwfilter()
        try await call.edit(
            read: { try await filter.xml() },
            unchanged: "Network filter \(filter.reference.name) XML configuration not changed."
        ) { xml, _ in
            let edited = try await filter.connection.defineNWFilter(xml: xml)
            return "Network filter \(edited.reference.name) XML configuration edited."
        }
    }

    static let nwfilterList = Command("nwfilter-list", "List packet filters.") { call in
        let connection = try await call.connection()
        let filters = try await attempt("Failed to list network filters") { try await connection.nwfilters() }
            .sorted(byName: \.reference.name)
        var table = Table(header: ["UUID", "Name"])
        table.rows = filters.map { [Table.Cell($0.reference.uuid.description), Table.Cell($0.reference.name)] }
        call.print(table)
    }

    static let nwfilterUndefine = Command("nwfilter-undefine", "Forget a packet filter.", [.nwfilter]) { call in
        let filter = try await call.nwfilter()
        let name = filter.reference.name
        try await attempt("Failed to undefine network filter \(name)") { try await filter.undefine() }
        call.remark("Network filter \(name) undefined")
    }

    static let nwfilterBindingCreate = Command(
        "nwfilter-binding-create", "Bind a filter to a port.", [.file("File with the binding's XML."), .validate]
    ) { call in
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let connection = try await call.connection()
        let binding = try await attempt("Failed to create network filter from \(file)") {
            try await connection.createNWFilterBinding(xml: xml, flags: call.has("validate") ? .validate : [])
        }
        call.remark("Network filter binding on \(binding.reference.portdev) created from \(file)")
    }

    static let nwfilterBindingDelete = Command(
        "nwfilter-binding-delete", "Unbind a port's filter.", [.binding]
    ) { call in
        let binding = try await call.nwfilterBinding()
        let port = binding.reference.portdev
        try await attempt("Failed to delete network filter binding on \(port)") { try await binding.delete() }
        call.remark("Network filter binding on \(port) deleted")
    }

    static let nwfilterBindingDumpxml = Command(
        "nwfilter-binding-dumpxml", "Print a binding's XML.", [.binding, .xpath, .wrap]
    ) { call in
        try call.printXML(try await call.nwfilterBinding().xml())
    }

    static let nwfilterBindingList = Command("nwfilter-binding-list", "List bindings of filters to ports.") { call in
        let connection = try await call.connection()
        let bindings = try await attempt("Failed to list network filter bindings") {
            try await connection.nwfilterBindings()
        }.sorted(byName: \.reference.portdev)
        var table = Table(header: ["Port Dev", "Filter"])
        table.rows = bindings.map { [Table.Cell($0.reference.portdev), Table.Cell($0.reference.filtername)] }
        call.print(table)
    }
}
