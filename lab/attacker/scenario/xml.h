/* xml.h - a scenario file as a tree of elements that know their positions. Pure.
 *
 * Read as leniently as SIPp reads: a tenth of the scenarios in the wild are no well-formed XML and SIPp plays
 * them. What had to be forgiven is a warning with line and column. */
#pragma once

#include <glib.h>

#include "redoubt/base.h"

/* Told of each error and warning. Lines and columns count from 1. */
typedef struct {
  void (*say)(void *user, bool warning, unsigned line, unsigned column, const char *message);
  void *user;
} RdScenarioReport;

typedef struct {
  char *name, *value; /* backslashes and entities resolved as SIPp does */
  unsigned line, column;
} RdXmlAttribute;

typedef struct RdXml RdXml;
struct RdXml {
  char *name;
  unsigned line, column;
  GArray *attributes; /* RdXmlAttribute; of one given twice, the first */
  GPtrArray *children; /* RdXml *, owned */
  char *text; /* the first CDATA section; NULL: none */
  unsigned text_line; /* where it begins */
};

#define RD_XML_MAX_DEPTH 32
#define RD_XML_MAX_ELEMENTS 20000

/* An element without a name that holds the file's own; NULL: an error was reported. */
RdXml *rd_xml_parse(const char *text, size_t len, const RdScenarioReport *report);
void rd_xml_free(RdXml *element); /* NULL is fine */
const RdXmlAttribute *rd_xml_attribute(const RdXml *element, const char *name); /* NULL: none */
