/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What shells can offer for an argument or for an option's value. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pn-ctl-complete.h"
#include "pn-ctl-helper.h"
#include "pn-image-store.h"
#include "pn-phase.h"
#include "pn-recipe-store.h"

#define PATIENCE 1 /* s; whoever types does not wait longer for a helper */

void
pn_ctl_offer (const char *text, const char *summary, const char *typed)
{
  if (!g_str_has_prefix (text, typed) || strpbrk (text, "\t\n") != NULL)
    return;
  if (summary != NULL && summary[0] != '\0')
    printf ("%s\t%s\n", text, summary);
  else
    puts (text);
}

static void
offer_slots (const char *typed)
{
  g_autoptr (GDBusObjectManager) objects = pn_ctl_connect_running ();
  g_autoptr (GPtrArray) slots =
      objects != NULL ? pn_ctl_list_interfaces (objects, PN_CTL_SLOT) : g_ptr_array_new ();

  for (guint i = 0; i < slots->len; i++)
    pn_ctl_offer (pn_dbus_slot_get_name (slots->pdata[i]), pn_dbus_slot_get_state (slots->pdata[i]),
                  typed);
}

static void
offer_batches (const char *typed)
{
  g_autoptr (GDBusObjectManager) objects = pn_ctl_connect_running ();
  g_autoptr (GPtrArray) batches =
      objects != NULL ? pn_ctl_list_interfaces (objects, PN_CTL_BATCH) : g_ptr_array_new ();

  for (guint i = 0; i < batches->len; i++)
    if (!pn_dbus_batch_get_closed (batches->pdata[i]))
      pn_ctl_offer (strrchr (g_dbus_proxy_get_object_path (batches->pdata[i]), '/') + 1,
                    pn_dbus_batch_get_recipe (batches->pdata[i]), typed);
}

static void
offer_requests (const char *typed)
{
  g_autoptr (GDBusObjectManager) objects = pn_ctl_connect_running ();
  g_autoptr (GPtrArray) approvals =
      objects != NULL ? pn_ctl_list_interfaces (objects, PN_CTL_APPROVAL) : g_ptr_array_new ();

  for (guint i = 0; i < approvals->len; i++)
    pn_ctl_offer (strrchr (g_dbus_proxy_get_object_path (approvals->pdata[i]), '/') + 1,
                  pn_dbus_approval_get_user (approvals->pdata[i]), typed);
}

static void
offer_recipes (const char *typed)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (GPtrArray) found = pn_recipe_store_list (store, NULL);

  for (guint i = 0; found != NULL && i < found->len; i++)
    {
      const PnRecipeEntry *entry = found->pdata[i];

      if (entry->says != NULL)
        pn_ctl_offer (pn_recipe_draft_get (entry->says, PN_RECIPE_NAME), NULL, typed);
    }
}

static void
offer_images (const char *typed)
{
  g_autofree char *folder = pn_image_store_default_folder ();
  g_autoptr (PnImageStore) store =
      g_file_test (folder, G_FILE_TEST_IS_DIR) ? pn_image_store_open (folder, NULL) : NULL;
  g_autoptr (GPtrArray) images = store != NULL ? pn_image_store_list (store, NULL) : NULL;

  for (guint i = 0; images != NULL && i < images->len; i++)
    pn_ctl_offer (pn_stored_image_get (images->pdata[i])->name, NULL, typed);
}

static void
offer_chips (const char *typed)
{
  for (guint i = PN_CHIP_BCM2710; i <= PN_CHIP_BCM2712; i++)
    pn_ctl_offer (pn_chip_to_word ((PnChip) i), NULL, typed);
}

static void
offer_results (const char *typed)
{
  for (guint i = PN_VERDICT_PASSED; i <= PN_VERDICT_SET_ASIDE; i++)
    pn_ctl_offer (pn_verdict_to_word ((PnVerdict) i), NULL, typed);
}

static void
offer_files (const char *typed)
{
  puts (":files");
}

static void
offer_folders (const char *typed)
{
  puts (":folders");
}

/* The first row of a kind whose command, or its group, is in the path. */
static const struct
{
  const char *kind, *command; /* NULL = any */
  void (*offer) (const char *typed);
} kinds[] = {
  { "BATCH", NULL, offer_batches },     { "BOOTCONF", NULL, offer_files },
  { "BUNDLE", "install", offer_files }, { "BUNDLE", NULL, offer_folders },
  { "CHIP", NULL, offer_chips },        { "DATABASE", NULL, offer_files },
  { "EEPROM", NULL, offer_files },      { "FILE", NULL, offer_files },
  { "FOLDER", NULL, offer_folders },    { "IMAGE", "rename", offer_images },
  { "IMAGE", "remove", offer_images },  { "IMAGE", NULL, offer_files },
  { "NAME", "recipe", offer_recipes },  { "PEM", NULL, offer_files },
  { "RECIPE", NULL, offer_files },      { "REQUEST", NULL, offer_requests },
  { "RESULT", NULL, offer_results },    { "SLOT", NULL, offer_slots },
};

static gboolean
is_of (GPtrArray *path, const char *command)
{
  for (guint i = 0; command != NULL && i < path->len; i++)
    if (g_str_equal (path->pdata[i], command))
      return TRUE;
  return command == NULL;
}

static void
offer_kind (const char *kind, GPtrArray *path, const char *typed)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kind, kinds[i].kind) && is_of (path, kinds[i].command))
      {
        kinds[i].offer (typed);
        return;
      }
}

void
pn_ctl_offer_values (const char *kind, GPtrArray *path, const char *typed)
{
  g_auto (GStrv) choices = g_strsplit (kind, "|", -1);

  (void) alarm (PATIENCE);
  for (guint i = 0; choices[i] != NULL; i++)
    if (g_ascii_isupper (choices[i][0]))
      offer_kind (choices[i], path, typed);
    else
      pn_ctl_offer (choices[i], NULL, typed);
}
