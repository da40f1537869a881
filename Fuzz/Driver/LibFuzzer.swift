/// libFuzzer, which calls the function with one input after the other.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<Arguments?>, _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

public typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// The program of a fuzz target, whose body is to call ``feed(_:_:_:)``.
///
/// The package manager gives every program's `main` the name of its module, so libFuzzer's own is not used.
public func fuzz(
    _ count: CInt, _ arguments: Arguments?, _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments, body)
}

/// Hands one input to a target; ends the process, as libFuzzer wants it, if there is a finding.
public func feed(_ start: UnsafePointer<UInt8>?, _ count: Int, _ target: ([UInt8]) throws -> Void) -> CInt {
    do {
        try target(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}
