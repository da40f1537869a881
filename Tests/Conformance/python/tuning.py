"""Memory, processors, block devices, interfaces, typed parameters."""

import libvirt

LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG

DOMAIN = """<domain type='test'>
  <name>tuned</name>
  <uuid>77777777-0000-0000-0000-000000000002</uuid>
  <memory unit='MiB'>512</memory>
  <vcpu current='2'>4</vcpu>
  <iothreads>2</iothreads>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><source file='/guest/t.img'/><target dev='vda'/></disk>
    <interface type='bridge'><mac address='52:54:00:00:70:03'/><source bridge='br0'/><target dev='net0'/></interface>
  </devices>
</domain>"""


def memory(conn):
    dom = conn.lookupByName("test")
    dom.maxMemory()
    dom.setMemory(1048576)
    dom.info()[:3]
    dom.setMemory(99999999)
    dom.setMemoryFlags(524288, LIVE)
    dom.setMemoryFlags(524288, CONFIG)
    dom.setMemoryFlags(524288, libvirt.VIR_DOMAIN_MEM_MAXIMUM | CONFIG)
    dom.setMemoryFlags(524288, libvirt.VIR_DOMAIN_MEM_MAXIMUM | LIVE)
    dom.setMaxMemory(4194304)
    dom.maxMemory()
    dom.destroy()
    dom.setMaxMemory(2097152)
    dom.maxMemory()
    dom.setMemory(1024)
    dom.setMemoryFlags(1024, LIVE)
    dom.setMemoryStatsPeriod(5, 0)
    dom.memoryStats()
    dom.create()
    dom.memoryStats()


def processors(conn):
    dom = conn.defineXML(DOMAIN)
    dom.vcpusFlags(CONFIG)
    dom.vcpusFlags(CONFIG | libvirt.VIR_DOMAIN_VCPU_MAXIMUM)
    dom.vcpusFlags(LIVE)
    dom.maxVcpus()
    dom.vcpus()
    dom.vcpuPinInfo(0)
    dom.emulatorPinInfo(0)
    dom.pinVcpu(0, (True, False))
    dom.pinVcpuFlags(0, (True, False), CONFIG)
    dom.create()
    dom.maxVcpus()
    dom.vcpus()
    dom.pinVcpu(0, (True, False))
    dom.pinVcpu(1, (False, True, False, True))
    dom.pinVcpu(9, (True,))
    dom.vcpuPinInfo(LIVE)
    dom.vcpus()
    dom.pinEmulator((True, True), 0)
    dom.emulatorPinInfo(LIVE)
    dom.setVcpus(3)
    dom.setVcpus(0)
    dom.setVcpus(9)
    dom.setVcpusFlags(1, CONFIG)
    dom.setVcpusFlags(6, CONFIG | libvirt.VIR_DOMAIN_VCPU_MAXIMUM)
    dom.vcpusFlags(CONFIG)
    dom.vcpusFlags(CONFIG | libvirt.VIR_DOMAIN_VCPU_MAXIMUM)
    dom.vcpusFlags(LIVE)
    dom.setVcpu("1", 1, 0)
    dom.getCPUStats(True)
    dom.getCPUStats(False)


processors.transports = ("unix", "tcp")


def iothreads(conn):
    dom = conn.defineXML(DOMAIN)
    dom.ioThreadInfo(CONFIG)
    dom.create()
    dom.ioThreadInfo(LIVE)
    dom.addIOThread(9, LIVE)
    dom.setIOThreadParams(9, {"poll_max_ns": 100}, LIVE)
    dom.delIOThread(9, LIVE)
    dom.delIOThread(99, LIVE)
    dom.pinIOThread(1, (True, False), LIVE)
    dom.ioThreadInfo(LIVE)


def scheduler(conn):
    dom = conn.lookupByName("test")
    dom.schedulerType()
    dom.schedulerParameters()
    dom.schedulerParametersFlags(LIVE)
    dom.schedulerParametersFlags(CONFIG)
    dom.setSchedulerParameters({"weight": 80})
    dom.schedulerParameters()
    dom.setSchedulerParametersFlags({"weight": 10}, CONFIG)


scheduler.transports = ("unix", "tcp", "tls")


def parameters(conn):
    dom = conn.defineXML(DOMAIN)
    dom.memoryParameters(0)
    dom.setMemoryParameters({"hard_limit": 1000000, "soft_limit": 500000}, 0)
    dom.memoryParameters(0)
    dom.setMemoryParameters({"swap_hard_limit": 1}, 0)
    dom.numaParameters(0)
    dom.setNumaParameters({"numa_nodeset": "0", "numa_mode": 0}, 0)
    dom.numaParameters(0)
    dom.setNumaParameters({"numa_mode": 77}, 0)
    dom.setNumaParameters({"numa_nodeset": "zero"}, 0)
    dom.blkioParameters(0)
    dom.setBlkioParameters({"weight": 500}, 0)
    dom.perfEvents(0)
    dom.setPerfEvents({"cmt": True}, 0)
    dom.perfEvents(CONFIG)
    dom.interfaceParameters("net0", 0)
    dom.setInterfaceParameters("net0", {"inbound.average": 10, "outbound.peak": 3}, 0)
    dom.interfaceParameters("net0", 0)
    dom.interfaceParameters("absent", 0)
    dom.create()
    dom.interfaceParameters("net0", LIVE)
    dom.memoryParameters(LIVE)
    dom.setMemoryParameters({"soft_limit": 400000}, LIVE | CONFIG)
    dom.memoryParameters(LIVE)
    dom.memoryParameters(CONFIG)


parameters.transports = ("unix", "tls")


def block(conn):
    dom = conn.defineXML(DOMAIN)
    dom.blockInfo("vda", 0)
    dom.blockStats("vda")
    dom.create()
    dom.blockInfo("vda", 0)
    dom.blockInfo("/guest/t.img", 0)
    dom.blockInfo("absent", 0)
    dom.blockStats("absent")
    dom.blockStats("")
    dom.blockStatsFlags("vda", 0)
    dom.blockPeek("vda", 0, 16, 0)
    dom.memoryPeek(0, 16, libvirt.VIR_MEMORY_PHYSICAL)
    dom.blockIoTune("vda", 0)
    dom.setBlockIoTune("vda", {"total_bytes_sec": 100000}, 0)
    dom.blockIoTune("vda", 0)
    dom.setBlockIoTune("vda", {"total_bytes_sec": 1, "read_bytes_sec": 2}, 0)
    dom.setBlockIoTune("vda", {"read_iops_sec": 10, "write_iops_sec": 20, "group_name": "g"}, LIVE)
    dom.blockIoTune("vda", LIVE)
    dom.blockIoTune("vda", CONFIG)
    dom.setBlockIoTune("absent", {"total_bytes_sec": 1}, 0)


def interfaces(conn):
    dom = conn.defineXML(DOMAIN)
    dom.interfaceStats("net0")
    dom.create()
    dom.interfaceStats("absent")
    dom.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, 0)
    dom.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, 0)
    dom.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP, 0)
    dom.interfaceAddresses(9, 0)
