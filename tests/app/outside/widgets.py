# SPDX-License-Identifier: GPL-3.0-or-later
"""The widgets of other programs, as AT-SPI tells a screen reader of them. All of a program's come in one
answer, which takes a hundredth of the time that going from each to the next does; and what a program
says by itself wakes whoever waits for it."""

import ast
import functools
import re
import time

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, Gio, GLib  # noqa: E402

ACCESSIBLE, COMPONENT = 'org.a11y.atspi.Accessible', 'org.a11y.atspi.Component'
PROPERTIES = 'org.freedesktop.DBus.Properties'
ROOT, NOTHING = '/org/a11y/atspi/accessible/root', '/org/a11y/atspi/null'
IN_WINDOW = 1  # what places are counted from
EDGES = (0, 2), (4, 2), (2, 0), (2, 4), (1, 2), (3, 2), (2, 1), (2, 3)  # quarters across and down
# An item of GetItems as text: taking the variant apart in Python is ten times slower.
TEXT = r'''('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")'''
ITEM = re.compile(r"\(\('[^']*', '([^']*)'\), \('[^']*', '[^']*'\), \('[^']*', '([^']*)'\), "
                  rf'(-?\d+), (-?\d+), \[([^\]]*)\], {TEXT}, (\d+), {TEXT}, \[(\d+), (\d+)\]\)')
LIMIT = 120000  # milliseconds until an answer
# What at-spi 2.56 and GTK 4.18 (Debian 13) call otherwise.
ROLES = {'button': 'push button', 'toggle button': 'push button'}
SETTLE = 0.01  # seconds in which what belongs together is said


