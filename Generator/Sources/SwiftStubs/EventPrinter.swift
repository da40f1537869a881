internal import XDRLanguage

/// An event as one case of its object's enumeration, with the messages that carry it.
private struct EventCase {
    var name: String
    var number: Int
    var fields: [Field]
    var documentation: [String]
    /// Message without a callback id, of the older generations.
    var plain: ProcedurePlan?
    var callback: ProcedurePlan?
}

extension StubPrinter {
    /// An enumeration of events for each object that has some.
    func printEvents(_ out: inout Printer) {
        var objects: [String] = []
        for plan in plans {
            if case .event(let object, _, _) = plan.kind { objects.append(object) }
        }
        for object in objects.uniqued() { printEvents(of: object, &out) }
    }

    private func cases(of object: String) -> [EventCase] {
        var byNumber: [Int: EventCase] = [:]
        for plan in plans {
            guard case .event(object, let number, let byCallback) = plan.kind else { continue }
            var item =
                byNumber[number]
                ?? EventCase(name: "", number: number, fields: [], documentation: [], plain: nil, callback: nil)
            if byCallback { item.callback = plan } else { item.plain = plan }
            byNumber[number] = item
        }
        return byNumber.values.sorted { $0.number < $1.number }.map { item in
            var item = item
            let plan = item.callback ?? item.plain
            let source = (item.plain ?? item.callback)?.sourceName ?? ""
            var stem = source.replacingFirst("\(object)_event_callback_", with: "")
            stem = stem.replacingFirst("\(object)_event_", with: "")
            item.name = Naming.escaped(Naming.camel(Naming.words(stem)))
            item.documentation = plan?.definition.documentation.lines ?? []
            item.fields = (item.callback ?? item.plain).map(eventFields) ?? []
            return item
        }
    }

    /// The fields without the callback's id; a nested message's fields in its place, its object first.
    private func eventFields(_ plan: ProcedurePlan) -> [Field] {
        var fields: [Field] = []
        for field in plan.arguments?.fields ?? [] where field.name != "callbackID" {
            if let nested = nestedMessage(field) {
                fields = Array(nested.prefix(1)) + fields + nested.dropFirst()
            } else {
                fields.append(field)
            }
        }
        return fields
    }

    private func nestedMessage(_ field: Field) -> [Field]? {
        guard case .named(let name) = mapper.resolved(field.type), name.hasSuffix("_msg"),
            case .structure(let structure)? = schema.types[name]
        else { return nil }
        return structure.fields
    }

