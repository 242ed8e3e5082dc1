/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store of bundles: what it takes, what goes when room is needed, and what is left of it when
 * the power fails at any moment. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pn-bundle-store.h"
#include "pn-io.h"
#include "pn-test-power.h"
#include "pn-test-variants.h"

static PnTestInputs *inputs;

static gboolean
changed_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static PnBundleStore *
open_store (const char *folder)
{
  g_autoptr (GError) error = NULL;
  PnBundleStore *store = pn_bundle_store_open (folder, changed_cb, NULL, &error);

  g_assert_no_error (error);
  return store;
}

/* An empty one. (transfer full) its folder */
static char *
new_folder (const char *name)
{
  char *folder = g_build_filename (inputs->folder, name, NULL);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  return folder;
}

static PnBundlePolicy
generous (void)
{
  return (PnBundlePolicy){ .max_bundles = 100, .max_bundle = 1 << 30, .max_total = 1 << 30 };
}

static char *
install (PnBundleStore *store, PnBundlePolicy policy, const char *folder, GError **error)
{
  g_auto (PnFd) fd = pn_open (folder, O_RDONLY | O_DIRECTORY, error);
  PnIncoming *incoming = pn_incoming_new (store, &policy);
  char *digest = NULL;

  g_assert_cmpint (fd, >=, 0);
  if (pn_incoming_receive (incoming, fd, NULL, error))
    digest = pn_incoming_commit (incoming, error);
  pn_incoming_free (incoming);
  return digest;
}

static void
install_variant (PnBundleStore *store, PnBundlePolicy policy, guint number)
{
  g_autofree char *wanted = NULL;
  g_autofree char *folder = pn_test_variant (inputs, number, &wanted);
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = install (store, policy, folder, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (digest, ==, wanted);
}

static gboolean
has (PnBundleStore *store, const char *digest)
{
  g_autoptr (GPtrArray) all = pn_bundle_store_list (store);

  for (guint i = 0; i < all->len; i++)
    if (g_str_equal (((PnStoredBundle *) all->pdata[i])->digest, digest))
      return TRUE;
  return FALSE;
}

static gboolean
has_variant (PnBundleStore *store, guint number)
{
  g_autofree char *digest = NULL;
  g_autofree char *folder = pn_test_variant (inputs, number, &digest);

  return has (store, digest);
}

static guint
count_names (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
hold_variant (PnBundleStore *store, guint number)
{
  g_autofree char *digest = NULL;
  g_autofree char *folder = pn_test_variant (inputs, number, &digest);
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_bundle_store_hold (store, digest, &error));
}

static void
let_go_variant (PnBundleStore *store, guint number)
{
  g_autofree char *digest = NULL;
  g_autofree char *folder = pn_test_variant (inputs, number, &digest);

  pn_bundle_store_let_go (store, digest);
}

/* The one goes that was not used for the longest time, and never one that is held. */
static void
test_room (gconstpointer by_size)
{
  g_autofree char *folder = new_folder (by_size != NULL ? "by-size" : "by-count");
  g_autoptr (PnBundleStore) store = open_store (folder);
  g_autofree char *fourth = pn_test_variant (inputs, 4, NULL);
  PnBundlePolicy policy = generous ();
  g_autoptr (GError) error = NULL;

  if (by_size != NULL)
    policy.max_total = pn_test_variant_size (inputs) * 3 + 100;
  else
    policy.max_bundles = 3;
  for (guint i = 1; i <= 3; i++)
    install_variant (store, policy, i);
  hold_variant (store, 1);
  install_variant (store, policy, 2); /* again: used now */
  install_variant (store, policy, 4);
  g_assert_true (has_variant (store, 1));
  g_assert_true (has_variant (store, 2));
  g_assert_false (has_variant (store, 3));
  g_assert_true (has_variant (store, 4));
  g_assert_cmpuint (count_names (folder), ==, 3);
  hold_variant (store, 2);
  hold_variant (store, 4);
  {
    g_autofree char *fifth = pn_test_variant (inputs, 5, NULL);

    g_assert_null (install (store, policy, fifth, &error));
    g_assert_error (error, PN_ERROR, PN_ERROR_NO_SPACE);
    g_clear_error (&error);
  }
  g_assert_cmpuint (count_names (folder), ==, 3);
  let_go_variant (store, 1);
  install_variant (store, policy, 5);
  g_assert_false (has_variant (store, 1));
  /* What is there already needs no room. */
  let_go_variant (store, 2);
  let_go_variant (store, 4);
  install_variant (store, policy, 5);
  g_assert_cmpuint (count_names (folder), ==, 3);
}

/* What can be known before anything is copied. */
static void
test_limits (void)
{
  g_autofree char *folder = new_folder ("limits");
  g_autoptr (PnBundleStore) store = open_store (folder);
  g_autofree char *variant = pn_test_variant (inputs, 1, NULL);
  PnBundlePolicy policies[] = { generous (), generous (), generous () };
  static const int codes[] = { PN_ERROR_NO_SPACE, PN_ERROR_NO_SPACE, PN_ERROR_PERMISSION };
  g_autoptr (GError) error = NULL;

  policies[0].max_bundle = pn_test_variant_size (inputs) - 10;
  policies[1].max_total = pn_test_variant_size (inputs) - 10;
  policies[2].enrolled_only = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (policies); i++)
    {
      g_assert_null (install (store, policies[i], variant, &error));
      g_assert_true (g_error_matches (error, PN_ERROR, codes[i]));
      g_clear_error (&error);
      g_assert_cmpuint (count_names (folder), ==, 0);
    }
  install_variant (store, generous (), 1);
}

