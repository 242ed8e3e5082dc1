/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scripts to begin with: each does nothing yet, and says what it is told. */
#include "config.h"

#include "pn-hook-template.h"

#define HEAD "#!/bin/sh\nset -eu\n\n"
#define FOLDERS                                                                                    \
  "# $1  the boot partition's files\n"                                                             \
  "# $2  the root file system (an empty folder, unless there is a rootfs-mounted script)\n"        \
  "# GOLD_MASTER_OS_KIND, RPI_DEVICE_STORAGE_TYPE\n"                                               \
  "boot=$1\nroot=$2\n\n"
#define GADGET                                                                                     \
  "# $1  the device's name on the fastboot protocol (no device can be reached from here)\n"        \
  "# $2  its serial\n"

static const char *const templates[] = {
  HEAD "# Runs once, while the bundle is prepared. What you change is in every device.\n" FOLDERS
       "# echo 'dtparam=audio=on' >>\"$boot/config.txt\"\n",
  HEAD "# Runs once, while the bundle is prepared. What you change is in every device.\n" FOLDERS
       "# install -m 0644 -o root -g root /dev/null \"$root/etc/made-here\"\n",
  HEAD "# Runs for each device, before anything of it is changed.\n"
       "# $1  its serial, as far as the boot ROM says it\n"
       "# $2  its family: 2710, 2711 or 2712 (Raspberry Pi's USB product)\n"
       "# $3  the path of its USB socket\n"
       "# $4  its device node\n"
       "# TARGET_USB_PATH, TARGET_DEVICE_PATH, TARGET_DEVICE_SERIAL, TARGET_DEVICE_FAMILY\n\n"
       "echo \"$1 is in $3\"\n",
  HEAD
  "# Runs for each device, before its storage is written. A status other than 0 stops it.\n" GADGET
  "# $3  its storage: sd, emmc or nvme\n"
  "# FASTBOOT_DEVICE_SPECIFIER, TARGET_DEVICE_SERIAL, TARGET_USB_PATH\n\n"
  "echo \"$2 will be written\"\n",
  HEAD
  "# Runs for each device that was written and verified. A status other than 0 is a "
  "failure.\n" GADGET "# $3  its disk: mmcblk0 or nvme0n1\n"
  "# Every column of its record is a variable: SERIAL, BOARDNAME, ETH_MAC, OS_IMAGE_SHA256 …\n\n"
  "echo \"$SERIAL is a $BOARDNAME\"\n",
  HEAD "# Runs for each device that did not pass. Its own status does not matter.\n"
       "# PROVISION_FAILED_CONTEXT    bootstrap (arguments as there), or provisioning:\n" GADGET
       "# $3  its storage\n"
       "# PROVISION_FAILED_PERMANENT  1: trying again would change nothing\n\n"
       "echo \"$TARGET_DEVICE_SERIAL failed in $PROVISION_FAILED_CONTEXT\"\n",
};
G_STATIC_ASSERT (G_N_ELEMENTS (templates) == PN_N_HOOK_STAGES);

const char *
pn_hook_stage_get_template (PnHookStage stage)
{
  return templates[stage];
}
