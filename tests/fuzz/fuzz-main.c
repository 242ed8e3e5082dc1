/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stands in for libFuzzer in a normal build: feeds every file of the corpus folder to the target
 * and reports each as one TAP test, so that seeds and old crashes are tests. */
#include "config.h"

#include <glib.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
main (int argc, char **argv)
{
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GError) error = NULL;
  const char *name;
  guint n = 0;

  if (argc != 2 || (dir = g_dir_open (argv[1], 0, &error)) == NULL)
    {
      printf ("Bail out! %s\n", error != NULL ? error->message : "one folder, please");
      return 1;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (argv[1], name, NULL);
      g_autofree char *contents = NULL;
      gsize length;

      if (!g_file_get_contents (path, &contents, &length, NULL))
        continue;
      LLVMFuzzerTestOneInput ((const guint8 *) contents, length);
      printf ("ok %u %s\n", ++n, name);
      fflush (stdout);
    }
  if (n == 0)
    printf ("Bail out! no seeds in %s\n", argv[1]);
  printf ("1..%u\n", n);
  return n == 0;
}
