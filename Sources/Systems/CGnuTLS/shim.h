#pragma once
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

// GnuTLS's error numbers and flags are macros or share names with enumerators: typed constants for Swift.
static const int VIRT_TLS_AGAIN = GNUTLS_E_AGAIN;
static const int VIRT_TLS_INTERRUPTED = GNUTLS_E_INTERRUPTED;
static const int VIRT_TLS_PREMATURE_TERMINATION = GNUTLS_E_PREMATURE_TERMINATION;
static const int VIRT_TLS_REHANDSHAKE = GNUTLS_E_REHANDSHAKE;
static const int VIRT_TLS_FATAL_ALERT = GNUTLS_E_FATAL_ALERT_RECEIVED;
static const int VIRT_TLS_WARNING_ALERT = GNUTLS_E_WARNING_ALERT_RECEIVED;
static const int VIRT_TLS_NOT_AVAILABLE = GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
static const int VIRT_TLS_SHORT_MEMORY = GNUTLS_E_SHORT_MEMORY_BUFFER;
static const int VIRT_TLS_KEY_MISMATCH = GNUTLS_E_CERTIFICATE_KEY_MISMATCH;

static const unsigned VIRT_TLS_SERVER_FLAGS = GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_AUTO_SEND_TICKET;
static const unsigned VIRT_TLS_CLIENT_FLAGS = GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL;

static const unsigned VIRT_TLS_USAGE_SIGN_CERTIFICATES = GNUTLS_KEY_KEY_CERT_SIGN;
static const unsigned VIRT_TLS_USAGE_DIGITAL_SIGNATURE = GNUTLS_KEY_DIGITAL_SIGNATURE;
static const int VIRT_TLS_EAGAIN = EAGAIN;

static inline void virt_tls_free(void *memory) { gnutls_free(memory); }
