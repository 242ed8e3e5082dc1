# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks a window with the keyboard alone, and judges every stop."""

import time

from outside import PATIENCE, STEPS, key, wait
from widgets import listen

# Frames, lists and such: nobody does anything with them, what is in them takes the keyboard.
PASSIVE = {'scroll pane', 'list', 'table', 'tree table', 'frame', 'viewport', 'filler'}
# The window manager's keys do what these do; GTK leaves them out.
OF_THE_DESKTOP = {'Minimize', 'Maximize', 'Restore', 'Close'}


def describe(thing):
    """It, and what it lies in as far as that has a name."""
    names = [part.name for part in thing.lineage() if part.name]
    return f'{thing.role} “{thing.get_words()}” ({" in ".join(names[:5])})'


def is_heading(thing):
    """Of a column view: GTK 4.8 lets no key reach it."""
    return thing.role == 'table row' and thing.parent.role != 'list'


def is_shell(thing):
    """A row that holds rows of its own: those take the keyboard."""
    return thing.role == 'list item' and any(part.role == 'list' for part in thing.walk())


def is_of_the_desktop(thing):
    return thing.name in OF_THE_DESKTOP and thing.role == 'push button' \
        and not any(part.role == 'label' for part in thing.walk())


class Walk:
    """Of the window (or dialog) that is topmost. `visited` is where the keyboard has been."""

    def __init__(self, window):
        self.window = window
        self.top = window.windows()[-1]
        self.all = [thing for thing in self.top.walk() if thing.has('FOCUSABLE')]
        self.visited = []

    def find_controls(self):
        """All that is shown and that a person can do something with."""
        return self.window.find_seen(
            thing for thing in self.all if thing.role not in PASSIVE and not is_heading(thing)
            and not is_shell(thing) and not thing.is_choice() and not is_of_the_desktop(thing) and thing.has('SENSITIVE'))

    def focused(self):
        return self.window.focused() or self.find_entry()

    def find_entry(self):
        """An AdwEntryRow of libadwaita 1.2 does not say that it has the keyboard: what is typed does."""
        entries = {thing: thing.get_text() for thing in self.window.find_seen(
            thing for thing in self.all if thing.role == 'text' and thing.can('EditableText'))}
        if not entries:
            return None
        key('x')
        for _ in range(20):
            listen(0.1)
            found = next((thing for thing in entries if thing.get_text() != entries[thing]), None)
            if found is not None:
                found.set_text(entries[found])
                return found
        return None

    def press(self, name):
        """Presses a key and returns what has the keyboard then; None = it stayed where it was."""
        before = self.visited[-1]
        key(name)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            listen(0.1)
            after = self.focused()
            if after is not None and after != before:
                self.judge(after)
                return after
        return None

    def judge(self, thing):
        if not thing.is_seen():
            wait(f'{describe(thing)} into sight, which has the keyboard', thing.is_seen)
        assert thing.get_words(), f'{describe(thing)} has the keyboard, and no name'
        thing.look()
        assert thing.has('FOCUSABLE') and thing.has('SENSITIVE'), f'{describe(thing)} has the keyboard'
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
            for _ in range(STEPS):
                if goal in self.visited:
                    break
                here = self.visited[-1]
                # What stands on a row of the list may keep the arrows, as text that can be selected does.
                beside = goal.role != 'list item' or here.role == 'list item'
                thing = self.press(choose_arrow(here, goal) if beside else 'shift+Tab')
                assert thing is not None, f'no arrow leads from {describe(here)} to {describe(goal)}'
            assert goal in self.visited, f'no arrow leads to {describe(goal)}'

    def find_neighbour(self, goal):
        """What was visited and is nearest in the tree: the last one in the smallest that holds both."""
        for part in list(goal.lineage())[1:]:
            if part == self.top:
                return None
            beside = self.window.find_seen(thing for thing in reversed(self.visited) if part in thing.lineage())
            # A row rather than what stands on one: text that can be selected keeps the arrows.
            beside.sort(key=lambda thing: thing.role != goal.role)
            if beside:
                return beside[0]
        return None

    def go_to(self, goal):
        for _ in range(STEPS):
            if self.visited[-1] == goal:
                return
            assert self.press('Tab') is not None, f'Tab stays at {describe(self.visited[-1])}'
        raise AssertionError(f'Tab does not lead to {describe(goal)} again')


def choose_arrow(start, goal):
    x, y, width, height = start.get_box()
    left, up, _, high = goal.get_box()
    if up >= y + height or up + high <= y:
        return 'Down' if up > y else 'Up'
    return 'Right' if left > x else 'Left'


def walk_through(window):
    """Every control that is shown is reached, and each stop is one that a person sees and that has a
    name. Returns how many there were, and the stops."""
    one = Walk(window)
    controls = one.find_controls()
    one.go_round()
    one.reach_rest(controls)
    return len(controls), one.visited
