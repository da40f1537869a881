import SwiftStubs
import XDRLanguage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

exit(Command(Array(CommandLine.arguments.dropFirst())).run())
