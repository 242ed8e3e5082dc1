/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The virtual device behind the object is made anew, over the same folder, whenever its cable leads
 * somewhere else: so no thread of it ever sees a plug that went away. */
#include "config.h"

#include "pn-bench-device.h"

#include <glib/gstdio.h>
#include <string.h>

#include "pn-digest.h"
#include "pn-error.h"
#include "pn-io.h"
#include "pn-options.h"
#include "pn-plug.h"

#define PERSON_MS 300 /* how long somebody takes to notice */
#define DEFAULT_SIZE (G_GUINT64_CONSTANT (4) << 30)
#define MAX_SIZE (G_GUINT64_CONSTANT (1) << 40)

struct _PnBenchDevice
{
  GObject parent_instance;
  char *name;
  char *folder;
  PnVirtualBoard board;
  char *serial, *mac;
  GPtrArray *vendor_keys; /* PnSha256 */
  PnSha256 first_key;     /* it was added with; zero = none */
  gboolean first_is_ours;
  gboolean operator;
  PnVirtualDevice *device;
  PnVirtualFaults faults;
  guint person; /* timer */
  GDBusConnection *bus;
  char *bus_name; /* NULL = no helper */
  PnBenchDbusObjectSkeleton *skeleton;
  PnBenchDbusDevice *object;
};

G_DEFINE_FINAL_TYPE (PnBenchDevice, pn_bench_device, G_TYPE_OBJECT)

static const char *const stage_words[] = { "off",    "rom",   "recovery", "boot-loader",
                                           "gadget", "stuck", "running" };

static void
show (PnBenchDevice *self)
{
  PnVirtualStage stage = pn_virtual_device_get_stage (self->device);
  g_autofree char *hex = NULL;
  PnSha256 key;

  pn_virtual_device_get_key_hash (self->device, key.bytes);
  hex = pn_sha256_to_hex (&key);
  pn_bench_dbus_device_set_stage (self->object, stage_words[stage]);
  pn_bench_dbus_device_set_done (self->object, pn_virtual_device_is_done (self->device));
  pn_bench_dbus_device_set_plugged (self->object, pn_virtual_device_is_plugged (self->device));
  pn_bench_dbus_device_set_fingerprint (self->object, pn_sha256_is_zero (&key) ? "" : hex);
  pn_bench_dbus_device_set_state (self->object, pn_sha256_is_zero (&key) ? "fresh"
                                                : !pn_sha256_equal (&key, &self->first_key)
                                                    ? "locked"
                                                : self->first_is_ours ? "ours"
                                                                      : "other-key");
}

static gboolean
show_cb (gpointer user_data)
{
  PnBenchDevice *self = user_data;

  if (self->device != NULL)
    show (self);
  return G_SOURCE_REMOVE;
}

/* From the device's thread. */
static void
stage_cb (PnVirtualDevice *device, PnVirtualStage stage, gpointer user_data)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, show_cb, g_object_ref (user_data), g_object_unref);
}

/* ---- the device behind it ---- */

static void
drop_device (PnBenchDevice *self)
{
  g_clear_pointer (&self->device, pn_virtual_device_take_away);
}

static gboolean
make_device (PnBenchDevice *self, GError **error)
{
  self->device = pn_virtual_device_new (self->folder, &self->board, error);
  if (self->device == NULL)
    return FALSE;
  pn_virtual_device_set_faults (self->device, &self->faults);
  pn_virtual_device_set_stage_func (self->device, stage_cb, self);
  if (self->bus_name == NULL)
    return TRUE;
  return pn_plug_into (self->device, self->bus, self->bus_name, self->name, error);
}

/* The same device on another cable; @plugged: as it was. */
static gboolean
renew (PnBenchDevice *self, gboolean plugged, GError **error)
{
  gboolean fine;

  drop_device (self);
  fine = make_device (self, error);
  if (fine && plugged)
    pn_virtual_device_plug (self->device, TRUE);
  if (self->device != NULL)
    show (self);
  return fine;
}

