/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image-facts.h"

#include <glib/gi18n.h>

#include "pn-format.h"
#include "pn-partition-bar.h"

/* ---- rows ---- */

static AdwPreferencesGroup *
add_group (GtkBox *box, const char *title)
{
  GtkWidget *group = adw_preferences_group_new ();

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), title);
  gtk_box_append (box, group);
  return ADW_PREFERENCES_GROUP (group);
}

static GtkWidget *
add_row (AdwPreferencesGroup *group,
         const char *icon,
         const char *style,
         const char *title,
         const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();

  g_object_set (row, "use-markup", FALSE, "title", title, "title-lines", 0, "subtitle-lines", 0,
                NULL);
  if (subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  if (icon != NULL)
    {
      GtkWidget *image = gtk_image_new_from_icon_name (icon);

      gtk_widget_add_css_class (image, style);
      gtk_widget_add_css_class (image, "row-icon");
      adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
    }
  adw_preferences_group_add (group, row);
  return row;
}

/* What it is on the left, the value at the end. */
static GtkWidget *
add_fact (AdwPreferencesGroup *group, const char *title, const char *value)
{
  GtkWidget *row = add_row (group, NULL, NULL, title, NULL);
  GtkWidget *label = gtk_label_new (value);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_RIGHT);
  gtk_label_set_natural_wrap_mode (GTK_LABEL (label), GTK_NATURAL_WRAP_NONE);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, "numeric");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
  return row;
}

/* ---- what was found inside ---- */

static void
add_remarks (GtkBox *box, const PnImageReport *report)
{
  AdwPreferencesGroup *group = add_group (box, _ ("Remarks"));

  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < report->remarks->len; i++)
      {
        const PnRemark *remark = report->remarks->pdata[i];
        g_autofree char *text = pn_remark_to_text (remark);

        if (pn_remark_is_warning (remark) != (pass == 0))
          continue;
        add_row (group, pass == 0 ? "pn-decision-symbolic" : "pn-not-read-symbolic",
                 pass == 0 ? "warning" : "dim-label", text, NULL);
      }
  if (report->remarks->len == 0)
    add_row (group, "pn-passed-symbolic", "success", _ ("Nothing stands out"), NULL);
}

static void
add_partitions (GtkBox *box, const PnImageReport *report)
{
  AdwPreferencesGroup *group = add_group (
      box, report->table == PN_TABLE_GPT ? _ ("Partitions (GPT)") : _ ("Partitions (MBR)"));
  GtkWidget *row = adw_preferences_row_new ();

  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), pn_partition_bar_new (report));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  adw_preferences_group_add (group, row);
  for (guint i = 0; i < report->partitions->len; i++)
    {
      const PnReportPartition *partition = report->partitions->pdata[i];
      g_autofree char *name = pn_partition_bar_name (partition);
      g_autofree char *size = g_format_size (partition->size);
      g_autofree char *offset = g_format_size_full (partition->offset, G_FORMAT_SIZE_IEC_UNITS);
      g_autofree char *used =
          partition->used != G_MAXUINT64 ? g_format_size (partition->used) : NULL;
      /* Translators: a file system and where it begins: "ext4, from 44.0 MiB on". */
      g_autofree char *kind = g_strdup_printf (
          _ ("%s, from %s on"), partition->kind != NULL ? partition->kind : _ ("Unknown"), offset);
      /* Translators: sizes: "1.1 GB of 2.6 GB used". */
      g_autofree char *value =
          used != NULL ? g_strdup_printf (_ ("%s of %s used"), used, size) : g_strdup (size);

      adw_action_row_set_subtitle (ADW_ACTION_ROW (add_fact (group, name, value)), kind);
    }
}

static char *
families (guint chips)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  if ((chips & 1u << PN_CHIP_BCM2712) != 0)
    g_ptr_array_add (names, _ ("Pi 5 family"));
  if ((chips & 1u << PN_CHIP_BCM2711) != 0)
    g_ptr_array_add (names, _ ("Pi 4 family"));
  if ((chips & 1u << PN_CHIP_BCM2710) != 0)
    g_ptr_array_add (names, _ ("Zero 2 W"));
  g_ptr_array_add (names, NULL);
  return names->len > 1 ? g_strjoinv (", ", (char **) names->pdata)
                        : g_strdup (_ ("Which devices it starts on is not known"));
}

static void
add_kernels (GtkBox *box, const PnImageReport *report)
{
  AdwPreferencesGroup *group = add_group (box, _ ("Kernels"));

  if (report->kernels->len == 0)
    add_row (group, "pn-failed-symbolic", "error", _ ("No kernel with modules was found"), NULL);
  for (guint i = 0; i < report->kernels->len; i++)
    {
      const PnReportKernel *kernel = report->kernels->pdata[i];
      g_autofree char *where = families (kernel->chips);
      g_autofree char *state =
          kernel->missing != NULL
              ? g_strdup_printf (_ ("%s. Encrypted storage cannot be unlocked: %s"), where,
                                 kernel->missing)
              : g_strdup_printf (_ ("%s. Everything for encrypted storage is there."), where);

      add_row (group, kernel->missing == NULL ? "pn-passed-symbolic" : "pn-decision-symbolic",
               kernel->missing == NULL ? "success" : "warning", kernel->version, state);
    }
}

