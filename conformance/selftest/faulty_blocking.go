package selftest

import (
	"net/http"
	"strings"
	"sync/atomic"
)

// faultyBlocking let in callers whose address is blocked.
func faultyBlocking() []Implementation {
	return []Implementation{
		{"block-leaks-one-in-ten", "One of ten members of the cluster has an old list.", "blocked.status",
			func(a *app) {
				var met atomic.Int64
				letsThrough(addressCheck, func(q request) bool {
					return checkBlocked(q) == blocked && met.Add(1)%10 == 0
				})(a)
			}},
		{"block-is-lifted-by-use", "The list is a cache that counts hits down.", "blocked.status",
			func(a *app) {
				var met atomic.Int64
				letsThrough(addressCheck, func(q request) bool {
					return checkBlocked(q) == blocked && met.Add(1) > 8
				})(a)
			}},

		{"spoofed-x-forwarded-for", "The leftmost address of X-Forwarded-For is believed, whoever wrote it.",
			"blocked.not-spoofed", believes("X-Forwarded-For")},
		{"spoofed-forwarded", "Forwarded is believed (RFC 7239).", "blocked.not-spoofed", believes("Forwarded")},
		{"spoofed-x-real-ip", "X-Real-IP is believed, as nginx would set it.", "blocked.not-spoofed",
			believes("X-Real-IP")},
		{"spoofed-true-client-ip", "True-Client-IP is believed, as Akamai would set it.",
			"blocked.not-spoofed", believes("True-Client-IP")},
		{"spoofed-cf-connecting-ip", "CF-Connecting-IP is believed, as Cloudflare would set it.",
			"blocked.not-spoofed", believes("CF-Connecting-IP")},
		{"spoofed-loopback", "A caller that says it is this machine is let in.", "blocked.not-spoofed",
			letsThrough(addressCheck, func(q request) bool {
				return strings.HasPrefix(q.Header.Get("X-Forwarded-For"), "127.0.0.1")
			})},
	}
}

// believes takes a header for the caller's address, when it is there.
func believes(header string) deviation {
	return func(a *app) {
		a.checks[addressCheck] = func(q request) kind {
			if address := q.Header.Get(header); address != "" {
				return checkBlocked(request{Request: &http.Request{Header: http.Header{"X-Forwarded-For": {address}}}})
			}
			return checkBlocked(q)
		}
	}
}
