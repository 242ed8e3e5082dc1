/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-station-check.h"

#include <glib/gi18n.h>
#include <unistd.h>

#include "pn-app.h"
#include "pn-firmware-folder.h"

#define USB_FOLDER "/dev/bus/usb"
#define SPACE_NEEDED (G_GUINT64_CONSTANT (1) << 30) /* without it nothing fits */
#define SPACE_WANTED (G_GUINT64_CONSTANT (8) << 30) /* an image, and a bundle of it */

typedef enum
{
  SERVICE,
  USB,
  SPACE,
  FIRMWARE,
  N_CHECKS
} Which;

struct _PnFinding
{
  GObject parent_instance;
  char *title, *text, *fix, *action;
  PnFindingState state;
};

struct _PnStationCheck
{
  GObject parent_instance;
  GListStore *checks;
  GCancellable *cancellable; /* of the look at the disc */
  PnClient *client;
  PnChip chip; /* whose firmware is looked for */
};

static const GEnumValue states[] = {
  { PN_FINDING_LOOKING, "PN_FINDING_LOOKING", "looking" },
  { PN_FINDING_GOOD, "PN_FINDING_GOOD", "good" },
  { PN_FINDING_WARNING, "PN_FINDING_WARNING", "warning" },
  { PN_FINDING_BAD, "PN_FINDING_BAD", "bad" },
  { 0, NULL, NULL },
};

GType
pn_finding_state_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("PnFindingState", states));
  return (GType) type;
}

/* ---- one check ---- */

typedef enum
{
  PROP_TITLE = 1,
  PROP_TEXT,
  PROP_STATE,
  PROP_FIX,
  PROP_ACTION,
  N_PROPS
} PnFindingProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnFinding, pn_finding, G_TYPE_OBJECT)

