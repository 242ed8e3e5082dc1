# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on a provisioned disk, judged by programs that are not ours: sfdisk, cryptsetup,
e2fsck, debugfs, fsck.fat, mtools, openssl."""
import hashlib
import hmac
import json
import os
import re
import shutil

from station import CTL, MIB, TOOLS, run, work


def device_facts(folder):
    otp = json.load(open(f"{folder}/otp.json"))
    return bytes.fromhex(otp["device-key"]), otp["storage-identifier"]


def passphrase(folder):
    key, identifier = device_facts(folder)
    return hmac.new(key, identifier.encode(), hashlib.sha256).hexdigest()


def partitions(disk):
    table = json.loads(run("sfdisk", "--json", disk).stdout)["partitiontable"]
    assert table["label"] == "dos", table
    return table, [(p["start"] * 512, p["size"] * 512, p["type"]) for p in table["partitions"]]


def extract(disk, offset, size, output):
    """A partition as a file of its own, holes kept."""
    with open(disk, "rb") as source, open(output, "wb") as target:
        target.truncate(size)
        at = offset
        while at < offset + size:
            try:
                at = os.lseek(source.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            end = min(os.lseek(source.fileno(), at, os.SEEK_HOLE), offset + size)
            while at < end:
                block = os.pread(source.fileno(), min(MIB, end - at), at)
                os.pwrite(target.fileno(), block, at - offset)
                at += len(block)


def tree_of(filesystem, folder):
    """Path, kind, mode, owner, size or target and hash of every file of an ext4, by debugfs."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    run("debugfs", "-R", f"rdump / {folder}", filesystem)
    tree = {}
    for top, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(top, name)
            status = os.lstat(path)
            if os.path.islink(path):
                content = os.readlink(path)
            elif os.path.isfile(path):
                content = hashlib.sha256(open(path, "rb").read()).hexdigest()
            else:
                content = ""
            tree[os.path.relpath(path, folder)] = (oct(status.st_mode), status.st_uid,
                                                   status.st_gid, content)
    shutil.rmtree(folder)
    return tree


def verify_sig(file, sig):
    lines = open(sig).read().splitlines()
    assert lines[0] == hashlib.sha256(open(file, "rb").read()).hexdigest(), "hash line"
    hexa = [line.split(" ", 1)[1] for line in lines if line.startswith("rsa2048: ")]
    assert len(hexa) == 1 and len(hexa[0]) == 512
    open(f"{work}/sig.bin", "wb").write(bytes.fromhex(hexa[0]))
    run("openssl", "rsa", "-in", f"{work}/inputs/customer.pem", "-pubout", "-out",
        f"{work}/customer.pub")
    run("openssl", "dgst", "-sha256", "-verify", f"{work}/customer.pub", "-signature",
        f"{work}/sig.bin", file)


def gpt_of(disk):
    """Label id and (name, type, uuid, start, size) of each partition, bytes."""
    table = json.loads(run("sfdisk", "--json", disk).stdout)["partitiontable"]
    assert table["label"] == "gpt", table
    return table["id"], [(p.get("name"), p["type"], p["uuid"], p["start"] * 512, p["size"] * 512)
                         for p in table["partitions"]]


def open_luks(folder, disk, partition, offset, output):
    """Decrypts a container with the passphrase of the device of @folder; cryptsetup has to agree that
    it is the one. @offset: where its data begins."""
    secret = passphrase(folder)
    extract(disk, *partition, f"{output}.luks")
    dump = run("cryptsetup", "luksDump", f"{output}.luks").stdout
    run("cryptsetup", "open", "--test-passphrase", "--key-file", "-", f"{output}.luks", input=secret)
    wrong = run("cryptsetup", "open", "--test-passphrase", "--key-file", "-", f"{output}.luks",
                input=secret[::-1], check=False)
    assert wrong.returncode != 0, "another passphrase opens it too"
    run(f"{TOOLS}/luks-decrypt", f"{output}.luks", f"{output}.luks", offset, output, input=secret)
    os.unlink(f"{output}.luks")
    return dump


