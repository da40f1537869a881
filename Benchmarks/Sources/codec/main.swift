// See README.md.

let options = CodecOptions(CommandLine.arguments.dropFirst())
try CodecBenchmark(options).run()
