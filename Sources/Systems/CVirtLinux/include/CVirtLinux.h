#pragma once
#include "virt_daemon.h"
#include "virt_net.h"
