#pragma once
#include "virt_net.h"
