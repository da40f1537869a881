import Foundation
import Libvirt
import LibvirtRemote
import XDR
import XDRLanguage

/// A host with one object of each kind, made again when a procedure has taken it away.
struct Fixture {
    let scheme: String
    let path: String
    /// Where saved domains, volumes and the like go.
    let folder: String
    private let domain: String
    private let texts: [String: String]

    static func test(_ folder: URL) -> Fixture {
        Fixture(
            scheme: "test", path: "/default", folder: folder.path,
            domain: """
                <domain type='test'><name>probe</name><uuid>\(identifier)</uuid><memory>65536</memory><vcpu>2</vcpu>
                <os><type>hvm</type></os><devices><disk type='file' device='disk'><source file='/probe.img'/>
                <target dev='vda'/></disk><interface type='network'><mac address='52:54:00:00:00:01'/>
                <source network='default'/><target dev='vnet0'/></interface></devices></domain>
                """)
    }

    static func qemu(_ folder: URL) -> Fixture {
        Fixture(
            scheme: "qemu", path: "/system", folder: folder.path,
            domain: """
                <domain type='qemu'><name>probe</name><uuid>\(identifier)</uuid><memory>32768</memory><vcpu>1</vcpu>
                <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>
                <emulator>/usr/bin/qemu-system-x86_64</emulator><console type='pty'/>
                <graphics type='vnc' socket='\(folder.path)/vnc'/><video><model type='cirrus'/></video>
                </devices></domain>
                """)
    }

    static let uuid: [UInt8] = [
        0x7a, 0xc0, 0x9f, 0xf1, 0x1c, 0xd1, 0x44, 0xb5, 0xb7, 0xb0, 0x2b, 0x1f, 0x2b, 0x9e, 0x7a, 0x11,
    ]
    private static let identifier = "7ac09ff1-1cd1-44b5-b7b0-2b1f2b9e7a11"

    /// What a daemon opens.
    var uri: String { "\(scheme)://\(path)" }

    private init(scheme: String, path: String, folder: String, domain: String) {
        self.scheme = scheme
        self.path = path
        self.folder = folder
        self.domain = domain
        let snapshot = "<domainsnapshot><name>again</name></domainsnapshot>"
        texts = [
            "dom_xml": domain, "domain_create_xml.xml_desc": domain, "domain_define_xml.xml": domain,
            "domain_define_xml_flags.xml": domain, "domain_create_xml_with_files.xml_desc": domain,
            "domain_xml_to_native.nativeFormat": "qemu-argv", "connect_domain_xml_to_native.native_format": "qemu-argv",
            "connect_domain_xml_to_native.nativeFormat": "qemu-argv",
            "connect_domain_xml_to_native.domainXml": domain, "connect_domain_xml_to_native.domain_xml": domain,
            "domain_snapshot_create_xml.xml_desc": snapshot,
            "domain_checkpoint_create_xml.xml_desc": "<domaincheckpoint><name>again</name></domaincheckpoint>",
            "network_define_xml.xml": Self.network, "network_define_xml_flags.xml": Self.network,
            "network_create_xml.xml": Self.network.replacing("probe", with: "other"),
            "network_create_xml_flags.xml": Self.network.replacing("probe", with: "other"),
            "network_lookup_by_name.name": "probe", "storage_pool_lookup_by_name.name": "probe",
            "storage_vol_lookup_by_name.name": "probe", "domain_lookup_by_name.name": "probe",
            "node_device_lookup_by_name.name": "computer", "node_device_get_xml_desc.name": "computer",
            "node_device_num_of_caps.name": "computer", "node_device_list_caps.name": "computer",
            "node_device_get_parent.name": "computer", "node_device_get_autostart.name": "computer",
            "node_device_is_active.name": "computer", "node_device_is_persistent.name": "computer",
            "storage_pool_define_xml.xml": Self.pool(folder), "storage_vol_create_xml.xml": Self.volume("other"),
            "storage_pool_create_xml.xml": Self.pool(folder).replacing("probe", with: "other"),
            "storage_vol_create_xml_from.xml": Self.volume("copy"), "type": "dir",
            "connect_find_storage_pool_sources.type": "netfs", "secret_define_xml.xml": Self.secret,
            "nwfilter_define_xml.xml": Self.filter, "nwfilter_define_xml_flags.xml": Self.filter,
            "nwfilter_lookup_by_name.name": "probe", "secret_lookup_by_usage.usageID": "probe",
            "secret_lookup_by_usage.usage_id": "probe", "interface_lookup_by_name.name": "lo",
            "domain_snapshot_lookup_by_name.name": "probe", "domain_save.to": "\(folder)/saved",
            "domain_save_flags.to": "\(folder)/saved", "domain_restore.from": "\(folder)/saved",
            "domain_save_image_get_xml_desc.file": "\(folder)/saved", "domain_core_dump.to": "\(folder)/core",
            "domain_core_dump_with_format.to": "\(folder)/core", "domain_rename.new_name": "renamed",
            "path": "vda", "disk": "vda", "device": "vnet0", "dev": "vda", "name": "probe", "arch": "x86_64",
            "xml": "<x/>", "?disk": "vda", "?uri": "tcp:127.0.0.1:1", "?dconnuri": "test:///default", "xmlCPUs": Self.cpu, "?user": "root", "user": "root", "password": "secret",
            "interface_define_xml.xml": Self.interface, "mac": "52:54:00:00:00:02",
            "connect_find_storage_pool_sources.srcSpec": "<source><host name='localhost'/></source>",
            "node_device_create_xml.xml_desc": Self.device, "emulator": "/usr/bin/qemu-system-x86_64", "cmd": "info version",
            "qemu_domain_monitor_command.cmd": "{\"execute\":\"query-status\"}",
            "domain_monitor_command.cmd": "{\"execute\":\"query-status\"}",
            "domain_attach_device.xml": Self.disk, "domain_attach_device_flags.xml": Self.disk,
            "connect_compare_cpu.xml": Self.cpu, "connect_compare_hypervisor_cpu.xmlCPU": Self.cpu,
        ]
    }

