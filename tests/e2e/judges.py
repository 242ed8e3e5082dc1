# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on a provisioned disk, judged by programs that are not ours: sfdisk, debugfs, openssl."""
import hashlib
import hmac
import json
import os
import shutil

from station import MIB, TOOLS, run, work


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
