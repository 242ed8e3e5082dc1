# SPDX-License-Identifier: GPL-3.0-or-later
"""A system bus of one's own with the real polkitd and the installed helper's files, in namespaces
that go with the test: /etc/passwd, polkit's folders and /run are ours in there. Needs root."""
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

BUILD = os.environ["PUNNET_BUILD_ROOT"]
SOURCE = os.environ["PUNNET_SOURCE_ROOT"]
NAME = "org.punnet.Provisioner1"
ROOT = "/org/punnet/Provisioner1"
POLKITD = "/usr/lib/polkit-1/polkitd"
LOGIND_POLICY = "/usr/share/polkit-1/actions/org.freedesktop.login1.policy"
PEOPLE = {"granted": 2001, "refused": 2002, "nobody2": 2003, "asked": 2004}
HELPER_UID = 990


def skip(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


def enter():
    """Comes back inside; whoever is outside waits, and gives the status back."""
    if os.environ.get("PUNNET_PRIVATE_BUS"):
        return os.environ["PUNNET_PRIVATE_BUS"]
    if os.geteuid() != 0:
        skip("NOT TESTED: only root can make a private system bus with the real polkitd")
    if not os.path.exists(POLKITD):
        skip("NOT TESTED: polkitd is not installed")
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]
    if subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        skip("NOT TESTED: namespaces cannot be made here")
    work = tempfile.mkdtemp(prefix="punnet-system-", dir="/tmp")
    os.chmod(work, 0o755)
    try:
        status = subprocess.run([*unshare, "umockdev-wrapper", sys.executable, *sys.argv],
                                env={**os.environ, "PUNNET_PRIVATE_BUS": work}).returncode
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(status)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(textwrap.dedent(text).lstrip("\n"))
    os.chmod(path, mode)
    return path


def bind(source, target):
    subprocess.run(["mount", "--bind", source, target], check=True)


def make_people(work):
    for path, line in ("/etc/passwd", "{0}:x:{1}:{1}::/nonexistent:/bin/false\n"), \
                      ("/etc/group", "{0}:x:{1}:\n"):
        with open(path) as file:
            text = file.read() + line.format("punnet", HELPER_UID)
        text += "".join(line.format(name, uid) for name, uid in PEOPLE.items())
        bind(write(f"{work}{path}", text), path)


def make_polkit(work):
    os.makedirs(f"{work}/actions")
    shutil.copy(f"{BUILD}/data/station/{NAME}.policy", f"{work}/actions")
    if os.path.exists(LOGIND_POLICY):
        shutil.copy(LOGIND_POLICY, f"{work}/actions")
    os.makedirs(f"{work}/rules")
    shutil.copy(f"{SOURCE}/data/station/punnet-service.rules", f"{work}/rules/50-punnet.rules")
    write(f"{work}/rules/10-test.rules", """
        polkit.addAdminRule(function(action, subject) { return ["unix-user:0"]; });
        polkit.addRule(function(action, subject) {
            if (action.id.indexOf("org.punnet.") != 0)
                return polkit.Result.NOT_HANDLED;
            if (subject.user == "granted") return polkit.Result.YES;
            if (subject.user == "refused") return polkit.Result.NO;
            if (subject.user == "asked") return polkit.Result.AUTH_ADMIN;
            return polkit.Result.NOT_HANDLED;
        });
        """)
    os.makedirs(f"{work}/none")
    os.makedirs("/etc/polkit-1/rules.d", exist_ok=True)
    bind(f"{work}/actions", "/usr/share/polkit-1/actions")
    bind(f"{work}/rules", "/usr/share/polkit-1/rules.d")
    bind(f"{work}/none", "/etc/polkit-1/rules.d")


def make_services(work, environment, options, prefix=""):
    """The helper's own service file, but started without systemd: what User= and the unit would
    do is done by setpriv. @prefix: a program that starts it."""
    state = f"{work}/state"
    os.makedirs(state)
    os.chown(state, HELPER_UID, HELPER_UID)
    bind_target = f"{work}/build"
    os.makedirs(bind_target)
    bind(BUILD, bind_target)
    words = " ".join(f"{key}='{value}'" for key, value in environment.items())
    script = write(f"{work}/start-helper", f"""
        #!/bin/sh
        exec setpriv --reuid=punnet --regid=punnet --clear-groups --no-new-privs --bounding-set=-all \\
          env {words} STATE_DIRECTORY={state} PUNNET_LIBEXEC_DIR={bind_target}/src/worker \\
          {prefix} {bind_target}/src/helper/punnetd {options} 2>>{work}/helper.log
        """, 0o755)
    with open(f"{BUILD}/data/station/{NAME}.service") as file:
        service = [f"Exec={script}" if line.startswith("Exec=") else line
                   for line in file.read().splitlines()
                   if not line.startswith(("User=", "SystemdService="))]
    write(f"{work}/services/{NAME}.service", "\n".join(service) + "\n")
    # That a critical message ends what is tested is not for polkitd: 126 has one of its own.
    write(f"{work}/services/org.freedesktop.PolicyKit1.service", f"""
        [D-BUS Service]
        Name=org.freedesktop.PolicyKit1
        Exec=/bin/sh -c 'unset G_DEBUG; exec {POLKITD} --no-debug 2>>{work}/polkit.log'
        User=root
        """)