def judge_encrypted_disk(folder, bundle, name):
    disk = f"{folder}/storage.img"
    source = f"{work}/inputs/gold-master.img"
    table, (boot, root) = partitions(disk)
    source_table, (source_boot, source_root) = partitions(source)
    assert table["id"] == source_table["id"], "the gold master's disk id is kept"
    assert boot[0] == 4 * MIB and boot[2] == "c" and root[2] == "83", table

    secret = passphrase(folder)
    extract(disk, root[0], root[1], f"{work}/{name}.luks")
    dump = run("cryptsetup", "luksDump", f"{work}/{name}.luks").stdout
    assert re.search(r"Label:\s+root", dump) and "aes-xts-plain64" in dump, dump
    run("cryptsetup", "open", "--test-passphrase", "--key-file", "-", f"{work}/{name}.luks",
        input=secret)
    wrong = run("cryptsetup", "open", "--test-passphrase", "--key-file", "-",
                f"{work}/{name}.luks", input=secret[::-1], check=False)
    assert wrong.returncode != 0, "another passphrase opens it too"
    run(f"{TOOLS}/luks-decrypt", f"{work}/{name}.luks", f"{work}/{name}.luks", 16 * MIB,
        f"{work}/{name}.root", input=secret)
    run("e2fsck", "-fn", f"{work}/{name}.root")
    header = run("dumpe2fs", "-h", f"{work}/{name}.root").stdout
    blocks = int(re.search(r"Block count:\s+(\d+)", header).group(1))
    size = int(re.search(r"Block size:\s+(\d+)", header).group(1))
    assert 0 <= root[1] - 16 * MIB - blocks * size < 64 * MIB, "it fills the volume"

    extract(source, source_root[0], source_root[1], f"{work}/{name}.source")
    before = tree_of(f"{work}/{name}.source", f"{work}/{name}.tree")
    after = tree_of(f"{work}/{name}.root", f"{work}/{name}.tree")
    changed = sorted(p for p in before.keys() | after.keys() if before.get(p) != after.get(p))
    assert changed == ["etc/fstab"], changed
    fstab = run("debugfs", "-R", "cat /etc/fstab", f"{work}/{name}.root").stdout
    assert re.search(r"^/dev/mapper/cryptroot\s+/\s+ext4", fstab, re.M), fstab
    assert re.search(r"^LABEL=BOOT\s+/boot/firmware\s+vfat", fstab, re.M), fstab

    extract(disk, boot[0], boot[1], f"{work}/{name}.boot")
    run("fsck.fat", "-n", f"{work}/{name}.boot")
    judge_boot_files(f"{work}/{name}.boot", name,
                     json.loads(run(CTL, "bundle", "show", bundle, "--json").stdout))
    for suffix in ("luks", "root", "source", "boot"):
        os.unlink(f"{work}/{name}.{suffix}")


def judge_boot_files(fat, name, manifest):
    """boot.img and what starts it, or the system's own files where there is no boot EEPROM."""
    secure = manifest["mode"] == "secure-boot"
    inner = fat
    if manifest["chip"] != "bcm2710":
        files = ["boot.img", *(["boot.sig"] if secure else []), "config.txt"]
        found = run("mdir", "-b", "-/", "-i", fat).stdout.split()
        assert sorted(found) == ["::/" + file for file in files], found
        for file in files:
            run("mcopy", "-o", "-i", fat, f"::{file}", f"{work}/{name}.{file}")
        assert "boot_ramdisk=1" in open(f"{work}/{name}.config.txt").read()
        inner = f"{work}/{name}.boot.img"
        run("fsck.fat", "-n", inner)
    if secure:
        verify_sig(f"{work}/{name}.boot.img", f"{work}/{name}.boot.sig")
    listing = run("mdir", "-b", "-/", "-i", inner).stdout
    needed = {"bcm2710": ["bootcode.bin", "start.elf", "kernel8.img"],
              "bcm2711": ["start4.elf", "kernel8.img"], "bcm2712": ["kernel_2712.img"]}
    for file in ["initramfs8", *needed[manifest["chip"]]]:
        assert file in listing, (file, listing)
    cmdline = run("mtype", "-i", inner, "::cmdline.txt").stdout
    assert not re.search(r"\b(root=|init=|rootfstype=|quiet|rootwait)", cmdline), cmdline
    config = run("mtype", "-i", inner, "::config.txt").stdout
    assert "initramfs initramfs8" in config and "lock_device_private_key=1" in config, config


def judge_plain_disk(folder, name):
    _, (_, root) = partitions(f"{folder}/storage.img")
    extract(f"{folder}/storage.img", root[0], root[1], f"{work}/{name}.root")
    run("e2fsck", "-fn", f"{work}/{name}.root")
    extract(f"{work}/inputs/gold-master.img", root[0], root[1], f"{work}/{name}.source")
    assert (tree_of(f"{work}/{name}.root", f"{work}/{name}.tree")
            == tree_of(f"{work}/{name}.source", f"{work}/{name}.tree"))


def key_in_otp(folder):
    return json.load(open(f"{folder}/otp.json"))["customer-key-hash"]
