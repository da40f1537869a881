#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Names of files, for completion.
enum FileNames {
    /// Paths that begin so; those of folders end in `/`.
    static func matching(_ start: String) -> [String] {
        let folderEnd = start.lastIndex(of: "/").map { start.index(after: $0) } ?? start.startIndex
        let folder = String(start[..<folderEnd])
        let name = String(start[folderEnd...])
        guard let directory = opendir(folder.isEmpty ? "." : folder) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        // SAFETY: the entry is read before the next call, within its fixed-size field.
        while let entry = readdir(directory) {
            let entryName = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    String(cString: $0)
                }
            }
            guard entryName.hasPrefix(name), !entryName.hasPrefix(".") || name.hasPrefix(".") else { continue }
            var status = stat()
            let isFolder = stat(folder + entryName, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            found.append(folder + entryName + (isFolder ? "/" : ""))
        }
        return found.sorted()
    }

    static func isBlockDevice(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFBLK
    }

    /// What a symbolic link says; empty if it is none.
    static func target(ofLink path: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
    }
}
