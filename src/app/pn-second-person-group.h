/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Of the settings: what needs a second person, a switch for each. It follows the application's
 * client by itself. */
#define PN_TYPE_SECOND_PERSON_GROUP (pn_second_person_group_get_type ())
G_DECLARE_FINAL_TYPE (
    PnSecondPersonGroup, pn_second_person_group, PN, SECOND_PERSON_GROUP, AdwPreferencesGroup)

G_END_DECLS
