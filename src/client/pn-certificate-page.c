/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate as a page: what was proven, in words; and a code that leads to the file. */
#include "config.h"

#include "pn-certificate-page.h"

#include <cairo-pdf.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <pango/pangocairo.h>
#include <qrencode.h>
#include <string.h>

#include "pn-error.h"

/* Points, 1/72 inch. */
#define WIDTH 595.276
#define HEIGHT 841.89
#define MARGIN 56.0
#define INNER (WIDTH - 2 * MARGIN)
#define LABEL 128.0
#define CODE 104.0
#define FONT "Cantarell, Noto Sans, DejaVu Sans, sans-serif"
#define MONO "DejaVu Sans Mono, Noto Sans Mono, monospace"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (cairo_surface_t, cairo_surface_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (cairo_t, cairo_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QRcode, QRcode_free)

typedef struct
{
  cairo_t *cr;
  JsonObject *root;
  double y;
} Page;

typedef enum
{
  INK,
  QUIET,
  ACCENT,
  GOOD,
  WHITE,
} Colour;

static void
set_colour (Page *self, Colour colour)
{
  static const double colours[][3] = { [INK] = { 0.12, 0.12, 0.14 },
                                       [QUIET] = { 0.42, 0.42, 0.45 },
                                       [ACCENT] = { 0.64, 0.08, 0.24 },
                                       [GOOD] = { 0.11, 0.50, 0.27 },
                                       [WHITE] = { 1, 1, 1 } };

  cairo_set_source_rgb (self->cr, colours[colour][0], colours[colour][1], colours[colour][2]);
}

/* ---- what it says ---- */

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static const char *
get_text (JsonObject *root, const char *group, const char *name)
{
  JsonObject *object = get_object (root, group);

  return object != NULL ? json_object_get_string_member_with_default (object, name, NULL) : NULL;
}

static gint64
get_number (JsonObject *root, const char *group, const char *name)
{
  JsonObject *object = get_object (root, group);

  return object != NULL ? json_object_get_int_member_with_default (object, name, 0) : 0;
}

/* -1: it does not say. */
static int
get_bit (JsonObject *root, const char *bit, const char *name)
{
  JsonObject *object = get_object (get_object (root, "permanent"), bit);

  if (object == NULL || !json_object_has_member (object, name))
    return -1;
  return json_object_get_boolean_member_with_default (object, name, FALSE);
}

/* ---- drawing ---- */

