/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What can be made permanent on a device. The words are those of the manifest ("permanent"), of the
 * journal and of the consent; each step has an intent in the journal before it and its outcome
 * after it. The boot EEPROM is none of them: it can be written again over USB, also when locked,
 * and no recipe protects it (“eeprom_write_protect”). */
#define PN_PERMANENT_CUSTOMER_KEY "customer-key" /* the key's hash in OTP */
#define PN_PERMANENT_DEVICE_KEY "device-key"     /* the device's own, made by itself */
#define PN_PERMANENT_JTAG_LOCK "jtag-lock"
#define PN_PERMANENT_RPIBOOT_GPIO "rpiboot-gpio" /* which pin leads to USB boot */
