/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Callers that are hostile, clumsy or gone: a real punnetd on a real bus, spoken to with whatever a
 * message can carry. */
#include "config.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pn-dbus.h"
#include "pn-io.h"
#include "pn-test-bundle.h"

#define NAME "org.punnet.Provisioner1"
#define ROOT "/org/punnet/Provisioner1"

static PnTestInputs *inputs;
static GDBusConnection *bus;
static GSubprocess *helper;

static GDBusConnection *
connect_bus (void)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection =
      g_dbus_connection_new_for_address_sync (g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

/* Takes @fd (-1 = none is sent). */
static GVariant *
call (const char *method, int fd, GVariant *arguments, GError **error)
{
  g_autoptr (GUnixFDList) fds = fd >= 0 ? g_unix_fd_list_new_from_array (&fd, 1) : NULL;

  return g_dbus_connection_call_with_unix_fd_list_sync (
      bus, NAME, ROOT "/manager", NAME ".Manager", method, arguments, NULL, G_DBUS_CALL_FLAGS_NONE,
      G_MAXINT, fds, NULL, NULL, error);
}

static GVariant *
options_new (const char *name, GVariant *value)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (name != NULL)
    g_variant_builder_add (&builder, "{sv}", name, value);
  return g_variant_builder_end (&builder);
}

/* Takes @fd, too. */
static GVariant *
install (int fd, GError **error)
{
  return call ("InstallBundle", fd, g_variant_new ("(h@a{sv})", 0, options_new (NULL, NULL)),
               error);
}

static GVariant *
open_batch (const char *digest, const char *option, GVariant *value, GError **error)
{
  return call ("OpenBatch", -1, g_variant_new ("(s@a{sv})", digest, options_new (option, value)),
               error);
}

static void
assert_refused (GVariant *reply, GError **error, int code, const char *part)
{
  g_assert_null (reply);
  g_assert_error (*error, PN_ERROR, code);
  g_assert_nonnull (strstr ((*error)->message, part));
  g_clear_error (error);
}

static guint
count_objects (const char *below)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      bus, NAME, ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL, NULL,
      G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_autoptr (GVariant) objects = NULL;
  guint n = 0;

  g_assert_no_error (error);
  objects = g_variant_get_child_value (reply, 0);
  for (gsize i = 0; i < g_variant_n_children (objects); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (objects, i);
      g_autoptr (GVariant) path = g_variant_get_child_value (entry, 0);

      n += g_str_has_prefix (g_variant_get_string (path, NULL), below);
    }
  return n;
}

static char *
bundle_path (void)
{
  g_autoptr (PnBundle) bundle = pn_test_inputs_bundle (inputs, PN_MODE_NAKED, PN_STORAGE_EMMC);

  return g_build_filename (inputs->folder, "bundle-naked-emmc", NULL);
}

