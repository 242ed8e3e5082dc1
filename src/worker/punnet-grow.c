/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnet-grow METADATA_BYTES NEW_BYTES [--unconfined]: grows a root file system by its metadata
 * (image/pn-ext4.h). The sparse metadata is descriptor 3, what has to be written over goes to
 * descriptor 4. A process of its own, because it is the only one at a station that looks into a
 * file system. */
#include "config.h"

#include <stdio.h>
#include <sys/resource.h>

#include "pn-confine.h"
#include "pn-error.h"
#include "pn-ext4.h"
#include "pn-sparse.h"

#define CPU_SECONDS 120

int
main (int argc, char **argv)
{
  const struct rlimit cpu = { CPU_SECONDS, CPU_SECONDS };
  g_autoptr (PnRuns) metadata = NULL;
  g_autoptr (PnRuns) grown = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *program = NULL;
  guint64 size, new_size;

  if (argc < 3 || argc > 4 || (argc == 4 && !g_str_equal (argv[3], "--unconfined")) ||
      !g_ascii_string_to_unsigned (argv[1], 10, 1, G_MAXINT64, &size, NULL) ||
      !g_ascii_string_to_unsigned (argv[2], 10, 1, G_MAXINT64, &new_size, NULL))
    return 2;
  (void) setrlimit (RLIMIT_CPU, &cpu);
  program = pn_ext4_find_grower ();
  if (!(argc == 4 ? pn_confine_limits (&error) : pn_confine (program, &error)) ||
      (metadata = pn_sparse_parse_fd (3, 0, size, PN_SPARSE_STRICT, &error)) == NULL ||
      (grown = pn_ext4_grow (metadata, new_size, NULL, &error)) == NULL ||
      !pn_sparse_write_fd (grown, 4, NULL, &error))
    {
      g_autofree char *sentence = pn_error_to_sentence (error);

      fprintf (stderr, "%s\n", sentence);
      return 1;
    }
  return 0;
}