static void
pn_finding_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnFinding *self = PN_FINDING (object);

  switch ((PnFindingProperty) prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_FIX:
      g_value_set_string (value, self->fix);
      break;
    case PROP_ACTION:
      g_value_set_string (value, self->action);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_finding_finalize (GObject *object)
{
  PnFinding *self = PN_FINDING (object);

  g_free (self->title);
  g_free (self->text);
  g_free (self->fix);
  g_free (self->action);
  G_OBJECT_CLASS (pn_finding_parent_class)->finalize (object);
}

static void
pn_finding_class_init (PnFindingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = pn_finding_get_property;
  object_class->finalize = pn_finding_finalize;
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  properties[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, PN_TYPE_FINDING_STATE, PN_FINDING_LOOKING, flags);
  properties[PROP_FIX] = g_param_spec_string ("fix", NULL, NULL, "", flags);
  properties[PROP_ACTION] = g_param_spec_string ("action", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_finding_init (PnFinding *self)
{
}

PnFindingState
pn_finding_get_state (PnFinding *self)
{
  return self->state;
}

const char *
pn_finding_get_text (PnFinding *self)
{
  return self->text;
}

/* @text, @fix and @action are copied. */
static void
pn_finding_say (
    PnFinding *self, PnFindingState state, const char *text, const char *fix, const char *action)
{
  self->state = state;
  g_free (self->text);
  self->text = g_strdup (text);
  g_free (self->fix);
  self->fix = g_strdup (fix != NULL ? fix : "");
  g_free (self->action);
  self->action = g_strdup (action);
  for (guint i = PROP_TEXT; i < N_PROPS; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
}

/* ---- all of them ---- */

enum
{
  ALL_WORST = 1,
  N_ALL
};
static GParamSpec *all_properties[N_ALL];

G_DEFINE_FINAL_TYPE (PnStationCheck, pn_station_check, G_TYPE_OBJECT)

static void
say (PnStationCheck *self,
     Which which,
     PnFindingState state,
     const char *text,
     const char *fix,
     const char *action)
{
  g_autoptr (PnFinding) check = g_list_model_get_item (G_LIST_MODEL (self->checks), which);

  pn_finding_say (check, state, text, fix, action);
  g_object_notify_by_pspec (G_OBJECT (self), all_properties[ALL_WORST]);
}

static void
check_service (PnStationCheck *self)
{
  switch (pn_client_get_state (self->client))
    {
    case PN_CLIENT_READY:
      say (self, SERVICE, PN_FINDING_GOOD, _ ("It is running."), NULL, NULL);
      break;
    case PN_CLIENT_ABSENT:
      say (self, SERVICE, PN_FINDING_BAD,
           pn_client_get_error (self->client) != NULL
               ? pn_client_get_error (self->client)
               : _ ("It is not running. Devices cannot be started without it."),
           _ ("Start it"), "app.start-helper");
      break;
    case PN_CLIENT_CONNECTING:
    case PN_CLIENT_STARTING:
    default:
      say (self, SERVICE, PN_FINDING_LOOKING, _ ("It is starting."), NULL, NULL);
    }
}

/* ---- what the disc says, in a thread ---- */

typedef struct
{
  char *firmware;         /* folder; "" = the system's */
  PnChip chip;            /* that it is for */
  char *missing;          /* kinds of firmware files; NULL = none */
  guint64 space;          /* bytes */
  gboolean usb, usb_open; /* there is a bus; its devices can be opened */
} Found;

static void
found_free (Found *found)
{
  g_free (found->firmware);
  g_free (found->missing);
  g_free (found);
}

/* Whether any device on any bus may be opened: rules that let the user at one let him at ours. */
static void
look_at_usb (Found *found)
{
  g_autoptr (GDir) buses = g_dir_open (USB_FOLDER, 0, NULL);
  const char *bus, *name;

  found->usb = buses != NULL;
  while (buses != NULL && (bus = g_dir_read_name (buses)) != NULL)
    {
      g_autofree char *folder = g_build_filename (USB_FOLDER, bus, NULL);
      g_autoptr (GDir) devices = g_dir_open (folder, 0, NULL);

      while (devices != NULL && (name = g_dir_read_name (devices)) != NULL)
        {
          g_autofree char *path = g_build_filename (folder, name, NULL);

          found->usb_open = found->usb_open || access (path, R_OK | W_OK) == 0;
        }
    }
}

static void
look_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Found *found = data;
  g_autoptr (GFile) home = g_file_new_for_path (g_get_user_data_dir ());
  g_autoptr (GFileInfo) info = NULL;

  found->missing = pn_firmware_folder_list_missing (found->firmware, found->chip);
  (void) g_file_make_directory_with_parents (home, NULL, NULL);
  info = g_file_query_filesystem_info (home, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, cancellable, NULL);
  if (info != NULL)
    found->space = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
  look_at_usb (found);
  g_task_return_boolean (task, TRUE);
}

static void
say_firmware (PnStationCheck *self, const Found *found)
{
  g_autofree char *text = NULL;

  if (found->missing == NULL)
    {
      say (self, FIRMWARE, PN_FINDING_GOOD,
           _ ("Everything that devices are started with is there."), NULL, NULL);
      return;
    }
  /* Translators: %s is a list of kinds of files. */
  text = g_strdup_printf (_ ("Missing: %s. Choose the folder that has them."), found->missing);
  say (self, FIRMWARE, PN_FINDING_WARNING, text, _ ("Choose…"), "check.choose-firmware");
}

static void
say_usb (PnStationCheck *self, const Found *found)
{
  if (pn_app_get_practice (pn_app_get_default ()))
    say (self, USB, PN_FINDING_GOOD, _ ("Not needed while practising."), NULL, NULL);
  else if (!found->usb)
    say (self, USB, PN_FINDING_WARNING, _ ("This computer shows no USB sockets. Practice works."),
         NULL, NULL);
  else if (!found->usb_open)
    say (self, USB, PN_FINDING_WARNING,
         _ ("You may not use USB devices. Whoever looks after this computer can install Punnet’s "
            "udev rule."),
         NULL, NULL);
  else
    say (self, USB, PN_FINDING_GOOD, _ ("USB devices can be used."), NULL, NULL);
}

static void
say_space (PnStationCheck *self, const Found *found)
{
  g_autofree char *size = g_format_size (found->space);
  g_autofree char *free_text = g_strdup_printf (_ ("%s free."), size);
  g_autofree char *little =
      g_strdup_printf (_ ("%s free. An image and what is made of it may need more."), size);

  if (found->space >= SPACE_WANTED)
    say (self, SPACE, PN_FINDING_GOOD, free_text, NULL, NULL);
  else
    say (self, SPACE, found->space >= SPACE_NEEDED ? PN_FINDING_WARNING : PN_FINDING_BAD, little,
         NULL, NULL);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnStationCheck *self = PN_STATION_CHECK (source);
  Found *found = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), NULL))
    return; /* a newer look goes */
  say_usb (self, found);
  say_space (self, found);
  say_firmware (self, found);
}