class Bus:
    """The connection to all of them. `focused` is the last that said of itself that it has the keyboard, as
    (program, path), and `turns` how often anything began or ceased to have it."""

    def __init__(self):
        session = Gio.bus_get_sync(Gio.BusType.SESSION)
        address, = session.call_sync('org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus', 'GetAddress', None, None,
                                     Gio.DBusCallFlags.NONE, -1).unpack()
        kind = Gio.DBusConnectionFlags
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, kind.AUTHENTICATION_CLIENT | kind.MESSAGE_BUS_CONNECTION)
        self.heard = self.turns = 0
        self.focused = None
        for what in ('Object', 'Window'):
            self.ask('org.a11y.atspi.Registry', '/org/a11y/atspi/registry', 'org.a11y.atspi.Registry', 'RegisterEvent',
                     GLib.Variant('(sass)', (f'{what}:', [], '')))
            self.connection.signal_subscribe(None, f'org.a11y.atspi.Event.{what}', None, None, None,
                                             Gio.DBusSignalFlags.NONE, self.hear)

    def hear(self, connection, sender, path, interface, member, arguments):
        self.heard += 1
        if member == 'StateChanged' and arguments.get_child_value(0).get_string() == 'focused':
            self.turns += 1
            if arguments.get_child_value(1).get_int32():
                self.focused = (sender, path)

    def ask(self, name, path, interface, method, arguments=None):
        return self.connection.call_sync(name, path, interface, method, arguments, None,
                                         Gio.DBusCallFlags.NONE, LIMIT)

    def ask_all(self, name, questions):
        """Each is (path, interface, method, arguments). All are on the way at once, as it is the way that takes
        time; None is the answer of what is not there."""
        answers, left = [None] * len(questions), set(range(len(questions)))

        def answered(connection, result, number):
            left.remove(number)
            try:
                answers[number] = connection.call_finish(result)
            except GLib.Error:
                pass

        for number, (path, interface, method, arguments) in enumerate(questions):
            self.connection.call(name, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, LIMIT,
                                 None, answered, number)
        while left:
            GLib.MainContext.default().iteration(True)
        return answers

    def list_programs(self):
        answer = self.ask('org.a11y.atspi.Registry', ROOT, 'org.a11y.atspi.Accessible', 'GetChildren')
        return [name for name, _ in answer.unpack()[0]]

    def get_process(self, name):
        try:
            return self.ask('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                            'GetConnectionUnixProcessID', GLib.Variant('(s)', (name,))).unpack()[0]
        except GLib.Error:  # it has gone
            return None


@functools.cache
def get_bus():
    return Bus()


def listen(limit, has_come=None):
    """Until anything is said (or @has_come is true of what was), for so many seconds at most."""
    bus, context, over = get_bus(), GLib.MainContext.default(), []
    before = bus.heard
    has_come = has_come or (lambda: bus.heard > before)
    timer = GLib.timeout_add(int(limit * 1000), lambda: over.append(True))
    while not has_come() and not over:
        context.iteration(True)
    if not over:
        GLib.source_remove(timer)
        time.sleep(SETTLE)
    while context.iteration(False):
        pass


class Thing:
    """What was told of a widget when its program was read; two of one widget are equal."""

    def __init__(self, program, item):
        self.program = program
        self.path, self.above, place, count, self.interfaces, name, role, _, low, high = item
        self.place, self.count = int(place), int(count)
        self.name = ast.literal_eval(name) if '\\' in name else name[1:-1]
        self.role = get_role_word(int(role))
        self.states = int(low) | int(high) << 32
        self.parent, self.children = None, []  # a window has no parent

    def __eq__(self, other):
        return isinstance(other, Thing) and self.path == other.path

    def __hash__(self):
        return hash(self.path)

    def has(self, state):
        return bool(self.states >> get_state_number(state) & 1)

    def can(self, interface):
        return f'org.a11y.atspi.{interface}' in self.interfaces

    def lineage(self):
        """It, what it lies in, and so on up to its window."""
        thing = self
        while thing is not None:
            yield thing
            thing = thing.parent

    def is_choice(self):
        """The list that holds what a combo box shows, or its row: GTK's own, which no key reaches."""
        return self.role in ('list', 'list item') and any(part.role == 'combo box' for part in self.lineage())

    def get_panes(self):
        """What it may be scrolled away in."""
        panes = []
        for part in list(self.lineage())[1:]:
            if part.role in ('menu', 'dialog'):
                break
            if part.role == 'scroll pane':
                panes.append(part)
        return panes

    def get_window(self):
        *_, window = self.lineage()
        return window

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def get_words(self):
        """Its name; of rows, which have none in GTK 4.8, what is on them."""
        if self.name and not self.name.startswith(('Gtk', 'Adw', 'Pn')):
            return self.name
        if self.role not in ('list item', 'table row', 'table cell'):
            return ''
        return ' '.join(part.name for part in self.walk() if part.role == 'label')

    def ask(self, interface, method, signature='()', *arguments):
        return get_bus().ask(self.program.name, self.path, f'org.a11y.atspi.{interface}', method,
                             GLib.Variant(signature, arguments)).unpack()[0]

    def look(self):
        """Its states as they are now."""
        low, high = self.ask('Accessible', 'GetState')
        self.states = low | high << 32
        return self

    def activate(self):
        return self.ask('Action', 'DoAction', '(i)', 0)

    def get_text(self):
        return self.ask('Text', 'GetText', '(ii)', 0, self.get_property('Text', 'CharacterCount'))

    def set_text(self, words):
        return self.ask('EditableText', 'SetTextContents', '(s)', words)

    def set_value(self, value):
        """Returns what it is then."""
        get_bus().ask(self.program.name, self.path, PROPERTIES, 'Set', GLib.Variant(
            '(ssv)', ('org.a11y.atspi.Value', 'CurrentValue', GLib.Variant('d', value))))
        return self.get_property('Value', 'CurrentValue')

    def get_property(self, interface, name):
        return get_bus().ask(self.program.name, self.path, PROPERTIES, 'Get', GLib.Variant(
            '(ss)', (f'org.a11y.atspi.{interface}', name))).unpack()[0]

    def get_box(self):
        """Where it is in its window: x, y, width, height; None = it has no place."""
        return self.program.find_boxes([self]).get(self)

    def is_seen(self):
        return self in self.program.find_seen([self])


@functools.cache
def get_role_word(role):
    """By the name that at-spi 2.46 and GTK 4.8 have for it, whichever run."""
    word = Atspi.role_get_name(Atspi.Role(role))
    return ROLES.get(word, word)


@functools.cache
def get_state_number(state):
    return int(getattr(Atspi.StateType, state))


def read_items(program, answer, below):
    """By path, each with what lies in it in its order; of some it is told @below what does."""
    things = [Thing(program, item) for item in ITEM.findall(answer.print_(False))]
    assert len(things) == answer.get_child_value(0).n_children(), 'an item that is not understood'
    known = {thing.path: thing for thing in things if thing.path != ROOT}
    for path, children in below.items():
        for place, child in enumerate(children):
            if child in known:
                known[child].above, known[child].place = path, place
    for thing in sorted(things, key=lambda thing: thing.place):
        thing.parent = known.get(thing.above)
        if thing.parent is not None and thing.path in below.get(thing.above, [thing.path]):
            thing.parent.children.append(thing)
    return known


def is_met(thing, point):
    return point is not None and thing in point.lineage()


def overlap(one, other):
    return all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))