static int
open_folder (const char *path)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static void
test_folders (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *empty = g_build_filename (inputs->folder, "empty", NULL);
  g_autofree char *file = g_build_filename (inputs->folder, "gold-master.img", NULL);
  int pair[2], pipe_ends[2];

  assert_refused (install (-1, &error), &error, PN_ERROR_INVALID_ARGUMENT, "descriptor is missing");
  g_assert_cmpint (g_mkdir_with_parents (empty, 0755), ==, 0);
  g_assert_null (install (open_folder (empty), &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (install (open (file, O_RDONLY | O_CLOEXEC), &error));
  g_assert_cmpint (error->domain, ==, PN_ERROR);
  g_clear_error (&error);
  g_assert_cmpint (pipe (pipe_ends), ==, 0); /* nobody writes: it is given up after half a minute */
  g_assert_null (install (pipe_ends[0], &error));
  g_assert_cmpint (error->domain, ==, PN_ERROR);
  g_clear_error (&error);
  (void) close (pipe_ends[1]);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
  g_assert_cmpint (send (pair[1], "manifest", 8, MSG_NOSIGNAL), ==, 8);
  (void) close (pair[1]);
  g_assert_null (install (pair[0], &error));
  g_assert_cmpint (error->domain, ==, PN_ERROR);
  g_clear_error (&error);
  g_assert_null (install (open_folder ("/proc/self/fd"), &error));
  g_assert_cmpint (error->domain, ==, PN_ERROR);
  g_clear_error (&error);
  g_assert_cmpuint (count_objects (ROOT "/bundles/"), ==, 0);
}

/* The digest of one that is there. (transfer full) */
static char *
install_ours (void)
{
  g_autofree char *path = bundle_path ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = install (open_folder (path), &error);
  char *digest;

  g_assert_no_error (error);
  g_variant_get (reply, "(s)", &digest);
  return digest;
}

static void
test_options (void)
{
  g_autofree char *digest = install_ours ();
  g_autofree char *again = install_ours ();
  g_autoptr (GError) error = NULL;
  const struct
  {
    const char *name;
    GVariant *value;
  } wrong[] = {
    { "count", g_variant_new_string ("1") },
    { "count", g_variant_new_int32 (1) },
    { "count", g_variant_new_uint64 (1) },
    { "slots", g_variant_new_string ("1-1") },
    { "slots", g_variant_new_bytestring ("1-1") },
    { "permit-permanent", g_variant_new_boolean (TRUE) },
    { "permit-permanent", g_variant_new_object_path ("/") },
    { "reference", g_variant_new_uint32 (7) },
  };

  g_assert_cmpstr (digest, ==, again);
  g_assert_cmpuint (count_objects (ROOT "/bundles/"), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_refused (open_batch (digest, wrong[i].name, wrong[i].value, &error), &error,
                    PN_ERROR_INVALID_ARGUMENT, wrong[i].name);
  /* Before anything is read: the digest may be as wrong as it likes. */
  assert_refused (open_batch ("../..", "count", g_variant_new_string ("1"), &error), &error,
                  PN_ERROR_INVALID_ARGUMENT, "count");
  assert_refused (open_batch (digest, "permit-permanent", g_variant_new_string ("0000"), &error),
                  &error, PN_ERROR_CONSENT, "nothing was started");
  g_assert_cmpuint (count_objects (ROOT "/batches/"), ==, 0);
}

static void
test_digests (void)
{
  g_autofree char *digest = install_ours ();
  g_autofree char *upper = g_ascii_strup (digest, -1);
  g_autofree char *huge = g_strnfill (200000, 'a');
  g_autofree char *too_long = g_strnfill (1000000, 'a');
  const char *const wrong[] = { "", ".", "..", "../..", "/", "station.conf", upper, huge };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      assert_refused (open_batch (wrong[i], NULL, NULL, &error), &error, PN_ERROR_NOT_FOUND,
                      "not in the store");
      assert_refused (call ("RemoveBundle", -1,
                            g_variant_new ("(s@a{sv})", wrong[i], options_new (NULL, NULL)),
                            &error),
                      &error, PN_ERROR_NOT_FOUND, "not in the store");
    }
  assert_refused (open_batch (too_long, NULL, NULL, &error), &error, PN_ERROR_INVALID_ARGUMENT,
                  "too long");
  g_assert_cmpuint (count_objects (ROOT "/bundles/"), ==, 1);
}

static void
send_and_leave (const char *method, int fd, GVariant *body)
{
  g_autoptr (GDBusConnection) leaver = connect_bus ();
  g_autoptr (GUnixFDList) fds = fd >= 0 ? g_unix_fd_list_new_from_array (&fd, 1) : NULL;
  g_autoptr (GDBusMessage) message =
      g_dbus_message_new_method_call (NAME, ROOT "/manager", NAME ".Manager", method);
  g_autoptr (GError) error = NULL;

  g_dbus_message_set_body (message, body);
  g_dbus_message_set_unix_fd_list (message, fds);
  g_assert_true (g_dbus_connection_send_message (leaver, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                                 NULL, &error));
  g_assert_true (g_dbus_connection_flush_sync (leaver, NULL, &error));
  g_assert_true (g_dbus_connection_close_sync (leaver, NULL, &error));
}

static GVariant *
remove_bundle (const char *digest, GError **error)
{
  return call ("RemoveBundle", -1, g_variant_new ("(s@a{sv})", digest, options_new (NULL, NULL)),
               error);
}

static void
test_caller_left (void)
{
  g_autofree char *path = bundle_path ();
  g_autofree char *digest = install_ours ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  int ends[2];

  for (guint i = 0; i < 4; i++)
    send_and_leave ("OpenBatch", -1, g_variant_new ("(s@a{sv})", digest, options_new (NULL, NULL)));
  /* By the time that ours is open twice, theirs were looked at, too. */
  for (guint i = 1; i <= 2; i++)
    {
      reply = open_batch (digest, NULL, NULL, &error);
      g_assert_no_error (error);
      g_clear_pointer (&reply, g_variant_unref);
    }
  g_assert_cmpuint (count_objects (ROOT "/batches/"), ==, 2);
  assert_refused (remove_bundle (digest, &error), &error, PN_ERROR_BUSY, "in use");

  /* Of those that are in mid-install, nothing is left. */
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  send_and_leave ("InstallBundle", ends[0],
                  g_variant_new ("(h@a{sv})", 0, options_new (NULL, NULL)));
  g_assert_cmpint (write (ends[1], "manifest.json", 13), ==, 13);
  (void) close (ends[1]);
  send_and_leave ("InstallBundle", open_folder (path),
                  g_variant_new ("(h@a{sv})", 0, options_new (NULL, NULL)));
  g_assert_cmpuint (count_objects (ROOT "/bundles/"), ==, 1);
}

static void
close_all (void)
{
  for (guint i = 1; i <= 2; i++)
    {
      g_autofree char *path = g_strdup_printf (ROOT "/batches/%u", i);
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) reply =
          g_dbus_connection_call_sync (bus, NAME, path, NAME ".Batch", "Close",
                                       g_variant_new ("(@a{sv})", options_new (NULL, NULL)), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

      g_assert_no_error (error);
    }
}

/* What nobody needs any more can go; a file that is damaged on the disk is found before a device is
 * touched, and makes room for a whole one. */
static void
test_removed (void)
{
  g_autofree char *digest = install_ours ();
  g_autofree char *folder = g_build_filename (inputs->folder, "state", "bundles", digest, NULL);
  g_autofree char *disk = NULL;
  g_autofree char *again = NULL;
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  const char *name;

  close_all ();
  dir = g_dir_open (folder, 0, &error);
  g_assert_no_error (error);
  while (disk == NULL && (name = g_dir_read_name (dir)) != NULL)
    if (!g_str_has_prefix (name, "manifest."))
      disk = g_build_filename (folder, name, NULL);
  {
    g_auto (PnFd) fd = open (disk, O_RDWR | O_CLOEXEC);
    char byte;

    g_assert_cmpint (pread (fd, &byte, 1, 0), ==, 1);
    byte ^= 1;
    g_assert_cmpint (pwrite (fd, &byte, 1, 0), ==, 1);
  }
  assert_refused (open_batch (digest, NULL, NULL, &error), &error, PN_ERROR_SIGNATURE, "altered");
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  again = install_ours ();
  g_assert_cmpstr (again, ==, digest);
  reply = remove_bundle (digest, &error);
  g_assert_no_error (error);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_objects (ROOT "/bundles/"), ==, 0);
}

static GVariant *
attach (int fd, const char *name, GError **error)
{
  return call ("AttachVirtual", fd, g_variant_new ("(hs@a{sv})", 0, name, options_new (NULL, NULL)),
               error);
}

static void
make_pair (int kind, int pair[2])
{
  g_assert_cmpint (socketpair (AF_UNIX, kind | SOCK_CLOEXEC, 0, pair), ==, 0);
}

static void
test_plugs (void)
{
  g_autofree char *long_name = g_strnfill (65, 'x');
  const char *const names[] = { "", "a\nb", "\303\244", long_name };
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  int pair[2], other[2];

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      make_pair (SOCK_SEQPACKET, pair);
      assert_refused (attach (pair[0], names[i], &error), &error, PN_ERROR_INVALID_ARGUMENT,
                      "name");
      (void) close (pair[1]);
    }
  make_pair (SOCK_STREAM, pair);
  assert_refused (attach (pair[0], "s", &error), &error, PN_ERROR_INVALID_ARGUMENT, "socket");
  (void) close (pair[1]);
  assert_refused (attach (open_folder ("/"), "s", &error), &error, PN_ERROR_INVALID_ARGUMENT,
                  "socket");
  assert_refused (attach (-1, "s", &error), &error, PN_ERROR_INVALID_ARGUMENT, "descriptor");
  g_assert_cmpuint (count_objects (ROOT "/slots/"), ==, 0);

  make_pair (SOCK_SEQPACKET, pair);
  reply = attach (pair[0], "s", &error);
  g_assert_no_error (error);
  make_pair (SOCK_SEQPACKET, other);
  assert_refused (attach (other[0], "s", &error), &error, PN_ERROR_BUSY, "in use");
  (void) close (other[1]);
  /* Rubbish through the plug, then gone. */
  g_assert_cmpint (send (pair[1], "rubbish that is no message", 26, MSG_NOSIGNAL), ==, 26);
  (void) close (pair[1]);
  g_clear_pointer (&reply, g_variant_unref);
  make_pair (SOCK_SEQPACKET, other);
  reply = attach (other[0], "s", &error);
  g_assert_no_error (error);
  (void) close (other[1]);
  g_assert_cmpuint (count_objects (ROOT "/slots/"), ==, 1);
}

