import VirtUtil

/// `<driver iommu= ats= packed= page_per_vq=>`, which all virtio devices have.
package struct VirtioOptions: Sendable {
    package var iommu: OnOff?
    package var ats: OnOff?
    package var packed: OnOff?
    package var pagePerVQ: OnOff?

    package init() {}

    /// The name of the first option that is there.
    var firstGiven: String? {
        iommu != nil ? "iommu" : ats != nil ? "ats" : packed != nil ? "packed" : pagePerVQ != nil ? "page_per_vq" : nil
    }

    mutating func map(_ x: XMLCoder) {
        x.attribute("iommu", &iommu)
        x.attribute("ats", &ats)
        x.attribute("packed", &packed)
        x.attribute("page_per_vq", &pagePerVQ)
    }
}
