internal import LibvirtRemote

extension Command {
    static let domid = Command(
        "domid", "Print the id of a domain.", [.required("domain", "Name or UUID of the domain.", .domains)]
    ) { call in
        let domain = try await call.domain(by: [.name, .uuid])
        if domain.id < 0 {
            call.print("-", as: "id", .null)
        } else {
            call.print(String(domain.id), as: "id", .integer(Int64(domain.id)))
        }
    }

    static let domname = Command(
        "domname", "Print the name of a domain.", [.required("domain", "Id or UUID of the domain.", .domains)]
    ) { call in
        call.print(try await call.domain().name, as: "name")
    }

    static let domuuid = Command(
        "domuuid", "Print the UUID of a domain.", [.required("domain", "Name or id of the domain.", .domains)]
    ) { call in
        call.print(try await call.domain(by: [.name, .id]).uuid.description, as: "uuid")
    }

    static let domrename = Command(
        "domrename", "Give an inactive domain another name.", [.domain, .required("new-name", "The new name.")]
    ) { call in
        let domain = try await call.domain()
        let name = try call.required("new-name")
        _ = try await domain.rename(to: name)
        call.remark("Domain successfully renamed")
    }
}