static void
test_too_many_slots (void)
{
  g_autoptr (GPtrArray) replies = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_autoptr (GArray) ends = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 300 && error == NULL; i++)
    {
      g_autofree char *name = g_strdup_printf ("many-%u", i);
      GVariant *reply;
      int pair[2];

      make_pair (SOCK_SEQPACKET, pair);
      g_array_append_val (ends, pair[1]);
      reply = attach (pair[0], name, &error);
      if (reply != NULL)
        g_ptr_array_add (replies, reply);
    }
  g_assert_error (error, PN_ERROR, PN_ERROR_BUSY);
  g_assert_cmpuint (count_objects (ROOT "/slots/"), ==, 256);
  for (guint i = 0; i < ends->len; i++)
    (void) close (g_array_index (ends, int, i));
}

static void
test_records (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = call (
      "QueryRecords", -1,
      g_variant_new ("(uu@a{sv})", G_MAXUINT32, G_MAXUINT32, options_new (NULL, NULL)), &error);
  g_autoptr (GVariant) rows = NULL;

  g_assert_no_error (error);
  rows = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (rows), ==, 0);
}

static GVariant *
add_override (
    const char *kind, const char *reason, const char *name, GVariant *value, GError **error)
{
  return call ("AddOverride", -1,
               g_variant_new ("(ss@a{sv})", kind, reason, options_new (name, value)), error);
}

