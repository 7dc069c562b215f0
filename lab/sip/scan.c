#include "lab/sip/scan.h"
