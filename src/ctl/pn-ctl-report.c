/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is inside an image, for people and as JSON. */
#include "config.h"

#include "pn-ctl.h"

#include <stdio.h>

#include "pn-phase.h"

static const char *const ssh_words[] = { "absent", "off", "on", "on-first-boot" };
static const char *const password_words[] = { "none", "empty", "set" };

static char *
chips_to_text (guint chips)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint chip = PN_CHIP_BCM2710; chip <= PN_CHIP_BCM2712; chip++)
    if ((chips & 1u << chip) != 0)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "",
                              pn_chip_to_word ((PnChip) chip));
  return g_strdup (text->len > 0 ? text->str : "unknown");
}

void
pn_ctl_print_report (PnImageReport *report)
{
  if (report->bits > 0)
    printf ("Programs:    %u-bit\n", report->bits);
  for (guint i = 0; i < report->kernels->len; i++)
    {
      const PnReportKernel *kernel = report->kernels->pdata[i];
      g_autofree char *chips = chips_to_text (kernel->chips);

      printf ("Kernel:      %s (%s)%s%s\n", kernel->version, chips,
              kernel->missing != NULL ? ", cannot unlock the storage: " : "",
              kernel->missing != NULL ? kernel->missing : "");
    }
  for (guint i = 0; i < report->accounts->len; i++)
    {
      const PnReportAccount *account = report->accounts->pdata[i];

      printf ("Account:     %s, password %s, %u keys\n", account->name,
              password_words[account->password], account->n_keys);
    }
  printf ("SSH:         %s\n", ssh_words[report->ssh]);
  for (guint i = 0; i < report->first_boot->len; i++)
    printf ("First start: %s\n", (char *) report->first_boot->pdata[i]);
  for (guint i = 0; i < report->remarks->len; i++)
    {
      const PnRemark *remark = report->remarks->pdata[i];
      g_autofree char *text = pn_remark_to_text (remark);

      printf ("%s     %s\n", pn_remark_is_warning (remark) ? "Warning:" : "Remark: ", text);
    }
}

static void
begin_list (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
}

static void
add_kernels (PnImageReport *report, JsonBuilder *builder)
{
  begin_list (builder, "kernels");
  for (guint i = 0; i < report->kernels->len; i++)
    {
      const PnReportKernel *kernel = report->kernels->pdata[i];

      json_builder_begin_object (builder);
      pn_ctl_add_string (builder, "version", kernel->version);
      begin_list (builder, "chips");
      for (guint chip = PN_CHIP_BCM2710; chip <= PN_CHIP_BCM2712; chip++)
        if ((kernel->chips & 1u << chip) != 0)
          json_builder_add_string_value (builder, pn_chip_to_word ((PnChip) chip));
      json_builder_end_array (builder);
      pn_ctl_add_string (builder, "missing", kernel->missing);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_accounts (PnImageReport *report, JsonBuilder *builder)
{
  begin_list (builder, "accounts");
  for (guint i = 0; i < report->accounts->len; i++)
    {
      const PnReportAccount *account = report->accounts->pdata[i];

      json_builder_begin_object (builder);
      pn_ctl_add_string (builder, "name", account->name);
      pn_ctl_add_string (builder, "password", password_words[account->password]);
      json_builder_set_member_name (builder, "keys");
      json_builder_add_int_value (builder, account->n_keys);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_remarks (PnImageReport *report, JsonBuilder *builder)
{
  begin_list (builder, "remarks");
  for (guint i = 0; i < report->remarks->len; i++)
    {
      const PnRemark *remark = report->remarks->pdata[i];
      g_autofree char *text = pn_remark_to_text (remark);

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "warning");
      json_builder_add_boolean_value (builder, pn_remark_is_warning (remark));
      pn_ctl_add_string (builder, "text", text);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

void
pn_ctl_report_to_json (PnImageReport *report, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "bits");
  json_builder_add_int_value (builder, report->bits);
  begin_list (builder, "boot-files");
  for (guint i = 0; report->boot_files[i] != NULL; i++)
    json_builder_add_string_value (builder, report->boot_files[i]);
  json_builder_end_array (builder);
  add_kernels (report, builder);
  add_accounts (report, builder);
  pn_ctl_add_string (builder, "ssh", ssh_words[report->ssh]);
  begin_list (builder, "first-boot");
  for (guint i = 0; i < report->first_boot->len; i++)
    json_builder_add_string_value (builder, report->first_boot->pdata[i]);
  json_builder_end_array (builder);
  add_remarks (report, builder);
}
