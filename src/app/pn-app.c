/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-app.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "pn-alerts.h"
#include "pn-error.h"
#include "pn-scenario.h"
#include "pn-window.h"
#include "pn-wizard.h"

#define MAX_JOBS 200

struct _PnApp
{
  AdwApplication parent_instance;
  GSettings *settings;
  PnClient *client;
  PnClientBench *bench; /* NULL unless practising */
  GListStore *jobs;
  PnAttention *attention;
  PnBackup *backup;
  PnAlerts *alerts;
  GtkCssProvider *palette; /* NULL = the first one */
  gboolean practice;
  PnClientBus bus; /* as the command line says */
  char *scenario;  /* to be played as soon as it can be; or NULL */
  gboolean asked;  /* somebody asked for something: the set-up does not come by itself */
};

typedef enum
{
  PROP_CLIENT = 1,
  PROP_PRACTICE,
  N_PROPS
} PnAppProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnApp, pn_app, ADW_TYPE_APPLICATION)

static PnWindow *
ensure_window (PnApp *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  for (GList *at = gtk_application_get_windows (GTK_APPLICATION (self)); at != NULL; at = at->next)
    if (PN_IS_WINDOW (at->data))
      window = at->data;
  return PN_IS_WINDOW (window) ? PN_WINDOW (window) : pn_window_new (self);
}

/* ---- actions ---- */

static void
quit_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PnApp *self = user_data;

  for (GList *at = gtk_application_get_windows (GTK_APPLICATION (self)); at != NULL;)
    {
      GtkWindow *window = at->data;

      at = at->next;
      gtk_window_close (window);
    }
}

static void
about_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *parent = gtk_application_get_active_window (GTK_APPLICATION (user_data));

  adw_show_about_window (parent, "application-name", _ ("Punnet"), "application-icon", PN_APP_ID,
                         "version", PN_VERSION, "developer-name", _ ("The Punnet developers"),
                         "license-type", GTK_LICENSE_GPL_3_0, "comments",
                         _ ("Provision Raspberry Pi devices: lock, encrypt, write, verify, record"),
                         /* Translators: your name and address, one translator a line. */
                         "translator-credits", _ ("translator-credits"), NULL);
}

static void
practice_changed_cb (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  PN_APP (user_data)->asked = TRUE;
  pn_app_set_practice (user_data, g_variant_get_boolean (state));
}

/* As an action of the desktop: it may be what the program is started for. */
static void
open_bench_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PN_APP (user_data)->asked = TRUE;
  pn_app_set_practice (user_data, TRUE);
  gtk_window_present (GTK_WINDOW (ensure_window (user_data)));
}

static void
show_page_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PnWindow *window = ensure_window (user_data);

  PN_APP (user_data)->asked = TRUE;
  pn_window_show_page (window, g_variant_get_string (parameter, NULL));
  gtk_window_present (GTK_WINDOW (window));
}

static void
start_helper_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  pn_app_start_helper (user_data);
}

static void
start_bench_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  pn_app_start_bench (user_data);
}

static void
played_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnApp) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!pn_scenario_play_finish (result, &error))
    pn_window_toast (ensure_window (self), pn_error_text (error));
}

/* As soon as both the helper and the bench of the practice are there. */
static void
play_when_ready (PnApp *self)
{
  g_autofree char *scenario = NULL;

  if (self->scenario == NULL || self->bench == NULL ||
      pn_client_bench_get_state (self->bench) != PN_CLIENT_READY ||
      pn_client_get_state (self->client) != PN_CLIENT_READY)
    return;
  scenario = g_steal_pointer (&self->scenario);
  pn_scenario_play_async (self->bench, scenario, NULL, played_cb, g_object_ref (self));
}

static void
play_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PnApp *self = user_data;

  self->asked = TRUE;
  g_free (self->scenario);
  self->scenario = g_variant_dup_string (parameter, NULL);
  pn_app_set_practice (self, TRUE);
  g_signal_connect_object (self->bench, "notify::state", G_CALLBACK (play_when_ready), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->client, "notify::state", G_CALLBACK (play_when_ready), self,
                           G_CONNECT_SWAPPED);
  play_when_ready (self);
}

