@main
struct Virtsh {
    static func main() async {
        Terminal.useLocaleOfEnvironment()
        Terminal.ignoreBrokenPipes()
        Terminal.exit(await Runner.run(Array(CommandLine.arguments.dropFirst())))
    }
}
