/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-format.h"

#include <glib/gi18n.h>
#include <string.h>

#define LEFT_TO_RIGHT "\u200e"

char *
pn_format_rate (double bytes_per_second)
{
  if (bytes_per_second < 1)
    return g_strdup ("");
  if (bytes_per_second < 1e6)
    /* Translators: a rate of transfer. */
    return g_strdup_printf (_ ("%.0f kB/s"), bytes_per_second / 1e3);
  /* Translators: a rate of transfer. */
  return g_strdup_printf (bytes_per_second < 1e7 ? _ ("%.1f MB/s") : _ ("%.0f MB/s"),
                          bytes_per_second / 1e6);
}

char *
pn_format_left (int seconds)
{
  if (seconds < 0)
    return g_strdup ("");
  if (seconds < 90)
    /* Translators: a time that is left, on a card: short. */
    return g_strdup_printf (ngettext ("%d s left", "%d s left", (gulong) seconds), seconds);
  seconds = (seconds + 30) / 60;
  /* Translators: a time that is left, on a card: short. */
  return g_strdup_printf (ngettext ("%d min left", "%d min left", (gulong) seconds), seconds);
}

char *
pn_format_elapsed (gint64 microseconds)
{
  gint64 seconds = MAX (microseconds, 0) / G_USEC_PER_SEC;
  int minutes = (int) (seconds / 60 % 60);

  if (seconds >= 3600)
    return g_strdup_printf ("%d:%02d:%02d", (int) (seconds / 3600), minutes, (int) (seconds % 60));
  return g_strdup_printf ("%d:%02d", minutes, (int) (seconds % 60));
}

char *
pn_format_percent (double fraction)
{
  /* Translators: a percentage. */
  g_autofree char *text = g_strdup_printf (_ ("%d %%"), (int) (CLAMP (fraction, 0, 1) * 100));

  return g_strconcat (text, LEFT_TO_RIGHT, NULL);
}

char *
pn_format_progress (guint64 done, guint64 total, double rate)
{
  g_autofree char *done_text = g_format_size (MIN (done, total));
  g_autofree char *total_text = g_format_size (total);
  g_autofree char *rate_text = pn_format_rate (rate);
  g_autofree char *left =
      pn_format_left (rate < 1 ? -1 : (int) ((double) (total - MIN (done, total)) / rate + 0.5));
  /* Translators: “1.9 GB of 2.6 GB”. */
  g_autofree char *part = g_strdup_printf (_ ("%s of %s"), done_text, total_text);

  return g_strconcat (part, rate_text[0] != '\0' ? " · " : "", rate_text,
                      left[0] != '\0' ? " · " : "", left, NULL);
}

char *
pn_format_time (gint64 unix_microseconds)
{
  gint64 ago = (g_get_real_time () - unix_microseconds) / G_USEC_PER_SEC;
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (unix_microseconds / G_USEC_PER_SEC);

  if (unix_microseconds <= 0 || time == NULL)
    return g_strdup ("–");
  if (ago >= 0 && ago < 60)
    return g_strdup (_ ("just now"));
  if (ago >= 0 && ago < 3600)
    return g_strdup_printf (ngettext ("%d minute ago", "%d minutes ago", (gulong) (ago / 60)),
                            (int) (ago / 60));
  /* Translators: a date and a time, see strftime (3). */
  return g_date_time_format (time, _ ("%-d %b %Y, %H:%M"));
}

static char *
group (const char *hex, gsize size, gsize most)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gsize length = MIN (strlen (hex), most);

  for (gsize i = 0; i < length; i += size)
    {
      if (i > 0)
        g_string_append_c (text, ' ');
      g_string_append_len (text, hex + i, (gssize) MIN (size, length - i));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
pn_format_fingerprint (const char *hex)
{
  return group (hex, 8, G_MAXSIZE);
}

char *
pn_format_short_fingerprint (const char *hex)
{
  g_autofree char *text = group (hex, 4, 8);

  return g_strconcat (text, " …", LEFT_TO_RIGHT, NULL);
}
