# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real window as other programs do: AT-SPI, X11, the session bus."""

import atexit
import functools
import os
import re
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

from gi.repository import GLib

from widgets import Program, get_bus, listen

BUILD = Path(os.environ['PUNNET_BUILD_ROOT'])
DEMO = Path(os.environ['PUNNET_SOURCE_ROOT']) / 'tests/e2e/demo-window'
WITH_LANGUAGE = Path(os.environ['PUNNET_SOURCE_ROOT']) / 'tests/app/with-language'
STEPS = 200  # keys after which a way is none
PATIENCE = int(os.environ.get('PUNNET_PATIENCE', 120))
# Virtual devices and what is known of them, as the tests without a window have it.
os.environ.update(PUNNET_TEST_BUS='yes', TMPDIR=os.environ['HOME'])
sys.path.insert(0, os.environ['PUNNET_SOURCE_ROOT'] + '/tests/e2e')
sys.dont_write_bytecode = True
import station  # noqa: E402
# What a display without a session lacks, and how libadwaita 1.7 measures the heading of a message dialog:
# nobody of us can mend it.
NOISE = re.compile(r'dbus-daemon|SpiRegistry|portal|freedesktop.Notifications|Failed to set fd limit|libEGL|X connection'
                   r'|Trying to measure GtkLabel \S+ for width')
LOUD = re.compile(r'CRITICAL|WARNING|Gtk-|GLib-|Adwaita-|punnet-')


def wait(what, condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while True:
        start = time.monotonic()
        try:
            result = condition()
        except (GLib.Error, StopIteration, IndexError, AttributeError):  # an object that went while it was asked, or is not there yet
            result = None
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f'never came: {what}')
        spent = time.monotonic() - start
        time.sleep(min(spent, 0.5))  # half of the time is for what is waited for
        listen(0.1)


