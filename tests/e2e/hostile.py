# SPDX-License-Identifier: GPL-3.0-or-later
"""What a caller may send who is allowed to ask and means harm, for the tests of a station (test-system):
arguments of every kind that are too long, too many or none at all, descriptors of what was not asked
for, callers who do not wait, and things that change while somebody thinks about a password."""
import os
import pty
import re
import signal
import socket
import struct
import tempfile
import threading
import time

from gi.repository import Gio, GLib

import private_bus as pb
import station

LONG = "x" * (1 << 20)
REFUSED = {"InvalidArgument", "InvalidData", "InvalidArgs", "NotFound", "NotSupported", "Signature",
           "NoSpace", "Consent", "Busy", "Permission", "TimedOut", "Io",
           "UnknownMethod"}  # of a run that has ended
MAX_INSTALLS = 4  # of one caller
FLOOD = 10000


# ---- arguments ----

def deep():
    value = GLib.Variant("s", "x")
    for _ in range(30):
        value = GLib.Variant("v", value)
    return value


def make_options(**values):
    return GLib.Variant("a{sv}", {name.replace("_", "-"): value for name, value in values.items()})


EVERY_OPTION = ("slots", "count", "label", "used", "reference", "serial", "slot", "once", "bundle", "tag",
                "text", "verdicts", "after", "since", "all", "dry-run", "choice", "sha256", "bundles")
HOSTILE = {
    "s": {"long": GLib.Variant("s", LONG), "empty": GLib.Variant("s", ""),
          "path": GLib.Variant("s", "../../../etc/passwd\n\x1b[2J"),
          "format": GLib.Variant("s", "%s%n';--\u202e\u2068")},
    "u": {"greatest": GLib.Variant("u", 2 ** 32 - 1)},
    "x": {"negative": GLib.Variant("x", -1), "greatest": GLib.Variant("x", 2 ** 63 - 1),
          "least": GLib.Variant("x", -2 ** 63)},
    "b": {},
    "as": {"many": GLib.Variant("as", ["burn"] * 20000), "long": GLib.Variant("as", [LONG]),
           "empty": GLib.Variant("as", [""])},
    "h": {"second": GLib.Variant("h", 1), "greatest": GLib.Variant("h", 2 ** 31 - 1)},
    "a{sv}": {
        "unknown": make_options(no_such_option=GLib.Variant("s", "x")),
        "many": make_options(**{f"option-{n}": GLib.Variant("u", n) for n in range(2000)}),
        "many slots": make_options(slots=GLib.Variant("as", ["1-" + "1" * 60] * 20000)),
        "deep": make_options(slots=deep(), slot=deep(), choice=deep()),
        "of another type": make_options(**{name: GLib.Variant("d", 1.5) for name in EVERY_OPTION}),
        "long": make_options(**{name: GLib.Variant("s", LONG) for name in
                                ("label", "reference", "text", "sha256")})},
}


def with_hostile(arguments):
    """The row's own arguments, with one of them exchanged; and none at all."""
    children = [arguments.get_child_value(i) for i in range(arguments.n_children())]
    for i, child in enumerate(children):
        for name, bad in HOSTILE[child.get_type_string()].items():
            kind = "options " if child.get_type_string() == "a{sv}" else ""
            yield (f"{kind}{name} {i}",
                   GLib.Variant.new_tuple(*children[:i], bad, *children[i + 1:]))
    yield "none", GLib.Variant("()", ())
    yield "others", GLib.Variant("(ss)", ("x", "x"))


# ---- descriptors ----

def folder_of(make):
    """A folder in which a bundle's manifest is something else."""
    def open_it():
        folder = tempfile.mkdtemp(dir=pb.os.environ["PUNNET_PRIVATE_BUS"])
        os.chmod(folder, 0o755)
        make(f"{folder}/manifest.json")
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    return open_it


def sparse(path, size=1 << 40):
    with open(path, "wb") as file:
        file.truncate(size)


def open_sparse():
    descriptor = os.memfd_create("sparse")
    os.ftruncate(descriptor, 1 << 40)
    return descriptor


def endless_pipe():
    """Somebody writes into it for as long as it is read."""
    read, write = os.pipe()

    def fill():
        try:
            while True:
                os.write(write, b"manifest.json" * 5000)
        except OSError:
            os.close(write)
    threading.Thread(target=fill, daemon=True).start()
    return read


def closed_pipe():
    read, write = os.pipe()
    os.close(write)
    return read


def write_end():
    return os.pipe()[1]


def socket_end():
    return socket.socketpair()[0].detach()


