"""Records what libvirt-python returns.

A test function gets a `conn` that looks like a virConnect. Every call of a method on it, and on the objects it returns,
is one check: the call, and either what it returned or the whole error, are written down. An error is not raised: the
call returns a `Nothing`, on which any further call is written down as broken. So a test is a plain list of calls.
"""

import threading
import time

import libvirt

OBJECTS = (
    libvirt.virConnect, libvirt.virDomain, libvirt.virDomainSnapshot, libvirt.virDomainCheckpoint, libvirt.virNetwork,
    libvirt.virNetworkPort, libvirt.virStoragePool, libvirt.virStorageVol, libvirt.virInterface,
    libvirt.virNodeDevice, libvirt.virSecret, libvirt.virNWFilter, libvirt.virNWFilterBinding, libvirt.virStream,
)  # fmt: skip

# Objects and names that a list call returns in no order in particular.
UNORDERED = ("list", "snapshotListNames", "getAllDomainStats", "domainListGetStats")

EVENT_REGISTRATIONS = {
    libvirt.virDomain: "domainEventRegisterAny",
    libvirt.virNetwork: "networkEventRegisterAny",
    libvirt.virStoragePool: "storagePoolEventRegisterAny",
    libvirt.virNodeDevice: "nodeDeviceEventRegisterAny",
    libvirt.virSecret: "secretEventRegisterAny",
}


class Log:
    """The calls of one function, in order: pairs of the call and what it gave."""

    def __init__(self, normaliser, emit):
        self.normaliser = normaliser
        self.emit = emit

    def add(self, call, gave):
        self.emit(self.normaliser.text(call), self.normaliser.text(gave))


class Nothing:
    """Stands for an object that a failed call did not return."""

    def __init__(self, log, origin):
        object.__setattr__(self, "_log", log)
        object.__setattr__(self, "_origin", origin)

    def __getattr__(self, name):
        def call(*arguments, **named):
            self._log.add(f"{self._origin}.{name}", "broken: there is no object")
            return self

        return call

    def __str__(self):
        return "nothing"

    def __bool__(self):
        return False

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __getitem__(self, key):
        return self


class Object:
    """A libvirt object whose calls are recorded."""

    def __init__(self, log, target, label):
        object.__setattr__(self, "_log", log)
        object.__setattr__(self, "_target", target)
        object.__setattr__(self, "_label", label)

    def __getattr__(self, name):
        method = getattr(self._target, name, None)
        if method is None:
            method = missing(name)

        def call(*arguments, **named):
            return perform(self._log, self._label, name, method, arguments, named)

        return call


class Connection(Object):
    """The connection that a test function gets, and what it needs beside libvirt's own methods."""

    def __init__(self, log, target, uri, tmp):
        super().__init__(log, target, "conn")
        object.__setattr__(self, "_uri", uri)
        object.__setattr__(self, "_others", [])
        object.__setattr__(self, "_events", [])
        object.__setattr__(self, "_registered", [])
        object.__setattr__(self, "_arrived", threading.Condition())
        object.__setattr__(self, "tmp", tmp)

    def another(self, path="/default", readonly=False):
        """One more connection to the same daemon; closed when the test ends."""
        opening = libvirt.openReadOnly if readonly else libvirt.open
        shown = f"{path}, read-only" if readonly else path
        other = perform(self._log, "libvirt", f"open({shown})", lambda: opening(self._uri(path)), (), {}, bare=True)
        if other:
            object.__setattr__(other, "_label", f"conn{len(self._others) + 2}")
            self._others.append(other._target)
        return other

    def watch(self, kind, number, target=None):
        """Registers for an event of `kind` (a class of libvirt) and keeps what arrives for `collected`."""
        method = getattr(self._target, EVENT_REGISTRATIONS[kind])

        def arrived(connection, subject, *details):
            with self._arrived:
                shown = ", ".join(describe(detail) for detail in details[:-1])
                self._events.append(f"event {number} of {describe(subject)}: {shown}")
                self._arrived.notify_all()

        raw = target._target if target is not None else None
        identifier = perform(self._log, "conn", f"{method.__name__}({describe(raw)}, {number})",
                             lambda: method(raw, number, arrived, None), (), {}, bare=True)  # fmt: skip
        self._registered.append((method.__name__.replace("Register", "Deregister"), identifier))
        return identifier

    def collected(self, count, timeout=3):
        """Waits for `count` events, and a moment for one too many; writes them down in the order of arrival."""
        deadline = time.monotonic() + timeout
        with self._arrived:
            while len(self._events) < count and time.monotonic() < deadline:
                self._arrived.wait(deadline - time.monotonic())
        time.sleep(0.05)
        with self._arrived:
            events = list(self._events)
            self._events.clear()
        self._log.add(f"events, {count} expected", "\n".join(events))

    def note(self, what, value):
        """Writes down something that a test computed."""
        self._log.add(what, describe(value))

    def let_go(self):
        """Ends what keeps connections open: registrations hold a reference."""
        for method, identifier in self._registered:
            try:
                getattr(self._target, method)(identifier)
            except (libvirt.libvirtError, TypeError):
                pass
        for other in self._others:
            try:
                other.close()
            except libvirt.libvirtError:
                pass


