/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The records under the names of rpi-sb-provisioner, so that the queries of its documentation and
 * of those who used it work here: one row for each run that passed, in its table's order of
 * columns, times in UTC. Its "secure" says that the device has a private key of its own; what locks
 * it is signed_boot_enabled. What nobody knows is NULL, or the empty text where that tool had no
 * NULL. */

/* clang-format off */
/* What the device said of itself, by its name in the evidence; "not available" is nothing. */
#define PN_VIEW_SAID(name) "nullif(nullif(evidence ->> '$.\"" name "\"', 'not available'), '')"
#define PN_VIEW_NUMBER(name) "cast(" PN_VIEW_SAID (name) " AS INTEGER)"
/* 1 where it is @yes, 0 where it is another word. */
#define PN_VIEW_ANSWER(name, yes) "(" PN_VIEW_SAID (name) " = '" yes "')"
#define PN_VIEW_WANTED(word) "(' ' || permanent || ' ' LIKE '% " word " %')"
#define PN_VIEW_DEVICE_KEY "(" PN_VIEW_SAID ("device-public-key-sha256") " IS NOT NULL)"
#define PN_VIEW_LOCKED \
  "coalesce(" PN_VIEW_ANSWER ("secure-otp", "present") ", key_hash IS NOT NULL AND key_hash = wanted_key)"
/* Codes of the board's revision (new style). */
#define PN_VIEW_CODE(shift, mask) "(board_revision >> " shift " & " mask ")"
/* Evidence that is no JSON says nothing. */
#define PN_VIEW_FROM \
  " FROM (SELECT *, iif(json_valid(raw), raw, '{}') AS evidence FROM" \
  " (SELECT id, ended, serial, model, mac, duid, board_revision, storage, storage_size," \
  " image_name, image_sha256, key_hash, permanent, wanted_key, verdict, secure AS was_locked," \
  " evidence AS raw FROM records))"

#define PN_VIEW_DEVICES \
  "CREATE VIEW devices AS SELECT id, coalesce(model, '') AS boardname," \
  " coalesce(serial, '') AS serial, coalesce(mac, '') AS eth_mac," \
  " coalesce(" PN_VIEW_SAID ("mac-wifi") ", " PN_VIEW_SAID ("MAC_WIFI_ADDR") ", '') AS wifi_mac," \
  " coalesce(" PN_VIEW_SAID ("mac-bt") ", " PN_VIEW_SAID ("MAC_BT_ADDR") ", '') AS bt_mac," \
  " iif(storage = 'nvme', 0, storage_size) AS mmc_size," \
  " coalesce(" PN_VIEW_SAID ("mmc-cid") ", '') AS mmc_cid, coalesce(duid, '') AS rpi_duid," \
  " printf('0x%x', board_revision & 15) AS board_revision," \
  " coalesce(CASE " PN_VIEW_CODE ("12", "15") " WHEN 0 THEN 'BCM2835' WHEN 1 THEN 'BCM2836'" \
  " WHEN 2 THEN 'BCM2837' WHEN 3 THEN 'BCM2711' WHEN 4 THEN 'BCM2712' END, '') AS processor," \
  " coalesce(CASE " PN_VIEW_CODE ("20", "7") " WHEN 0 THEN '256 MB' WHEN 1 THEN '512 MB'" \
  " WHEN 2 THEN '1 GB' WHEN 3 THEN '2 GB' WHEN 4 THEN '4 GB' WHEN 5 THEN '8 GB'" \
  " WHEN 6 THEN '16 GB' END, '') AS memory," \
  " coalesce(CASE " PN_VIEW_CODE ("16", "15") " WHEN 0 THEN 'Sony UK' WHEN 1 THEN 'Egoman'" \
  " WHEN 2 THEN 'Embest' WHEN 3 THEN 'Sony Japan' WHEN 4 THEN 'Embest'" \
  " WHEN 5 THEN 'Stadium' END, '') AS manufacturer," \
  " (was_locked OR " PN_VIEW_DEVICE_KEY ") AS secure," \
  " " PN_VIEW_NUMBER ("JTAG_LOCKED") " AS jtag_locked," \
  " " PN_VIEW_ANSWER ("eeprom-write-protect", "on") " AS eeprom_write_protected," \
  " " PN_VIEW_LOCKED " AS pubkey_programmed," \
  " " PN_VIEW_ANSWER ("secure-devkey", "present") " AS devkey_revoked," \
  " " PN_VIEW_LOCKED " AS signed_boot_enabled," \
  " image_name AS os_image_filename, image_sha256 AS os_image_sha256," \
  " NULL AS connect_registered, NULL AS connect_device_id," \
  " " PN_VIEW_NUMBER ("eeprom-size") " AS eeprom_size," \
  " " PN_VIEW_SAID ("eeprom-jedec") " AS eeprom_jedec," \
  " " PN_VIEW_SAID ("eeprom-unique-id") " AS eeprom_unique_id," \
  " " PN_VIEW_NUMBER ("bootloader-build-timestamp") " AS bootloader_build_timestamp," \
  " key_hash AS customer_key_fingerprint, NULL AS customer_key_label," \
  " datetime(ended / 1000000, 'unixepoch') AS provision_ts" PN_VIEW_FROM \
  " WHERE verdict = 'passed';"

/* What was wanted for ever and what was read back of it, of every run; NULL: not known. Which pin
 * leads to USB boot cannot be read. */
#define PN_VIEW_BITS \
  "CREATE VIEW permanent_bits AS SELECT id, serial, verdict," \
  " " PN_VIEW_WANTED ("customer-key") " AS customer_key_wanted," \
  " " PN_VIEW_ANSWER ("secure-otp", "present") " AS customer_key_read," \
  " nullif(wanted_key, '') AS customer_key_hash_wanted, key_hash AS customer_key_hash_read," \
  " " PN_VIEW_WANTED ("device-key") " AS device_key_wanted," \
  " " PN_VIEW_DEVICE_KEY " AS device_key_read," \
  " " PN_VIEW_WANTED ("jtag-lock") " AS jtag_lock_wanted," \
  " " PN_VIEW_NUMBER ("JTAG_LOCKED") " AS jtag_lock_read," \
  " " PN_VIEW_WANTED ("rpiboot-gpio") " AS rpiboot_gpio_wanted, NULL AS rpiboot_gpio_read," \
  " " PN_VIEW_ANSWER ("secure-devkey", "present") " AS devkey_revoked_read," \
  " " PN_VIEW_ANSWER ("eeprom-write-protect", "on") " AS eeprom_write_protect_read" PN_VIEW_FROM ";"

#define PN_VIEWS \
  "DROP VIEW rpi_sb_provisioner; DROP VIEW devices;" \
  PN_VIEW_DEVICES "CREATE VIEW rpi_sb_provisioner AS SELECT * FROM devices;" PN_VIEW_BITS
/* clang-format on */
