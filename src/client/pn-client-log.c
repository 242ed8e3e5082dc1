/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run's log. "Logged" says only that there is something new: lines always come from GetLog, which
 * knows where we are, so that none is missed or doubled, whatever crosses on the way. */
#include "config.h"

#include "pn-client-private.h"

#define MAX_LINES 10000

struct _PnLogLine
{
  GObject parent_instance;
  gint64 time;
  char *sentence;
};

G_DEFINE_FINAL_TYPE (PnLogLine, pn_log_line, G_TYPE_OBJECT)

static void
pn_log_line_finalize (GObject *object)
{
  g_free (PN_LOG_LINE (object)->sentence);
  G_OBJECT_CLASS (pn_log_line_parent_class)->finalize (object);
}

static void
pn_log_line_class_init (PnLogLineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_log_line_finalize;
}

static void
pn_log_line_init (PnLogLine *self)
{
}

PnLogLine *
pn_log_line_new (gint64 time, const char *sentence)
{
  PnLogLine *self = g_object_new (PN_TYPE_LOG_LINE, NULL);

  self->time = time;
  self->sentence = g_strdup (sentence);
  return self;
}

gint64
pn_log_line_get_time (PnLogLine *self)
{
  return self->time;
}

const char *
pn_log_line_get_sentence (PnLogLine *self)
{
  return self->sentence;
}

/* What goes with the store; a call that is on its way holds both. */
typedef struct
{
  GListStore *store; /* not held */
  PnDbusRun *proxy;
  guint next;
  gboolean asking;
  gboolean again; /* something came while we asked */
} Log;

static void
log_free (Log *log)
{
  g_signal_handlers_disconnect_by_data (log->proxy, log);
  g_object_unref (log->proxy);
  g_free (log);
}

static void
append (GListStore *store, GVariant *lines)
{
  gsize n = g_variant_n_children (lines);
  g_autoptr (GPtrArray) added = g_ptr_array_new_full ((guint) n, g_object_unref);
  guint excess;

  for (gsize i = 0; i < n; i++)
    {
      PnLogLine *line = g_object_new (PN_TYPE_LOG_LINE, NULL);
      const char *sentence;

      g_variant_get_child (lines, i, "(x&s)", &line->time, &sentence);
      line->sentence = pn_sentence_to_local (sentence);
      g_ptr_array_add (added, line);
    }
  g_list_store_splice (store, g_list_model_get_n_items (G_LIST_MODEL (store)), 0, added->pdata,
                       added->len);
  excess = g_list_model_get_n_items (G_LIST_MODEL (store));
  if (excess > MAX_LINES)
    g_list_store_splice (store, 0, excess - MAX_LINES, NULL, 0);
}

static void ask (Log *log);

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GListStore) store = user_data;
  Log *log = g_object_get_data (G_OBJECT (store), "pn-log");
  g_autoptr (GVariant) reply = pn_client_call_take (source, result, NULL);
  g_autoptr (GVariant) lines = NULL;

  log->asking = FALSE;
  /* Of a helper that is gone, or too old to know, there is no more to be had. */
  if (reply == NULL)
    return;
  g_variant_get (reply, "(@a(xs)u)", &lines, &log->next);
  append (store, lines);
  if (log->again)
    ask (log);
}

static void
ask (Log *log)
{
  log->again = log->asking;
  if (log->asking)
    return;
  log->asking = TRUE;
  pn_client_call (log->proxy, log->proxy, "GetLog", g_variant_new ("(ua{sv})", log->next, NULL), -1,
                  NULL, NULL, answered_cb, g_object_ref (log->store));
}

static void
logged_cb (PnDbusRun *proxy, gint64 time, const char *sentence, Log *log)
{
  ask (log);
}

GListModel *
pn_client_log_new_from_lines (GVariant *lines)
{
  GListStore *store = g_list_store_new (PN_TYPE_LOG_LINE);

  append (store, lines);
  return G_LIST_MODEL (store);
}

GListModel *
pn_client_log_new (PnDbusRun *proxy)
{
  GListStore *store = g_list_store_new (PN_TYPE_LOG_LINE);
  Log *log = g_new0 (Log, 1);

  log->store = store;
  log->proxy = g_object_ref (proxy);
  g_object_set_data_full (G_OBJECT (store), "pn-log", log, (GDestroyNotify) log_free);
  g_signal_connect (proxy, "logged", G_CALLBACK (logged_cb), log);
  ask (log);
  return G_LIST_MODEL (store);
}
