internal import VirtUtil

extension NetworkDefinition {
    mutating func updateDNSHost(_ update: NetworkUpdate, _ element: XMLNode) throws(ConfError) {
        if update.known == .modify { throw unmodifiable("DNS HOST records") }
        try expect("host", element)
        let host = try parse(element, NetworkDNS.Host()) { [name] host, coder in
            host.map(coder, network: name, isSearch: update.isSearch)
        }
        // Two addresses of one name are fine, two records of one address are not.
        let found = dns.hosts.indices.filter { index in
            (host.address != nil && dns.hosts[index].address == host.address)
                || (update.isSearch && !Set(host.names).isDisjoint(with: dns.hosts[index].names))
        }
        switch update.known {
        case .addLast, .addFirst:
            if !found.isEmpty {
                throw invalid(
                    "there is already at least one DNS HOST record with a matching field in network \(name)")
            }
            dns.hosts.add(host, update)
        case .delete:
            guard let only = found.first else {
                throw invalid("couldn't locate a matching DNS HOST record in network \(name)")
            }
            if found.count > 1 {
                throw invalid("multiple matching DNS HOST records were found in network \(name)")
            }
            dns.hosts.remove(at: only)
        case .modify, nil: throw update.unknownCommand()
        }
    }

    mutating func updateDNSText(_ update: NetworkUpdate, _ element: XMLNode) throws(ConfError) {
        if update.known == .modify { throw unmodifiable("DNS TXT records") }
        try expect("txt", element)
        let text = try parse(element, NetworkDNS.Text()) { [name] text, coder in
            text.map(coder, network: name, isSearch: update.isSearch)
        }
        let found = dns.texts.firstIndex { $0.name == text.name }
        switch update.known {
        case .addLast, .addFirst:
            if found != nil {
                throw invalid("there is already a DNS TXT record with name '\(text.name)' in network \(name)")
            }
            dns.texts.add(text, update)
        case .delete:
            guard let found else {
                throw invalid("couldn't locate a matching DNS TXT record in network \(name)")
            }
            dns.texts.remove(at: found)
        case .modify, nil: throw update.unknownCommand()
        }
    }

    mutating func updateDNSService(_ update: NetworkUpdate, _ element: XMLNode) throws(ConfError) {
        if update.known == .modify { throw unmodifiable("DNS SRV records") }
        try expect("srv", element)
        let service = try parse(element, NetworkDNS.Service()) { [name] service, coder in
            service.map(coder, network: name, isSearch: update.isSearch)
        }
        let found = dns.services.indices.filter { dns.services[$0].has(service) }
        switch update.known {
        case .addLast, .addFirst:
            if !found.isEmpty {
                throw invalid(
                    "there is already at least one DNS SRV record matching all specified fields in network \(name)")
            }
            dns.services.add(service, update)
        case .delete:
            guard let only = found.first else {
                throw invalid("couldn't locate a matching DNS SRV record in network \(name)")
            }
            if found.count > 1 {
                throw invalid(
                    "multiple DNS SRV records matching all specified fields were found in network \(name)")
            }
            dns.services.remove(at: only)
        case .modify, nil: throw update.unknownCommand()
        }
    }
}

extension NetworkDNS.Service {
    /// It has all that the other names; numbers do not count.
    func has(_ other: NetworkDNS.Service) -> Bool {
        func covers(_ mine: String?, _ its: String?) -> Bool { its == nil || mine == its }
        return covers(service, other.service) && covers(networkProtocol, other.networkProtocol)
            && covers(domain, other.domain) && covers(target, other.target)
    }
}
