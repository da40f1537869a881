"""The life of an instance, driven by Nova's own libvirt classes: `nova.virt.libvirt.host.Host` and `guest.Guest`.

    life.py URI

Started by `scripts/nova-life`, which installs Nova and runs a daemon. Prints a line for each step; ends with status 0 if
Nova saw what it expects everywhere.
"""

import os
import sys
import threading
import time

import libvirt
from nova import objects
from nova.compute import power_state
from nova.virt import event as virtevent
from nova.virt.libvirt import config, guest, host
from nova.virt.libvirt import event as libvirtevent

UUID = "0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f"
INSTANCE = """<domain type='test'>
  <name>instance-00000001</name><uuid>%s</uuid>
  <metadata><nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1"><nova:name>vm</nova:name></nova:instance></metadata>
  <memory unit='MiB'>512</memory><vcpu>2</vcpu>
  <os><type>hvm</type></os><cpu mode='host-model'/>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='/var/lib/nova/instances/1/disk'/>
      <backingStore type='file'><format type='raw'/><source file='/var/lib/nova/instances/_base/image'/><backingStore/></backingStore>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='bridge'>
      <mac address='fa:16:3e:00:00:01'/><source bridge='br-int'/><target dev='tap1'/><model type='virtio'/>
    </interface>
    <console type='pty'/>
  </devices>
</domain>""" % UUID


class Failure(Exception):
    pass


def check(condition, text):
    print("ok  " if condition else "not ", text, flush=True)
    if not condition:
        raise Failure(text)


def eventually(condition, text):
    for _ in range(200):
        if condition():
            return check(True, text)
        time.sleep(0.05)
    check(False, text)


class Events:
    """What Nova's compute manager would be told."""

    def __init__(self):
        self.seen = []
        self.arrived = threading.Condition()

    def __call__(self, event):
        with self.arrived:
            self.seen.append(event)
            self.arrived.notify_all()

    def wait(self, matches, text):
        with self.arrived:
            found = self.arrived.wait_for(lambda: any(matches(event) for event in self.seen), timeout=10)
            check(found, text)
            self.seen = [event for event in self.seen if not matches(event)]


def lifecycle(transition):
    return lambda event: isinstance(event, virtevent.LifecycleEvent) and event.transition == transition


def disk(target, path, bus="virtio"):
    conf = config.LibvirtConfigGuestDisk()
    conf.source_type = "file"
    conf.driver_name = "qemu"
    conf.driver_format = "raw"
    conf.source_path = path
    conf.target_dev = target
    conf.target_bus = bus
    conf.serial = "volume-" + target
    return conf


def run(uri):
    objects.register_all()
    events = Events()
    # Nova's events go to a handler of its own; the delay that it gives stops is not ours to wait for.
    hypervisor = host.Host(uri, lifecycle_event_handler=events)
    hypervisor.initialize()
    hypervisor._event_emit_delayed = events
    hypervisor._event_handler._lifecycle_event_handler = events

    the_host(hypervisor)
    instance = a_guest(hypervisor, events)
    devices(hypervisor, instance, events)
    block_jobs(instance)
    snapshots(instance)
    secrets(hypervisor)
    instance = migration(hypervisor, instance)
    the_end(hypervisor, instance, events)


def the_host(hypervisor):
    capabilities = hypervisor.get_capabilities()
    check(capabilities.host.cpu.arch == "i686", "capabilities are understood")
    check(len(capabilities.guests) > 0, "capabilities have guests")
    check(len(capabilities.host.topology.cells) == 2, "the host has two NUMA cells")
    domain = hypervisor._get_domain_capabilities("/usr/bin/test-hv", "i686", None, "test")
    check(domain.devices is not None and domain.os is not None, "domain capabilities are understood")
    check(hypervisor.get_version() == 2 and hypervisor.get_driver_type() == "TEST", "version and type")
    check(hypervisor.get_hostname() == libvirt.open(uri()).getHostname(), "host name")
    check(hypervisor.get_memory_mb_total() == 3072, "memory of the host")
    check(len(hypervisor.get_online_cpus()) == sum(hypervisor.get_connection().getCPUMap()[1]), "processors of the host")
    check(hypervisor.get_cpu_stats()["frequency"] == 1400, "statistics of processors")
    check(len(hypervisor.get_cpu_model_names()) > 10, "models of processors")
    check(hypervisor.list_guests(only_running=True) != [], "guests that were there before")
    check(hypervisor.list_all_devices() != [], "devices of the host")


def a_guest(hypervisor, events):
    instance = guest.Guest.create(INSTANCE, hypervisor)
    check(instance.uuid == UUID and not instance.is_active(), "the instance is defined")
    instance.launch(pause=False)
    events.wait(lifecycle(virtevent.EVENT_LIFECYCLE_STARTED), "Nova hears that it was started")
    check(instance.get_power_state(hypervisor) == power_state.RUNNING, "it runs")
    found = hypervisor.get_guest(objects.Instance(uuid=UUID))
    check(found.uuid == UUID and found.id == instance.id, "it is found by its UUID")
    info = instance.get_info(hypervisor)
    check(info.state == power_state.RUNNING and info.internal_id == instance.id, "its state")
    check(len(list(instance.get_vcpus_info())) == 2, "its virtual processors")
    check([i.mac_addr for i in instance.get_config().devices if hasattr(i, "mac_addr")] == ["fa:16:3e:00:00:01"], "its interface")
    check(instance.get_interfaces() == ["tap1"], "its tap device")
    instance.pause()
    events.wait(lifecycle(virtevent.EVENT_LIFECYCLE_PAUSED), "Nova hears that it was paused")
    check(instance.get_power_state(hypervisor) == power_state.PAUSED, "it is paused")
    instance.resume()
    events.wait(lifecycle(virtevent.EVENT_LIFECYCLE_RESUMED), "Nova hears that it was resumed")
    instance.sync_guest_time()
    instance.set_user_password("root", "secret")
    instance.inject_nmi()
    return instance


