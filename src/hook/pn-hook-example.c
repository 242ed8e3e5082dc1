/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a script is told of a device that does not exist (operations.md §3), for trying it out. */
#include "config.h"

#include "pn-hook-example.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "pn-io.h"

#define SERIAL "10000000c0ffee01"
#define ROM_SERIAL "c0ffee01"
#define SOCKET "1-1.2"
#define NODE "/dev/bus/usb/001/007"
#define MAC "d8:3a:dd:c0:ff:ee"
#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *const mounted[] = { PN_HOOK_BOOT, PN_HOOK_ROOT, NULL };
static const char *const found[] = { ROM_SERIAL, "2712", SOCKET, NODE, NULL };
static const char *const begun[] = { SERIAL, SERIAL, "emmc", NULL };
static const char *const written[] = { SERIAL, SERIAL, "mmcblk0", NULL };

static const char *const for_image[] = { "GOLD_MASTER_OS_KIND=image",
                                         "RPI_DEVICE_STORAGE_TYPE=emmc", NULL };
static const char *const for_rom[] = {
  "TARGET_USB_PATH=" SOCKET,   "TARGET_DEVICE_PATH=" NODE,     "TARGET_DEVICE_SERIAL=" ROM_SERIAL,
  "TARGET_DEVICE_FAMILY=2712", "RPI_DEVICE_STORAGE_TYPE=emmc", NULL
};
#define FOR_GADGET                                                                                 \
  "TARGET_USB_PATH=" SOCKET, "TARGET_DEVICE_PATH=" NODE, "TARGET_DEVICE_SERIAL=" SERIAL,           \
      "FASTBOOT_DEVICE_SPECIFIER=" SERIAL, "GOLD_MASTER_OS_KIND=image",                            \
      "RPI_DEVICE_STORAGE_TYPE=emmc"
static const char *const for_gadget[] = { FOR_GADGET, NULL };
static const char *const for_record[] = { FOR_GADGET,
                                          "BOARDNAME=CM5",
                                          "SERIAL=" SERIAL,
                                          "ETH_MAC=" MAC,
                                          "WIFI_MAC=d8:3a:dd:c0:ff:ef",
                                          "BT_MAC=d8:3a:dd:c0:ff:f0",
                                          "MMC_SIZE=31268536320",
                                          "MMC_CID=150100424a54443452",
                                          "RPI_DUID=0000000000000000",
                                          "BOARD_REVISION=0x1",
                                          "PROCESSOR=BCM2712",
                                          "MEMORY=4 GB",
                                          "MANUFACTURER=Sony UK",
                                          "SECURE=1",
                                          "JTAG_LOCKED=0",
                                          "EEPROM_WRITE_PROTECTED=0",
                                          "PUBKEY_PROGRAMMED=1",
                                          "DEVKEY_REVOKED=0",
                                          "SIGNED_BOOT_ENABLED=1",
                                          "OS_IMAGE_FILENAME=example.img",
                                          "OS_IMAGE_SHA256=" DIGEST,
                                          "CONNECT_REGISTERED=",
                                          "CONNECT_DEVICE_ID=",
                                          "EEPROM_SIZE=2097152",
                                          "EEPROM_JEDEC=ef4015",
                                          "EEPROM_UNIQUE_ID=0123456789abcdef",
                                          "BOOTLOADER_BUILD_TIMESTAMP=1760000000",
                                          "CUSTOMER_KEY_FINGERPRINT=" DIGEST,
                                          "CUSTOMER_KEY_LABEL=example.pem",
                                          "PROVISION_TS=2026-11-26 12:00:00",
                                          "VERDICT=passed",
                                          "STORAGE=emmc",
                                          NULL };
static const char *const for_failure[] = { FOR_GADGET, "PROVISION_FAILED_CONTEXT=provisioning",
                                           "PROVISION_FAILED_PERMANENT=0", NULL };

static const struct
{
  const char *const *arguments, *const *environment;
} examples[] = {
  [PN_HOOK_BOOTFS_MOUNTED] = { mounted, for_image },
  [PN_HOOK_ROOTFS_MOUNTED] = { mounted, for_image },
  [PN_HOOK_BOOTSTRAP] = { found, for_rom },
  [PN_HOOK_PROVISION_STARTED] = { begun, for_gadget },
  [PN_HOOK_POST_FLASH] = { written, for_record },
  [PN_HOOK_PROVISION_FAILED] = { begun, for_failure },
};
G_STATIC_ASSERT (G_N_ELEMENTS (examples) == PN_N_HOOK_STAGES);

static const struct
{
  const char *path, *text; /* NULL = a folder */
} files[] = {
  { "boot", NULL },
  { "boot/config.txt", "arm_64bit=1\n" },
  { "boot/cmdline.txt", "console=tty1 root=PARTUUID=00000000-02 rootwait\n" },
  { "boot/overlays", NULL },
  { "root", NULL },
  { "root/etc", NULL },
  { "root/etc/hostname", "raspberrypi\n" },
  { "root/etc/os-release", "ID=debian\nVERSION_ID=12\n" },
  { "root/usr", NULL },
  { "root/var", NULL },
  { "owners", "" }, /* everything is root's */
};

static gboolean
make_files (const char *folder, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (folder, files[i].path, NULL);

      if (files[i].text != NULL ? !g_file_set_contents (path, files[i].text, -1, error)
                                : g_mkdir (path, 0755) < 0)
        {
          if (files[i].text == NULL)
            pn_set_error_from_errno (error, errno, "Cannot make %s", path);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
try_on_image (PnHookJob *job, char **output, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("punnet-try-XXXXXX", error);
  g_autofree char *boot = folder != NULL ? g_build_filename (folder, "boot", NULL) : NULL;
  g_autofree char *root = folder != NULL ? g_build_filename (folder, "root", NULL) : NULL;
  g_autofree char *owners = folder != NULL ? g_build_filename (folder, "owners", NULL) : NULL;
  gboolean fine;

  if (folder == NULL)
    return FALSE;
  job->boot = boot;
  job->root = root;
  job->owners = owners;
  fine = make_files (folder, error) && pn_hook_run (job, output, cancellable, error);
  pn_remove_tree (folder);
  return fine;
}

gboolean
pn_hook_try (const PnHookJob *job, char **output, GCancellable *cancellable, GError **error)
{
  PnHookJob example = *job;

  example.arguments = examples[job->stage].arguments;
  example.environment = examples[job->stage].environment;
  return pn_hook_stage_is_image (job->stage) ? try_on_image (&example, output, cancellable, error)
                                             : pn_hook_run (&example, output, cancellable, error);
}
