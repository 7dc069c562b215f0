#include "lab/text/quantity.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "lab/text/words.h"

__extension__ typedef unsigned __int128 U128;

#define EXPONENT_MAX 400

/* A decimal number cut out of text: (-1)^negative * mantissa * 10^exponent. */
typedef struct {
  bool negative, lossy; /* lossy: more digits than the mantissa holds */
  uint64_t mantissa;
  int exponent;
  int power; /* the part of the exponent that was written out: 3 in 1.5e3 */
  char *number; /* what stood before it: "1.5" */
  char *unit; /* what follows, trimmed */
} Decimal;

static void decimal_clear(Decimal *d) {
  g_free(d->number);
  g_free(d->unit);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Decimal, decimal_clear)

static void take_digit(Decimal *d, bool *full, char c, bool fraction) {
  uint64_t digit = (uint64_t)(c - '0');
  *full = *full || d->mantissa > (UINT64_MAX - digit) / 10;
  if (*full) {
    d->lossy |= digit != 0;
    d->exponent += !fraction;
  } else {
    d->mantissa = d->mantissa * 10 + digit;
    d->exponent -= fraction;
  }
}

static const char *scan_exponent(Decimal *d, const char *p) {
  int e = 0;
  if (*p != 'e' && *p != 'E')
    return p;
  const char *q = p + 1;
  bool minus = *q == '-';
  if (*q == '-' || *q == '+')
    q++;
  if (!g_ascii_isdigit(*q))
    return p;
  for (; g_ascii_isdigit(*q); q++)
    e = MIN(e * 10 + (*q - '0'), EXPONENT_MAX);
  d->power = minus ? -e : e;
  d->exponent += d->power;
  return q;
}

/* False: no number at the front. */
static bool decimal_scan(const char *text, Decimal *d) {
  unsigned seen = 0;
  bool fraction = false, full = false;
  *d = (Decimal){0};
  while (g_ascii_isspace(*text))
    text++;
  const char *p = text;
  d->negative = *p == '-';
  if (*p == '-' || *p == '+')
    p++;
  for (; g_ascii_isdigit(*p) || (*p == '.' && !fraction); p++) {
    if (*p == '.') {
      fraction = true;
      continue;
    }
    seen++;
    take_digit(d, &full, *p, fraction);
  }
  if (seen == 0)
    return false;
  d->number = g_strndup(text, (gsize)(p - text));
  p = scan_exponent(d, p);
  d->unit = g_strstrip(g_strdup(p));
  return true;
}

/* The exact magnitude times `factor`. False: not whole, or above `max`. */
static bool decimal_scaled(const Decimal *d, uint64_t factor, uint64_t max, uint64_t *ret) {
  U128 n = (U128)d->mantissa * factor;
  int e = d->exponent;
  if (d->lossy)
    return false;
  for (; e < 0 && n > 0; e++) {
    if (n % 10 != 0)
      return false;
    n /= 10;
  }
  for (; e > 0 && n > 0; e--) {
    if (n > max)
      return false;
    n *= 10;
  }
  if (n > max)
    return false;
  *ret = (uint64_t)n;
  return true;
}

static bool fail(char **why, const char *expected, const char *text) {
  g_autofree char *quoted = rd_words_quote(text);
  *why = g_strdup_printf("%s, got %s", expected, quoted);
  return false;
}

/* The power of ten a suffix of a plain number stands for; false: no such suffix. */
static bool number_suffix(const char *suffix, const char *unit, int *ret) {
  static const struct {
    const char *name;
    int power;
  } prefixes[] = {{"k", 3}, {"M", 6}, {"G", 9}, {"T", 12}};
  const char *rest = suffix;
  *ret = 0;
  for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
    if (suffix[0] == prefixes[i].name[0] && g_strcmp0(suffix, unit) != 0) {
      *ret = prefixes[i].power;
      rest = suffix + 1;
    }
  while (*rest == ' ')
    rest++;
  if (*rest == 0 || g_strcmp0(rest, unit) == 0)
    return true;
  if (unit && g_str_has_prefix(unit, "1/") && strcmp(rest, unit + 1) == 0)
    return true;
  *ret = -2;
  return strcmp(suffix, "%") == 0;
}

bool rd_quantity_number(const char *text, const char *unit, double *ret, char **why) {
  g_auto(Decimal) d = {0};
  int power;
  if (!decimal_scan(text, &d) || !number_suffix(d.unit, unit, &power))
    return fail(why, "a number is expected (as in 5, 0.25, 1e3, 5k, 2M, 30 %)", text);
  /* One correctly rounded conversion, not a rounded product. */
  g_autofree char *whole = g_strdup_printf("%se%d", d.number, d.power + power);
  double value = g_ascii_strtod(whole, NULL);
  if (!isfinite(value))
    return fail(why, "the number is too large", text);
  *ret = value == 0 ? 0 : value;
  return true;
}

bool rd_quantity_integer(const char *text, const char *unit, int64_t *ret, char **why) {
  g_auto(Decimal) d = {0};
  uint64_t n;
  int power;
  if (!decimal_scan(text, &d) || !number_suffix(d.unit, unit, &power))
    return fail(why, "a whole number is expected (as in 5, 1e3, 5k)", text);
  d.exponent += power;
  if (!decimal_scaled(&d, 1, INT64_MAX, &n))
    return fail(why, "a whole number (below 2^63) is expected", text);
  *ret = d.negative ? -(int64_t)n : (int64_t)n;
  return true;
}

