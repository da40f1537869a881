/// A constant expression, as steps for a stack machine.
///
/// Flat on purpose: a tree of a million additions could neither be walked nor freed by recursion.
struct Expression: Equatable {
    enum Step: Equatable {
        case number(Int128)
        case name(String)
        case prefix(Punctuator)
        case infix(Punctuator)
    }

    var steps: [Step] = []
    /// Offset of each step's token, for diagnostics.
    var offsets: [Int] = []

    /// Offset of the first token, which is what a complaint about the whole points at.
    var offset = 0

    var names: [(name: String, offset: Int)] {
        zip(steps, offsets).compactMap { step, offset in
            if case .name(let name) = step { (name, offset) } else { nil }
        }
    }

    /// The name, if nothing else was written.
    var soleName: String? {
        if steps.count == 1, case .name(let name) = steps[0] { name } else { nil }
    }

    static func == (left: Expression, right: Expression) -> Bool { left.steps == right.steps }

    /// Why an expression has no value; the offset is that of the operator or name.
    struct Failure: Error {
        var offset: Int
        var message: String
    }

    /// Values stay within what 64 bits can hold, signed or unsigned.
    static let range: ClosedRange<Int128> = -(1 << 63)...(1 << 64) - 1

    func evaluate(_ lookup: (String) -> Int128?) throws(Failure) -> Int128 {
        var stack: [Int128] = []
        for (step, offset) in zip(steps, offsets) {
            let value: Int128?
            switch step {
            case .number(let number):
                value = number
            case .name(let name):
                guard let found = lookup(name) else {
                    throw Failure(offset: offset, message: "there is no constant '\(name)'")
                }
                value = found
            case .prefix(let sign):
                value = Self.apply(sign, to: stack.popLast() ?? 0)
            case .infix(let sign):
                let right = stack.popLast() ?? 0
                let left = stack.popLast() ?? 0
                if right == 0, sign == .slash || sign == .percent {
                    throw Failure(offset: offset, message: "division by zero")
                }
                if sign == .shiftLeft || sign == .shiftRight, !(0..<64).contains(right) {
                    throw Failure(offset: offset, message: "shift by \(right) bits; 0 to 63 are possible")
                }
                value = Self.apply(sign, left, right)
            }
            guard let value, Self.range.contains(value) else {
                throw Failure(offset: offset, message: "the value does not fit 64 bits")
            }
            stack.append(value)
        }
        return stack.last ?? 0
    }

    private static func apply(_ sign: Punctuator, to value: Int128) -> Int128 {
        switch sign {
        case .minus: -value
        case .tilde: ~value
        case .exclamation: value == 0 ? 1 : 0
        default: value
        }
    }

    /// Operands are within `range`, so that 128 bits overflow in no case but a product, and that is caught.
    private static func apply(_ sign: Punctuator, _ left: Int128, _ right: Int128) -> Int128? {
        switch sign {
        case .plus: left + right
        case .minus: left - right
        case .star: product(left, right)
        case .slash: left / right
        case .percent: left % right
        case .shiftLeft: product(left, 1 << right)
        case .shiftRight: left >> right
        case .ampersand: left & right
        case .pipe: left | right
        case .caret: left ^ right
        case .logicalAnd: left != 0 && right != 0 ? 1 : 0
        case .logicalOr: left != 0 || right != 0 ? 1 : 0
        case .equal: left == right ? 1 : 0
        case .notEqual: left != right ? 1 : 0
        case .less: left < right ? 1 : 0
        case .greater: left > right ? 1 : 0
        case .lessOrEqual: left <= right ? 1 : 0
        case .greaterOrEqual: left >= right ? 1 : 0
        default: nil
        }
    }

    private static func product(_ left: Int128, _ right: Int128) -> Int128? {
        let (value, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? nil : value
    }
}

/// Decimal, hexadecimal and octal numbers.
enum NumberText {
    static func isValid(_ text: ArraySlice<UInt8>) -> Bool {
        let (digits, radix) = split(text)
        return !digits.isEmpty && digits.allSatisfy { digit($0) < radix }
    }

    /// Nil if it does not fit 64 bits. C's suffixes, which only directives may have, are passed over.
    static func value(_ text: ArraySlice<UInt8>) -> Int128? {
        let (digits, radix) = split(text)
        var value: UInt64 = 0
        for byte in digits {
            let digit = digit(byte)
            guard digit < radix else { break }
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            let (sum, carry) = product.addingReportingOverflow(digit)
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return Int128(value)
    }

    private static func split(_ text: ArraySlice<UInt8>) -> (digits: ArraySlice<UInt8>, radix: UInt64) {
        guard text.first == 0x30, text.count > 1 else { return (text, 10) }
        let second = text[text.startIndex + 1]
        return second | 0x20 == 0x78 ? (text.dropFirst(2), 16) : (text.dropFirst(), 8)
    }

    private static func digit(_ byte: UInt8) -> UInt64 {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x61...0x66: UInt64(byte - 0x61 + 10)
        case 0x41...0x46: UInt64(byte - 0x41 + 10)
        default: 255
        }
    }
}
