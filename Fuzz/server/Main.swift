public import FuzzDriver
internal import PeerFuzzTargets

@_cdecl("fuzz_server_main")
public func main(_ count: CInt, _ arguments: Arguments?) -> CInt {
    fuzz(count, arguments) { start, count in feed(start, count, ServerTarget.run) }
}