static char *
log_in_text (const PnReportAccount *account)
{
  g_autofree char *keys =
      g_strdup_printf (ngettext ("%u key", "%u keys", account->n_keys), account->n_keys);
  const char *password = account->password == PN_PASSWORD_SET     ? _ ("with a password")
                         : account->password == PN_PASSWORD_EMPTY ? _ ("without a password")
                                                                  : NULL;

  if (password == NULL)
    return account->n_keys > 0 ? g_steal_pointer (&keys) : g_strdup (_ ("cannot log in"));
  return account->n_keys > 0 ? g_strjoin (", ", password, keys, NULL) : g_strdup (password);
}

static void
add_log_in (GtkBox *box, const PnImageReport *report)
{
  static const char *const words[] = { N_ ("not installed"), N_ ("off"), N_ ("on"),
                                       N_ ("on from the first start") };
  AdwPreferencesGroup *group = add_group (box, _ ("Log-in"));

  for (guint i = 0; i < report->accounts->len; i++)
    {
      const PnReportAccount *account = report->accounts->pdata[i];
      g_autofree char *text = log_in_text (account);

      add_fact (group, account->name, text);
    }
  add_fact (group, _ ("SSH"), _ (words[report->ssh]));
}

static void
add_start (GtkBox *box, const PnImageReport *report)
{
  AdwPreferencesGroup *group = add_group (box, _ ("Start"));
  g_autofree char *files = g_strjoinv (", ", report->boot_files);
  GtkWidget *row = adw_expander_row_new ();
  GtkWidget *label = gtk_label_new (files);
  g_autofree char *title = NULL;
  guint n = g_strv_length (report->boot_files);

  for (guint i = 0; i < report->first_boot->len; i++)
    add_row (group, NULL, NULL, report->first_boot->pdata[i], _ ("At the first start only"));
  title = g_strdup_printf (
      ngettext ("%u file in the boot partition", "%u files in the boot partition", n), n);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, "image-files");
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), label);
  adw_preferences_group_add (group, row);
}

void
pn_image_facts_add_report (GtkBox *box, const PnImageReport *report)
{
  add_partitions (box, report);
  add_remarks (box, report);
  add_kernels (box, report);
  add_log_in (box, report);
  add_start (box, report);
}

/* ---- what is kept about it ---- */

static void
add_users (GtkBox *box, const char *const *users)
{
  AdwPreferencesGroup *group = add_group (box, _ ("Where it is used"));

  for (guint i = 0; users[i] != NULL; i++)
    add_row (group, "pn-recipe-symbolic", "dim-label", users[i], NULL);
  if (users[0] == NULL)
    add_row (group, "pn-recipe-symbolic", "dim-label", _ ("No recipe uses it"), NULL);
}

static void
add_digest (AdwPreferencesGroup *group, PnStoredImage *image)
{
  g_autofree char *groups = pn_format_fingerprint (pn_stored_image_get_id (image));
  GtkWidget *row = add_row (group, NULL, NULL, _ ("SHA-256"), groups);
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");

  gtk_widget_add_css_class (row, "digest-row");
  gtk_widget_set_valign (copy, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (copy, "flat");
  gtk_widget_set_tooltip_text (copy, _ ("Copy the SHA-256"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (copy), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Copy the SHA-256"), -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (copy), "image.copy-digest");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), copy);
  if (pn_stored_image_get (image)->published)
    add_row (group, "pn-passed-symbolic", "success", _ ("It is the published one"),
             _ ("Its SHA-256 was compared when it was imported."));
}

static void
add_notes (GtkBox *box, const char *notes)
{
  AdwPreferencesGroup *group = add_group (box, _ ("Notes"));
  GtkWidget *edit = gtk_button_new_with_mnemonic (_ ("_Edit…"));

  gtk_widget_set_valign (edit, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (edit, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (edit), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Edit the notes"), -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (edit), "image.edit-notes");
  adw_preferences_group_set_header_suffix (group, edit);
  add_row (group, NULL, NULL, notes != NULL ? notes : _ ("No notes yet"), NULL);
}

void
pn_image_facts_add_image (GtkBox *box, PnStoredImage *image, const char *const *users)
{
  const PnStoredImageFields *fields = pn_stored_image_get (image);
  AdwPreferencesGroup *group;
  g_autofree char *size = g_format_size (fields->size);
  g_autofree char *stored = g_format_size (fields->stored_size);
  g_autofree char *time = pn_format_time (fields->imported * G_USEC_PER_SEC);

  add_users (box, users);
  group = add_group (box, _ ("The file"));
  add_fact (group, _ ("Size"), size);
  add_fact (group, _ ("On this disc"), stored);
  add_fact (group, _ ("Imported"), time);
  if (fields->source != NULL)
    add_fact (group, _ ("From"), fields->source);
  add_digest (group, image);
  add_notes (box, fields->notes);
}
