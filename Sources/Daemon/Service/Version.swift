/// The version of this project.
package enum ProjectVersion {
    package static let text = "0.1.0"
}