def terminal():
    return pty.openpty()[1]


def event():
    return os.eventfd(1)


def small_memfd():
    descriptor = os.memfd_create("small")
    os.write(descriptor, b"{}" * 300)
    return descriptor


def links(path):
    os.symlink("/etc/shadow", path)


DESCRIPTORS = {
    "closed pipe": closed_pipe, "endless pipe": endless_pipe, "write end": write_end,
    "socket": socket_end, "terminal": terminal, "eventfd": event, "memfd": small_memfd,
    "sparse": open_sparse, "/dev/zero": lambda: os.open("/dev/zero", os.O_RDWR),
    "/dev/null": lambda: os.open("/dev/null", os.O_RDWR),
    "memory": lambda: os.open("/proc/self/mem", os.O_RDWR),
    "file of /proc": lambda: os.open("/proc/self/environ", os.O_RDONLY),
    "path": lambda: os.open("/etc/passwd", os.O_PATH),
    "path of a folder": lambda: os.open("/etc", os.O_PATH | os.O_DIRECTORY),
    "read only": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "folder": lambda: os.open("/", os.O_RDONLY | os.O_DIRECTORY),
    "folder of /proc": lambda: os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY),
    "folder with a link": folder_of(links),
    "folder with a pipe": folder_of(os.mkfifo),
    "folder with a folder": folder_of(os.mkdir),
    "folder with too much": folder_of(sparse),
    "folder with a socket": folder_of(lambda path: socket.socket(socket.AF_UNIX).bind(path)),
    "folder with a device": folder_of(lambda path: os.mknod(path, 0o20666, os.makedev(1, 5))),
}
TAKES = {"InstallBundle", "BackupRecords", "MergeRecords"}


def descriptors(method):
    if method not in TAKES:
        return
    for name, make in DESCRIPTORS.items():
        try:
            yield name, make()
        except PermissionError:
            station.note(f"NOT TESTED: {name}: not allowed here")


# ---- the table ----

def differences(before, after):
    """But for when a bundle was used last: it is looked into before it is refused."""
    before, after = ({path: {name: {k: v for k, v in values.items() if k != "LastUsed"}
                             for name, values in interfaces.items()}
                      for path, interfaces in objects.items()} for objects in (before, after))
    return sorted(f"{path}{' ' + name if name else ''}" for path in before.keys() | after.keys()
                  for name in ([""] if path not in before or path not in after else
                               [i for i in before[path] if before[path][i] != after[path].get(i)]))


def judge(here, row):
    """What one method says to all of it: how often it refused. What must not be is in capitals."""
    method, interface, path, arguments, _ = row
    before, pid = here.at_rest(), here.system.helper_pid()
    wrong, n_refused = [], 0

    def look(name, call):
        nonlocal n_refused
        answer = call.wait()
        n_refused += answer in REFUSED
        if answer not in REFUSED | {"ok"} or answer == "ok" and name.startswith("options "):
            wrong.append(f"{name}: {answer}")

    for name, bad in with_hostile(arguments):
        fd = os.memfd_create("plain") if method in TAKES else -1
        look(name, here.system.call("granted", path, interface, method, bad, fd))
    for name, fd in descriptors(method):
        look(name, here.system.call("granted", path, interface, method, arguments, fd))
    if method in TAKES:
        look("none", here.system.call("granted", path, interface, method, arguments, -1))
    if here.system.helper_pid() != pid:
        wrong.append("the helper ended")
    left = differences(before, here.at_rest())
    if left:
        wrong.append(f"it changed {left}")
    return f"WRONG:{'; '.join(wrong)}" if wrong else f"refused {n_refused}"


# ---- what changes while somebody thinks ----

def think(here, call, meanwhile):
    """@call needs a password; it is typed once @meanwhile has happened. What comes of it."""
    agent = here.system.agent
    agent.mind = "hold"
    asked = len(agent.asked)
    waiting = call("asked")
    pb.wait_until(lambda: len(agent.asked) > asked)
    meanwhile()
    agent.answer("yes")
    answer = waiting.wait()
    agent.mind = "yes"
    return answer, getattr(waiting, "sentence", "")


