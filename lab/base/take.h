/* take.h - takes a struct that another side of the contract handed over, in today's shape. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Where a member ends: the size of a struct whose last member, in its first release, was this. */
#define RD_END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/* Copies what `from` holds into `to`, which is `to_size` bytes: every struct of the contract begins
 * with its size (a uint32_t), as the side that made it was compiled. What an older side did not know
 * becomes zero; what a newer side knows more is left out; `to` states `to_size` as its own size.
 * False, and `to` all zero: `from` is NULL or states less than `first_size`, the struct's size in
 * its first release. `from` need not be aligned and is not read past the size that it states. */
bool rd_take(void *to, size_t to_size, size_t first_size, const void *from);
