# SPDX-License-Identifier: GPL-3.0-or-later
"""A helper on a bus of its own, virtual devices, and what is said of them: for the tests beside
this file, which print TAP. Everything happens in one folder, which goes with the test."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.environ["PUNNET_BUILD_ROOT"]
CTL = f"{BUILD}/src/ctl/punnetctl"
HELPER = f"{BUILD}/src/helper/punnetd"
HELPER_PREFIX = []  # what starts it
VIRTUAL = f"{BUILD}/src/virtual/punnet-virtual"
TOOLS = f"{BUILD}/tests/tools"
os.environ["PUNNET_LIBEXEC_DIR"] = f"{BUILD}/src/worker"
os.environ["PATH"] += ":/usr/sbin:/sbin"
os.environ["LC_ALL"] = "C.UTF-8"
MIB = 1 << 20
TIMEOUT = 300

if os.environ.get("PUNNET_TEST_BUS") != "yes":
    os.environ["PUNNET_TEST_BUS"] = "yes"
    os.execvp("dbus-run-session", ["dbus-run-session", "--", sys.executable, *sys.argv])

work = tempfile.mkdtemp(prefix="punnet-station-")
os.environ["XDG_STATE_HOME"] = f"{work}/state"


def run(*argv, check=True, text=True, **kwargs):
    done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=text, timeout=TIMEOUT, **kwargs)
    if check and done.returncode != 0:
        raise AssertionError(f"{argv} gave {done.returncode}: {done.stdout} {done.stderr}")
    return done


def note(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


class Sockets:
    """What is plugged into the session helper, whoever has started that."""

    def __init__(self):
        self.devices = {}

    def plug(self, name, number, *options, storage="emmc", size="768M", strap=True, model=None):
        folder = f"{work}/devices/{name}"
        os.makedirs(folder, exist_ok=True)
        log = open(f"{folder}/log", "a")
        self.devices[name] = subprocess.Popen(
            [VIRTUAL, "--folder", folder, "--serial", f"10000000{number:08x}", "--model",
             model or ("cm5" if strap else "pi5"), "--storage", storage, "--storage-size", size,
             "--rom-key-hash", open(f"{work}/inputs/vendor-key-hash.txt").read().strip(),
             "--attach", name, "--operator", "2", "--verbose", *(["--strap"] if strap else []),
             *options], stdout=log, stderr=log)
        return folder

    def unplug(self, name):
        process = self.devices.pop(name)
        process.terminate()
        try:
            process.wait(20)
        finally:
            process.kill()

    def unplug_all(self):
        for name in list(self.devices):
            self.unplug(name)


class Station(Sockets):
    """A helper with a state folder of its own."""

    def __init__(self, name, *options, wait=True):
        super().__init__()
        self.state = f"{work}/{name}"
        self.options = options
        self.start(wait)

    def start(self, wait=True):
        self.log = open(f"{work}/helper.log", "a")
        self.helper = subprocess.Popen([*HELPER_PREFIX, HELPER, "--session", "--state-dir", self.state,
                                        *self.options], stdout=self.log, stderr=self.log)
        if wait:
            self.wait()

    def wait(self):
        run("timeout", "60", "gdbus", "wait", "--session", "org.punnet.Provisioner1")

    def close(self):
        try:
            self.unplug_all()
            self.helper.terminate()
            self.helper.wait(30)
        finally:
            self.helper.kill()
            self.helper.wait()
            self.log.close()


def records(**wanted):
    rows = json.loads(run(CTL, "records", "--json").stdout)
    return [r for r in rows if all(r.get(k) == v for k, v in wanted.items())]


def wait_for(what, seconds=TIMEOUT, pause=0.1):
    """Waits for @what () to be true: the records are what a user would look at, too."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return
        time.sleep(pause)
    raise AssertionError(f"nothing happened for {seconds} s")


def make_inputs():
    run(f"{TOOLS}/punnet-standins", f"{work}/inputs")
    run(f"{TOOLS}/make-standin-image", f"{work}/inputs/gold-master.img")


FIRMWARE = {
    "bcm2710": "Bootfiles=fastboot-gadget.2710-bootfiles-bin\n",
    "bcm2711": "Eeprom=bootloader-2711/default/pieeprom.bin\n"
               "Recovery=bootloader-2711/default/recovery.bin\n"
               "Bootfiles=bootloader-2711/default/bootfiles.bin\nGadget=fastboot-gadget.img\n",
    "bcm2712": "Eeprom=pieeprom.bin\nRecovery=recovery.bin\nBootfiles=bootfiles.bin\n"
               "Gadget=fastboot-gadget.img\n",
}


def write_recipe(mode, storage, chip, network=False):
    secure = mode == "secure-boot"
    path = f"{work}/inputs/{chip}-{mode}-{storage}-{network}.recipe"
    with open(path, "w") as f:
        f.write(f"[Recipe]\nName={mode} {storage}\nRevision=1\nMode={mode}\nChip={chip}\n"
                f"Storage={storage}\n[Image]\nFile=gold-master.img\n[Firmware]\n{FIRMWARE[chip]}"
                + ("" if mode == "naked" else "Initramfs=cryptroot_initramfs\n")
                + ("[Key]\nPem=customer.pem\n" if secure else "")
                + ("[Options]\nNetwork=true\n" if network else "")
                + ("[Permanent]\nRpibootGpio=8\n" if secure and chip == "bcm2711" else ""))
    return path


def prepare(mode, storage, chip="bcm2712", network=False):
    bundle = f"{work}/bundle-{chip}-{mode}-{storage}-{network}"
    if not os.path.exists(bundle):
        run(CTL, "prepare", write_recipe(mode, storage, chip, network), "-o", bundle,
            "--timestamp", "1760000000")
    return bundle


def fingerprint(bundle):
    return json.loads(run(CTL, "bundle", "show", bundle, "--json").stdout)["fingerprint"]


def consent_to(bundle):
    """What a batch that makes something permanent has to name: the key, or where there is none, the
    bundle."""
    with open(f"{bundle}/manifest.json", "rb") as file:
        return fingerprint(bundle) or hashlib.sha256(file.read()).hexdigest()


def start_batch(bundle, *options, consent=True, count=8):
    permit = ["--permit-permanent", consent_to(bundle)] if consent else []
    return run(CTL, "batch", "start", bundle, "--count", count, *permit, *options)


def main(module):
    """Runs the functions named test_… of a module, or those named on the command line."""
    tests = [(name, function) for name, function in module.items() if name.startswith("test_")]
    wanted = sys.argv[1:]
    tests = [t for t in tests if not wanted or t[0] in wanted]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    try:
        make_inputs()
        for number, (name, function) in enumerate(tests, 1):
            began = time.monotonic()
            try:
                function()
                print(f"ok {number} {name}", flush=True)
                note(f"{time.monotonic() - began:.1f} s")
            except Exception:
                failed += 1
                note(traceback.format_exc())
                if os.path.exists(f"{work}/helper.log"):
                    note(open(f"{work}/helper.log").read()[-6000:])
                print(f"not ok {number} {name}", flush=True)
    finally:
        if os.environ.get("PUNNET_KEEP"):
            note(f"kept: {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    sys.exit(failed > 0)