def stale(here):
    """(what happened, what was asked for, what it was told): each has to be refused."""
    ok, system, manager = here.ok, here.system, f"{pb.ROOT}/manager"

    def call(path, interface, method, signature, *values):
        return lambda user="granted": system.call(user, path, interface, method,
                                                  GLib.Variant(signature, values))
    slot = ok(call(manager, "Manager", "AddSlot", "(sa{sv})", "1-7", {})())[0]
    batch = ok(here.open_batch("granted", slots=["1-7"]))[0]
    slots = here.options(slots=["1-7"])
    ok(here.install("granted", "other"))
    any_key = call(manager, "Manager", "SetEnrolledOnly", "(ba{sv})", False, {})
    remove_slot = call(slot, "Slot", "Remove", "(a{sv})", {})
    cases = [
        ("slot labelled", call(manager, "Manager", "OpenBatch", "(sa{sv})", here.digests["naked"], slots),
         call(slot, "Slot", "Configure", "(a{sv})", here.options(label="Right")), "Stale"),
        ("only other keys", call(manager, "Manager", "OpenBatch", "(sa{sv})",
                                 here.digests["secure-boot"], here.options(
                                     count=2, permit_permanent=station.consent_to(
                                         here.bundles["secure-boot"]))),
         call(manager, "Manager", "SetEnrolledOnly", "(ba{sv})", True, {}), "Permission"),
        ("bundle removed", call(manager, "Manager", "OpenBatch", "(sa{sv})", here.digests["other"], {}),
         call(manager, "Manager", "RemoveBundle", "(sa{sv})", here.digests["other"], {}), "NotFound"),
        ("batch closed", call(batch, "Batch", "SetPaused", "(ba{sv})", True, {}),
         call(batch, "Batch", "Close", "(a{sv})", {}), "any"),
        ("slot removed", call(slot, "Slot", "Configure", "(a{sv})", here.options(label="Left")),
         remove_slot, "NotFound"),
        ("slot removed", call(manager, "Manager", "OpenBatch", "(sa{sv})", here.digests["naked"], slots),
         None, "Stale"),
    ]
    for what, asked, change, wanted in cases:
        if change is None:  # it has to be there first, with what it was called
            path = ok(call(manager, "Manager", "AddSlot", "(sa{sv})", "1-7", {})())[0]
            ok(call(path, "Slot", "Configure", "(a{sv})", here.options(label="Left"))())
            change = call(path, "Slot", "Remove", "(a{sv})", {})
        batches = system.objects("Batch")
        answer, sentence = think(here, asked, lambda: ok(change()))
        ok(any_key())
        fine = answer in (wanted, "NotFound") if wanted != "any" else answer != "NoReply"
        fine = fine and system.objects("Batch").keys() <= batches.keys()
        yield what, answer, sentence, fine


# ---- many at once ----