/* At (@x, self->y); returns its height. */
static double
draw_text (Page *self,
           const char *text,
           const char *font,
           double points,
           gboolean bold,
           double x,
           double width,
           int most_lines)
{
  g_autoptr (PangoLayout) layout = pango_cairo_create_layout (self->cr);
  g_autoptr (PangoFontDescription) description = pango_font_description_from_string (font);
  int height;

  /* There are no pixels on paper. */
  pango_context_set_round_glyph_positions (pango_layout_get_context (layout), FALSE);
  pango_font_description_set_absolute_size (description, points * PANGO_SCALE);
  if (bold)
    pango_font_description_set_weight (description, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description (layout, description);
  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_height (layout, -most_lines);
  pango_layout_set_text (layout, text, -1);
  pango_layout_get_size (layout, NULL, &height);
  cairo_move_to (self->cr, x, self->y);
  pango_cairo_show_layout (self->cr, layout);
  cairo_new_path (self->cr);
  return (double) height / PANGO_SCALE;
}

static void
draw_heading (Page *self, const char *text)
{
  self->y += 14;
  set_colour (self, ACCENT);
  self->y += draw_text (self, text, FONT, 11.5, TRUE, MARGIN, INNER, 1) + 3;
  cairo_set_line_width (self->cr, 0.6);
  cairo_move_to (self->cr, MARGIN, self->y);
  cairo_line_to (self->cr, WIDTH - MARGIN, self->y);
  cairo_stroke (self->cr);
  self->y += 7;
}

static void
draw_fact (Page *self, const char *label, const char *value, gboolean mono)
{
  double first, second;

  if (value == NULL || value[0] == '\0')
    return;
  set_colour (self, QUIET);
  first = draw_text (self, label, FONT, 9.5, FALSE, MARGIN, LABEL - 8, 2);
  set_colour (self, INK);
  second = draw_text (self, value, mono ? MONO : FONT, mono ? 8.2 : 9.5, FALSE, MARGIN + LABEL,
                      INNER - LABEL, 3);
  self->y += MAX (first, second) + 3.5;
}

/* A tick in a disc. */
static void
draw_tick (Page *self, double x, double y)
{
  set_colour (self, GOOD);
  cairo_arc (self->cr, x + 6, y + 6.5, 6, 0, 2 * G_PI);
  cairo_fill (self->cr);
  set_colour (self, WHITE);
  cairo_set_line_width (self->cr, 1.5);
  cairo_move_to (self->cr, x + 3.2, y + 6.8);
  cairo_line_to (self->cr, x + 5.3, y + 9);
  cairo_line_to (self->cr, x + 9, y + 4.4);
  cairo_stroke (self->cr);
}

static void
draw_proof (Page *self, const char *text)
{
  draw_tick (self, MARGIN, self->y);
  set_colour (self, INK);
  self->y += draw_text (self, text, FONT, 10.5, FALSE, MARGIN + 20, INNER - 20, 3) + 5;
}

static void
draw_code (Page *self, const char *text, double x, double y)
{
  g_autoptr (QRcode) code = QRcode_encodeString8bit (text, 0, QR_ECLEVEL_M);
  double size;

  if (code == NULL)
    return;
  size = CODE / code->width;
  set_colour (self, INK);
  for (int row = 0; row < code->width; row++)
    for (int column = 0; column < code->width; column++)
      if (code->data[row * code->width + column] & 1)
        cairo_rectangle (self->cr, x + column * size, y + row * size, size, size);
  cairo_fill (self->cr);
}

/* ---- its parts ---- */

static char *
group_digits (const char *hex)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; hex[i] != '\0'; i++)
    {
      if (i > 0 && i % 8 == 0)
        g_string_append_c (text, ' ');
      g_string_append_c (text, hex[i]);
    }
  return g_string_free (text, FALSE);
}

static void
draw_head (Page *self, PnCertificate *certificate)
{
  g_autofree char *code =
      g_strdup_printf ("PUNNET-CERTIFICATE-1 %s %s", certificate->serial, certificate->digest);

  set_colour (self, ACCENT);
  cairo_rectangle (self->cr, 0, 0, WIDTH, 10);
  cairo_fill (self->cr);
  draw_code (self, code, WIDTH - MARGIN - CODE, 44);
  self->y = 44;
  self->y += draw_text (self, "Punnet", FONT, 11, TRUE, MARGIN, INNER - CODE - 20, 1) + 8;
  set_colour (self, INK);
  self->y +=
      draw_text (self, _ ("Device certificate"), FONT, 26, TRUE, MARGIN, INNER - CODE - 20, 2) + 6;
  self->y += draw_text (self, certificate->serial, MONO, 16, FALSE, MARGIN, INNER - CODE - 20, 1);
  self->y = MAX (self->y, 44 + CODE) + 6;
}

static void
draw_device (Page *self)
{
  JsonObject *root = self->root;

  draw_heading (self, _ ("Device"));
  draw_fact (self, _ ("Model"), get_text (root, "device", "model"), FALSE);
  draw_fact (self, _ ("Board revision"), get_text (root, "device", "board-revision"), TRUE);
  draw_fact (self, _ ("Ethernet MAC"), get_text (root, "device", "mac"), TRUE);
  draw_fact (self, _ ("Identity code"), get_text (root, "device", "duid"), TRUE);
}

