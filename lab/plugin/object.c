#include "lab/plugin/object.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>

/* Of this very program, whose linker has told us what it is. */
static const ElfW(Ehdr) * own_header(void) {
  extern const ElfW(Ehdr) __ehdr_start;
  return &__ehdr_start;
}

static bool inside(guint64 offset, guint64 size, gsize len) {
  return offset <= len && size <= len - offset;
}

static const char *segments_fault(const guint8 *bytes, gsize len, const ElfW(Ehdr) * h) {
  if (h->e_phentsize != sizeof(ElfW(Phdr)) ||
      !inside(h->e_phoff, (guint64)h->e_phnum * sizeof(ElfW(Phdr)), len))
    return "is truncated (its program headers are missing)";
  for (unsigned i = 0; i < h->e_phnum; i++) {
    ElfW(Phdr) p;
    memcpy(&p, bytes + h->e_phoff + i * sizeof p, sizeof p);
    if (!inside(p.p_offset, p.p_filesz, len))
      return "is truncated (a segment is cut off)";
  }
  if (h->e_shnum && !inside(h->e_shoff, (guint64)h->e_shnum * h->e_shentsize, len))
    return "is truncated (its section headers are cut off)";
  return NULL;
}

const char *rd_object_fault(const void *bytes, gsize len) {
  const ElfW(Ehdr) *own = own_header();
  ElfW(Ehdr) h;
  if (len == 0)
    return "is empty";
  if (len < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
    return "is not a shared object (no ELF header)";
  if (len < sizeof h)
    return "is truncated (its ELF header is cut off)";
  memcpy(&h, bytes, sizeof h);
  if (h.e_ident[EI_CLASS] != own->e_ident[EI_CLASS] ||
      h.e_ident[EI_DATA] != own->e_ident[EI_DATA] || h.e_machine != own->e_machine)
    return "was built for another processor";
  if (h.e_type != ET_DYN)
    return "is an ELF file, but not a shared object (link it with -shared)";
  return segments_fault(bytes, len, &h);
}