bool rd_quantity_unsigned(const char *text, uint64_t *ret, char **why) {
  g_auto(Decimal) d = {0};
  if (!decimal_scan(text, &d) || d.unit[0] || (d.negative && d.mantissa) ||
      !decimal_scaled(&d, 1, UINT64_MAX, ret))
    return fail(why, "a whole number from 0 to 2^64 - 1 is expected", text);
  return true;
}

typedef struct {
  const char *name;
  uint64_t factor;
} Unit;

static const Unit durations[] = {{"d", UINT64_C(86400000000000000)},
                                 {"h", UINT64_C(3600000000000000)},
                                 {"min", UINT64_C(60000000000000)},
                                 {"s", UINT64_C(1000000000000)},
                                 {"ms", 1000000000},
                                 {"us", 1000000},
                                 {"ns", 1000},
                                 {"ps", 1},
                                 {NULL, 0}};
static const Unit rates[] = {{"Tbit/s", UINT64_C(1000000000000)},
                             {"Gbit/s", 1000000000},
                             {"Mbit/s", 1000000},
                             {"kbit/s", 1000},
                             {"bit/s", 1},
                             {NULL, 0}};

static const Unit sizes[] = {{"TiB", UINT64_C(1) << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20},
                             {"KiB", 1 << 10},           {"B", 1},         {NULL, 0}};

static uint64_t unit_factor(const Unit *units, const char *name) {
  for (; units->name; units++)
    if (strcmp(units->name, name) == 0)
      return units->factor;
  return 0;
}

/* Picoseconds in units of `grain` picoseconds. */
static bool duration_in(const char *text, uint64_t grain, uint64_t *ret, char **why) {
  const char *form = grain > 1
                         ? "a duration with a unit (ns, us, ms, s, min, h, d) is expected"
                         : "a duration with a unit (ps, ns, us, ms, s, min, h, d) is expected";
  g_auto(Decimal) d = {0};
  if (!decimal_scan(text, &d))
    return fail(why, form, text);
  uint64_t factor = unit_factor(durations, d.unit);
  if (d.unit[0] == 0 && d.mantissa == 0)
    factor = grain;
  if (factor < grain)
    return fail(why, form, text);
  if (d.negative && d.mantissa)
    return fail(why, "a duration cannot be negative", text);
  if (!decimal_scaled(&d, factor / grain, INT64_MAX, ret))
    return fail(why,
                grain > 1 ? "a duration of whole nanoseconds below 292 years is expected"
                          : "a duration of whole picoseconds below 106 days is expected",
                text);
  return true;
}

bool rd_quantity_duration(const char *text, RdTime *ret, char **why) {
  uint64_t n;
  if (!duration_in(text, 1000, &n, why))
    return false;
  *ret = (RdTime)n;
  return true;
}

bool rd_quantity_picoseconds(const char *text, int64_t *ret, char **why) {
  uint64_t n;
  if (!duration_in(text, 1, &n, why))
    return false;
  *ret = (int64_t)n;
  return true;
}

static bool whole_units(const char *text, const Unit *units, const char *form, const char *range,
                        uint64_t *ret, char **why) {
  g_auto(Decimal) d = {0};
  if (!decimal_scan(text, &d) || (d.negative && d.mantissa))
    return fail(why, form, text);
  uint64_t factor = unit_factor(units, d.unit);
  if (d.unit[0] == 0 && d.mantissa == 0)
    factor = 1;
  if (factor == 0)
    return fail(why, form, text);
  if (!decimal_scaled(&d, factor, INT64_MAX, ret))
    return fail(why, range, text);
  return true;
}

bool rd_quantity_rate(const char *text, uint64_t *ret, char **why) {
  return whole_units(text, rates, "a rate with a unit (bit/s, kbit/s, Mbit/s, Gbit/s) is expected",
                     "a whole number of bit/s below 2^63 is expected", ret, why);
}

bool rd_quantity_size(const char *text, uint64_t *ret, char **why) {
  return whole_units(text, sizes, "a size with a unit (B, KiB, MiB, GiB, TiB) is expected",
                     "a size of whole octets below 2^63 is expected", ret, why);
}

bool rd_quantity_bool(const char *text, bool *ret, char **why) {
  bool yes = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;
  if (!yes && strcmp(text, "false") != 0 && strcmp(text, "no") != 0)
    return fail(why, "true or false is expected", text);
  *ret = yes;
  return true;
}

char *rd_quantity_number_text(double value) {
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  for (int digits = 1; digits <= DBL_DECIMAL_DIG; digits++) {
    char format[8];
    g_snprintf(format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd(buffer, sizeof buffer, format, value);
    /* 1000, not 1e+03: an exponent only where the number is long without it. */
    bool readable = !strchr(buffer, 'e') || fabs(value) >= 1e15 || digits >= 15;
    if (readable && g_ascii_strtod(buffer, NULL) == value)
      break;
  }
  return g_strdup(buffer);
}

static char *largest_unit(const Unit *units, uint64_t value, uint64_t grain) {
  for (; units->name; units++)
    if (value % (units->factor / grain) == 0)
      return g_strdup_printf("%" G_GUINT64_FORMAT " %s", value / (units->factor / grain),
                             units->name);
  return NULL;
}

char *rd_quantity_duration_text(RdTime value) {
  /* Seconds are what people compare; minutes and days only in input. */
  return largest_unit(durations + 3, (uint64_t)value, 1000);
}

char *rd_quantity_picoseconds_text(int64_t value) {
  return largest_unit(durations + 3, (uint64_t)value, 1);
}

char *rd_quantity_rate_text(uint64_t value) {
  return value ? largest_unit(rates, value, 1) : g_strdup("0");
}

char *rd_quantity_size_text(uint64_t value) {
  return value ? largest_unit(sizes, value, 1) : g_strdup("0");
}