static gboolean
is_locked (JsonObject *root)
{
  JsonObject *key = get_object (get_object (root, "permanent"), "customer-key");
  const char *wanted =
      key != NULL ? json_object_get_string_member_with_default (key, "wanted-hash", NULL) : NULL;
  const char *found =
      key != NULL ? json_object_get_string_member_with_default (key, "read-hash", NULL) : NULL;

  return wanted != NULL && found != NULL && g_str_equal (wanted, found) &&
         get_bit (root, "customer-key", "read") != FALSE;
}

/* Only what the device itself has shown. */
static void
draw_proofs (Page *self)
{
  JsonObject *root = self->root;
  const char *encryption = get_text (root, "evidence", "storage-encryption");
  gint64 verified = get_number (root, "software", "bytes-verified");

  draw_heading (self, _ ("What was proven"));
  if (is_locked (root))
    draw_proof (self, _ ("It starts only software that is signed with the owner’s key: the key’s "
                         "hash was read back from its one-time memory."));
  if (get_bit (root, "jtag-lock", "read") == TRUE)
    draw_proof (self, _ ("Debugging by JTAG is locked, as the device itself says."));
  if (get_bit (root, "device-key", "read") == TRUE)
    draw_proof (self, _ ("It has a private key of its own, which never left it."));
  if (g_strcmp0 (encryption, "luks2") == 0)
    draw_proof (self, _ ("Its storage is encrypted (LUKS2): the header was read back, and the "
                         "volume was opened."));
  else if (g_strcmp0 (encryption, "none") == 0)
    draw_proof (self, _ ("Its storage was read back and is the image as it is; it is not "
                         "encrypted."));
  if (verified > 0)
    {
      g_autofree char *size = g_format_size ((guint64) verified);
      g_autofree char *text =
          /* Translators: %s is a size, such as "1.2 GB". */
          g_strdup_printf (_ ("What was written was read back and is the same: %s."), size);

      draw_proof (self, text);
    }
}

static const char *
say_bit (int bit)
{
  return bit < 0 ? _ ("not known") : bit > 0 ? _ ("yes") : _ ("no");
}

static void
draw_bits (Page *self)
{
  static const struct
  {
    const char *word, *label;
  } bits[] = { { "customer-key", N_ ("Owner’s key") },
               { "device-key", N_ ("Key of its own") },
               { "jtag-lock", N_ ("JTAG locked") },
               { "rpiboot-gpio", N_ ("Pin for USB boot") } };
  JsonObject *key = get_object (get_object (self->root, "permanent"), "customer-key");
  const char *hash =
      key != NULL ? json_object_get_string_member_with_default (key, "read-hash", NULL) : NULL;
  g_autofree char *grouped = hash != NULL ? group_digits (hash) : NULL;

  draw_heading (self, _ ("Made for ever"));
  for (guint i = 0; i < G_N_ELEMENTS (bits); i++)
    {
      g_autofree char *text =
          /* Translators: "wanted: yes, read back: yes" */
          g_strdup_printf (_ ("wanted: %s, read back: %s"),
                           say_bit (get_bit (self->root, bits[i].word, "wanted")),
                           say_bit (get_bit (self->root, bits[i].word, "read")));

      draw_fact (self, _ (bits[i].label), text, FALSE);
    }
  draw_fact (self, _ ("Key fingerprint"), grouped, TRUE);
}

static void
draw_software (Page *self)
{
  JsonObject *root = self->root;
  const char *recipe = get_text (root, "software", "recipe");
  g_autofree char *number =
      g_strdup_printf ("%" G_GINT64_FORMAT, get_number (root, "software", "recipe-revision"));
  g_autofree char *revision =
      /* Translators: a recipe’s name, and the number of its revision. */
      recipe != NULL ? g_strdup_printf (_ ("%s, revision %s"), recipe, number) : NULL;

  draw_heading (self, _ ("Software"));
  draw_fact (self, _ ("Image"), get_text (root, "software", "image"), FALSE);
  draw_fact (self, _ ("Image SHA-256"), get_text (root, "software", "image-sha256"), TRUE);
  draw_fact (self, _ ("Recipe"), revision, FALSE);
  draw_fact (self, _ ("Bundle"), get_text (root, "software", "bundle"), TRUE);
}

