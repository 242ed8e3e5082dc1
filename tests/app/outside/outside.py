# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real window as other programs do: AT-SPI, X11, the session bus."""

import os
import re
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, GLib  # noqa: E402

BUILD = Path(os.environ['PUNNET_BUILD_ROOT'])
DEMO = Path(os.environ['PUNNET_SOURCE_ROOT']) / 'tests/e2e/demo-window'
WITH_LANGUAGE = Path(os.environ['PUNNET_SOURCE_ROOT']) / 'tests/app/with-language'
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

# What at-spi 2.56 and GTK 4.18 (Debian 13) call otherwise.
ROLES = {'button': 'push button', 'toggle button': 'push button'}


def wait(what, condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while True:
        try:
            result = condition()
        except (GLib.Error, StopIteration, IndexError):  # an object that went while it was asked, or is not there yet
            result = None
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f'never came: {what}')
        time.sleep(0.05)


def key(*names):
    subprocess.run(['xdotool', 'key', *names], check=True)


def has(thing, state):
    return thing.get_state_set().contains(getattr(Atspi.StateType, state))


def role_of(thing):
    """What it is, by the name that at-spi 2.46 and GTK 4.8 have for it, whichever run."""
    role = thing.get_role_name()
    return ROLES.get(role, role)


def lineage(thing):
    """It, what it lies in, and so on up to the program."""
    while thing is not None:
        yield thing
        thing = thing.get_parent()


def is_choice(thing):
    """The list that holds what a combo box shows, or its row: GTK's own, which no key reaches."""
    return role_of(thing) in ('list', 'list item') and any(
        role_of(part) == 'combo box' for part in lineage(thing))


def extents(thing):
    """Where it is in its window; None = it has no place."""
    try:
        box = thing.get_extents(Atspi.CoordType.WINDOW)
    except GLib.Error:
        return None
    return box if box.width > 0 and box.height > 0 else None


def is_in_view(thing, box):
    """Whether it is not scrolled away."""
    for part in lineage(thing.get_parent()):
        if role_of(part) in ('menu', 'dialog'):
            break
        pane = extents(part) if role_of(part) == 'scroll pane' else None
        if pane is not None and not (pane.x < box.x + box.width and box.x < pane.x + pane.width
                                     and pane.y < box.y + box.height and box.y < pane.y + pane.height):
            return False
    return True


def is_seen(thing):
    """Whether a point of it is what a click there would meet: shown, not scrolled away, not covered by
    another page of its window. GTK 4.8 says “showing” of windows only, but tells what is at a point. GTK
    4.18 says it of anything, and of hidden pages that they are at a point, but these are not in the tree."""
    box = extents(thing)
    if box is None:
        return False
    if has(thing, 'SHOWING'):
        return is_in_view(thing, box)
    top = next(part for part in lineage(thing) if role_of(part.get_parent()) == 'application')
    # In the middle there may be a picture, or what is typed, which have no place in the tree; what is typed
    # fills all that an entry says it has, but for its edge.
    for edge in (0, 3) if 'EditableText' in thing.get_interfaces() else (0,):
        for across, down in ((2, 2), (0, 2), (4, 2), (2, 0), (2, 4), (1, 2), (3, 2), (2, 1), (2, 3)):
            point = top.get_accessible_at_point(box.x - edge + (box.width - 1 + 2 * edge) * across // 4,
                                                box.y - edge + (box.height - 1 + 2 * edge) * down // 4,
                                                Atspi.CoordType.WINDOW)
            if point is not None and thing in lineage(point):
                return True
            # A spin button tells nothing of what is on it: it is on its row, and nothing lies on it.
            if edge > 0 and point is not None and role_of(thing) == 'spin button' \
                    and top.get_accessible_at_point(box.x + box.width // 2, box.y + box.height // 2,
                                                    Atspi.CoordType.WINDOW) is None \
                    and thing.get_parent() in lineage(point):
                return True
    return False


