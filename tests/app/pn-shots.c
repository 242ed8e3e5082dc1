/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws every scene into a PNG: pn-shots FOLDER VARIANT [SCENE…]. VARIANT is the end of the file's
 * name; "narrow" in it makes the window 360 wide, "rtl" mirrors it, "pseudo" lists what lacks the
 * brackets of the pseudo language. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "pn-scene.h"
#include "pn-words.h"

#define SETTLE_MS 120 /* layout and drawing after a scene says that it is ready */
#define PATIENCE_MS 60000

GtkWidget *pn_scene_over;

extern const PnScene pn_scenes_activity[];
extern const PnScene pn_scenes_approvals[];
extern const PnScene pn_scenes_batches[];
extern const PnScene pn_scenes_bench[];
extern const PnScene pn_scenes_devices[];
extern const PnScene pn_scenes_images[];
extern const PnScene pn_scenes_recipes[];
extern const PnScene pn_scenes_records[];
extern const PnScene pn_scenes_shell[];
extern const PnScene pn_scenes_trust[];
extern const PnScene pn_scenes_wizard[];

static const PnScene *const all[] = {
  pn_scenes_activity, pn_scenes_approvals, pn_scenes_batches, pn_scenes_bench,
  pn_scenes_devices,  pn_scenes_images,    pn_scenes_recipes, pn_scenes_records,
  pn_scenes_shell,    pn_scenes_trust,     pn_scenes_wizard,
};

static PnTestStation *station;

PnTestStation *
pn_scene_need_station (void)
{
  if (station != NULL)
    return station;
  station = pn_test_station_new ();
  g_free (pn_test_station_add_recipe (station, "Gate controller", "secure-boot", "emmc", TRUE));
  g_free (pn_test_station_add_recipe (station, "Desk Pi", "naked", "emmc", FALSE));
  pn_test_station_start_helper (station);
  return station;
}

GtkWidget *
pn_scene_find_window (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();
  GtkWidget *found = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (G_TYPE_CHECK_INSTANCE_TYPE (window, type))
        found = window;
    }
  return found;
}

typedef struct
{
  PnApp *app;
  PnWindow *window;
  GMainLoop *loop;
  const char *folder, *variant;
  gboolean narrow, pseudo;
  gboolean failed; /* a scene was never as it should be */
} Shots;

static gboolean
quit_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gboolean
rested_cb (gpointer loop)
{
  g_idle_add_full (G_PRIORITY_LOW, quit_cb, loop, NULL);
  return G_SOURCE_REMOVE;
}

/* And until what was put off because of a new size is done. */
static void
wait_a_moment (Shots *self)
{
  g_timeout_add (SETTLE_MS, rested_cb, self->loop);
  g_main_loop_run (self->loop);
}

/* NULL while something waits to be drawn. */
static GskRenderNode *
snapshot (GtkWidget *widget)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  GtkSnapshot *drawn = gtk_snapshot_new ();

  gdk_paintable_snapshot (paintable, drawn, gtk_widget_get_width (widget),
                          gtk_widget_get_height (widget));
  return gtk_snapshot_free_to_node (drawn);
}

static void
draw (Shots *self, const PnScene *scene)
{
  GtkWidget *widget = pn_scene_over != NULL ? pn_scene_over : GTK_WIDGET (self->window);
  int width, height;
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_autofree char *path =
      g_strdup_printf ("%s/%s-%s.png", self->folder, scene->name, self->variant);

  for (guint i = 0; node == NULL && i < PATIENCE_MS / SETTLE_MS; i++)
    {
      wait_a_moment (self);
      node = snapshot (widget);
    }
  if (node == NULL)
    {
      g_printerr ("pn-shots: nothing was drawn for %s\n", scene->name);
      exit (1);
    }
  width = gtk_widget_get_width (widget);
  height = gtk_widget_get_height (widget);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (widget)), node,
                                         &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  if (!gdk_texture_save_to_png (texture, path))
    exit (1);
  g_print ("%s %d × %d\n", path, width, height);
}