static void
set_up_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PnWindow *window = ensure_window (user_data);

  gtk_window_present (GTK_WINDOW (window));
  pn_dialog_present (pn_wizard_new (), GTK_WIDGET (window));
}

static void
paused_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnApp) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!pn_client_set_paused_finish (PN_CLIENT (source), result, &error))
    pn_window_toast (ensure_window (self), pn_error_text (error));
}

static void
pause_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  PnApp *self = user_data;

  pn_client_set_paused_async (self->client, !pn_client_get_paused (self->client), NULL,
                              paused_done_cb, g_object_ref (self));
}

static void
acknowledge_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  pn_alerts_acknowledge (PN_APP (user_data)->alerts);
}

static const GActionEntry actions[] = {
  { .name = "quit", .activate = quit_cb },
  { .name = "about", .activate = about_cb },
  { .name = "practice", .state = "false", .change_state = practice_changed_cb },
  { .name = "open-bench", .activate = open_bench_cb },
  { .name = "show-page", .activate = show_page_cb, .parameter_type = "s" },
  { .name = "start-helper", .activate = start_helper_cb },
  { .name = "start-bench", .activate = start_bench_cb },
  { .name = "play", .activate = play_cb, .parameter_type = "s" },
  { .name = "set-up", .activate = set_up_cb },
  { .name = "pause", .activate = pause_cb },
  { .name = "acknowledge", .activate = acknowledge_cb },
};

static const struct
{
  const char *action;
  const char *keys[3];
} shortcuts[] = {
  { "app.quit", { "<Control>q" } },
  { "app.pause", { "<Control>p" } },
  { "app.acknowledge", { "<Control>m" } },
  { "window.close", { "<Control>w" } },
  { "win.search", { "<Control>f" } },
  { "win.pop", { "<Alt>Left" } },
  { "win.show-shortcuts", { "<Control>question" } },
  { "win.full-screen", { "F11" } },
  { "win.menu", { "F10" } },
  { "win.show-page::settings", { "<Control>comma" } },
};

/* ---- starting ---- */

/* Practice is always the session's own. */
static void
set_client (PnApp *self)
{
  PnClientBus wish = self->bus != PN_CLIENT_BUS_AUTOMATIC
                         ? self->bus
                         : (PnClientBus) g_settings_get_enum (self->settings, "helper");
  g_autoptr (PnClient) client = self->practice ? pn_client_new (PN_CLIENT_PRACTICE_NAME)
                                               : pn_client_new_on (wish, PN_CLIENT_NAME);

  g_set_object (&self->client, client);
  pn_attention_set_client (self->attention, client);
  pn_backup_set_client (self->backup, self->practice ? NULL : client);
}

/* Another helper is wanted. */
static void
helper_cb (PnApp *self)
{
  if (self->practice || self->bus != PN_CLIENT_BUS_AUTOMATIC)
    return;
  set_client (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLIENT]);
}

/* The second palette is a few named colours laid over the style sheet. */
static void
palette_cb (PnApp *self)
{
  GdkDisplay *display = gdk_display_get_default ();
  gboolean other = g_settings_get_enum (self->settings, "palette") != 0;

  if (self->palette == NULL && other)
    {
      self->palette = gtk_css_provider_new ();
      gtk_css_provider_load_from_resource (self->palette,
                                           "/org/punnet/Punnet/style-blue-orange.css");
      gtk_style_context_add_provider_for_display (display, GTK_STYLE_PROVIDER (self->palette),
                                                  GTK_STYLE_PROVIDER_PRIORITY_APPLICATION + 1);
    }
  else if (self->palette != NULL && !other)
    {
      gtk_style_context_remove_provider_for_display (display, GTK_STYLE_PROVIDER (self->palette));
      g_clear_object (&self->palette);
    }
}

static void
color_scheme_cb (PnApp *self)
{
  adw_style_manager_set_color_scheme (
      adw_style_manager_get_default (),
      (AdwColorScheme) g_settings_get_enum (self->settings, "color-scheme"));
}