def walk(thing):
    yield thing
    for i in range(thing.get_child_count()):
        child = thing.get_child_at_index(i)
        if child is not None:
            yield from walk(child)


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

    def root(self):
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            if child is not None and child.get_process_id() == self.process.pid:
                return child
        return None

    def windows(self):
        root = self.root()
        return [root.get_child_at_index(i) for i in range(root.get_child_count())] if root else []

    def all(self):
        root = self.root()
        return list(walk(root)) if root is not None else []

    def get_words(self):
        """What can be read in the topmost window."""
        try:
            return [thing.get_name() for thing in walk(self.windows()[-1])
                    if thing.get_name() and is_seen(thing)]
        except (GLib.Error, IndexError):
            return []

    def focused(self):
        """What has the keyboard, in the window that has it; None = nothing that says so."""
        for window in reversed(self.windows()):
            found = next((thing for thing in walk(window) if has(thing, 'FOCUSED')), None)
            if found is not None:
                return found
        return None

    def see(self, text, role=None):
        """Waits until it is shown, not only there on a page that lies below."""
        return wait(f'“{text}” to be seen',
                    lambda: next((thing for thing in self.all() if text in (thing.get_name() or '')
                                  and role in (None, role_of(thing)) and is_seen(thing)), None))

    def go_to(self, text, by='Tab'):
        """Presses a key until what is called so has the keyboard."""
        def there():
            thing = self.focused()
            if thing is not None and text in (thing.get_name() or ''):
                return True
            key(by)
            return False
        wait(f'the keyboard at “{text}”', there)

    def open_menu(self):
        """Opens the main menu by its key. GTK 4.18 tells no names of what is in it."""
        key('F10')
        wait('the keyboard in the menu', lambda: 'menu item' in role_of(self.focused()))

    def fill(self, text, words):
        """Writes into the entry that is called so."""
        def filled():
            found = next(thing for thing in self.all() if thing.get_name() == text
                         and 'EditableText' in thing.get_interfaces() and is_seen(thing))
            return Atspi.EditableText.set_text_contents(found, words)
        wait(f'“{text}” to write into', filled)

    def switch_on(self, text):
        def done():
            thing = next(thing for thing in self.all() if text in (thing.get_name() or '')
                         and role_of(thing) == 'check box')
            if not has(thing, 'CHECKED'):
                Atspi.Action.do_action(thing, 0)
            return has(thing, 'CHECKED')
        wait(f'“{text}” switched on', done)

    def set_value(self, text, value):
        """Of a spin button."""
        def done():
            thing = next(thing for thing in self.all() if text in thing.get_name()
                         and 'Value' in thing.get_interfaces() and is_seen(thing))
            Atspi.Value.set_current_value(thing, value)
            return Atspi.Value.get_current_value(thing) == value
        wait(f'{value} in “{text}”', done)

    def find(self, text, role=None):
        for thing in self.all():
            if text in (thing.get_name() or '') and role in (None, role_of(thing)):
                return thing
        return None

    def wait_for(self, text, role=None, patience=PATIENCE):
        return wait(f'“{text}” in the window', lambda: self.find(text, role), patience)

    def press(self, text, role='push button'):
        """Presses what is called so in the topmost window, as soon as it can be; what is seen first."""
        def pressed():
            found = [thing for thing in walk(self.windows()[-1]) if text in (thing.get_name() or '')
                     and role_of(thing) == role and has(thing, 'SENSITIVE') and extents(thing)]
            found.sort(key=lambda thing: (not is_seen(thing), thing.get_name() != text))
            return found and Atspi.Action.do_action(found[0], 0)
        wait(f'“{text}” to press', pressed)

    def can_press(self, text):
        return any(has(thing, 'SENSITIVE') for thing in self.all() if thing.get_name() == text
                   and role_of(thing) == 'push button' and is_seen(thing))

    def wait_for_card(self, slot, word, patience=PATIENCE):
        """Until the card of the slot says the word. Returns what a screen reader says of it."""
        def said():
            return next((name for name in (thing.get_name() or '' for thing in self.all()
                                           if role_of(thing) in ('panel', 'grouping'))
                         if name.startswith(f'{slot}, ') and f', {word}' in name), None)
        return wait(f'“{word}” on the card “{slot}”', said, patience)

    def choose_file(self, title, path, button):
        """What a person does with the dialog of that title: types the path, and presses the button."""
        def chooser():
            return next((thing for thing in self.windows() if thing.get_name() == title), None)

        def entry():
            return next((thing for thing in walk(chooser()) if has(thing, 'FOCUSED')
                         and 'EditableText' in thing.get_interfaces()), None)

        def typed():
            if not entry():
                key('ctrl+l')
                return False
            return Atspi.EditableText.set_text_contents(entry(), str(path))

        def accepted():
            thing = next(thing for thing in walk(chooser())  # GTK 4.8 says “_Choose”
                         if thing.get_name().removeprefix('_').startswith(button)
                         and role_of(thing) == 'push button')
            return has(thing, 'SENSITIVE') and Atspi.Action.do_action(thing, 0)

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

    def root(self):
        """The program is a child of the demo."""
        desktop = Atspi.get_desktop(0)
        names = (desktop.get_child_at_index(i) for i in range(desktop.get_child_count()))
        return next((child for child in names if child is not None and child.get_name() == 'punnet'), None)


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
