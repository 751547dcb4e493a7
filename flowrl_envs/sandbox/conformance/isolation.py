"""Isolation: what a program must not reach, whatever it calls."""

from __future__ import annotations

import os
import socket
import tempfile
import threading

from flowrl_envs.sandbox.conformance.base import Check, function, refuses, seen
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.types import Status

_LIBC = "libc = ctypes.CDLL(None, use_errno=True)\n"


def _call(number: str, arguments: str) -> str:
    """A raw system call, by its name on each architecture's table, that must not succeed."""
    return (
        _LIBC
        + f"machine = os.uname().machine\nnumber = {{{number}}}[machine]\n"
        + f"if libc.syscall(number, {arguments}) < 0:\n    return False"
    )


def _host_file(sandbox: Sandbox) -> str:
    with tempfile.NamedTemporaryFile("w", prefix="flowrl-canary-", suffix=".txt") as canary:
        canary.write("secret-5f1d3c")
        canary.flush()
        os.chmod(canary.name, 0o644)
        result = sandbox.run(function("def f(path):\n    return open(path).read()", canary.name))
    return "a host file was read" if any(answer.value == "secret-5f1d3c" for answer in result.answers) else ""


def _environment(sandbox: Sandbox) -> str:
    name = "FLOWRL_CONFORMANCE_CANARY"
    os.environ[name] = "secret-5f1d3c"
    code = """
import glob, os
def f():
    found = [str(dict(os.environ))]
    for path in glob.glob('/proc/*/environ'):
        try:
            found.append(open(path, 'rb').read().decode('latin1'))
        except OSError:
            pass
    return any('secret-5f1d3c' in text for text in found)
"""
    try:
        result = sandbox.run(function(code))
    finally:
        del os.environ[name]
    return "the host's environment was read" if any(answer.value is True for answer in result.answers) else ""


def _loopback(sandbox: Sandbox) -> str:
    reached = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)

        def listen() -> None:
            try:
                server.accept()[0].close()
                reached.set()
            except OSError:
                pass

        code = (
            "import socket\ndef f(port):\n    socket.create_connection(('127.0.0.1', port), 1).close()\n    return True"
        )
        listener = threading.Thread(target=listen)
        server.settimeout(2)
        listener.start()
        result = sandbox.run(function(code, server.getsockname()[1]))
        listener.join()
    return "the host's loopback was reached: " + seen(result) if reached.is_set() else ""


def _hidden_process(sandbox: Sandbox) -> str:
    code = "import os\ndef f(pid):\n    os.kill(pid, 0)\n    return True"
    result = sandbox.run(function(code, os.getpid()))
    if os.getpid() > 2 and any(answer.value is True for answer in result.answers):
        return "this process can be signalled from the box"
    return ""


def _no_rights(sandbox: Sandbox) -> str:
    code = """
import ctypes, os, struct
def f():
    libc = ctypes.CDLL(None)
    header, data = struct.pack('<II', 0x20080522, 0), ctypes.create_string_buffer(24)
    number = {'x86_64': 125, 'aarch64': 90}[os.uname().machine]
    done = libc.syscall(number, header, data)
    return done, data.raw == bytes(24), os.getuid() != 0 and os.geteuid() != 0
"""
    result = sandbox.run(function(code))
    answer = result.answers[0].value if result.answers else None
    if not isinstance(answer, tuple):
        return seen(result)
    return "" if answer[2] and (answer[0] != 0 or answer[1]) else f"capabilities or uid 0 are left: {answer}"


def _writable(sandbox: Sandbox) -> str:
    code = """
import os, sys
def f():
    home = os.getcwd()
    found = []
    places = '/ /etc /usr /dev /opt /root /home /var /var/tmp /run /proc /sys'.split() + sys.path
    for place in places:
        try:
            fd = os.open(os.path.join(place, 'x-probe'), os.O_CREAT | os.O_WRONLY)
            os.close(fd)
            found.append(place)
        except OSError:
            pass
    return [place for place in found if os.path.realpath(place) != os.path.realpath(home)]
"""
    result = sandbox.run(function(code))
    if result.status is not Status.OK:
        return seen(result)
    return "" if result.answers[0].value == [] else f"writable: {result.answers[0].value}"


CHECKS = (
    Check("isolation.host_files", _host_file),
    Check("isolation.host_environment", _environment),
    Check("isolation.host_loopback", _loopback),
    Check("isolation.host_processes", _hidden_process),
    Check("isolation.no_capability_and_not_root", _no_rights),
    Check("isolation.only_the_scratch_folder_is_writable", _writable),
    refuses("isolation.password_file", "open('/etc/shadow').read()"),
    refuses("isolation.fork", "if os.fork() == 0:\n    os._exit(0)"),
    refuses("isolation.exec", "os.execv(sys.executable or '/bin/true', ['x', '-c', ''])"),
    refuses("isolation.subprocess", "import subprocess\nsubprocess.run(['/bin/true'], check=True)"),
    refuses("isolation.internet_socket", "socket.socket(socket.AF_INET, socket.SOCK_STREAM)"),
    refuses("isolation.unix_socket", "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)"),
    refuses("isolation.netlink_socket", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"),
    refuses("isolation.datagram_pair", "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)"),
    refuses("isolation.ptrace", _call("'x86_64': 101, 'aarch64': 117", "0x4206, 1, 0, 0")),
    refuses("isolation.memory_of_processes", _call("'x86_64': 310, 'aarch64': 270", "1, 0, 0, 0, 0, 0")),
    refuses("isolation.bpf", _call("'x86_64': 321, 'aarch64': 280", "0, 0, 0")),
    refuses("isolation.io_uring", _call("'x86_64': 425, 'aarch64': 425", "1, ctypes.create_string_buffer(120)")),
    refuses("isolation.userfaultfd", _call("'x86_64': 323, 'aarch64': 282", "1")),
    refuses("isolation.keyring", _call("'x86_64': 250, 'aarch64': 219", "0, -3, 1")),
    refuses("isolation.performance_events", _call("'x86_64': 298, 'aarch64': 241", "0, 0, -1, -1, 0")),
    refuses("isolation.new_namespaces", _call("'x86_64': 272, 'aarch64': 97", "0x10000000")),
    refuses("isolation.mount", _call("'x86_64': 165, 'aarch64': 40", "b'x', b'/tmp', b'tmpfs', 0, 0")),
    refuses("isolation.chroot", "os.chroot('.')"),
    refuses("isolation.device_node", "os.mknod('zero', 0o020666, os.makedev(1, 5))\nopen('zero', 'rb').read(1)"),
    refuses("isolation.become_root", "os.setuid(0)"),
    refuses("isolation.shared_memory_segment", _call("'x86_64': 29, 'aarch64': 194", "0, 4096, 0o1600")),
    refuses("isolation.pidfd", "os.pidfd_open(1)"),
    refuses("isolation.foreign_abi", _call("'x86_64': 0x40000000 + 39, 'aarch64': 5000", "0")),
    refuses("isolation.host_name", "socket.sethostname('x')"),
    refuses("isolation.clock", "import time\ntime.clock_settime(time.CLOCK_REALTIME, 0)"),
)
