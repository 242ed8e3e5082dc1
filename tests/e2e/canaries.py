# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that are known to a test, in every form in which they could get somewhere, and where that is
looked for: files, what processes said (as strace saw it), and their memory."""
import base64
import os
import re
import sys
import threading

CHUNK = 24  # bytes; of a long secret, parts are looked for
MAX_MAPPING = 1 << 29  # a sanitizer's shadow is not read
PIECE = 1 << 16
LONGEST = 128  # bytes, of a form of a part
PAGE = os.sysconf("SC_PAGESIZE")


def in_base64(raw):
    """What of base64 is the same wherever in a text the secret begins."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + raw)
        first = (before * 8 + 5) // 6
        yield text[first:(before + len(raw)) * 8 // 6]


def forms(raw):
    text = raw if raw.isascii() and raw.decode().isprintable() else raw.hex().encode()
    return {raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode(),
            *in_base64(raw),
            text.decode().encode("utf-16-le"), text.decode().encode("utf-16-be")}


class Canaries:
    """Each secret has a name; what is looked for of it are parts that are long enough to be no chance."""

    def __init__(self):
        self.needles = {}  # bytes → name
        self.words = set()  # of 8 bytes: of what is 15 bytes long, one is at a multiple of 8 wherever it is

    def _look_for(self, form, name):
        assert 15 <= len(form) <= LONGEST, (name, len(form))
        self.needles[form] = name
        self.words.update(int.from_bytes(form[i:i + 8], sys.byteorder) for i in range(8))

    def add(self, name, raw):
        parts = [raw] if len(raw) <= 2 * CHUNK else [raw[8:8 + CHUNK], raw[-CHUNK:]]
        for part in parts:
            for form in forms(part):
                self._look_for(form, name)

    def add_key(self, name, pem, text):
        """@text: as openssl shows the key. The numbers that are secret, and the file's own lines."""
        for number in "privateExponent", "prime1", "prime2":
            digits = re.search(rf"^{number}:\n((?:    [0-9a-f:]+\n)+)", text, re.M).group(1)
            self.add(f"{name}: {number}", bytes.fromhex(re.sub(r"[^0-9a-f]", "", digits)).lstrip(b"\0"))
            self._look_for(digits.split()[4].encode(), f"{name}: {number}")  # as it is printed
        self.add_lines(name, pem)

    def add_lines(self, name, pem):
        lines = pem.split()
        lines = [line for line in lines if len(line) == 64]
        for line in lines[len(lines) // 2:]:  # in front there may be what is public
            self._look_for(line.encode(), f"{name}: a line of its file")

    def find(self, data, but=()):
        """The names of those that are in it."""
        if self.words.isdisjoint(memoryview(data)[:len(data) // 8 * 8].cast("Q")):
            return []
        return sorted({name for needle, name in self.needles.items()
                       if needle in data and name not in but})

    def search_file(self, path, seen=None):
        """Only what is there of a sparse file. @seen: what was found in pieces that are there again."""
        seen = {} if seen is None else seen
        found = set()
        with open(path, "rb") as file:
            for at in data_of(file.fileno()):
                piece = os.pread(file.fileno(), PIECE + LONGEST, at)
                if piece not in seen:
                    seen[piece] = self.find(piece)
                found.update(seen[piece])
        return sorted(found)

    def search_tree(self, folder, is_planted):
        """(path, names) of each file below that holds one, but for those that were put there."""
        seen = {}
        for top, folders, files in os.walk(folder):
            for name in folders + files:
                path = os.path.join(top, name)
                found = self.find(os.fsencode(path))
                if os.path.isfile(path) and not os.path.islink(path):
                    found = self.search_file(path, seen) if not is_planted(path) else found
                if found:
                    yield os.path.relpath(path, folder), found


def data_of(descriptor):
    """Where the pieces of a file begin that are not holes."""
    at = 0
    while True:
        try:
            at = os.lseek(descriptor, at, os.SEEK_DATA) // PIECE * PIECE
        except OSError:
            return
        yield at
        at += PIECE


def told(path):
    """All strings that strace -xx saw, one behind the other."""
    with open(path, "rb") as file:
        return b"\0".join(bytes.fromhex(hexa.replace(rb"\x", b"").decode())
                          for hexa in re.findall(rb'"((?:\\x[0-9a-f]{2})+)"', file.read()))


def memory_of(pid):
    """What a process may write to, in pieces: its heap, stacks, and what it made of its programs' data.
    Without what it never touched."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
         open(f"/proc/{pid}/mem", "rb", 0) as mem, open(f"/proc/{pid}/pagemap", "rb", 0) as pages:
        for line in maps:
            start, end = (int(n, 16) for n in line.split()[0].split("-"))
            if not line.split()[1].startswith("rw") or end - start > MAX_MAPPING:
                continue
            # The highest byte of each page's eight: it is there, or swapped out.
            there = os.pread(pages.fileno(), (end - start) // PAGE * 8, start // PAGE * 8)[7::8]
            for at in range(start, end, PIECE):
                page = (at - start) // PAGE
                if max(there[page:page + PIECE // PAGE], default=0xff) < 0x40:
                    continue
                try:
                    yield os.pread(mem.fileno(), min(PIECE + LONGEST, end - at), at)
                except OSError:
                    pass  # of a device


def children_of(pid):
    """All below it, too."""
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="utf-8") as file:
                for child in file.read().split():
                    yield int(child)
                    yield from children_of(child)
    except (FileNotFoundError, ProcessLookupError):
        pass  # it has ended


class MemoryWatch:
    """Copies the memory of a process and its children again and again while it is entered, and searches
    the copies then. @but: names of what the process itself has by right."""

    def __init__(self, canaries, pid, but=()):
        self.canaries, self.pid, self.but = canaries, pid, but
        self.seen = {}  # program → how often it was read
        self.found = set()  # (program, name)
        self.core = set()  # programs that would leave a core
        self._pieces = {}  # a piece → (program, whether it is the process itself) that had it
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _look(self, pid):
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
            program = file.read().strip()
        with open(f"/proc/{pid}/limits", encoding="utf-8") as file:
            core = re.search(r"Max core file size\s+(\S+)\s+(\S+)", file.read()).groups()
        for piece in memory_of(pid):
            self._pieces.setdefault(piece, set()).add((program, pid == self.pid))
        self.seen[program] = self.seen.get(program, 0) + 1
        if not set(core) <= {"0", "1"}:
            self.core.add(program)

    def look(self):
        for pid in [self.pid, *children_of(self.pid)]:
            try:
                self._look(pid)
            except (FileNotFoundError, ProcessLookupError):
                pass  # it has ended

    def search(self):
        for piece, holders in self._pieces.items():
            for name in self.canaries.find(piece):
                self.found.update((program, name) for program, first in holders
                                  if not (first and name in self.but))
        self._pieces.clear()

    def _watch(self):
        while not self._stop.wait(0.02):
            self.look()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self.search()
