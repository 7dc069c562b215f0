/* milenage.h - the 3GPP authentication functions f1-f5, f1*, f5* (TS 35.206) on AES-128. Pure.
 *
 * Held against TS 35.208's test sets in tests/lab/auth/test_milenage.c. */
#pragma once

#include <stdint.h>

void rd_milenage_opc(const uint8_t k[16], const uint8_t op[16], uint8_t opc[16]);
/* mac_a is f1, mac_s is f1*; either may be NULL. */
void rd_milenage_f1(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16],
                    const uint8_t sqn[6], const uint8_t amf[2], uint8_t mac_a[8], uint8_t mac_s[8]);
/* res is f2, ck f3, ik f4, ak f5; any may be NULL. */
void rd_milenage_f2345(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16],
                       uint8_t res[8], uint8_t ck[16], uint8_t ik[16], uint8_t ak[6]);
void rd_milenage_f5star(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16],
                        uint8_t ak[6]);