static void
draw_run (Page *self)
{
  JsonObject *root = self->root;
  g_autofree char *record =
      g_strdup_printf ("%" G_GINT64_FORMAT, get_number (root, "run", "record"));

  draw_heading (self, _ ("Run"));
  draw_fact (self, _ ("Ended (UTC)"), get_text (root, "run", "ended"), FALSE);
  draw_fact (self, _ ("Record"), record, FALSE);
  draw_fact (self, _ ("Batch"), get_text (root, "run", "batch"), FALSE);
  draw_fact (self, _ ("Slot"), get_text (root, "run", "slot"), FALSE);
  draw_fact (self, _ ("Operator"), get_text (root, "run", "operator"), FALSE);
  if (get_text (root, "run", "second-person") != NULL)
    draw_fact (self, _ ("Second person"), get_text (root, "run", "second-person"), FALSE);
}

static void
draw_foot (Page *self, PnCertificate *certificate)
{
  const char *key = json_object_get_string_member_with_default (self->root, "station-key", "–");
  g_autofree char *command = g_strdup_printf (
      "openssl pkeyutl -verify -pubin -inkey station-key.pub -rawin -in %s.json -sigfile %s.sig",
      certificate->name, certificate->name);
  g_autofree char *digest = g_strdup_printf ("SHA-256  %s", certificate->digest);
  g_autofree char *station = g_strdup_printf ("station-key  %s", key);

  self->y = HEIGHT - 112;
  set_colour (self, QUIET);
  self->y +=
      draw_text (self,
                 _ ("This page is for people. What counts is the file that the station signed; "
                    "anybody can verify it:"),
                 FONT, 8.5, FALSE, MARGIN, INNER, 2) +
      4;
  set_colour (self, INK);
  self->y += draw_text (self, command, MONO, 7, FALSE, MARGIN, INNER, 2) + 4;
  self->y += draw_text (self, digest, MONO, 7, FALSE, MARGIN, INNER, 1) + 2;
  self->y += draw_text (self, station, MONO, 7, FALSE, MARGIN, INNER, 1);
}

static void
draw_page (Page *self, PnCertificate *certificate)
{
  draw_head (self, certificate);
  draw_proofs (self);
  draw_bits (self);
  draw_device (self);
  draw_software (self);
  draw_run (self);
  draw_foot (self, certificate);
}

/* ---- the file ---- */

static cairo_status_t
append_cb (void *closure, const unsigned char *data, unsigned int size)
{
  g_byte_array_append (closure, data, size);
  return CAIRO_STATUS_SUCCESS;
}

GBytes *
pn_certificate_to_pdf (PnCertificate *self, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (JsonNode) root = json_from_string (self->json, NULL);
  g_autoptr (cairo_surface_t) surface =
      cairo_pdf_surface_create_for_stream (append_cb, bytes, WIDTH, HEIGHT);
  g_autoptr (cairo_t) cr = cairo_create (surface);
  Page page = { cr, json_node_get_object (root) };
  const char *ended = get_text (page.root, "run", "ended");

  /* When it was drawn says nothing; so it is the same file each time. */
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                  ended != NULL ? ended : "2026-01-01T00:00:00Z");
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATOR, "Punnet");
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, self->name);
  draw_page (&page, self);
  cairo_show_page (cr);
  cairo_surface_finish (surface);
  if (cairo_status (cr) == CAIRO_STATUS_SUCCESS &&
      cairo_surface_status (surface) == CAIRO_STATUS_SUCCESS)
    return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
  pn_set_error (error, PN_ERROR_FAILED, "The certificate's page could not be drawn: %s",
                cairo_status_to_string (cairo_surface_status (surface)));
  return NULL;
}
