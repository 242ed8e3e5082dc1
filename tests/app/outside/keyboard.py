# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks a window with the keyboard alone, and judges every stop."""

import time

from outside import PATIENCE, Atspi, extents, has, is_choice, is_seen, key, lineage, role_of, wait, walk

# Frames, lists and such: nobody does anything with them, what is in them takes the keyboard.
PASSIVE = {'scroll pane', 'list', 'table', 'tree table', 'frame', 'viewport', 'filler'}
# The window manager's keys do what these do; GTK leaves them out.
OF_THE_DESKTOP = {'Minimize', 'Maximize', 'Restore', 'Close'}
STEPS = 200


def describe(thing):
    """It, and what it lies in as far as that has a name."""
    names = [part.get_name() for part in lineage(thing) if part.get_name()]
    return f'{role_of(thing)} “{get_words(thing)}” ({" in ".join(names[:5])})'


def get_words(thing):
    """Its name; of rows, which have none in GTK 4.8, what is on them."""
    name = thing.get_name() or ''
    if name and not name.startswith(('Gtk', 'Adw', 'Pn')):
        return name
    if role_of(thing) not in ('list item', 'table row', 'table cell'):
        return ''
    return ' '.join(part.get_name() for part in walk(thing) if role_of(part) == 'label')


def is_heading(thing):
    """Of a column view: GTK 4.8 lets no key reach it."""
    return role_of(thing) == 'table row' and role_of(thing.get_parent()) != 'list'


def is_shell(thing):
    """A row that holds rows of its own: those take the keyboard."""
    return role_of(thing) == 'list item' and any(
        role_of(part) == 'list' for part in walk(thing))


class Walk:
    """Of the window (or dialog) that is topmost. `visited` is where the keyboard has been."""

    def __init__(self, window):
        self.top = window.windows()[-1]
        self.all = [thing for thing in walk(self.top) if has(thing, 'FOCUSABLE')]
        self.visited = []
        self.lineages = {}  # each question is answered by the window, and where things lie stays

    def find_controls(self):
        """All that is shown and that a person can do something with."""
        return [thing for thing in self.all if role_of(thing) not in PASSIVE
                and not is_heading(thing) and not is_shell(thing) and not is_choice(thing)
                and not (thing.get_name() in OF_THE_DESKTOP and role_of(thing) == 'push button'
                         and not any(role_of(part) == 'label' for part in walk(thing)))
                and has(thing, 'SENSITIVE') and is_seen(thing)]

    def get_lineage(self, thing):
        if thing not in self.lineages:
            self.lineages[thing] = list(lineage(thing))
        return self.lineages[thing]

    def focused(self):
        """Looked for from where it was onwards, as keys mostly lead to what is next."""
        start = self.all.index(self.visited[-1]) if self.visited else 0
        found = next((thing for thing in self.all[start:] + self.all[:start] if has(thing, 'FOCUSED')), None)
        if found is None:
            found = next((thing for thing in walk(self.top) if has(thing, 'FOCUSED')), None)
            if found is not None:
                self.all.append(found)
        return found if found is not None else self.find_entry()

    def find_entry(self):
        """An AdwEntryRow of libadwaita 1.2 does not say that it has the keyboard: what is typed does."""
        entries = {thing: get_text(thing) for thing in self.all if role_of(thing) == 'text'
                   and 'EditableText' in thing.get_interfaces() and is_seen(thing)}
        if not entries:
            return None
        key('x')
        for _ in range(20):
            found = next((thing for thing in entries if get_text(thing) != entries[thing]), None)
            if found is not None:
                Atspi.EditableText.set_text_contents(found, entries[found])
                return found
            time.sleep(0.1)
        return None

    def press(self, name):
        """Presses a key and returns what has the keyboard then; None = it stayed where it was."""
        before = self.visited[-1]
        key(name)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            after = self.focused()
            if after is not None and after != before:
                self.judge(after)
                return after
            time.sleep(0.05)
        return None

    def judge(self, thing):
        if not is_seen(thing):
            wait(f'{describe(thing)} into sight, which has the keyboard', lambda: is_seen(thing))
        assert get_words(thing), f'{describe(thing)} has the keyboard, and no name'
        assert has(thing, 'FOCUSABLE') and has(thing, 'SENSITIVE'), f'{describe(thing)} has the keyboard'
        self.visited.append(thing)

    def go_round(self):
        """By Tab, until it begins anew: maybe not where it began, as a list is entered at the row that
        is used."""
        self.judge(wait('anything that has the keyboard', self.focused))
        for _ in range(STEPS):
            before = set(self.visited)
            thing = self.press('Tab')
            assert thing is not None, f'Tab stays at {describe(self.visited[-1])}'
            if thing in before:
                return
        raise AssertionError(f'Tab never comes round to {describe(self.visited[0])}')

    def reach_rest(self, controls):
        """What Tab does not stop at is reached by arrows: rows of a list beside the one that is used."""
        for goal in controls:
            if goal in self.visited:
                continue
            start = self.find_neighbour(goal)
            assert start is not None, f'no key leads to {describe(goal)}'
            self.go_to(start)
            while goal not in self.visited:
                here, there = extents(self.visited[-1]), extents(goal)
                vertical = there.y >= here.y + here.height or there.y + there.height <= here.y
                arrow = ('Down' if there.y > here.y else 'Up') if vertical else \
                    'Right' if there.x > here.x else 'Left'
                thing = self.press(arrow)
                assert thing is not None, f'{arrow} stays at {describe(self.visited[-1])} before {describe(goal)}'

    def find_neighbour(self, goal):
        """What was visited and is nearest in the tree: the last one in the smallest that holds both."""
        for part in self.get_lineage(goal)[1:]:
            if part == self.top:
                return None
            beside = [thing for thing in reversed(self.visited)
                      if part in self.get_lineage(thing) and is_seen(thing)]
            # A row rather than what stands on one: text that can be selected keeps the arrows.
            beside.sort(key=lambda thing: role_of(thing) != role_of(goal))
            if beside:
                return beside[0]
        return None

    def go_to(self, goal):
        for _ in range(STEPS):
            if self.visited[-1] == goal:
                return
            assert self.press('Tab') is not None, f'Tab stays at {describe(self.visited[-1])}'
        raise AssertionError(f'Tab does not lead to {describe(goal)} again')


def get_text(thing):
    return Atspi.Text.get_text(thing, 0, Atspi.Text.get_character_count(thing))


def walk_through(window):
    """Every control that is shown is reached, and each stop is one that a person sees and that has a
    name. Returns how many there were."""
    one = Walk(window)
    controls = one.find_controls()
    one.go_round()
    one.reach_rest(controls)
    return len(controls)