class Program:
    """One of those on the bus. `things`: what was read last, by path."""

    def __init__(self, name):
        self.name = name
        self.things = {}

    def ask_all(self, questions):
        return get_bus().ask_all(self.name, questions)

    def read(self):
        """Its windows, the topmost last. GTK tells of a widget once anybody has asked what lies in the one
        around it."""
        asked, below = set(), {}
        while True:
            windows, answer = self.ask_all([(ROOT, ACCESSIBLE, 'GetChildren', None), (
                '/org/a11y/atspi/cache', 'org.a11y.atspi.Cache', 'GetItems', None)])
            if windows is None or answer is None:
                return []
            self.things = read_items(self, answer, below)
            unknown = {(thing.path, thing.count) for thing in self.things.values()
                       if thing.count != len(thing.children)} - asked
            if not unknown:
                return [self.things[path] for _, path in windows.unpack()[0] if path in self.things]
            answers = self.ask_all([(path, ACCESSIBLE, 'GetChildren', None) for path, _ in unknown])
            below.update((path, [child for _, child in answer.unpack()[0]])
                         for (path, _), answer in zip(unknown, answers) if answer is not None)
            asked |= unknown

    def find_boxes(self, things):
        """Where they are, of those that have a place."""
        things = [thing for thing in things if thing.can('Component')]
        answers = self.ask_all([(thing.path, COMPONENT, 'GetExtents', GLib.Variant('(u)', (IN_WINDOW,)))
                                for thing in things])
        boxes = {thing: answer.unpack()[0] for thing, answer in zip(things, answers) if answer is not None}
        return {thing: box for thing, box in boxes.items() if box[2] > 0 and box[3] > 0}

    def find_seen(self, things):
        """Those of which a point is what a click there would meet: shown, not scrolled away, not covered by
        another page of their window. GTK 4.8 says “showing” of windows only, but tells what is at a point. GTK
        4.18 says it of anything, and of hidden pages that they are at a point."""
        boxes = self.find_boxes(things)
        showing = {thing: thing.get_panes() for thing in boxes if thing.has('SHOWING')}
        panes = self.find_boxes({pane for panes in showing.values() for pane in panes})
        in_view = {thing for thing in showing
                   if all(overlap(boxes[thing], panes[pane]) for pane in showing[thing] if pane in panes)}
        met = self.find_met({thing: box for thing, box in boxes.items() if thing not in showing})
        return [thing for thing in boxes if thing in in_view or thing in met]

    def find_met(self, boxes):
        """Those of which a point is what a click there would meet."""
        middles = self.find_at([(thing, *box, 0, 2, 2) for thing, box in boxes.items()])
        seen = {thing for (thing, *_), point in middles.items() if is_met(thing, point)}
        # In the middle there may be a picture, or what is typed, which have no place in the tree; what is
        # typed fills all that an entry says it has, but for its edge.
        edges = self.find_at([(thing, *box, edge, across, down) for thing, box in boxes.items() if thing not in seen
                              for edge in ((0, 3) if thing.can('EditableText') else (0,)) for across, down in EDGES])
        seen |= {thing for (thing, *_), point in edges.items() if is_met(thing, point)}
        # A spin button tells nothing of what is on it: it is on its row, and nothing lies on it.
        hollow = {thing for (thing, *_), point in middles.items() if point is None and thing.role == 'spin button'}
        return seen | {thing for (thing, *_, edge, _, _), point in edges.items()
                       if edge > 0 and thing in hollow and is_met(thing.parent, point)}

    def find_at(self, places):
        """What lies topmost at each place, which is (thing, its box, what lies around that, quarters across, and
        down); None = nothing that has a place in the tree."""
        answers = self.ask_all([(thing.get_window().path, COMPONENT, 'GetAccessibleAtPoint', GLib.Variant('(iiu)', (
            x - edge + (width - 1 + 2 * edge) * across // 4, y - edge + (height - 1 + 2 * edge) * down // 4,
            IN_WINDOW))) for thing, x, y, width, height, edge, across, down in places])
        paths = [answer.unpack()[0][1] if answer is not None else NOTHING for answer in answers]
        if any(path not in self.things and path != NOTHING for path in paths):
            self.read()
        return {place: self.things.get(path) for place, path in zip(places, paths)}

    def find_focused(self):
        """What has the keyboard: what said so last, or whatever says so when it is asked; None = nothing."""
        name, path = get_bus().focused or (None, None)
        thing = self.things.get(path) if name == self.name else None
        try:
            if thing is not None and thing.look().has('FOCUSED'):
                return thing
        except GLib.Error:  # it has gone
            pass
        return next((thing for window in reversed(self.read()) for thing in window.walk()
                     if thing.has('FOCUSED')), None)