static guint
count_overrides (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      call ("ListOverrides", -1,
            g_variant_new ("(@a{sv})", options_new ("all", g_variant_new_boolean (TRUE))), &error);
  g_autoptr (GVariant) rows = NULL;

  g_assert_no_error (error);
  rows = g_variant_get_child_value (reply, 0);
  return (guint) g_variant_n_children (rows);
}

static void
test_overrides (void)
{
  g_autofree char *long_reason = g_strnfill (201, 'x');
  g_autofree char *huge = g_strnfill (1000000, 'y');
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  const struct
  {
    const char *kind, *reason, *name;
    GVariant *value;
    int code;
  } wrong[] = {
    { "again", "", "serial", g_variant_new_string ("40072f01"), PN_ERROR_INVALID_ARGUMENT },
    { "again", "\t", "serial", g_variant_new_string ("40072f01"), PN_ERROR_INVALID_ARGUMENT },
    { "again", "a\nb", "serial", g_variant_new_string ("40072f01"), PN_ERROR_INVALID_ARGUMENT },
    { "again", long_reason, "serial", g_variant_new_string ("40072f01"),
      PN_ERROR_INVALID_ARGUMENT },
    { "again", huge, "serial", g_variant_new_string ("40072f01"), PN_ERROR_INVALID_ARGUMENT },
    { "again", "x", NULL, NULL, PN_ERROR_INVALID_ARGUMENT },
    { "again", "x", "serial", g_variant_new_string (huge), PN_ERROR_INVALID_ARGUMENT },
    { "again", "x", "serial", g_variant_new_string ("' OR 1=1"), PN_ERROR_INVALID_ARGUMENT },
    { "again", "x", "serial", g_variant_new_uint32 (7), PN_ERROR_INVALID_ARGUMENT },
    { "again", "x", "slot", g_variant_new_string ("no such slot"), PN_ERROR_NOT_FOUND },
    { "again", "x", "slot", g_variant_new_string (""), PN_ERROR_INVALID_ARGUMENT },
    { "again", "x", "once", g_variant_new_string ("yes"), PN_ERROR_INVALID_ARGUMENT },
    { "again", "x", "uid", g_variant_new_uint32 (0), PN_ERROR_INVALID_ARGUMENT },
    { "again", "x", "who", g_variant_new_string ("root"), PN_ERROR_INVALID_ARGUMENT },
    { "recipe", "x", "serial", g_variant_new_string ("40072f01"), PN_ERROR_INVALID_ARGUMENT },
    { "burn", "x", "serial", g_variant_new_string ("40072f01"), PN_ERROR_INVALID_ARGUMENT },
    { "", "x", "serial", g_variant_new_string ("40072f01"), PN_ERROR_INVALID_ARGUMENT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_refused (
        add_override (wrong[i].kind, wrong[i].reason, wrong[i].name, wrong[i].value, &error),
        &error, wrong[i].code, "");
  assert_refused (call ("ListOverrides", -1,
                        g_variant_new ("(@a{sv})", options_new ("all", g_variant_new_string ("1"))),
                        &error),
                  &error, PN_ERROR_INVALID_ARGUMENT, "all");
  for (gint64 id = -1; id <= 1; id++)
    assert_refused (call ("ClearOverride", -1,
                          g_variant_new ("(x@a{sv})", id, options_new (NULL, NULL)), &error),
                    &error, PN_ERROR_NOT_FOUND, "");
  g_assert_cmpuint (count_overrides (), ==, 0);

  /* Whose it is, is what the bus says. */
  reply = add_override ("again", "x", "serial", g_variant_new_string ("40072F01"), &error);
  g_assert_no_error (error);
  assert_refused (
      add_override ("again", "y", "serial", g_variant_new_string ("1000000040072f01"), &error),
      &error, PN_ERROR_EXISTS, "");
  g_assert_cmpuint (count_overrides (), ==, 1);
}

/* As many as there may be, and no more. */
static void
test_too_many_overrides (void)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 300 && error == NULL; i++)
    {
      g_autofree char *serial = g_strdup_printf ("%08x", i);
      g_autoptr (GVariant) reply =
          add_override ("skip-firmware", "x", "serial", g_variant_new_string (serial), &error);
    }
  g_assert_error (error, PN_ERROR, PN_ERROR_BUSY);
  g_assert_cmpuint (count_overrides (), ==, 256);
}