/* In the pseudo language: what lacks its brackets. Data does, too; somebody has to look. */
static void
tell_untranslated (Shots *self, const PnScene *scene)
{
  GtkWidget *widget = pn_scene_over != NULL ? pn_scene_over : GTK_WIDGET (self->window);
  g_autoptr (GPtrArray) found = pn_words_find_untranslated (widget);

  for (guint i = 0; i < found->len; i++)
    g_print ("  %s: not translated, or data: %s\n", scene->name, (const char *) found->pdata[i]);
}

static void
make_over_narrow (Shots *self)
{
  if (self->narrow && GTK_IS_WINDOW (pn_scene_over))
    gtk_window_set_default_size (GTK_WINDOW (pn_scene_over), 360, 720);
}

static void
shoot (Shots *self, const PnScene *scene)
{
  gint64 end;

  gtk_window_set_default_size (GTK_WINDOW (self->window),
                               self->narrow       ? 360
                               : scene->width > 0 ? scene->width
                                                  : 1180,
                               self->narrow        ? 720
                               : scene->height > 0 ? scene->height
                                                   : 800);
  pn_test_settle ();
  pn_scene_over = NULL;
  scene->open (self->window);
  make_over_narrow (self);
  end = g_get_monotonic_time () + PATIENCE_MS * 1000;
  while (scene->is_ready != NULL && !scene->is_ready (self->window))
    {
      if (g_get_monotonic_time () > end)
        {
          /* Drawn as it is: a picture says more. */
          g_printerr ("pn-shots: %s was never ready\n", scene->name);
          self->failed = TRUE;
          break;
        }
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (2000);
    }
  make_over_narrow (self);
  draw (self, scene);
  if (self->pseudo)
    tell_untranslated (self, scene);
  if (scene->close != NULL)
    scene->close (self->window);
  if (GTK_IS_WINDOW (pn_scene_over))
    gtk_window_destroy (GTK_WINDOW (pn_scene_over));
  else if (pn_scene_over != NULL)
    gtk_popover_popdown (GTK_POPOVER (pn_scene_over));
  pn_scene_over = NULL;
}

static void
activate_cb (GApplication *app, gpointer user_data)
{
  Shots *self = user_data;

  self->window = pn_window_new (self->app);
  gtk_window_present (GTK_WINDOW (self->window));
}

int
main (int argc, char **argv)
{
  Shots self = { 0 };

  pn_app_set_up_language ();
  if (argc == 2 && g_str_equal (argv[1], "--groups"))
    {
      for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        for (const PnScene *scene = all[i]; scene->name != NULL; scene++)
          g_print ("%s%c", scene->name, scene[1].name != NULL ? ' ' : '\n');
      return 0;
    }
  if (argc < 3)
    {
      g_printerr ("Usage: pn-shots FOLDER VARIANT [SCENE…]\n"
                  "       pn-shots --groups\n");
      return 2;
    }
  self.folder = argv[1];
  self.variant = argv[2];
  self.narrow = strstr (argv[2], "narrow") != NULL;
  self.pseudo = strstr (argv[2], "pseudo") != NULL;
  self.loop = g_main_loop_new (NULL, FALSE);
  self.app = pn_app_new (G_APPLICATION_NON_UNIQUE);
  g_signal_connect (self.app, "activate", G_CALLBACK (activate_cb), &self);
  if (!g_application_register (G_APPLICATION (self.app), NULL, NULL))
    return 1;
  /* As the desktop's “Large text” does it, twice over. */
  if (strstr (argv[2], "large") != NULL)
    g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", 192 * 1024, NULL);
  if (strstr (argv[2], "rtl") != NULL)
    gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  g_settings_set_boolean (pn_app_get_settings (self.app), "first-run-done", TRUE);
  g_application_activate (G_APPLICATION (self.app));
  wait_a_moment (&self);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    for (const PnScene *scene = all[i]; scene->name != NULL; scene++)
      if (argc == 3 || g_strv_contains ((const char *const *) argv + 3, scene->name))
        shoot (&self, scene);
  gtk_window_destroy (GTK_WINDOW (self.window));
  g_object_unref (self.app);
  if (station != NULL)
    pn_test_station_free (station);
  g_main_loop_unref (self.loop);
  return self.failed;
}
