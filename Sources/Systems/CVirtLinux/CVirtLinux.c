#include "CVirtLinux.h"
