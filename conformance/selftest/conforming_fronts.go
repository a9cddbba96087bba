package selftest

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"
)

// conformingBehindFronts are right, and reached through what stands in front of many a staging: limits, proxies, a
// slow machine. A run takes several times as many requests as the limits let through at once.
func conformingBehindFronts() []Implementation {
	const (
		most = 100
		per  = time.Second
	)
	return []Implementation{
		{"rate-limited", "100 requests in each second; 429 tells the seconds to wait (RFC 9110, section 10.2.3).", "",
			limited(fixedWindow(most, per), http.StatusTooManyRequests, retryAfterSeconds)},
		{"rate-limited-retry-after-date", "The 429 tells the time to wait for, as a date.", "",
			limited(fixedWindow(most, per), http.StatusTooManyRequests, retryAfterDate)},
		{"rate-limited-503", "A full second is answered with 503 and Retry-After.", "",
			limited(fixedWindow(most, per), http.StatusServiceUnavailable, retryAfterSeconds)},
		{"rate-limited-reset-in-three-headers",
			"The 429 has RateLimit-Limit, -Remaining and -Reset, as express-rate-limit sends them.", "",
			limited(fixedWindow(most, per), http.StatusTooManyRequests, rateLimitHeaders)},
		{"rate-limited-reset-in-one-header", "The 429 has RateLimit: limit=100, remaining=0, reset=1.", "",
			limited(fixedWindow(most, per), http.StatusTooManyRequests, rateLimitHeader)},
		{"rate-limited-reset-as-structured-field", `The 429 has RateLimit: "default";r=0;t=1.`, "",
			limited(fixedWindow(most, per), http.StatusTooManyRequests, rateLimitField)},
		{"rate-limited-reset-as-time", "The 429 has X-RateLimit-Reset, in seconds since 1970, as GitHub's API.", "",
			limited(fixedWindow(most, per), http.StatusTooManyRequests, rateLimitTime)},
		{"rate-limited-silently", "The 429 is a page, and does not say how long to wait.", "",
			limited(fixedWindow(most, per), http.StatusTooManyRequests, nil)},
		{"rate-limited-sliding-window", "No second has more than 100 requests, wherever it begins.", "",
			limited(slidingWindow(most, per), http.StatusTooManyRequests, retryAfterSeconds)},
		{"rate-limited-sliding-window-silently", "No second has more than 100 requests, and the 429 says nothing.", "",
			limited(slidingWindow(most, per), http.StatusTooManyRequests, nil)},
		{"rate-limited-token-bucket", "100 tokens come a second, and 20 are kept.", "",
			limited(tokenBucket(most, 20), http.StatusTooManyRequests, retryAfterSeconds)},
		{"rate-limited-token-bucket-silently", "100 tokens come a second, 20 are kept, and the 429 says nothing.", "",
			limited(tokenBucket(most, 20), http.StatusTooManyRequests, nil)},
		{"rate-limited-single-requests",
			"A request comes 5 ms after the one before at the earliest, as nginx's limit_req without burst.", "",
			limited(tokenBucket(200, 1), http.StatusTooManyRequests, nil)},

		{"connection-limited-503", "Four requests are served at a time; 503 and Retry-After meet the fifth.", "",
			connectionLimited(4, http.StatusServiceUnavailable, retryAfterSeconds)},
		{"connection-limited-429", "Four requests are served at a time; 429 meets the fifth.", "",
			connectionLimited(4, http.StatusTooManyRequests, nil)},
		{"connection-limited-to-one", "One request is served at a time; 429 and Retry-After meet the second.", "",
			connectionLimited(1, http.StatusTooManyRequests, retryAfterSeconds)},

		{"single-threaded-slow", "Requests wait for one another, and each takes 20 ms.", "",
			func(a *app) {
				var turn sync.Mutex
				a.front = before(func() {
					turn.Lock()
					defer turn.Unlock()
					work(20 * time.Millisecond)
				})
			}},
		{"slow-100-ms", "Every answer takes 100 ms.", "",
			func(a *app) { a.front = before(func() { work(100 * time.Millisecond) }) }},
		{"behind-proxy", "A reverse proxy stands in front, and tells the caller's address.", "", behindProxy},
		{"behind-proxy-with-http-2", "A reverse proxy stands in front, with TLS and HTTP/2.", "",
			all(behindProxy, overTLS)},
		{"behind-proxy-and-rate-limited", "The limit stands behind a reverse proxy.", "",
			all(limited(fixedWindow(most, per), http.StatusTooManyRequests, retryAfterSeconds), behindProxy)},
	}
}

// limit says of a request that comes now whether it is let through, and if not, how long to wait.
type limit func(now time.Time) (wait time.Duration, through bool)

// fixedWindow lets so many requests through in each window.
func fixedWindow(most int, per time.Duration) func() limit {
	return func() limit {
		var window time.Time
		count := 0
		return func(now time.Time) (time.Duration, bool) {
			if now.Sub(window) >= per {
				window, count = now, 0
			}
			count++
			return per - now.Sub(window), count <= most
		}
	}
}