def memory(pid):
    """Of its own, in KiB."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"^RssAnon:\s+(\d+)", file.read(), re.M).group(1))


def is_sanitized(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        return "libasan" in file.read()


def n_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def flood(here, user, method, n=FLOOD):
    """Without waiting for an answer; how often each was given, and what another caller heard meanwhile."""
    answers, others = {}, []
    someone = pb.connect("granted")

    def done(bus, result, _):
        try:
            bus.call_finish(result)
            name = "ok"
        except GLib.Error as error:
            name = (Gio.DBusError.get_remote_error(error) or error.message).rsplit(".", 1)[-1]
        answers[name] = answers.get(name, 0) + 1

    bus = here.system.people[user]
    for i in range(n):
        bus.call(pb.NAME, f"{pb.ROOT}/manager", f"{pb.NAME}.Manager", method,
                 GLib.Variant("(a{sv})", ({},)), None, Gio.DBusCallFlags.NONE, GLib.MAXINT32, None, done,
                 None)
        if i == n // 2:
            other = pb.Call(someone, f"{pb.ROOT}/manager", "Manager", "ListOverrides",
                            GLib.Variant("(a{sv})", ({},)))
    others.append(other.wait())
    pb.wait_until(lambda: sum(answers.values()) == n)
    someone.close_sync(None)
    return answers, others


def leave_at_once(n):
    """They call, and do not wait for the bus to say who they are, nor for an answer."""
    address = os.environ["DBUS_SYSTEM_BUS_ADDRESS"].split("path=")[1]
    for i in range(n):
        one = socket.socket(socket.AF_UNIX)
        one.connect(address)
        one.sendall(b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n" if i % 2 else b"\0AUTH EXTER")
        if i % 2:
            one.sendall(message("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                "Hello", 1)
                        + message(pb.NAME, f"{pb.ROOT}/manager", f"{pb.NAME}.Manager", "Identify", 2))
        one.close()


def message(name, path, interface, member, serial):
    """A call with an empty a{sv}, or none at all for Hello, as it goes over the wire."""
    made = Gio.DBusMessage.new_method_call(name, path, interface, member)
    made.set_serial(serial)
    if member != "Hello":
        made.set_body(GLib.Variant("(a{sv})", ({},)))
    return bytes(made.to_blob(Gio.DBusCapabilityFlags.NONE))


def half_open(here):
    """Four installs that never go on, of one caller who then leaves."""
    bus, ends, calls = pb.connect("granted"), [], []
    for _ in range(MAX_INSTALLS + 1):
        read, write = os.pipe()
        ends.append(write)
        os.write(write, struct.pack("64s", b"manifest.json"))
        calls.append(pb.Call(bus, f"{pb.ROOT}/manager", "Manager", "InstallBundle",
                             GLib.Variant("(ha{sv})", (0, {})), read))
    pb.wait_until(lambda: any(call.done for call in calls))
    refused = [call.error for call in calls if call.done]
    other = here.install("granted", "naked").wait()
    bus.close_sync(None)
    for end in ends:
        os.close(end)
    return refused, other


# ---- the tests ----

def run_stale(here):
    """What was allowed is what was shown."""
    wrong = []
    with open(f"{pb.BUILD}/tests/authorisation.tsv", "a", encoding="utf-8") as file:
        for what, answer, sentence, fine in stale(here):
            station.note(f"{what}: {answer}: {sentence}")
            file.write(f"{what} while it was asked\t{answer}\n")
            wrong += [] if fine else [(what, answer)]
    assert not wrong, wrong


def run_flood(here):
    """10,000 requests of one caller: each has an answer, others are served, and nothing of it stays."""
    system = here.system
    pid = system.helper_pid()
    before, sizes, n_open = here.at_rest(), [], n_descriptors(pid)
    for user, method, may in (("refused", "CountRecords", {"Permission", "Busy", "LimitsExceeded"}),
                              ("granted", "CountRecords", {"ok", "Busy", "LimitsExceeded"}),
                              ("granted", "CountRecords", {"ok", "Busy", "LimitsExceeded"})):
        began = time.monotonic()
        answers, others = flood(here, user, method)
        sizes.append(memory(pid))
        station.note(f"{user}: {answers}, {sizes[-1]} KiB, {time.monotonic() - began:.1f} s")
        assert set(answers) <= may and others == ["ok"], (answers, others)
    leave_at_once(1000)
    assert system.helper_pid() == pid and here.at_rest() == before
    pb.wait_until(lambda: n_descriptors(pid) <= n_open)
    if not is_sanitized(pid):
        assert memory(pid) - sizes[0] < 8 << 10, (sizes, memory(pid))


def run_half_open(here):
    """Installs that do not go on keep nobody else from installing, and end with who began them."""
    system = here.system
    pid, n_open = system.helper_pid(), n_descriptors(system.helper_pid())
    refused, other = half_open(here)
    assert refused == ["Busy"] and other == "ok", (refused, other)
    pb.wait_until(lambda: n_descriptors(pid) <= n_open)
    assert not [name for name in os.listdir(f"{here.work}/state/bundles") if name.startswith(".")]


def has_owner(one):
    return one.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                         "NameHasOwner", GLib.Variant("(s)", (pb.NAME,)), None,
                         Gio.DBusCallFlags.NONE, -1, None).unpack()[0]


def count_and_leave():
    one = pb.connect("granted")
    call = pb.Call(one, f"{pb.ROOT}/manager", "Manager", "CountRecords",
                   GLib.Variant("(a{sv})", ({},)))
    assert call.wait() == "ok", call.error
    one.close_sync(None)
    return call.reply.unpack()


def run_idle_exit(here):
    """Nobody asks, nothing is open: it ends by itself; whoever calls as soon as it has left the bus
    finds the next one, which waits for the folder that this one may still hold."""
    system = here.system
    for path in system.objects("Batch"):
        here.ok(system.call("granted", path, "Batch", "Close", GLib.Variant("(a{sv})", ({},))))
    pid = system.helper_pid()
    system.root.close_sync(None)
    with open(f"{here.work}/start-helper", encoding="utf-8") as file:
        script = file.read()
    pb.write(f"{here.work}/start-helper", script.replace("--idle-exit 0", "--idle-exit 1"), 0o755)
    observer = pb.connect()
    os.kill(pid, signal.SIGTERM)
    counts = set()
    for _ in range(3):
        pb.wait_until(lambda: not has_owner(observer))
        counts.add(count_and_leave())
    pb.wait_until(lambda: not has_owner(observer))
    assert len(counts) == 1, counts
    observer.close_sync(None)
    system.root = pb.connect()
