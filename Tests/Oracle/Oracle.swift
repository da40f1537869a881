import Foundation
import TestProcesses

/// rpcgen's C and libtirpc, as a program that is built for this run and asked in batches.
struct Oracle {
    private let folder: URL
    private let program: URL

    /// Builds the program.
    ///
    /// - Parameter names: the types' names in the source; a question names one by its index.
    init(protocols: URL, files: [String], names: [String]) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "oracle-\(UUID())")
        program = folder.appending(path: "oracle")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var sources: [String] = []
        var headers = ""
        for name in files {
            // rpcgen makes the header's guard of the file's name, and a macro's name ends at a hyphen.
            let stem = name.dropLast(2).replacing("-", with: "_")
            let copy = folder.appending(path: "\(stem).x")
            try FileManager.default.copyItem(at: protocols.appending(path: name), to: copy)
            try await run("rpcgen", "-h", "-o", "\(stem).h", "\(stem).x")
            try await run("rpcgen", "-c", "-o", "\(stem).c", "\(stem).x")
            headers += "#include \"\(stem).h\"\n"
            sources.append("\(stem).c")
        }
        let entries = names.map { "    { (xdrproc_t)xdr_\($0), sizeof(\($0)) },\n" }.joined()
        let table = "\(headers)\nconst struct codec codecs[] = {\n\(entries)};\n"
        try Data(table.utf8).write(to: folder.appending(path: "codecs.h"))
        try Data(Self.source.utf8).write(to: folder.appending(path: "oracle.c"))
        try await run("sh", "-c", "cc -O1 -w -I. -I/usr/include/tirpc -o oracle oracle.c \(sources.joined(separator: " ")) -ltirpc")
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// libtirpc's answers, in the order of the questions.
    func answers(_ questions: [(type: Int, bytes: [UInt8])]) async throws -> [Outcome] {
        var input: [UInt8] = []
        for question in questions {
            input.appendWord(UInt32(question.type))
            input.appendWord(UInt32(question.bytes.count))
            input += question.bytes
        }
        // Files, and not pipes: both sides may be busy writing.
        let batch = UUID().uuidString
        let (asked, answered) = (folder.appending(path: "\(batch).in"), folder.appending(path: "\(batch).out"))
        defer {
            try? FileManager.default.removeItem(at: asked)
            try? FileManager.default.removeItem(at: answered)
        }
        try Data(input).write(to: asked)
        try await run(program.path, asked.path, answered.path)
        let output = [UInt8](try Data(contentsOf: answered))
        var offset = 0
        return questions.map { _ in
            let accepted = output.word(at: offset) == 1
            let consumed = Int(output.word(at: offset + 4))
            let count = Int(output.word(at: offset + 8))
            let encoding = Array(output[offset + 12..<offset + 12 + count])
            offset += 12 + count
            return accepted ? Outcome(consumed: consumed, encoding: encoding) : Outcome(refusal: "refused")
        }
    }

    private func run(_ words: String...) async throws { try await Command(words, in: folder).runChecked() }

    /// Reads (type, count, bytes) and writes (accepted, consumed, count, encoding), words in network order.
    private static let source = """
        #include <rpc/rpc.h>
        #include <arpa/inet.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>

        struct codec { xdrproc_t code; size_t size; };
        #include "codecs.h"

        static FILE *in, *out;

        static int word(u_int *value) {
            if (fread(value, 4, 1, in) != 1) return 0;
            *value = ntohl(*value);
            return 1;
        }

        static void put(u_int value) {
            value = htonl(value);
            fwrite(&value, 4, 1, out);
        }

        int main(int argc, char **argv) {
            u_int type, count;
            in = fopen(argv[1], "rb");
            out = fopen(argv[2], "wb");
            if (!in || !out) return 2;
            while (word(&type)) {
                XDR decoder, encoder;
                char *bytes, *value;
                if (type >= sizeof codecs / sizeof codecs[0] || !word(&count)) return 3;
                // Behind the bytes there is nothing to be read by mistake.
                bytes = malloc(count ? count : 1);
                value = calloc(1, codecs[type].size);
                if (!bytes || !value || fread(bytes, 1, count, in) != count) return 4;
                xdrmem_create(&decoder, bytes, count, XDR_DECODE);
                if (codecs[type].code(&decoder, value)) {
                    // A repeated decoding never grows: each unit was read from the input.
                    size_t room = 4 * (size_t)count + 64;
                    char *encoding = malloc(room);
                    xdrmem_create(&encoder, encoding, room, XDR_ENCODE);
                    if (!codecs[type].code(&encoder, value)) return 5;
                    put(1);
                    put(xdr_getpos(&decoder));
                    put(xdr_getpos(&encoder));
                    fwrite(encoding, 1, xdr_getpos(&encoder), out);
                    free(encoding);
                } else {
                    put(0);
                    put(0);
                    put(0);
                }
                xdr_free(codecs[type].code, value);
                free(value);
                free(bytes);
            }
            return fclose(out) != 0;
        }
        """
}
