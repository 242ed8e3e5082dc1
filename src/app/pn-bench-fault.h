/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-bench-facts.h"

G_BEGIN_DECLS

/* The faults that virtual devices can have, in words that people know. */
typedef enum
{
  PN_FAULT_ANY,
  PN_FAULT_ENCRYPTED,
  PN_FAULT_IMAGE_SET,
} PnFaultKind;
typedef struct
{
  const char *word; /* as punnet-virtual takes it: NAME or NAME=VALUE */
  const char *title, *text;
  PnFaultKind of; /* what has to be prepared for it to be one */
} PnBenchFault;

/* Translated ones end with a word that is NULL. */
const PnBenchFault *pn_bench_faults (void);
/* The titles of @words, "" for none: (transfer full). */
char *pn_bench_faults_to_text (const char *const *words);

/* A list of them with a switch each. */
#define PN_TYPE_FAULT_LIST (pn_fault_list_get_type ())
G_DECLARE_FINAL_TYPE (PnFaultList, pn_fault_list, PN, FAULT_LIST, AdwBin)

/* Leaves out what would be none with what was prepared last. */
void pn_fault_list_set_facts (PnFaultList *self, const PnBenchFacts *facts);
void pn_fault_list_set (PnFaultList *self, const char *const *words);
GStrv pn_fault_list_get (PnFaultList *self); /* (transfer full) words */

G_END_DECLS