    private func printEvents(of object: String, _ out: inout Printer) {
        let access = options.access.prefix
        let cases = cases(of: object)
        let name = Naming.pascal(Naming.words(object)) + "Event"
        let programType = plans.first { if case .event(object, _, _) = $0.kind { true } else { false } }?.programType ?? ""
        guard let reference = cases.first?.fields.first else { return }
        let referenceType = mapper.swiftType(reference.type)
        out.line("/// What happened to one object; the first value says to which.")
        out.block("\(access)enum \(name): ObjectEvent") { out in
            for item in cases {
                out.documentation(item.documentation)
                let payload = item.fields.enumerated().map { index, field in
                    let type = mapper.swiftType(field.type)
                    return index == 0 ? type : "\(Naming.escaped(Naming.member(field))): \(type)"
                }
                out.line("case \(item.name)(\(payload.joined(separator: ", ")))")
            }
            out.line()
            out.line("/// The number that a registration names.")
            out.block("\(access)var eventID: Int32") { out in
                out.block("switch self") { out in
                    for item in cases { out.line("case .\(item.name): \(item.number)") }
                }
            }
            out.block("\(access)var object: \(referenceType)") { out in
                out.block("switch self") { out in
                    for item in cases {
                        let rest = item.fields.count > 1 ? ", _".repeated(item.fields.count - 1) : ""
                        out.line("case .\(item.name)(let object\(rest)): object")
                    }
                }
            }
            let wire = (options.wireAccess ?? options.access).prefix
            out.line("/// The message for a registration by callback id.")
            out.block("\(wire)func message(callbackID: Int32) -> EventMessage?") { out in
                out.block("switch self") { out in
                    for item in cases { out.lines(messageCase(item, item.callback, callbackID: "callbackID")) }
                }
            }
            out.line("/// The message for a registration by event id; nil for events younger than callback ids.")
            out.block("\(wire)func plainMessage() -> EventMessage?") { out in
                out.block("switch self") { out in
                    for item in cases { out.lines(messageCase(item, item.plain, callbackID: nil)) }
                }
            }
            out.line("/// Decodes a message with a callback id; nil if the number is none of this object's events.")
            out.block(
                "\(wire)static func decode(_ number: UInt32, from reader: inout XDRReader) throws(XDRError) "
                    + "-> (callbackID: Int32, event: \(name))?"
            ) { out in
                out.block("switch number") { out in
                    for item in cases {
                        guard let plan = item.callback, let arguments = plan.arguments else { continue }
                        out.line("case \(plan.definition.number):")
                        out.indented { out in
                            out.line("let message = try \(arguments.swiftName)(from: &reader)")
                            out.line("return (message.callbackID, .\(item.name)(\(values(item, plan))))")
                        }
                    }
                    out.line("default: return nil")
                }
            }
            _ = programType
        }
        out.line()
    }

    private func messageCase(_ item: EventCase, _ plan: ProcedurePlan?, callbackID: String?) -> [String] {
        guard let plan, let arguments = plan.arguments else { return ["case .\(item.name): return nil"] }
        let names = item.fields.indices.map { "value\($0)" }
        let bound = "(" + names.map { "let \($0)" }.joined(separator: ", ") + ")"
        let byField = Dictionary(
            zip(item.fields.map(\.name), names).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
        let list = (arguments.fields ?? []).map { field -> String in
            let label = Naming.label(field)
            if field.name == "callbackID" { return "\(label): \(callbackID ?? "0")" }
            if let nested = nestedMessage(field) {
                let inner = nested.map { "\(Naming.member($0)): \(byField[$0.name] ?? "0")" }
                return "\(label): \(mapper.swiftType(field.type))(\(inner.joined(separator: ", ")))"
            }
            return "\(label): \(byField[field.name] ?? "0")"
        }
        // A plain message may lack fields that the newer has; their values stay unused.
        let used = Set(
            (arguments.fields ?? []).flatMap { field in (nestedMessage(field) ?? [field]).map(\.name) })
        let pattern = "(" + item.fields.enumerated().map { index, field in
            used.contains(field.name) ? "let value\(index)" : "_"
        }.joined(separator: ", ") + ")"
        _ = bound
        return [
            "case .\(item.name)\(pattern):",
            "    return EventMessage(number: \(plan.definition.number), body: "
                + "\(arguments.swiftName)(\(list.joined(separator: ", "))))",
        ]
    }

    private func values(_ item: EventCase, _ plan: ProcedurePlan) -> String {
        let nested = (plan.arguments?.fields ?? []).first { nestedMessage($0) != nil }
        let nestedNames = Set(nested.flatMap(nestedMessage)?.map(\.name) ?? [])
        return item.fields.enumerated().map { index, field in
            let name = Naming.escaped(Naming.member(field))
            let path = nestedNames.contains(field.name) ? "message.\(nested.map(Naming.member) ?? "").\(name)" : "message.\(name)"
            return index == 0 ? path : "\(Naming.member(field)): \(path)"
        }.joined(separator: ", ")
    }
}

extension String {
    fileprivate func repeated(_ count: Int) -> String { String(repeating: self, count: count) }

    fileprivate func replacingFirst(_ prefix: String, with replacement: String) -> String {
        hasPrefix(prefix) ? replacement + dropFirst(prefix.count) : self
    }
}
