public import FuzzDriver
internal import FuzzTargets

@_cdecl("fuzz_decoder_main")
public func main(_ count: CInt, _ arguments: Arguments?) -> CInt {
    fuzz(count, arguments) { start, count in feed(start, count, DecoderTarget.run) }
}
