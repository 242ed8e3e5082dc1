/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe-item.h"

#include <glib/gi18n.h>

#include "pn-format.h"

struct _PnRecipeItem
{
  GObject parent_instance;
  PnRecipeEntry *entry;
};

typedef enum
{
  PROP_ID = 1,
  PROP_NAME,
  PROP_SUMMARY,
  PROP_STATE,
  PROP_STATE_LABEL,
  N_PROPS
} PnRecipeItemProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnRecipeItem, pn_recipe_item, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (PnRecipeState,
                    pn_recipe_state,
                    G_DEFINE_ENUM_VALUE (PN_RECIPE_STATE_DRAFT, "draft"),
                    G_DEFINE_ENUM_VALUE (PN_RECIPE_STATE_SAVED, "saved"),
                    G_DEFINE_ENUM_VALUE (PN_RECIPE_STATE_PREPARED, "prepared"),
                    G_DEFINE_ENUM_VALUE (PN_RECIPE_STATE_REHEARSED, "rehearsed"),
                    G_DEFINE_ENUM_VALUE (PN_RECIPE_STATE_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (PN_RECIPE_STATE_RETIRED, "retired"),
                    G_DEFINE_ENUM_VALUE (PN_RECIPE_STATE_DAMAGED, "damaged"))

static const struct
{
  const char *label, *icon, *style;
} states[] = {
  [PN_RECIPE_STATE_DRAFT] = { NC_ ("recipe", "Draft"), "document-edit-symbolic", "dim-label" },
  [PN_RECIPE_STATE_SAVED] = { NC_ ("recipe", "Not prepared"), "pn-undone-symbolic", "dim-label" },
  [PN_RECIPE_STATE_PREPARED] = { NC_ ("recipe", "Prepared"), "pn-batch-symbolic", "accent" },
  [PN_RECIPE_STATE_REHEARSED] = { NC_ ("recipe", "Rehearsed"), "pn-passed-symbolic", "success" },
  [PN_RECIPE_STATE_FAILED] = { NC_ ("recipe", "Rehearsal failed"), "pn-failed-symbolic", "error" },
  [PN_RECIPE_STATE_RETIRED] = { NC_ ("recipe", "Retired"), "pn-skipped-symbolic", "dim-label" },
  [PN_RECIPE_STATE_DAMAGED] = { NC_ ("recipe", "Cannot be read"), "pn-failed-symbolic", "error" },
};

const char *
pn_recipe_state_to_label (PnRecipeState state)
{
  return g_dpgettext2 (NULL, "recipe", states[state].label);
}

const char *
pn_recipe_state_to_icon (PnRecipeState state)
{
  return states[state].icon;
}

const char *
pn_recipe_state_to_style (PnRecipeState state)
{
  return states[state].style;
}

const PnRecipeEntry *
pn_recipe_item_get_entry (PnRecipeItem *self)
{
  return self->entry;
}

const char *
pn_recipe_item_get_id (PnRecipeItem *self)
{
  return self->entry->id;
}

const char *
pn_recipe_item_get_name (PnRecipeItem *self)
{
  const char *name =
      self->entry->says != NULL ? pn_recipe_draft_get (self->entry->says, PN_RECIPE_NAME) : NULL;

  return name != NULL && name[0] != '\0' ? name : self->entry->id;
}

PnRecipeState
pn_recipe_item_get_state (PnRecipeItem *self)
{
  const PnRecipeEntry *entry = self->entry;

  if (entry->problem != NULL)
    return PN_RECIPE_STATE_DAMAGED;
  if (entry->retired)
    return PN_RECIPE_STATE_RETIRED;
  if (entry->revision == 0)
    return PN_RECIPE_STATE_DRAFT;
  if (entry->bundle == NULL)
    return PN_RECIPE_STATE_SAVED;
  if (entry->bundle->rehearsed == 0)
    return PN_RECIPE_STATE_PREPARED;
  return entry->bundle->passed ? PN_RECIPE_STATE_REHEARSED : PN_RECIPE_STATE_FAILED;
}

/* “Revision 3 · Raspberry Pi 5 family · Locked and encrypted · key 8c41 d07e … · last used …” */
static char *
make_summary (PnRecipeItem *self)
{
  const PnRecipeEntry *entry = self->entry;
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  const char *fingerprint;

  if (entry->problem != NULL)
    return g_strdup (entry->problem);
  /* Translators: the number of a recipe's revision */
  if (entry->revision > 0)
    g_ptr_array_add (parts, g_strdup_printf (_ ("Revision %u"), entry->revision));
  g_ptr_array_add (parts, pn_recipe_draft_get_words (entry->says, PN_RECIPE_CHIP));
  g_ptr_array_add (parts, pn_recipe_draft_get_words (entry->says, PN_RECIPE_MODE));
  g_ptr_array_add (parts, pn_recipe_draft_get_words (entry->says, PN_RECIPE_STORAGE));
  fingerprint = pn_recipe_draft_get (entry->says, PN_RECIPE_FINGERPRINT);
  if (fingerprint != NULL && pn_recipe_draft_get_mode (entry->says) == PN_MODE_SECURE_BOOT)
    {
      g_autofree char *brief = pn_format_short_fingerprint (fingerprint);

      /* Translators: the first digits of a key's fingerprint */
      g_ptr_array_add (parts, g_strdup_printf (_ ("key %s"), brief));
    }
  if (entry->used > 0)
    {
      g_autofree char *time = pn_format_time (entry->used * G_USEC_PER_SEC);

      /* Translators: when a batch was opened with a recipe last: “last used 3 minutes ago” */
      g_ptr_array_add (parts, g_strdup_printf (_ ("last used %s"), time));
    }
  for (guint i = parts->len; i > 0; i--)
    if (((char *) parts->pdata[i - 1])[0] == '\0')
      g_ptr_array_remove_index (parts, i - 1);
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (" · ", (char **) parts->pdata);
}

static void
pn_recipe_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnRecipeItem *self = PN_RECIPE_ITEM (object);

  switch ((PnRecipeItemProperty) prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->entry->id);
      break;
    case PROP_NAME:
      g_value_set_string (value, pn_recipe_item_get_name (self));
      break;
    case PROP_SUMMARY:
      g_value_take_string (value, make_summary (self));
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) pn_recipe_item_get_state (self));
      break;
    case PROP_STATE_LABEL:
      g_value_set_string (value, pn_recipe_state_to_label (pn_recipe_item_get_state (self)));
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_recipe_item_finalize (GObject *object)
{
  pn_recipe_entry_free (PN_RECIPE_ITEM (object)->entry);
  G_OBJECT_CLASS (pn_recipe_item_parent_class)->finalize (object);
}

static void
pn_recipe_item_class_init (PnRecipeItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = pn_recipe_item_finalize;
  object_class->get_property = pn_recipe_item_get_property;
  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_SUMMARY] = g_param_spec_string ("summary", NULL, NULL, NULL, flags);
  properties[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, PN_TYPE_RECIPE_STATE, PN_RECIPE_STATE_DRAFT, flags);
  properties[PROP_STATE_LABEL] = g_param_spec_string ("state-label", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_recipe_item_init (PnRecipeItem *self)
{
}

PnRecipeItem *
pn_recipe_item_new (PnRecipeEntry *entry)
{
  PnRecipeItem *self = g_object_new (PN_TYPE_RECIPE_ITEM, NULL);

  self->entry = entry;
  return self;
}