    private static let interface =
        "<interface type='ethernet' name='lo'><start mode='none'/><mac address='52:54:00:00:00:02'/></interface>"
    private static let device =
        "<device><parent>scsi_host1</parent><capability type='scsi_host'><capability type='fc_host'/></capability></device>"
    private static let cpu = "<cpu><arch>x86_64</arch><model>qemu64</model></cpu>"
    private static let disk = "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>"
    private static let network =
        "<network><name>probe</name><uuid>\(identifier)</uuid><forward mode='bridge'/><bridge name='absent0'/></network>"
    private static let secret =
        "<secret ephemeral='no' private='no'><uuid>\(identifier)</uuid><usage type='ceph'><name>probe</name></usage></secret>"
    private static let filter =
        "<filter name='probe'><uuid>\(identifier)</uuid><rule action='drop' direction='in'><tcp/></rule></filter>"

    private static func pool(_ folder: String) -> String {
        "<pool type='dir'><name>probe</name><uuid>\(identifier)</uuid><target><path>\(folder)/pool</path></target></pool>"
    }

    private static func volume(_ name: String) -> String {
        "<volume><name>\(name)</name><capacity>65536</capacity></volume>"
    }

    /// Puts everything in its place, and gives what a procedure's arguments are made of.
    func prepare(_ driver: RemoteDriver, _ schema: Schema) async throws -> ArgumentMaker {
        var objects: [String: [UInt8]] = [:]
        /// What a driver does not have is absent.
        func note(_ type: String, _ make: () async throws -> some ObjectReference) async throws {
            do {
                objects[type] = try RawBytes(encoding: try await make()).bytes
            } catch let error as VirtError where [.noSupport, .configUnsupported].contains(error.code) {
            }
        }
        func either<Value>(_ first: () async throws -> Value, _ second: () async throws -> Value) async throws -> Value {
            do { return try await first() } catch let error as VirtError where error.code != .noSupport {
                return try await second()
            }
        }

        try await note("remote_domain") {
            var domain = try await either {
                try await driver.domainLookupByName(name: "probe")
            } _: {
                if let renamed = try? await driver.domainLookupByName(name: "renamed") {
                    try? await driver.domainDestroy(renamed)
                    try? await driver.domainUndefine(renamed)
                }
                return try await driver.domainDefineXML(xml: self.domain)
            }
            if try await driver.domainIsPersistent(domain) == false {
                try await driver.domainDestroy(domain)
                domain = try await driver.domainDefineXML(xml: self.domain)
            }
            if try await driver.domainGetState(domain, flags: 0).state != .running {
                try? await driver.domainManagedSaveRemove(domain, flags: 0)
                do { try await driver.domainResume(domain) } catch { try await driver.domainCreate(domain) }
            }
            return try await driver.domainLookupByName(name: "probe")
        }
        try await note("remote_network") {
            let network = try await either {
                try await driver.networkLookupByName(name: "probe")
            } _: {
                try await driver.networkDefineXML(xml: Self.network)
            }
            try? await driver.networkCreate(network)
            return network
        }
        try? FileManager.default.createDirectory(atPath: "\(folder)/pool", withIntermediateDirectories: true)
        try await note("remote_storage_pool") {
            let pool = try await either {
                try await driver.storagePoolLookupByName(name: "probe")
            } _: {
                try await driver.storagePoolDefineXML(xml: Self.pool(folder), flags: [])
            }
            try? await driver.storagePoolCreate(pool, flags: [])
            return pool
        }
        try await note("remote_storage_vol") {
            let pool = try await driver.storagePoolLookupByName(name: "probe")
            return try await either {
                try await driver.storageVolLookupByName(pool, name: "probe")
            } _: {
                try await driver.storageVolCreateXML(pool, xml: Self.volume("probe"), flags: [])
            }
        }
        try await note("remote_secret") {
            let secret = try await either {
                try await driver.secretLookupByUsage(usageType: .ceph, usageID: "probe")
            } _: {
                try await driver.secretDefineXML(xml: Self.secret, flags: [])
            }
            try await driver.secretSetValue(secret, value: OpaqueData([1, 2, 3]), flags: 0)
            return secret
        }
        try await note("remote_nwfilter") {
            try await either {
                try await driver.nwfilterLookupByName(name: "probe")
            } _: {
                try await driver.nwfilterDefineXML(xml: Self.filter)
            }
        }
        try await note("remote_domain_snapshot") {
            let domain = try await driver.domainLookupByName(name: "probe")
            return try await either {
                try await driver.domainSnapshotLookupByName(domain, name: "probe", flags: 0)
            } _: {
                try await driver.domainSnapshotCreateXML(
                    domain, xmlDesc: "<domainsnapshot><name>probe</name></domainsnapshot>", flags: [])
            }
        }
        try await note("remote_interface") {
            try await either {
                try await driver.interfaceLookupByName(name: "lo")
            } _: {
                // The test driver has none of that name until it is defined.
                let interface = try await driver.interfaceDefineXML(xml: Self.interface, flags: [])
                try? await driver.interfaceCreate(interface, flags: 0)
                return interface
            }
        }
        // libvirtd 9.0 saves without a file too, and never answers a call for that domain again.
        let file = [(name: "file", value: "\(folder)/saved")]
        return ArgumentMaker(
            schema: schema, objects: objects, texts: texts,
            parameters: ["domain_save_params": file, "domain_restore_params": file])
    }
}