static void
start_helper (void)
{
  g_autofree char *program =
      g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), "src", "helper", "punnetd", NULL);
  g_autofree char *state = g_build_filename (inputs->folder, "state", NULL);
  g_autoptr (GError) error = NULL;

  helper = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, program, "--session", "--state-dir",
                             state, NULL);
  g_assert_no_error (error);
}

static void
appeared_cb (GDBusConnection *connection, const char *name, const char *owner, gpointer loop)
{
  g_main_loop_quit (loop);
}

static void
wait_for_helper (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint watch = g_bus_watch_name_on_connection (bus, NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                appeared_cb, NULL, loop, NULL);

  g_main_loop_run (loop);
  g_bus_unwatch_name (watch);
}

/* ---- copies of the records ---- */

#define N_COPIES 40
#define MAX_COPIES 4

static void
copied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  guint *counts = user_data; /* copied, refused */
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (source), NULL, result, &error);

  if (reply == NULL)
    g_assert_error (error, PN_ERROR, PN_ERROR_BUSY);
  counts[reply == NULL]++;
}

static void
ask_for_copy (guint *counts)
{
  int fd = memfd_create ("copy", MFD_CLOEXEC);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new_from_array (&fd, 1);

  g_dbus_connection_call_with_unix_fd_list (
      bus, NAME, ROOT "/manager", NAME ".Manager", "BackupRecords",
      g_variant_new ("(h@a{sv})", 0, options_new (NULL, NULL)), NULL, G_DBUS_CALL_FLAGS_NONE, -1,
      fds, NULL, copied_cb, counts);
}