// slidingWindow lets so many requests through in any time of this length; those that it refuses do not count.
func slidingWindow(most int, per time.Duration) func() limit {
	return func() limit {
		var through []time.Time
		return func(now time.Time) (time.Duration, bool) {
			through = slices.DeleteFunc(through, func(at time.Time) bool { return now.Sub(at) >= per })
			if len(through) == most {
				return per - now.Sub(through[0]), false
			}
			through = append(through, now)
			return 0, true
		}
	}
}

// tokenBucket gets so many tokens a second, keeps at most so many, and gives one to each request.
func tokenBucket(perSecond, kept float64) func() limit {
	return func() limit {
		var filled time.Time
		tokens := kept
		return func(now time.Time) (time.Duration, bool) {
			if !filled.IsZero() {
				tokens = min(kept, tokens+now.Sub(filled).Seconds()*perSecond)
			}
			filled = now
			if tokens < 1 {
				return time.Duration((1 - tokens) / perSecond * float64(time.Second)), false
			}
			tokens--
			return 0, true
		}
	}
}

// refusal adds to the header of a 429 or 503 how long to wait.
type refusal func(header http.Header, wait time.Duration)

func retryAfterSeconds(header http.Header, wait time.Duration) {
	header.Set("Retry-After", seconds(wait))
}

func retryAfterDate(header http.Header, wait time.Duration) {
	header.Set("Retry-After", time.Now().Add(wait+time.Second).UTC().Format(http.TimeFormat))
}

func rateLimitHeaders(header http.Header, wait time.Duration) {
	header.Set("RateLimit-Limit", "100")
	header.Set("RateLimit-Remaining", "0")
	header.Set("RateLimit-Reset", seconds(wait))
}

func rateLimitHeader(header http.Header, wait time.Duration) {
	header.Set("RateLimit", "limit=100, remaining=0, reset="+seconds(wait))
}

func rateLimitField(header http.Header, wait time.Duration) {
	header.Set("RateLimit-Policy", `"default";q=100;w=1`)
	header.Set("RateLimit", `"default";r=0;t=`+seconds(wait))
}

func rateLimitTime(header http.Header, wait time.Duration) {
	header.Set("X-RateLimit-Remaining", "0")
	header.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(wait+time.Second).Unix(), 10))
}

// seconds rounds up: whoever waits less is refused again.
func seconds(wait time.Duration) string {
	return strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10)
}

// limited has a limit in front of the endpoint. What it refuses was not processed.
func limited(newLimit func() limit, status int, refuse refusal) deviation {
	return func(a *app) {
		var mu sync.Mutex
		next := newLimit()
		a.front = front(func(w http.ResponseWriter, r *http.Request, endpoint http.Handler) {
			mu.Lock()
			wait, through := next(time.Now())
			mu.Unlock()
			if !through {
				refuseWith(w, status, refuse, wait)
				return
			}
			endpoint.ServeHTTP(w, r)
		})
	}
}

// connectionLimited serves so many requests at a time, which take 2 ms each.
func connectionLimited(most int, status int, refuse refusal) deviation {
	return func(a *app) {
		places := make(chan struct{}, most)
		a.front = front(func(w http.ResponseWriter, r *http.Request, endpoint http.Handler) {
			select {
			case places <- struct{}{}:
			default:
				refuseWith(w, status, refuse, time.Second)
				return
			}
			defer func() { <-places }()
			work(2 * time.Millisecond) // so that others do come meanwhile
			endpoint.ServeHTTP(w, r)
		})
	}
}

// refuseWith answers as a web server in front does: with a page.
func refuseWith(w http.ResponseWriter, status int, refuse refusal, wait time.Duration) {
	w.Header().Set("Content-Type", "text/html")
	if refuse != nil {
		refuse(w.Header(), wait)
	}
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html><title>%d %s</title></html>\n", status, http.StatusText(status))
}

// front has requests pass a function before the endpoint.
func front(pass func(w http.ResponseWriter, r *http.Request, endpoint http.Handler)) func(http.Handler) http.Handler {
	return func(endpoint http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { pass(w, r, endpoint) })
	}
}

// before does something before each request.
func before(do func()) func(http.Handler) http.Handler {
	return front(func(w http.ResponseWriter, r *http.Request, endpoint http.Handler) {
		do()
		endpoint.ServeHTTP(w, r)
	})
}

// behindProxy puts a reverse proxy in front of what is there.
func behindProxy(a *app) {
	behind := a.front
	a.front = func(endpoint http.Handler) http.Handler {
		inner := httptest.NewServer(behind(endpoint))
		a.closers = append(a.closers, inner.Close)
		target, err := url.Parse(inner.URL)
		if err != nil {
			panic(err) // httptest makes a URL
		}
		return &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(target)
				r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
				if throughProxy(r.In) {
					r.Out.Header.Set("X-Forwarded-For", blockedCaller)
				}
			},
			Transport: &http.Transport{DisableCompression: true},
			ErrorLog:  log.New(io.Discard, "", 0),
		}
	}
}
