/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image set inside of a bundle: that the device will make of it what the manifest promises. */
#include "config.h"

#include "pn-bundle-private.h"

#include <string.h>

#include "pn-error.h"
#include "pn-idp.h"
#include "pn-io.h"

/* The description, which is as this program writes it. */
static PnIdp *
load_description (PnBundle *self, GError **error)
{
  g_autoptr (GBytes) json =
      pn_read_file_fd (pn_bundle_get_fd (self, PN_ROLE_IMAGE_SET), PN_IDP_MAX, error);
  g_autoptr (PnIdp) idp = json != NULL ? pn_idp_parse (json, PN_IDP_HOST, error) : NULL;
  g_autoptr (GBytes) again = idp != NULL ? pn_idp_to_json (idp) : NULL;

  if (idp == NULL)
    return NULL;
  if (g_bytes_equal (json, again))
    return g_steal_pointer (&idp);
  pn_set_error (error, PN_ERROR_SIGNATURE,
                "The image set's description is not as this program writes it");
  return NULL;
}

static gboolean
check_promise (PnManifest *manifest, const PnIdp *idp, GError **error)
{
  PnChip chip;

  if (!pn_idp_class_to_chip (idp->device_class, &chip) || chip != pn_manifest_get_chip (manifest))
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "The image set is for another chip than the bundle");
  if (idp->storage != pn_manifest_get_storage (manifest))
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "The image set is for another storage than the bundle");
  if (pn_idp_encrypts (idp) &&
      !g_strv_contains (pn_manifest_get_permanent (manifest), PN_PERMANENT_DEVICE_KEY))
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "The image set needs the device's own key, which the manifest does not "
                         "name");
  return pn_idp_get_needed (idp) <= pn_manifest_get_minimum_storage (manifest) ||
         pn_set_error (error, PN_ERROR_SIGNATURE,
                       "The bundle needs more storage than its manifest says");
}

static const PnArtefact *
find_file (PnManifest *manifest, const char *name)
{
  for (guint i = 0; i < pn_manifest_get_n_artefacts (manifest); i++)
    {
      const PnArtefact *artefact = pn_manifest_get_artefact (manifest, i);

      if (artefact->role == PN_ROLE_IMAGE_SET_FILE && g_str_equal (artefact->name, name))
        return artefact;
    }
  return NULL;
}

/* An image that the device will be sent for this target. */
static gboolean
check_target (
    PnBundle *self, const PnIdp *idp, const PnIdpTarget *target, PnPublicKey *key, GError **error)
{
  const char *name = target->item->image->file;
  const PnArtefact *artefact = find_file (pn_bundle_get_manifest (self), name);
  g_autoptr (PnRuns) runs = NULL;

  if (artefact == NULL)
    return pn_set_error (error, PN_ERROR_SIGNATURE, "The image set's %s is not in the bundle",
                         name);
  runs = pn_bundle_load_runs (self, artefact, error);
  if (runs == NULL)
    return FALSE;
  if (artefact->expanded_size > target->size && !target->grows)
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "The image set's %s does not fit into its partition", name);
  return key == NULL || !pn_idp_is_boot_file (idp, name) ||
         pn_bundle_check_signed_boot (runs, key, error);
}

static gboolean
check_files (PnBundle *self, GPtrArray *plan, GError **error)
{
  PnManifest *manifest = pn_bundle_get_manifest (self);

  for (guint i = 0; i < pn_manifest_get_n_artefacts (manifest); i++)
    {
      const PnArtefact *artefact = pn_manifest_get_artefact (manifest, i);
      gboolean named = artefact->role != PN_ROLE_IMAGE_SET_FILE;

      for (guint j = 0; j < plan->len && !named; j++)
        named = g_str_equal (((PnIdpTarget *) plan->pdata[j])->item->image->file, artefact->name);
      if (!named)
        return pn_set_error (error, PN_ERROR_SIGNATURE, "The image set does not name %s",
                             artefact->name);
    }
  return TRUE;
}

static gboolean
has_boot_file (const PnIdp *idp, GPtrArray *plan)
{
  for (guint i = 0; i < plan->len; i++)
    if (pn_idp_is_boot_file (idp, ((PnIdpTarget *) plan->pdata[i])->item->image->file))
      return TRUE;
  return FALSE;
}

gboolean
pn_bundle_check_image_set (PnBundle *self, PnPublicKey *key, GError **error)
{
  g_autoptr (PnIdp) idp = load_description (self, error);
  g_autoptr (GPtrArray) plan = NULL;

  if (idp == NULL || !check_promise (pn_bundle_get_manifest (self), idp, error))
    return FALSE;
  plan = pn_idp_plan (idp);
  if (key != NULL && !has_boot_file (idp, plan))
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "The image set has no boot partition that could be signed");
  for (guint i = 0; i < plan->len; i++)
    if (!check_target (self, idp, plan->pdata[i], key, error))
      return FALSE;
  return check_files (self, plan, error);
}