static void
pn_app_startup (GApplication *application)
{
  PnApp *self = PN_APP (application);

  G_APPLICATION_CLASS (pn_app_parent_class)->startup (application);
  gtk_window_set_default_icon_name (PN_APP_ID);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), shortcuts[i].action,
                                           (const char **) shortcuts[i].keys);
  g_signal_connect_swapped (self->settings, "changed::palette", G_CALLBACK (palette_cb), self);
  g_signal_connect_swapped (self->settings, "changed::helper", G_CALLBACK (helper_cb), self);
  g_signal_connect_swapped (self->settings, "changed::color-scheme", G_CALLBACK (color_scheme_cb),
                            self);
  palette_cb (self);
  color_scheme_cb (self);
  if (self->client == NULL)
    set_client (self);
}

static void
pn_app_activate (GApplication *application)
{
  PnApp *self = PN_APP (application);

  gtk_window_present (GTK_WINDOW (ensure_window (self)));
  if (!self->asked && !g_settings_get_boolean (self->settings, "first-run-done"))
    g_action_group_activate_action (G_ACTION_GROUP (self), "set-up", NULL);
  self->asked = TRUE;
}

static void
pn_app_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  PnWindow *window = ensure_window (PN_APP (application));

  gtk_window_present (GTK_WINDOW (window));
  pn_window_open_files (window, files, (guint) n_files);
}

/* Runs in the process that was started; what it asks for reaches the one that has the window. */
static int
pn_app_handle_local_options (GApplication *application, GVariantDict *options)
{
  g_autoptr (GError) error = NULL;
  const char *page = NULL;
  const char *scenario = NULL;

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("punnet %s\n", PN_VERSION);
      return 0;
    }
  if (g_variant_dict_contains (options, "system"))
    PN_APP (application)->bus = PN_CLIENT_BUS_SYSTEM;
  else if (g_variant_dict_contains (options, "session"))
    PN_APP (application)->bus = PN_CLIENT_BUS_SESSION;
  if (!g_application_register (application, NULL, &error))
    {
      g_printerr ("punnet: %s\n", error->message);
      return 1;
    }
  if (g_variant_dict_contains (options, "practice"))
    g_action_group_change_action_state (G_ACTION_GROUP (application), "practice",
                                        g_variant_new_boolean (TRUE));
  if (g_variant_dict_lookup (options, "play", "&s", &scenario))
    g_action_group_activate_action (G_ACTION_GROUP (application), "play",
                                    g_variant_new_string (scenario));
  if (!g_variant_dict_lookup (options, "page", "&s", &page))
    return -1;
  g_action_group_activate_action (G_ACTION_GROUP (application), "show-page",
                                  g_variant_new_string (page));
  return g_application_get_is_remote (application) ? 0 : -1;
}