@functools.cache
def get_typist():
    typist = subprocess.Popen(['xdotool', '-'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    atexit.register(typist.communicate)
    return typist


def key(*names):
    print('key', *names, file=get_typist().stdin, flush=True)


def find_process(name):
    """Who has that name on the session bus; None = nobody."""
    answer = subprocess.run(
        ['gdbus', 'call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path',
         '/org/freedesktop/DBus', '--method', 'org.freedesktop.DBus.GetConnectionUnixProcessID', name],
        capture_output=True, text=True)
    return int(answer.stdout.split()[1].rstrip(',)')) if answer.returncode == 0 else None


def end_process(name, number=signal.SIGTERM):
    process = find_process(name)
    if process is not None:
        os.kill(process, number)
        wait(f'the end of {name}', lambda: find_process(name) != process)


class Window:
    """The running program. `log` is what it said."""
    running = []
    program = None  # as AT-SPI knows it

    def __init__(self, folder, *arguments, name='punnet'):
        self.log = Path(folder) / f'{name}-{time.monotonic_ns()}.log'
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen(['punnet', *arguments], stdout=log, stderr=log)
        Window.running.append(self)
        self.id = wait('the window', self.find_id)
        self.take_keyboard()

    def take_keyboard(self, title='Punnet'):
        subprocess.run(['xdotool', 'windowfocus', '--sync', self.find_id(title)], check=False)

    def find_id(self, title='Punnet'):
        assert self.process.poll() is None, f'punnet ended: {self.log.read_text()}'
        found = subprocess.run(['xdotool', 'search', '--onlyvisible', '--name', f'^{title}$'],
                               capture_output=True, text=True).stdout.split()
        return found[0] if found else None

    def leave(self, words, by='Escape'):
        """Closes the dialog, or what else lies on the window, that says @words; keys go to the window then."""
        key(by)
        wait(f'the end of “{words}”', lambda: not self.find(words))
        wait('the keyboard at the window', lambda: subprocess.run(
            ['xdotool', 'getwindowfocus'], capture_output=True, text=True).stdout.strip() == self.id)

    def is_mine(self, name):
        return get_bus().get_process(name) == self.process.pid

    def windows(self):
        """Those that are open, the topmost last."""
        if self.program is None:
            self.program = next((Program(name) for name in get_bus().list_programs() if self.is_mine(name)), None)
        return self.program.read() if self.program is not None else []

    def all(self):
        return [thing for window in self.windows() for thing in window.walk()]

    def find_seen(self, things):
        return self.program.find_seen(list(things)) if self.program is not None else []

    def get_words(self):
        """What can be read in the topmost window."""
        try:
            return [thing.name for thing in self.find_seen(self.windows()[-1].walk()) if thing.name]
        except (GLib.Error, IndexError):
            return []

    def focused(self):
        """What has the keyboard; None = nothing that says so."""
        return self.program.find_focused() if self.program is not None or self.windows() else None

    def see(self, text, role=None):
        """Waits until it is shown, not only there on a page that lies below."""
        return wait(f'“{text}” to be seen',
                    lambda: next(iter(self.find_seen(thing for thing in self.all() if text in thing.name
                                                     and role in (None, thing.role))), None))

    def go_to(self, text, by='Tab'):
        """Presses a key until what is called so, or has that on it, has the keyboard."""
        for _ in range(STEPS):
            thing = self.focused()
            if thing is not None and text in thing.get_words():
                return
            turns = get_bus().turns
            key(by)
            listen(1, lambda: get_bus().turns > turns)
        raise AssertionError(f'{by} does not lead to “{text}”')

    def open_menu(self, by='F10'):
        """Opens the main menu by its key. GTK 4.18 tells no names of what is in it."""
        key(by)
        wait('the keyboard in the menu', lambda: 'menu item' in self.focused().role)

    def fill(self, text, words):
        """Writes into the entry that is called so."""
        def filled():
            found = next(thing for thing in self.all() if thing.name == text
                         and thing.can('EditableText') and thing.is_seen())
            return found.set_text(words)
        wait(f'“{text}” to write into', filled)

    def switch_on(self, text):
        def done():
            thing = next(thing for thing in self.all() if text in thing.name
                         and thing.role == 'check box')
            if not thing.has('CHECKED'):
                thing.activate()
            return thing.has('CHECKED')
        wait(f'“{text}” switched on', done)

    def set_value(self, text, value):
        """Of a spin button."""
        def done():
            thing = next(thing for thing in self.all() if text in thing.name
                         and thing.can('Value') and thing.is_seen())
            return thing.set_value(value) == value
        wait(f'{value} in “{text}”', done)

    def find(self, text, role=None):
        for thing in self.all():
            if text in thing.name and role in (None, thing.role):
                return thing
        return None

    def wait_for(self, text, role=None, patience=PATIENCE):
        return wait(f'“{text}” in the window', lambda: self.find(text, role), patience)

    def press(self, text, role='push button'):
        """Presses what is called so in the topmost window, as soon as it can be; what is seen first."""
        def pressed():
            found = [thing for thing in self.windows()[-1].walk() if text in thing.name
                     and thing.role == role and thing.has('SENSITIVE') and thing.get_box()]
            seen = self.find_seen(found)
            found.sort(key=lambda thing: (thing not in seen, thing.name != text))
            return found and found[0].activate()
        wait(f'“{text}” to press', pressed)

    def can_press(self, text):
        return any(thing.has('SENSITIVE') for thing in self.all() if thing.name == text
                   and thing.role == 'push button' and thing.is_seen())

    def wait_for_card(self, slot, word, patience=PATIENCE):
        """Until the card of the slot says the word. Returns what a screen reader says of it."""
        def said():
            return next((name for name in (thing.name for thing in self.all()
                                           if thing.role in ('panel', 'grouping'))
                         if name.startswith(f'{slot}, ') and f', {word}' in name), None)
        return wait(f'“{word}” on the card “{slot}”', said, patience)

    def choose_file(self, title, path, button):
        """What a person does with the dialog of that title: types the path, and presses the button."""
        def chooser():
            return next((thing for thing in self.windows() if thing.name == title), None)

        def entry():
            return next((thing for thing in chooser().walk() if thing.has('FOCUSED')
                         and thing.can('EditableText')), None)

        def typed():
            if not entry():
                key('ctrl+l')
                return False
            return entry().set_text(str(path))

        def accepted():
            thing = next(thing for thing in chooser().walk()  # GTK 4.8 says “_Choose”
                         if thing.name.removeprefix('_').startswith(button)
                         and thing.role == 'push button')
            return thing.has('SENSITIVE') and thing.activate()

        wait(f'the dialog “{title}”', chooser)
        wait('an entry for the path', typed)
        wait(f'“{button}” of “{title}”', accepted)
        wait(f'the end of “{title}”', lambda: chooser() is None)

    def show(self, page):
        subprocess.run(['punnet', '--page', page], check=True)

    def geometry(self, window=None):
        lines = subprocess.run(['xdotool', 'getwindowgeometry', '--shell', window or self.id], check=True,
                               capture_output=True, text=True).stdout
        return {name: int(value) for name, value in re.findall(r'(\w+)=(\d+)', lines)}

    def drop(self, *uris, title='Punnet'):
        """Exit status of drop-files: 0 taken, 1 refused, 2 not accepted at all."""
        window = self.find_id(title)
        size = self.geometry(window)
        return subprocess.run([BUILD / 'tests/app/outside/drop-files', window,
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

    def close(self, expected='nothing'):
        """Ends it as a person does, and fails on anything that it complained of."""
        wait('the end of the window', self.quit)
        said = [line for line in self.log.read_text().splitlines()
                if LOUD.search(line) and not NOISE.search(line) and expected not in line]
        assert not said, 'the window complained:\n' + '\n'.join(said)
        assert self.process.returncode == 0, f'punnet ended with {self.process.returncode}'


class Demo(Window):
    """The window that the demo opens, in the session that the test has."""

    def __init__(self, folder, language=None):
        speak = [WITH_LANGUAGE, language, BUILD] if language is not None else []
        os.environ.update(PUNNET_DEMO_BUS='yes', PUNNET_DEMO_DIR=f'{folder}/demo')
        self.log = Path(folder) / 'demo.log'
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen([*speak, DEMO, BUILD], stdout=log, stderr=log)
        Window.running.append(self)
        self.id = wait('the window', self.find_id, 400)

    def is_mine(self, name):
        """The program is a child of the demo."""
        process = get_bus().get_process(name)
        try:
            return process is not None and Path(f'/proc/{process}/comm').read_text().strip() == 'punnet'
        except FileNotFoundError:  # it has just ended
            return False


def note(text):
    print(''.join(f'# {line}\n' for line in text.splitlines()), end='', flush=True)


def main(tests):
    """Runs the tests, each a function, and says so in TAP; what a window showed when one failed."""
    failed = 0
    print(f'1..{len(tests)}', flush=True)
    for number, test in enumerate(tests, 1):
        name = test.__name__.removeprefix('test_').replace('_', '-')
        try:
            test()
            print(f'ok {number} {name}', flush=True)
        except Exception as problem:  # whatever it was, the others still run
            failed += 1
            if 'PUNNET_SHOT' in os.environ:  # a name for a picture of what was on the screen
                subprocess.run(['import', '-window', 'root', os.environ['PUNNET_SHOT']], check=False)
            note(''.join(traceback.format_exception(problem)))
            for window in Window.running:
                if window.process.poll() is None:
                    note('seen: ' + ' · '.join(window.get_words()))
                note(window.log.read_text()[-4000:])
                window.process.kill()
                window.process.wait()
            print(f'not ok {number} {name}', flush=True)
    sys.exit(1 if failed else 0)
