/* Undefined behaviour that harms nothing: UBSan says so, and by itself goes on. */
#include <limits.h>

int main(int argc, char **argv) {
  volatile int most = INT_MAX;
  (void)argv;
  return most + argc > 0;
}