def start_bus(work):
    """As strict as the system's own; what is allowed beyond comes from the shipped policies."""
    config = write(f"{work}/bus.conf", f"""
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
         "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig>
          <type>system</type>
          <listen>unix:path={work}/socket</listen>
          <auth>EXTERNAL</auth>
          <servicedir>{work}/services</servicedir>
          <policy context="default">
            <allow user="*"/>
            <deny own="*"/>
            <deny send_type="method_call"/>
            <allow send_type="signal"/>
            <allow send_requested_reply="true" send_type="method_return"/>
            <allow send_requested_reply="true" send_type="error"/>
            <allow receive_type="method_call"/>
            <allow receive_type="method_return"/>
            <allow receive_type="error"/>
            <allow receive_type="signal"/>
            <allow send_destination="org.freedesktop.DBus"/>
          </policy>
          <policy user="root"><allow own="org.freedesktop.login1"/></policy>
          <policy context="default"><allow send_destination="org.freedesktop.login1"/></policy>
          <include>/usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf</include>
          <include>{SOURCE}/data/station/{NAME}.conf</include>
        </busconfig>
        """)
    daemon = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile",
                               "--print-address"], stdout=subprocess.PIPE, text=True,
                              stderr=open(f"{work}/bus.log", "w", encoding="utf-8"),
                              env={key: value for key, value in os.environ.items()
                                   if key not in ("LD_PRELOAD", "UMOCKDEV_DIR")})
    if not daemon.stdout.readline():
        raise AssertionError("the bus did not start")
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={work}/socket"


def connect(user=None):
    """A connection of that user's; None: root's."""
    if user is not None:
        os.setegid(PEOPLE[user])
        os.seteuid(PEOPLE[user])
    try:
        return Gio.DBusConnection.new_for_address_sync(
            os.environ["DBUS_SYSTEM_BUS_ADDRESS"],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
    finally:
        os.seteuid(0)
        os.setegid(0)


def wait_until(condition, seconds=120):
    """Runs the main loop until it is so."""
    context = GLib.MainContext.default()
    late = []
    timer = GLib.timeout_add_seconds(seconds, lambda: late.append(True) or False)
    tick = GLib.timeout_add(50, lambda: True)  # what is not of the loop is looked at, too
    try:
        while not condition():
            if late:
                raise AssertionError(f"nothing happened for {seconds} s")
            context.iteration(True)
    finally:
        GLib.source_remove(tick)
        if not late:
            GLib.source_remove(timer)


class Call:
    """One method call that goes on while the main loop runs."""

    def __init__(self, bus, path, interface, method, arguments, fd=-1, ask=True):
        self.error = self.reply = None
        self.done = False
        fds = Gio.UnixFDList.new()
        if fd >= 0:
            fds.append(fd)
        flags = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION if ask else 0
        bus.call_with_unix_fd_list(NAME, path, f"{NAME}.{interface}", method, arguments, None,
                                   Gio.DBusCallFlags(flags), GLib.MAXINT32, fds, None, self._done)

    def _done(self, bus, result):
        try:
            self.reply = bus.call_with_unix_fd_list_finish(result)[0]
        except GLib.Error as error:
            name = Gio.DBusError.get_remote_error(error)
            self.error = name.rsplit(".", 1)[-1] if name else error.message
            self.sentence = error.message
        self.done = True

    def wait(self):
        wait_until(lambda: self.done)
        return self.error or "ok"


class Agent:
    """Who types passwords: says yes, types a wrong one, dismisses, or thinks about it."""

    XML = """<node><interface name="org.freedesktop.PolicyKit1.AuthenticationAgent">
        <method name="BeginAuthentication"><arg type="s" direction="in"/><arg type="s" direction="in"/>
          <arg type="s" direction="in"/><arg type="a{ss}" direction="in"/>
          <arg type="s" direction="in"/><arg type="a(sa{sv})" direction="in"/></method>
        <method name="CancelAuthentication"><arg type="s" direction="in"/></method>
        </interface></node>"""

    def __init__(self):
        self.mind = "yes"
        self.asked = []
        self.cancelled = []
        self.held = None
        self.bus = connect()
        interface = Gio.DBusNodeInfo.new_for_xml(self.XML).interfaces[0]
        self.bus.register_object("/agent", interface, self._called, None, None)
        with open("/proc/self/stat") as file:
            start = int(file.read().rsplit(")", 1)[1].split()[19])
        subject = ("unix-process", {"pid": GLib.Variant("u", os.getpid()),
                                    "start-time": GLib.Variant("t", start)})
        self._call("RegisterAuthenticationAgent",
                   GLib.Variant("((sa{sv})ss)", (subject, "C.UTF-8", "/agent")))

    def _call(self, method, arguments):
        self.bus.call_sync("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                           "org.freedesktop.PolicyKit1.Authority", method, arguments, None,
                           Gio.DBusCallFlags.NONE, -1, None)

    def _called(self, bus, sender, path, interface, method, arguments, invocation):
        if method == "CancelAuthentication":
            self.cancelled.append(arguments.unpack()[0])
            if self.held:
                self.held[0].return_dbus_error("org.freedesktop.PolicyKit1.Error.Cancelled", "gone")
                self.held = None
            invocation.return_value(None)
            return
        action, message, _, _, cookie, _ = arguments.unpack()
        self.asked.append((action, message))
        self.held = invocation, cookie, arguments.get_child_value(5).get_child_value(0)
        if self.mind != "hold":
            self.answer(self.mind)

    def answer(self, mind):
        invocation, cookie, identity = self.held
        self.held = None
        if mind == "dismiss":
            invocation.return_dbus_error("org.freedesktop.PolicyKit1.Error.Cancelled", "dismissed")
            return
        if mind == "yes":
            respond = GLib.Variant.new_tuple(GLib.Variant("u", 0), GLib.Variant("s", cookie),
                                             identity)
            self.bus.call("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                          "org.freedesktop.PolicyKit1.Authority", "AuthenticationAgentResponse2",
                          respond, None, Gio.DBusCallFlags.NONE, -1, None,
                          lambda bus, result: invocation.return_value(None))
            return
        invocation.return_value(None)