/* Only what an enrolled key has signed. */
static void
test_keys (void)
{
  g_autofree char *folder = new_folder ("keys");
  g_autoptr (PnBundleStore) store = open_store (folder);
  g_autoptr (PnBundle) bundle =
      pn_test_inputs_bundle (inputs, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  PnSha256 fingerprint =
      pn_public_key_get_fingerprint (pn_manifest_get_public_key (pn_bundle_get_manifest (bundle)));
  g_autofree char *hex = pn_sha256_to_hex (&fingerprint);
  g_autofree char *other = g_strnfill (64, 'a');
  g_autofree char *signed_one = g_build_filename (inputs->folder, "bundle-secure-boot-emmc", NULL);
  const char *const wrong[] = { other, NULL }, *const right[] = { other, hex, NULL };
  PnBundlePolicy policy = generous ();
  g_autofree char *digest = NULL;
  g_autoptr (GError) error = NULL;

  policy.enrolled_only = TRUE;
  policy.keys = g_strdupv ((GStrv) wrong);
  g_assert_null (install (store, policy, signed_one, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_PERMISSION);
  g_assert_nonnull (strstr (error->message, hex));
  g_clear_error (&error);
  g_assert_cmpuint (count_names (folder), ==, 0);
  policy.keys = g_strdupv ((GStrv) right);
  digest = install (store, policy, signed_one, &error);
  g_assert_no_error (error);
  g_assert_true (has (store, digest));
}

/* What was not finished, and what is damaged, is not there any more. */
static void
test_opened (void)
{
  g_autofree char *folder = new_folder ("opened");
  g_autofree char *incoming = g_build_filename (folder, ".incoming-abcdef", NULL);
  g_autofree char *inside = g_build_filename (incoming, "manifest.json", NULL);
  g_autofree char *stray = g_build_filename (folder, "stray", NULL);
  g_autofree char *digest = NULL;
  g_autofree char *variant = pn_test_variant (inputs, 2, &digest);
  g_autofree char *manifest = g_build_filename (folder, digest, PN_MANIFEST_NAME, NULL);
  PnBundleStore *store = open_store (folder);

  install_variant (store, generous (), 1);
  install_variant (store, generous (), 2);
  pn_bundle_store_close (store);
  g_assert_cmpint (g_mkdir (incoming, 0700), ==, 0);
  g_assert_true (g_file_set_contents (inside, "{", -1, NULL));
  g_assert_true (g_file_set_contents (stray, "x", -1, NULL));
  g_assert_cmpint (truncate (manifest, 10), ==, 0);
  g_test_expect_message ("punnetd", G_LOG_LEVEL_WARNING, "*is damaged and is removed*");
  store = open_store (folder);
  g_test_assert_expected_messages ();
  g_assert_true (has_variant (store, 1));
  g_assert_false (has_variant (store, 2));
  g_assert_cmpuint (count_names (folder), ==, 1);
  install_variant (store, generous (), 2);
  pn_bundle_store_close (store);
}

/* ---- power ---- */

/* What a store that was left so holds: each of it whole. */
typedef struct
{
  char *wanted;  /* digest of what was answered for; NULL = none yet */
  char *removed; /* digest of what is gone for good */
  guint n_states, n_whole, n_lost, n_halves, n_back;
} Judge;

static void
judge_cb (const char *folder, gpointer user_data)
{
  Judge *judge = user_data;
  g_autoptr (PnBundleStore) store = open_store (folder);
  g_autoptr (GPtrArray) all = pn_bundle_store_list (store);

  judge->n_states++;
  for (guint i = 0; i < all->len; i++)
    {
      const PnStoredBundle *stored = all->pdata[i];
      g_autoptr (PnBundle) bundle = pn_bundle_store_load (store, stored->digest, NULL, NULL);

      judge->n_whole += bundle != NULL;
      judge->n_halves += bundle == NULL;
    }
  judge->n_lost += judge->wanted != NULL && !has (store, judge->wanted);
  judge->n_back += judge->removed != NULL && has (store, judge->removed);
  for (guint i = 0; i < all->len; i++)
    g_assert_cmpuint (count_names (folder), ==, all->len);
}

/* At every moment of an install and of a removal the power fails; @honest: the disk does what it is
 * told when it is told to flush. */
static Judge
fail_everywhere (const char *name, gboolean honest)
{
  g_autofree char *folder = new_folder (name);
  PnBundleStore *store = open_store (folder);
  Judge judge = { 0 };
  g_autofree char *digest = NULL;
  g_autofree char *variant = pn_test_variant (inputs, 1, &digest);
  g_autoptr (GError) error = NULL;

  pn_test_power_watch (folder, honest, judge_cb, &judge);
  install_variant (store, generous (), 1);
  judge.wanted = digest;
  pn_test_power_fail ();
  judge.wanted = NULL;
  g_assert_true (pn_bundle_store_remove (store, digest, &error));
  judge.removed = digest;
  pn_test_power_fail ();
  pn_test_power_end ();
  pn_bundle_store_close (store);
  judge.removed = NULL;
  return judge;
}

static void
test_power (void)
{
  Judge judge = fail_everywhere ("power", TRUE);

  g_test_message ("%u states, %u whole bundles in them", judge.n_states, judge.n_whole);
  g_assert_cmpuint (judge.n_states, >, 30);
  g_assert_cmpuint (judge.n_whole, >, 2);
  g_assert_cmpuint (judge.n_halves, ==, 0);
  g_assert_cmpuint (judge.n_lost, ==, 0);
  g_assert_cmpuint (judge.n_back, ==, 0);
}

/* With a disk that lies, all that is lost: the test would see it. */
static void
test_power_lies (void)
{
  Judge judge = fail_everywhere ("power-lies", FALSE);

  g_assert_cmpuint (judge.n_lost, >, 0);
  g_assert_cmpuint (judge.n_halves, ==, 0);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  /* Damaged bundles are said, and are the matter here. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  inputs = pn_test_inputs_new ();
  g_test_add_data_func ("/store/room/count", NULL, test_room);
  g_test_add_data_func ("/store/room/size", "", test_room);
  g_test_add_func ("/store/limits", test_limits);
  g_test_add_func ("/store/keys", test_keys);
  g_test_add_func ("/store/opened", test_opened);
  g_test_add_func ("/store/power", test_power);
  g_test_add_func ("/store/power-lies", test_power_lies);
  status = g_test_run ();
  pn_test_inputs_free (inputs);
  return status;
}