void
pn_station_check_run (PnStationCheck *self)
{
  Found *found = g_new0 (Found, 1);
  g_autoptr (GTask) task = NULL;

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  task = g_task_new (self, self->cancellable, looked_cb, NULL);
  g_task_set_source_tag (task, pn_station_check_run);
  found->firmware = pn_app_get_firmware_folder (pn_app_get_default ());
  found->chip = self->chip;
  g_task_set_task_data (task, found, (GDestroyNotify) found_free);
  g_task_run_in_thread (task, look_thread);
}

void
pn_station_check_set_chip (PnStationCheck *self, PnChip chip)
{
  self->chip = chip;
}

static void
follow_client (PnStationCheck *self)
{
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_set_object (&self->client, pn_app_get_client (pn_app_get_default ()));
  g_signal_connect_object (self->client, "notify::state", G_CALLBACK (check_service), self,
                           G_CONNECT_SWAPPED);
  check_service (self);
  pn_station_check_run (self);
}

static void
pn_station_check_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == ALL_WORST)
    g_value_set_enum (value, (int) pn_station_check_get_worst (PN_STATION_CHECK (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_station_check_dispose (GObject *object)
{
  PnStationCheck *self = PN_STATION_CHECK (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->client);
  g_clear_object (&self->checks);
  G_OBJECT_CLASS (pn_station_check_parent_class)->dispose (object);
}

static void
pn_station_check_class_init (PnStationCheckClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pn_station_check_get_property;
  object_class->dispose = pn_station_check_dispose;
  all_properties[ALL_WORST] =
      g_param_spec_enum ("worst", NULL, NULL, PN_TYPE_FINDING_STATE, PN_FINDING_LOOKING,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_ALL, all_properties);
}

static void
pn_station_check_init (PnStationCheck *self)
{
  static const char *const titles[N_CHECKS] = {
    [SERVICE] = N_ ("Background service"),
    [USB] = N_ ("USB access"),
    [SPACE] = N_ ("Free space"),
    [FIRMWARE] = N_ ("Firmware files"),
  };

  self->chip = PN_CHIP_BCM2712;
  self->checks = g_list_store_new (PN_TYPE_FINDING);
  for (guint i = 0; i < N_CHECKS; i++)
    {
      g_autoptr (PnFinding) check = g_object_new (PN_TYPE_FINDING, NULL);

      check->title = g_strdup (_ (titles[i]));
      check->fix = g_strdup ("");
      g_list_store_append (self->checks, check);
    }
}

PnStationCheck *
pn_station_check_new (void)
{
  PnStationCheck *self = g_object_new (PN_TYPE_STATION_CHECK, NULL);

  g_signal_connect_object (pn_app_get_default (), "notify::client", G_CALLBACK (follow_client),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (pn_app_get_settings (pn_app_get_default ()), "changed::firmware-folder",
                           G_CALLBACK (pn_station_check_run), self, G_CONNECT_SWAPPED);
  follow_client (self);
  return self;
}

GListModel *
pn_station_check_get_checks (PnStationCheck *self)
{
  return G_LIST_MODEL (self->checks);
}

PnFindingState
pn_station_check_get_worst (PnStationCheck *self)
{
  PnFindingState worst = PN_FINDING_GOOD;

  for (guint i = 0; i < N_CHECKS; i++)
    {
      g_autoptr (PnFinding) check = g_list_model_get_item (G_LIST_MODEL (self->checks), i);

      if (check->state == PN_FINDING_LOOKING)
        return PN_FINDING_LOOKING;
      worst = MAX (worst, check->state);
    }
  return worst;
}

const char *
pn_station_check_get_problem (PnStationCheck *self)
{
  for (guint i = 0; i < N_CHECKS; i++)
    {
      g_autoptr (PnFinding) check = g_list_model_get_item (G_LIST_MODEL (self->checks), i);

      if (check->state == PN_FINDING_BAD)
        return check->text;
    }
  return NULL;
}