gboolean
pn_bench_device_connect (PnBenchDevice *self,
                         GDBusConnection *bus,
                         const char *bus_name,
                         GError **error)
{
  gboolean plugged = self->device != NULL && pn_virtual_device_is_plugged (self->device);

  g_set_object (&self->bus, bus);
  g_free (self->bus_name);
  self->bus_name = g_strdup (bus_name);
  return renew (self, plugged, error);
}

void
pn_bench_device_disconnect (PnBenchDevice *self)
{
  g_clear_pointer (&self->bus_name, g_free);
}

/* ---- the person at the bench ---- */

static gboolean
person_cb (gpointer user_data)
{
  PnBenchDevice *self = user_data;

  self->person = 0;
  if (self->device != NULL && pn_virtual_device_is_plugged (self->device))
    {
      pn_virtual_device_unplug (self->device);
      pn_virtual_device_plug (self->device, TRUE);
    }
  return G_SOURCE_REMOVE;
}

void
pn_bench_device_instructed (PnBenchDevice *self)
{
  if (self->operator&& self->person == 0)
    self->person = g_timeout_add (PERSON_MS, person_cb, self);
}

/* ---- methods ---- */

static gboolean
refuse (GDBusMethodInvocation *invocation, GError *error)
{
  pn_error_answer (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
there_is (PnBenchDevice *self, GError **error)
{
  if (self->device != NULL)
    return TRUE;
  g_set_error_literal (error, PN_ERROR, PN_ERROR_IO,
                       "The virtual device could not be made; see where the bench keeps its files");
  return FALSE;
}

static gboolean
plug_cb (PnBenchDbusDevice *object,
         GDBusMethodInvocation *invocation,
         GVariant *options,
         PnBenchDevice *self)
{
  static const PnOption known[] = { { "button", "b" }, { NULL } };
  gboolean button = TRUE;
  GError *error = NULL;

  if (!pn_options_check (options, known, &error) || !there_is (self, &error))
    return refuse (invocation, error);
  (void) g_variant_lookup (options, "button", "b", &button);
  pn_virtual_device_plug (self->device, button);
  show (self);
  pn_bench_dbus_device_complete_plug (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
pull (PnBenchDevice *self)
{
  g_clear_handle_id (&self->person, g_source_remove);
  pn_virtual_device_unplug (self->device);
  show (self);
}

static gboolean
pull_cb (PnBenchDbusDevice *object,
         GDBusMethodInvocation *invocation,
         GVariant *options,
         PnBenchDevice *self)
{
  GError *error = NULL;

  if (!there_is (self, &error))
    return refuse (invocation, error);
  pull (self);
  pn_bench_dbus_device_complete_pull (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
reset_cb (PnBenchDbusDevice *object,
          GDBusMethodInvocation *invocation,
          GVariant *options,
          PnBenchDevice *self)
{
  GError *error = NULL;

  g_clear_handle_id (&self->person, g_source_remove);
  drop_device (self);
  pn_empty_folder (self->folder);
  if (!renew (self, FALSE, &error))
    return refuse (invocation, error);
  pn_bench_dbus_device_complete_reset (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
parse_faults (const char *const *words, PnVirtualFaults *faults, GError **error)
{
  *faults = pn_virtual_faults_none ();
  for (guint i = 0; words[i] != NULL; i++)
    if (!pn_virtual_faults_add (faults, words[i], error))
      {
        g_prefix_error (error, "“%s”: ", words[i]);
        pn_virtual_faults_clear (faults);
        return FALSE;
      }
  return TRUE;
}

static void
take_faults (PnBenchDevice *self, const char *const *words, PnVirtualFaults faults)
{
  pn_virtual_faults_clear (&self->faults);
  self->faults = faults;
  pn_bench_dbus_device_set_faults (self->object, words);
}

static gboolean
set_faults_cb (PnBenchDbusDevice *object,
               GDBusMethodInvocation *invocation,
               const char *const *words,
               GVariant *options,
               PnBenchDevice *self)
{
  PnVirtualFaults faults;
  GError *error = NULL;

  if (!there_is (self, &error) || !parse_faults (words, &faults, &error))
    return refuse (invocation, error);
  take_faults (self, words, faults);
  pn_virtual_device_set_faults (self->device, &self->faults);
  pn_bench_dbus_device_complete_set_faults (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* ---- making one ---- */

static gboolean
fail (GError **error, const char *sentence)
{
  g_set_error_literal (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT, sentence);
  return FALSE;
}

static gboolean
take_board (PnBenchDevice *self, GVariant *options, GError **error)
{
  const char *model = "cm5", *storage;
  guint64 size = DEFAULT_SIZE;
  PnStorage kind;

  (void) g_variant_lookup (options, "model", "&s", &model);
  (void) g_variant_lookup (options, "storage-size", "t", &size);
  if (!pn_virtual_board_set_model (&self->board, model, error))
    return FALSE;
  storage = pn_storage_to_word (self->board.storage_kind);
  (void) g_variant_lookup (options, "storage", "&s", &storage);
  if (!pn_storage_from_word (storage, &kind) || size == 0 || size > MAX_SIZE || size % 512 != 0)
    return fail (error,
                 "A device has sd, emmc or nvme storage, of whole sectors and at most 1 TiB");
  pn_virtual_board_set_storage (&self->board, kind, size);
  pn_bench_dbus_device_set_model (self->object, model);
  pn_bench_dbus_device_set_storage (self->object, storage);
  pn_bench_dbus_device_set_storage_size (self->object, size);
  return TRUE;
}

static gboolean
take_identity (PnBenchDevice *self, GVariant *options, GError **error)
{
  guint64 number;

  if (!g_variant_lookup (options, "serial", "s", &self->serial))
    self->serial = g_strdup_printf ("10000000%08x", g_str_hash (self->name));
  if (strlen (self->serial) != 16 ||
      !g_ascii_string_to_unsigned (self->serial, 16, 0, G_MAXUINT64, &number, NULL))
    return fail (error, "A serial number has 16 hex digits");
  self->mac = g_strdup_printf ("2c:cf:67:%02x:%02x:%02x", (guint) (number >> 16) & 0xff,
                               (guint) (number >> 8) & 0xff, (guint) number & 0xff);
  self->board.serial = self->serial;
  self->board.mac = self->mac;
  pn_bench_dbus_device_set_serial (self->object, self->serial);
  return TRUE;
}

static gboolean
take_vendor_keys (PnBenchDevice *self, GVariant *options, GError **error)
{
  g_autofree const char **keys = NULL;

  (void) g_variant_lookup (options, "vendor-keys", "^a&s", &keys);
  self->vendor_keys = g_ptr_array_new_with_free_func (g_free);
  self->board.rom_key_hashes = self->vendor_keys;
  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      PnSha256 hash;

      if (!pn_sha256_from_hex (keys[i], &hash))
        return fail (error, "A vendor's key is given as its SHA-256 in hex");
      g_ptr_array_add (self->vendor_keys, g_memdup2 (&hash, sizeof hash));
    }
  return TRUE;
}

static gboolean
take_state (PnBenchDevice *self, GVariant *options, GError **error)
{
  const char *state = "fresh", *fingerprint = NULL;

  (void) g_variant_lookup (options, "state", "&s", &state);
  (void) g_variant_lookup (options, "fingerprint", "&s", &fingerprint);
  self->first_is_ours = g_str_equal (state, "ours");
  if (g_str_equal (state, "other-key"))
    self->first_key = pn_sha256 ("nobody's key", 12);
  else if (self->first_is_ours &&
           (fingerprint == NULL || !pn_sha256_from_hex (fingerprint, &self->first_key)))
    return fail (error, "Which key is ours is said by “fingerprint”, a SHA-256 in hex");
  else if (!self->first_is_ours && !g_str_equal (state, "fresh"))
    return fail (error, "A device's state is fresh, ours or other-key");
  return TRUE;
}

static gboolean
take_options (PnBenchDevice *self, GVariant *options, GError **error)
{
  static const PnOption known[] = { { "model", "s" },        { "storage", "s" },
                                    { "storage-size", "t" }, { "serial", "s" },
                                    { "state", "s" },        { "fingerprint", "s" },
                                    { "faults", "as" },      { "vendor-keys", "as" },
                                    { "operator", "b" },     { NULL } };
  const char *const none[] = { NULL };
  g_autofree const char **words = NULL;
  PnVirtualFaults faults;

  if (!pn_options_check (options, known, error) || !take_board (self, options, error) ||
      !take_identity (self, options, error) || !take_vendor_keys (self, options, error) ||
      !take_state (self, options, error))
    return FALSE;
  self->operator= TRUE;
  (void) g_variant_lookup (options, "operator", "b", &self->operator);
  (void) g_variant_lookup (options, "faults", "^a&s", &words);
  if (!parse_faults (words != NULL ? words : none, &faults, error))
    return FALSE;
  take_faults (self, words != NULL ? words : none, faults);
  return TRUE;
}

PnBenchDevice *
pn_bench_device_new (
    const char *name, const char *folder, const char *path, GVariant *options, GError **error)
{
  g_autoptr (PnBenchDevice) self = g_object_new (PN_TYPE_BENCH_DEVICE, NULL);

  self->name = g_strdup (name);
  self->folder = g_strdup (folder);
  self->skeleton = pn_bench_dbus_object_skeleton_new (path);
  pn_bench_dbus_object_skeleton_set_device (self->skeleton, self->object);
  pn_bench_dbus_device_set_name (self->object, name);
  if (!take_options (self, options, error))
    return NULL;
  (void) g_mkdir_with_parents (folder, 0700);
  pn_empty_folder (self->folder);
  if (!make_device (self, error))
    return NULL;
  if (!pn_sha256_is_zero (&self->first_key) &&
      !pn_virtual_device_burn (self->device, self->first_key.bytes, NULL))
    {
      fail (error, "The device's one-time memory could not be written");
      return NULL;
    }
  show (self);
  return g_steal_pointer (&self);
}

const char *
pn_bench_device_get_name (PnBenchDevice *self)
{
  return self->name;
}

PnBenchDbusObjectSkeleton *
pn_bench_device_get_skeleton (PnBenchDevice *self)
{
  return self->skeleton;
}

PnBenchDbusDevice *
pn_bench_device_get_object (PnBenchDevice *self)
{
  return self->object;
}

void
pn_bench_device_remove (PnBenchDevice *self)
{
  g_clear_handle_id (&self->person, g_source_remove);
  drop_device (self);
  pn_empty_folder (self->folder);
  (void) g_rmdir (self->folder);
}

/* The device's thread ends here, while it may still refer to the object. */
static void
pn_bench_device_dispose (GObject *object)
{
  PnBenchDevice *self = PN_BENCH_DEVICE (object);

  g_clear_handle_id (&self->person, g_source_remove);
  drop_device (self);
  g_signal_handlers_disconnect_by_data (self->object, self);
  G_OBJECT_CLASS (pn_bench_device_parent_class)->dispose (object);
}

static void
pn_bench_device_finalize (GObject *object)
{
  PnBenchDevice *self = PN_BENCH_DEVICE (object);

  g_clear_object (&self->skeleton);
  g_clear_object (&self->object);
  g_clear_object (&self->bus);
  g_clear_pointer (&self->vendor_keys, g_ptr_array_unref);
  pn_virtual_faults_clear (&self->faults);
  g_free (self->bus_name);
  g_free (self->serial);
  g_free (self->mac);
  g_free (self->folder);
  g_free (self->name);
  G_OBJECT_CLASS (pn_bench_device_parent_class)->finalize (object);
}

static void
pn_bench_device_class_init (PnBenchDeviceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pn_bench_device_dispose;
  G_OBJECT_CLASS (klass)->finalize = pn_bench_device_finalize;
}

static void
pn_bench_device_init (PnBenchDevice *self)
{
  self->faults = pn_virtual_faults_none ();
  self->object = pn_bench_dbus_device_skeleton_new ();
  g_signal_connect (self->object, "handle-plug", G_CALLBACK (plug_cb), self);
  g_signal_connect (self->object, "handle-pull", G_CALLBACK (pull_cb), self);
  g_signal_connect (self->object, "handle-reset", G_CALLBACK (reset_cb), self);
  g_signal_connect (self->object, "handle-set-faults", G_CALLBACK (set_faults_cb), self);
}
