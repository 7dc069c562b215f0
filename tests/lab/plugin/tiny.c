/* A shared object whose redoubt_plugin is a single word: reading an RdPlugin there would overrun. */
#include <stdint.h>

extern const uint32_t redoubt_plugin;
__attribute__((visibility("default"))) const uint32_t redoubt_plugin = 1;