def devices(hypervisor, instance, events):
    volume = disk("vdb", "/dev/disk/by-id/volume")
    instance.attach_device(volume, persistent=True, live=True)
    live = instance.get_disk("vdb")
    check(live.serial == "volume-vdb" and live.alias is not None, "a volume is attached, and has an alias")
    check(instance.get_disk("vdb", from_persistent_config=True) is not None, "also in the definition")
    check(len(list(instance.get_all_disks())) == 2, "Nova counts two disks")
    instance.get_block_device("vdb").resize(2 << 30)
    check(instance.get_block_device("vdb").blockStats()[0] >= 0, "statistics of the volume")
    # As the driver's _detach_with_retry: from the definition, then from the guest, and wait for the event.
    instance.detach_device(volume, persistent=True, live=False)
    instance.detach_device(live, persistent=False, live=True)
    events.wait(
        lambda event: isinstance(event, libvirtevent.DeviceRemovedEvent) and event.dev == live.alias,
        "Nova hears that the volume has gone")
    check(instance.get_disk("vdb") is None, "it has gone")
    try:
        instance.detach_device(volume, persistent=False, live=True)
        check(False, "a volume that has gone cannot be detached")
    except libvirt.libvirtError as error:
        check(error.get_error_code() == libvirt.VIR_ERR_DEVICE_MISSING, "a volume that has gone cannot be detached")


def block_jobs(instance):
    root = instance.get_block_device("vda")
    check(root.get_job_info() is None, "no block job")
    root.resize(1 << 20)
    copy = disk("vda", "/var/lib/nova/instances/1/copy")
    root.copy(copy.to_xml(), shallow=False, reuse_ext=False, transient=True)
    eventually(root.is_job_complete, "a copy is ready")
    root.abort_job(pivot=True)
    check(instance.get_disk("vda").source_path.endswith("/copy"), "the guest goes on with the copy")
    root.rebase(None)
    eventually(lambda: root.get_job_info() is None, "a rebase ends by itself")


def snapshots(instance):
    snapshot = config.LibvirtConfigGuestSnapshot()
    snapshot.name = "before"
    instance.freeze_filesystems()
    instance.thaw_filesystems()
    instance.snapshot(snapshot)
    names = [moment.getName() for moment in instance._domain.listAllSnapshots()]
    check(names == ["before"], "a snapshot is taken")
    instance._domain.snapshotLookupByName("before").delete()
    check(instance.get_job_info().type == libvirt.VIR_DOMAIN_JOB_NONE, "no job")
    instance.migrate_configure_max_downtime(500)


def secrets(hypervisor):
    secret = hypervisor.create_secret("ceph", "client.cinder", password="swordfish")
    check(secret.value() == b"swordfish", "a secret is kept")
    check(hypervisor.find_secret("ceph", "client.cinder").UUIDString() == secret.UUIDString(), "and found")
    hypervisor.delete_secret("ceph", "client.cinder")
    check(hypervisor.find_secret("ceph", "client.cinder") is None, "and deleted")


def migration(hypervisor, instance):
    """There and back: to another host of the same daemon, whose other guest is another one."""
    elsewhere = uri() + "&host=elsewhere"
    other = host.Host(elsewhere)
    flags = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PEER2PEER | libvirt.VIR_MIGRATE_PERSIST_DEST
    flags |= libvirt.VIR_MIGRATE_UNDEFINE_SOURCE
    other._event_handler._lifecycle_event_handler = lambda event: None
    other.get_connection()
    instance.migrate(elsewhere, flags=flags, bandwidth=0)
    check(UUID not in [found.uuid for found in hypervisor.list_guests(only_running=False)], "it has left")
    moved = other.get_guest(objects.Instance(uuid=UUID))
    check(moved.get_power_state(other) == power_state.RUNNING, "it runs on the other host")
    moved.migrate(uri(), flags=flags, bandwidth=0)
    back = hypervisor.get_guest(objects.Instance(uuid=UUID))
    check(back.get_power_state(hypervisor) == power_state.RUNNING, "it is back")
    return back


def the_end(hypervisor, instance, events):
    instance.save_memory_state()
    check(instance.get_power_state(hypervisor) == power_state.SHUTDOWN, "it is saved")
    instance.launch()
    instance.shutdown()
    events.wait(lifecycle(virtevent.EVENT_LIFECYCLE_STOPPED), "Nova hears that it was stopped")
    instance.launch()
    instance.poweroff()
    check(not instance.is_active() and instance.has_persistent_configuration(), "it is off")
    instance.delete_configuration()
    check(UUID not in [found.uuid for found in hypervisor.list_guests(only_running=False)], "it has gone")


def uri():
    return sys.argv[1]


if __name__ == "__main__":
    status = 0
    try:
        run(uri())
        print("Nova is content")
    except Failure:
        status = 1
    sys.stdout.flush()
    # Nova's threads wait for events for ever.
    os._exit(status)
