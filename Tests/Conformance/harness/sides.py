"""The two daemons that are compared: each is a side with its sockets, ports and directory."""

import os
import signal
import socket
import subprocess
import threading
import time


# Where secrets and filters are: a driver of its own in libvirtd, which its test driver has no part in; the test driver
# itself in virtd.
SERVICES_OF_LIBVIRTD = ("qemu", "/system")
SERVICES_OF_VIRTD = ("test", "/default")
# Two libvirtds in one network put their filters on the same loopback: their services are used one after the other.
SERVICES = threading.Lock()


class Side:
    """One daemon: how it is reached, and the process that runs it, if the harness started it.

    `directory` is where this side's own files are: `tmp` inside it is what cases call `$TMP`. Both sides' directories
    have names of the same length, so that tables stay aligned before the paths in them are made equal.
    """

    def __init__(self, name, directory, socket_path, tcp_port, tls_port, pki, services=SERVICES_OF_LIBVIRTD):
        self.name = name
        self.directory = directory
        self.socket = socket_path
        self.tcp_port = tcp_port
        self.tls_port = tls_port
        self.pki = pki
        self.services = services
        self.tmp = os.path.join(directory, "tmp")
        self.command = None
        self.process = None
        os.makedirs(self.tmp, exist_ok=True)
        os.chmod(self.tmp, 0o777)

    def uri(self, transport, services=False):
        """The host of the test driver, or whatever this side has its secrets and filters in."""
        driver, path = self.services if services else ("test", "/default")
        if transport == "unix":
            return f"{driver}+unix://{path}?socket={self.socket}"
        if transport == "tcp":
            return f"{driver}+tcp://127.0.0.1:{self.tcp_port}{path}"
        if transport == "tls":
            return f"{driver}+tls://localhost:{self.tls_port}{path}?pkipath={self.pki}"
        raise ValueError(f"unknown transport {transport}")

    def variables(self):
        """What `$NAME` stands for in a case, and what the normaliser turns back."""
        return {
            "SOCKET": self.socket,
            "TCP": str(self.tcp_port),
            "TLS": str(self.tls_port),
            "PKI": self.pki,
            "TMP": self.tmp,
            # What a domain is of the type of, where services are asked.
            "TYPE": self.services[0],
        }

    def start(self, command, timeout):
        """Starts the daemon and waits until it listens everywhere. Raises RuntimeError with its last words."""
        self.command = (command, timeout)
        log = os.path.join(self.directory, "output")
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + timeout
        while not self.listening():
            if self.process.poll() is not None or time.monotonic() > deadline:
                state = "ended" if self.process.poll() is not None else "does not listen"
                self.stop()
                raise RuntimeError(f"{' '.join(command)}: {state}\n{self.last_words()}")
            time.sleep(0.02)

    def last_words(self):
        with open(os.path.join(self.directory, "output"), errors="replace") as output:
            return "".join(output.readlines()[-20:])

    def listening(self):
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(self.socket)
            for port in (self.tcp_port, self.tls_port):
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            return False
        return True

    def died(self):
        return self.process is not None and self.process.poll() is not None

    def restart(self):
        self.stop()
        self.start(*self.command)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            # The whole group: a namespace's first process and unshare ignore the signal.
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def real(directory, pki):
    """The real libvirtd that scripts/private-libvirtd already runs, on libvirt's own sockets and ports."""
    return Side("libvirtd", directory, "/run/libvirt/libvirt-sock", 16509, 16514, pki)


def other_real(directory, pki, private_libvirtd):
    """A second real libvirtd in the same network, for the self-check."""
    sockets = os.path.join(directory, "run/libvirt")
    os.makedirs(sockets)
    side = Side("libvirtd again", directory, os.path.join(sockets, "libvirt-sock"), 26509, 26514, pki)
    options = ["--share-net", "--socket-dir", sockets, "--tcp-port", "26509", "--tls-port", "26514"]
    side.start([private_libvirtd, *options, directory, "sleep", "infinity"], timeout=30)
    return side


def through(directory, pki, private_libvirtd, gateway):
    """A second real libvirtd that clients reach through our daemon's dispatch and our SDK (Tests/Gateway)."""
    hidden = os.path.join(directory, "hidden")
    os.makedirs(hidden)
    side = Side("gateway", directory, os.path.join(directory, "run.sock"), 26509, 26514, pki)
    command = [gateway, os.path.join(hidden, "libvirt-sock"), side.socket, str(side.tcp_port), str(side.tls_port), pki]
    options = ["--share-net", "--socket-dir", hidden, "--tcp-port", "36509", "--tls-port", "36514"]
    side.start([private_libvirtd, *options, directory, *command], timeout=30)
    return side


def ours(directory, pki, virtd):
    """Our daemon, everything of it under `directory`, configured by its libvirtd.conf as an administrator would."""
    socket_path = os.path.join(directory, "run/libvirt/libvirt-sock")
    side = Side("virtd", directory, socket_path, 26509, 26514, pki, SERVICES_OF_VIRTD)
    configuration = os.path.join(directory, "etc/libvirt")
    os.makedirs(configuration, exist_ok=True)
    with open(os.path.join(configuration, "libvirtd.conf"), "w") as file:
        file.write(
            'auth_unix_ro = "none"\n'
            'auth_unix_rw = "none"\n'
            'listen_addr = "127.0.0.1"\n'
            "listen_tcp = 1\n"
            "listen_tls = 1\n"
            f'tcp_port = "{side.tcp_port}"\n'
            f'tls_port = "{side.tls_port}"\n'
            'auth_tcp = "none"\n'
            'auth_tls = "none"\n'
            f'ca_file = "{pki}/cacert.pem"\n'
            f'cert_file = "{pki}/servercert.pem"\n'
            f'key_file = "{pki}/serverkey.pem"\n'
        )
    side.start([virtd, "--root", directory, "--listen"], timeout=20)
    return side


def make_pki(directory):
    """An authority, a server's and a client's certificate, under the names that libvirt's clients look for."""
    os.makedirs(directory)

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    openssl(
        *new, "-subj", "/CN=Conformance", "-keyout", "cakey.pem", "-out", "cacert.pem",
        "-addext", "keyUsage=critical,keyCertSign",
    )  # fmt: skip
    for name, purpose, alternatives in (
        ("server", "serverAuth", "DNS:localhost,IP:127.0.0.1"),
        ("client", "clientAuth", "DNS:client"),
    ):
        openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{name}key.pem", "-out", f"{name}.csr",
        )  # fmt: skip
        with open(os.path.join(directory, f"{name}.ext"), "w") as file:
            file.write(
                "basicConstraints=critical,CA:FALSE\n"
                "keyUsage=critical,digitalSignature,keyEncipherment\n"
                f"extendedKeyUsage={purpose}\nsubjectAltName={alternatives}\n"
            )
        openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "cacert.pem", "-CAkey", "cakey.pem", "-CAcreateserial",
            "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}cert.pem",
        )  # fmt: skip