static guint
count_begun (void)
{
  g_autofree char *folder = g_build_filename (inputs->folder, "state", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_prefix (name, ".backup.") && strchr (name + strlen (".backup."), '.') == NULL;
  return n;
}

/* Each is a whole copy beside the records first: nobody fills the disk with them. */
static void
test_copies (void)
{
  guint counts[2] = { 0, 0 };
  guint most = 0;

  for (guint i = 0; i < N_COPIES; i++)
    ask_for_copy (counts);
  while (counts[0] + counts[1] < N_COPIES)
    {
      g_main_context_iteration (NULL, FALSE);
      most = MAX (most, count_begun ());
    }
  g_test_message ("%u copies, %u refused; at most %u at once", counts[0], counts[1], most);
  g_assert_cmpuint (counts[0], >=, MAX_COPIES);
  g_assert_cmpuint (most, <=, MAX_COPIES);
  g_assert_cmpuint (count_begun (), ==, 0);
}

int
main (int argc, char **argv)
{
  g_autoptr (GTestDBus) daemon = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  /* First: it forks a watcher, which must not inherit a lock that another thread holds. */
  daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (daemon);
  (void) pn_error_quark (); /* makes the names known to D-Bus */
  inputs = pn_test_inputs_new ();
  bus = connect_bus ();
  start_helper ();
  wait_for_helper ();
  g_test_add_func ("/bus/records", test_records);
  g_test_add_func ("/bus/folders", test_folders);
  g_test_add_func ("/bus/options", test_options);
  g_test_add_func ("/bus/digests", test_digests);
  g_test_add_func ("/bus/caller-left", test_caller_left);
  g_test_add_func ("/bus/removed", test_removed);
  g_test_add_func ("/bus/overrides", test_overrides);
  g_test_add_func ("/bus/too-many-overrides", test_too_many_overrides);
  g_test_add_func ("/bus/plugs", test_plugs);
  g_test_add_func ("/bus/too-many-slots", test_too_many_slots);
  g_test_add_func ("/bus/copies", test_copies);
  status = g_test_run ();
  /* After all that it still ends as it should. */
  g_subprocess_send_signal (helper, SIGTERM);
  g_assert_true (g_subprocess_wait_check (helper, NULL, &error));
  g_object_unref (helper);
  g_assert_true (g_dbus_connection_close_sync (bus, NULL, NULL));
  g_clear_object (&bus);
  g_test_dbus_down (daemon);
  pn_test_inputs_free (inputs);
  return status;
}
