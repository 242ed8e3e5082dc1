# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real window as other programs do: AT-SPI, X11, the session bus."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, GLib  # noqa: E402

BUILD = Path(os.environ['PUNNET_BUILD_ROOT'])
PATIENCE = 60
# What a display without a session lacks, and nobody of us can mend.
NOISE = re.compile(r'dbus-daemon|SpiRegistry|portal|Failed to set fd limit|libEGL|X connection')
LOUD = re.compile(r'CRITICAL|WARNING|Gtk-|GLib-|Adwaita-|punnet-')


def wait(what, condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while True:
        try:
            result = condition()
        except GLib.Error:  # an object that went while it was asked
            result = None
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f'never came: {what}')
        time.sleep(0.05)


def key(*names):
    subprocess.run(['xdotool', 'key', *names], check=True)


def walk(thing):
    yield thing
    for i in range(thing.get_child_count()):
        child = thing.get_child_at_index(i)
        if child is not None:
            yield from walk(child)


class Window:
    """The running program. `log` is what it said."""
    running = []

    def __init__(self, folder, *arguments, name='punnet'):
        self.log = Path(folder) / f'{name}-{time.monotonic_ns()}.log'
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen(['punnet', *arguments], stdout=log, stderr=log)
        Window.running.append(self)
        self.id = wait('the window', self.find_id)
        subprocess.run(['xdotool', 'windowfocus', '--sync', self.id], check=False)

    def find_id(self):
        assert self.process.poll() is None, f'punnet ended: {self.log.read_text()}'
        found = subprocess.run(['xdotool', 'search', '--onlyvisible', '--name', '^Punnet$'],
                               capture_output=True, text=True).stdout.split()
        return found[0] if found else None

    def root(self):
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            if child is not None and child.get_process_id() == self.process.pid:
                return child
        return None

    def all(self):
        root = self.root()
        return list(walk(root)) if root is not None else []

    def find(self, text, role=None):
        for thing in self.all():
            if text in (thing.get_name() or '') and role in (None, thing.get_role_name()):
                return thing
        return None

    def wait_for(self, text, role=None, patience=PATIENCE):
        return wait(f'“{text}” in the window', lambda: self.find(text, role), patience)

    def press(self, text, role='push button'):
        thing = self.wait_for(text, role)
        assert Atspi.Action.do_action(thing, 0), f'“{text}” cannot be pressed'

    def show(self, page):
        subprocess.run(['punnet', '--page', page], check=True)

    def geometry(self):
        lines = subprocess.run(['xdotool', 'getwindowgeometry', '--shell', self.id], check=True,
                               capture_output=True, text=True).stdout
        return {name: int(value) for name, value in re.findall(r'(\w+)=(\d+)', lines)}

    def drop(self, *uris):
        """Exit status of drop-files: 0 taken, 1 refused, 2 not accepted at all."""
        size = self.geometry()
        return subprocess.run([BUILD / 'tests/app/outside/drop-files', self.id,
                               str(size['WIDTH'] * 2 // 3), str(size['HEIGHT'] // 2), *uris]).returncode

    def quit(self):
        """Presses Ctrl+Q, again where a menu or another window had it; true once it has ended."""
        subprocess.run(['xdotool', 'windowfocus', self.id], check=False, stderr=subprocess.DEVNULL)
        key('ctrl+q')
        try:
            self.process.wait(1)
            return True
        except subprocess.TimeoutExpired:
            return False

    def close(self):
        """Ends it as a person does, and fails on anything that it complained of."""
        wait('the end of the window', self.quit)
        said = [line for line in self.log.read_text().splitlines()
                if LOUD.search(line) and not NOISE.search(line)]
        assert not said, 'the window complained:\n' + '\n'.join(said)
        assert self.process.returncode == 0, f'punnet ended with {self.process.returncode}'


def main(tests):
    """Runs the tests, each a function, and says so in TAP."""
    failed = 0
    print(f'1..{len(tests)}', flush=True)
    for number, test in enumerate(tests, 1):
        name = test.__name__.removeprefix('test_').replace('_', '-')
        try:
            test()
            print(f'ok {number} {name}', flush=True)
        except Exception as problem:  # whatever it was, the others still run
            failed += 1
            print(''.join(f'# {line}\n' for line in f'{type(problem).__name__}: {problem}'.splitlines()),
                  end='')
            print(f'not ok {number} {name}', flush=True)
            for window in Window.running:
                window.process.kill()
                window.process.wait()
    sys.exit(1 if failed else 0)