static void
pn_app_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnApp *self = PN_APP (object);

  switch ((PnAppProperty) prop_id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;
    case PROP_PRACTICE:
      g_value_set_boolean (value, self->practice);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_app_dispose (GObject *object)
{
  PnApp *self = PN_APP (object);

  g_clear_pointer (&self->scenario, g_free);
  g_clear_object (&self->alerts);
  g_clear_object (&self->palette);
  g_clear_object (&self->attention);
  g_clear_object (&self->backup);
  g_clear_object (&self->client);
  g_clear_object (&self->bench);
  g_clear_object (&self->settings);
  g_clear_object (&self->jobs);
  G_OBJECT_CLASS (pn_app_parent_class)->dispose (object);
}

static void
pn_app_class_init (PnAppClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = pn_app_dispose;
  object_class->get_property = pn_app_get_property;
  application_class->startup = pn_app_startup;
  application_class->activate = pn_app_activate;
  application_class->open = pn_app_open;
  application_class->handle_local_options = pn_app_handle_local_options;
  properties[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, PN_TYPE_CLIENT, flags);
  properties[PROP_PRACTICE] = g_param_spec_boolean ("practice", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_app_init (PnApp *self)
{
  static const GOptionEntry entries[] = {
    { "practice", 0, 0, G_OPTION_ARG_NONE, NULL,
      N_ ("Open the practice bench: virtual devices, nothing real is touched"), NULL },
    { "play", 0, 0, G_OPTION_ARG_STRING, NULL,
      N_ ("Practise, and play a scenario: tutorial, busy-line, bad-cable, wrong-key"),
      N_ ("SCENARIO") },
    { "page", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Open this page"), N_ ("NAME") },
    { "system", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Speak to the station's helper"), NULL },
    { "session", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Speak to a helper of your own"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version and exit"), NULL },
    { NULL },
  };

  self->settings = g_settings_new (PN_APP_ID);
  self->jobs = g_list_store_new (PN_TYPE_JOB);
  self->attention = pn_attention_new ();
  self->backup = pn_backup_new (self->settings);
  self->alerts = pn_alerts_new (self, self->attention);
  g_application_add_main_option_entries (G_APPLICATION (self), entries);
}

void
pn_app_set_up_language (void)
{
  const char *folder = g_getenv ("PUNNET_LOCALE_DIR");

  setlocale (LC_ALL, "");
  bindtextdomain (PN_GETTEXT_DOMAIN, folder != NULL ? folder : PN_LOCALEDIR);
  bind_textdomain_codeset (PN_GETTEXT_DOMAIN, "UTF-8");
  textdomain (PN_GETTEXT_DOMAIN);
}

PnApp *
pn_app_new (GApplicationFlags flags)
{
  return g_object_new (PN_TYPE_APP, "application-id", PN_APP_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN | flags, "resource-base-path",
                       "/org/punnet/Punnet", NULL);
}

PnApp *
pn_app_get_default (void)
{
  return PN_APP (g_application_get_default ());
}

PnClient *
pn_app_get_client (PnApp *self)
{
  return self->client;
}

GSettings *
pn_app_get_settings (PnApp *self)
{
  return self->settings;
}

PnAttention *
pn_app_get_attention (PnApp *self)
{
  return self->attention;
}

PnBackup *
pn_app_get_backup (PnApp *self)
{
  return self->backup;
}

PnAlerts *
pn_app_get_alerts (PnApp *self)
{
  return self->alerts;
}

gboolean
pn_app_get_practice (PnApp *self)
{
  return self->practice;
}

PnClientBench *
pn_app_get_bench (PnApp *self)
{
  return self->bench;
}

void
pn_app_start_bench (PnApp *self)
{
  static const char *const command[] = { "punnet-virtual", "--bench", "--helper",
                                         PN_CLIENT_PRACTICE_NAME, NULL };

  if (self->bench != NULL)
    pn_client_bench_start (self->bench, command);
}

char *
pn_app_get_firmware_folder (PnApp *self)
{
  const char *folder = g_getenv ("PUNNET_FIRMWARE_DIR");

  return folder != NULL ? g_strdup (folder)
                        : g_settings_get_string (self->settings, "firmware-folder");
}

void
pn_app_start_helper (PnApp *self)
{
  static const char *const real[] = { "punnetd", "--session", NULL };
  static const char *const practice[] = { "punnetd", "--session", "--practice", NULL };

  pn_client_start (self->client, self->practice ? practice : real);
}

void
pn_app_set_practice (PnApp *self, gboolean practice)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "practice");

  if (self->practice == practice)
    return;
  self->practice = practice;
  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (practice));
  set_client (self);
  g_clear_object (&self->bench);
  if (practice)
    {
      self->bench = pn_client_bench_new ();
      pn_app_start_helper (self);
      pn_app_start_bench (self);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLIENT]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PRACTICE]);
}

GListModel *
pn_app_get_jobs (PnApp *self)
{
  return G_LIST_MODEL (self->jobs);
}

void
pn_app_add_job (PnApp *self, PnJob *job)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->jobs));

  g_list_store_insert (self->jobs, 0, job);
  for (guint i = n; i >= MAX_JOBS; i--)
    {
      g_autoptr (PnJob) old = g_list_model_get_item (G_LIST_MODEL (self->jobs), i);

      if (!pn_job_is_going (old))
        g_list_store_remove (self->jobs, i);
    }
}

PnJob *
pn_app_find_job (PnApp *self, const char *kind, const char *subject)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->jobs)); i++)
    {
      g_autoptr (PnJob) job = g_list_model_get_item (G_LIST_MODEL (self->jobs), i);

      if (pn_job_is_going (job) && g_str_equal (pn_job_get_kind (job), kind) &&
          g_strcmp0 (pn_job_get_subject (job), subject) == 0)
        return job; /* the list keeps it */
    }
  return NULL;
}
