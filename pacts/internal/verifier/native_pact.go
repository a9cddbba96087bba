//go:build pact

package verifier

/*
#cgo LDFLAGS: -lpact_ffi
#include <stdlib.h>

// The part of libpact_ffi's interface that verifies providers.
typedef struct VerifierHandle VerifierHandle;
const char *pactffi_version(void);
int pactffi_log_to_stderr(int level);
VerifierHandle *pactffi_verifier_new_for_application(const char *name, const char *version);
void pactffi_verifier_set_provider_info(VerifierHandle *, const char *name, const char *scheme, const char *host,
	unsigned short port, const char *path);
void pactffi_verifier_set_provider_state(VerifierHandle *, const char *url, unsigned char teardown, unsigned char body);
int pactffi_verifier_set_verification_options(VerifierHandle *, unsigned char insecure, unsigned long timeout);
int pactffi_verifier_set_coloured_output(VerifierHandle *, unsigned char coloured);
void pactffi_verifier_set_follow_redirects(VerifierHandle *, unsigned char follow);
void pactffi_verifier_add_custom_header(VerifierHandle *, const char *name, const char *value);
void pactffi_verifier_add_file_source(VerifierHandle *, const char *file);
int pactffi_verifier_execute(VerifierHandle *);
const char *pactffi_verifier_json(const VerifierHandle *);
void pactffi_verifier_shutdown(VerifierHandle *);
void pactffi_string_delete(char *);
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// Available says whether this program was built with Pact's native library.
const Available = true

// verifyNatively runs the job in libpact_ffi and returns its result as JSON. The library prints to standard output as
// it goes, cannot be interrupted, and sets up its log once: that is why a process of its own calls this (see Worker).
func verifyNatively(j job) ([]byte, error) {
	if version := C.GoString(C.pactffi_version()); !supported(version) {
		return nil, fmt.Errorf("the native library is libpact_ffi %s; wanted is %s", version, supportedVersions)
	}
	C.pactffi_log_to_stderr(C.int(max(j.LogLevel, 1))) // errors at least: some are only logged

	var texts cStrings
	defer texts.free()
	text := texts.add

	handle := C.pactffi_verifier_new_for_application(text("connectmypairs-contract"), text("1"))
	if handle == nil {
		return nil, errors.New("libpact_ffi gave no verifier")
	}
	defer C.pactffi_verifier_shutdown(handle)
	C.pactffi_verifier_set_provider_info(handle, text(j.Provider), text(j.Scheme), text(j.Host), C.ushort(j.Port),
		text(j.Path))
	C.pactffi_verifier_set_provider_state(handle, text(j.StatesURL), 1, 1)
	C.pactffi_verifier_set_verification_options(handle, flag(j.Insecure), C.ulong(j.TimeoutMS))
	C.pactffi_verifier_set_coloured_output(handle, 0)
	C.pactffi_verifier_set_follow_redirects(handle, 0) // clause answer.no-redirect
	for name, value := range j.Headers {
		C.pactffi_verifier_add_custom_header(handle, text(name), text(value))
	}
	C.pactffi_verifier_add_file_source(handle, text(j.File))

	C.pactffi_verifier_execute(handle) // the result says more than the code
	result := C.pactffi_verifier_json(handle)
	if result == nil {
		return nil, errors.New("libpact_ffi gave no result")
	}
	defer C.pactffi_string_delete((*C.char)(unsafe.Pointer(result)))
	return []byte(C.GoString(result)), nil
}

func flag(on bool) C.uchar {
	if on {
		return 1
	}
	return 0
}

// cStrings are strings that C reads; free frees them all.
type cStrings []unsafe.Pointer

// add returns NULL for an empty string, which is how libpact_ffi is told that something was left out.
func (s *cStrings) add(text string) *C.char {
	if text == "" {
		return nil
	}
	copied := C.CString(text)
	*s = append(*s, unsafe.Pointer(copied))
	return copied
}

func (s *cStrings) free() {
	for _, pointer := range *s {
		C.free(pointer)
	}
}
