/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drops on a window as another program does: drop-files WINDOW X Y URI…
 * Speaks the source's side of XDND 5 itself, so no pointer has to be moved. Exit status: 0 taken, 1
 * refused, 2 nobody answered or a wrong argument. */
#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <glib.h>
#include <poll.h>

#define PATIENCE_MS 20000
#define ASK_AGAIN_MS 50

typedef struct
{
  Display *display;
  Window source, target;
  Atom uri_list, copy;
  long position;
  const char *data;
  gboolean dropped;
  int result; /* -1 = not known yet */
} Drop;

static Atom
atom (Drop *self, const char *name)
{
  return XInternAtom (self->display, name, False);
}

static void
tell (Drop *self, const char *type, long flags, long second, long third, long fourth)
{
  XEvent event = { 0 };

  event.xclient.type = ClientMessage;
  event.xclient.display = self->display;
  event.xclient.window = self->target;
  event.xclient.message_type = atom (self, type);
  event.xclient.format = 32;
  event.xclient.data.l[0] = (long) self->source;
  event.xclient.data.l[1] = flags;
  event.xclient.data.l[2] = second;
  event.xclient.data.l[3] = third;
  event.xclient.data.l[4] = fourth;
  XSendEvent (self->display, self->target, False, NoEventMask, &event);
  XFlush (self->display);
}

static void
move (Drop *self)
{
  tell (self, "XdndPosition", 0, self->position, CurrentTime, (long) self->copy);
}

static void
answer (Drop *self, const XSelectionRequestEvent *request)
{
  XEvent event = { 0 };

  event.xselection.type = SelectionNotify;
  event.xselection.requestor = request->requestor;
  event.xselection.selection = request->selection;
  event.xselection.target = request->target;
  event.xselection.time = request->time;
  if (request->target == self->uri_list)
    {
      XChangeProperty (self->display, request->requestor, request->property, self->uri_list, 8,
                       PropModeReplace, (const unsigned char *) self->data,
                       (int) strlen (self->data));
      event.xselection.property = request->property;
    }
  XSendEvent (self->display, request->requestor, False, NoEventMask, &event);
  XFlush (self->display);
}

static void
handle (Drop *self, const XEvent *event)
{
  if (event->type == SelectionRequest)
    answer (self, &event->xselectionrequest);
  if (event->type != ClientMessage)
    return;
  if (event->xclient.message_type == atom (self, "XdndFinished"))
    self->result = (event->xclient.data.l[1] & 1) != 0 ? 0 : 1;
  if (event->xclient.message_type == atom (self, "XdndStatus") && !self->dropped &&
      (event->xclient.data.l[1] & 1) != 0)
    {
      self->dropped = TRUE;
      tell (self, "XdndDrop", 0, CurrentTime, 0, 0);
    }
}

/* A target may know only after it has read the types whether it takes them: it is asked again. */
static void
drop (Drop *self)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_MS * 1000;
  struct pollfd waiting = { ConnectionNumber (self->display), POLLIN, 0 };

  tell (self, "XdndEnter", 5L << 24, (long) self->uri_list, 0, 0);
  move (self);
  while (self->result < 0 && g_get_monotonic_time () < end)
    {
      XEvent event;

      if (XPending (self->display) == 0 && poll (&waiting, 1, ASK_AGAIN_MS) == 0 && !self->dropped)
        move (self);
      while (XPending (self->display) > 0)
        {
          XNextEvent (self->display, &event);
          handle (self, &event);
        }
    }
  if (!self->dropped)
    tell (self, "XdndLeave", 0, 0, 0, 0);
}

static gboolean
number (const char *text, guint64 max, guint64 *out)
{
  return g_ascii_string_to_unsigned (text, 10, 0, max, out, NULL);
}

int
main (int argc, char **argv)
{
  Drop self = { .result = -1 };
  g_autoptr (GString) data = g_string_new (NULL);
  guint64 target, x, y;
  int root_x, root_y;
  long version = 5;
  Window root, child;

  if (argc < 5 || !number (argv[1], G_MAXUINT32, &target) || !number (argv[2], 10000, &x) ||
      !number (argv[3], 10000, &y) || (self.display = XOpenDisplay (NULL)) == NULL)
    return 2;
  for (int i = 4; i < argc; i++)
    g_string_append_printf (data, "%s\r\n", argv[i]);
  self.data = data->str;
  self.target = target;
  root = DefaultRootWindow (self.display);
  if (!XTranslateCoordinates (self.display, self.target, root, (int) x, (int) y, &root_x, &root_y,
                              &child))
    return 2;
  self.position = ((long) root_x << 16) | root_y;
  self.source = XCreateSimpleWindow (self.display, root, -10, -10, 1, 1, 0, 0, 0);
  self.uri_list = atom (&self, "text/uri-list");
  self.copy = atom (&self, "XdndActionCopy");
  XChangeProperty (self.display, self.source, atom (&self, "XdndAware"), XA_ATOM, 32,
                   PropModeReplace, (unsigned char *) &version, 1);
  XSetSelectionOwner (self.display, atom (&self, "XdndSelection"), self.source, CurrentTime);
  drop (&self);
  XCloseDisplay (self.display);
  return self.result < 0 ? 2 : self.result;
}
