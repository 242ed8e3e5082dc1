/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-banner.h"

struct _PnBanner
{
  GObject parent_instance;
  PnBannerKind kind;
  char *text, *button, *action;
};

G_DEFINE_FINAL_TYPE (PnBanner, pn_banner, G_TYPE_OBJECT)

static void
pn_banner_finalize (GObject *object)
{
  PnBanner *self = PN_BANNER (object);

  g_free (self->text);
  g_free (self->button);
  g_free (self->action);
  G_OBJECT_CLASS (pn_banner_parent_class)->finalize (object);
}

static void
pn_banner_class_init (PnBannerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_banner_finalize;
}

static void
pn_banner_init (PnBanner *self)
{
}

PnBanner *
pn_banner_new (PnBannerKind kind, const char *text, const char *button, const char *action)
{
  PnBanner *self = g_object_new (PN_TYPE_BANNER, NULL);

  self->kind = kind;
  self->text = g_strdup (text);
  self->button = g_strdup (button);
  self->action = g_strdup (action);
  return self;
}

PnBannerKind
pn_banner_get_kind (PnBanner *self)
{
  return self->kind;
}

const char *
pn_banner_get_text (PnBanner *self)
{
  return self->text;
}

const char *
pn_banner_get_button (PnBanner *self)
{
  return self->button;
}

const char *
pn_banner_get_action (PnBanner *self)
{
  return self->action;
}

static gboolean
is_same (PnBanner *a, PnBanner *b)
{
  return a != NULL && b != NULL && g_str_equal (a->text, b->text) &&
         g_strcmp0 (a->button, b->button) == 0 && g_strcmp0 (a->action, b->action) == 0;
}

void
pn_banner_store_set (GListStore *store, PnBannerKind kind, PnBanner *banner)
{
  g_autoptr (PnBanner) taken = banner;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (store));
  guint at = 0;
  g_autoptr (PnBanner) there = NULL;

  for (; at < n; at++)
    {
      g_clear_object (&there);
      there = g_list_model_get_item (G_LIST_MODEL (store), at);
      if (there->kind >= kind)
        break;
    }
  if (there != NULL && there->kind != kind)
    g_clear_object (&there);
  if (is_same (there, taken) || (there == NULL && taken == NULL))
    return;
  g_list_store_splice (store, at, there != NULL ? 1 : 0, (gpointer *) &taken,
                       taken != NULL ? 1 : 0);
}