def missing(name):
    def method(*arguments, **named):
        raise AttributeError(f"no method {name}")

    return method


def perform(log, label, name, method, arguments, named, bare=False):
    shown = [briefly(unwrap(argument)) for argument in arguments]
    shown += [f"{key}={briefly(unwrap(value))}" for key, value in named.items()]
    call = f"{label}.{name}" if bare else f"{label}.{name}({', '.join(shown)})"
    try:
        value = method(*[unwrap(argument) for argument in arguments],
                       **{key: unwrap(value) for key, value in named.items()})  # fmt: skip
    except libvirt.libvirtError as error:
        log.add(call, failure(error))
        return Nothing(log, call)
    except Exception as error:  # noqa: BLE001 - what arrived does not fit the binding, or an argument was a Nothing
        log.add(call, f"broken: raised {type(error).__name__}: {error}")
        return Nothing(log, call)
    if name.startswith(UNORDERED) and isinstance(value, list):
        value = sorted(value, key=describe)
    log.add(call, describe(value))
    return wrap(log, value)


def briefly(value):
    """An argument: of a document its first words are enough, both sides get the same."""
    text = describe(value)
    return text if "\n" not in text and len(text) <= 100 else repr(" ".join(text.removeprefix("text:").split())[:60] + "...")


FIELDS = ("code", "domain", "message", "level", "str1", "str2", "str3", "int1", "int2")


def failure(error):
    if not error.err:
        return f"error without details: {error}"
    return "error " + ", ".join(f"{field} {value!r}" for field, value in zip(FIELDS, error.err))


def wrap(log, value):
    if isinstance(value, OBJECTS):
        return Object(log, value, describe(value))
    if isinstance(value, list):
        return [wrap(log, item) for item in value]
    if isinstance(value, tuple):
        return tuple(wrap(log, item) for item in value)
    return value


def unwrap(value):
    if isinstance(value, Object):
        return value._target
    if isinstance(value, Nothing):
        return None
    if isinstance(value, (list, tuple)):
        return type(value)(unwrap(item) for item in value)
    return value


def describe(value):
    """A printable form that is the same for the same value: no addresses, dictionaries in order."""
    if isinstance(value, libvirt.virConnect):
        return "<connection>"
    if isinstance(value, libvirt.virDomain):
        return f"<domain {value.name()} {value.ID()} {value.UUIDString()}>"
    if isinstance(value, (libvirt.virNetwork, libvirt.virStoragePool, libvirt.virNWFilter)):
        return f"<{type(value).__name__[3:].lower()} {value.name()} {value.UUIDString()}>"
    if isinstance(value, libvirt.virStorageVol):
        return f"<volume {value.name()} {value.key()}>"
    if isinstance(value, libvirt.virInterface):
        return f"<interface {value.name()} {value.MACString()}>"
    if isinstance(value, libvirt.virDomainSnapshot):
        return f"<snapshot {value.getName()}>"
    if isinstance(value, libvirt.virDomainCheckpoint):
        return f"<checkpoint {value.getName()}>"
    if isinstance(value, libvirt.virNodeDevice):
        return f"<device {value.name()}>"
    if isinstance(value, OBJECTS):
        return f"<{type(value).__name__}>"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {describe(value[key])}" for key in sorted(value, key=str)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(describe(item) for item in value) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(describe(item) for item in value) + ")"
    if isinstance(value, str) and "\n" in value:
        return "text:\n" + value
    return repr(value)
