package judge

import "time"

// mostSimultaneous is how many requests are sent at once where that matters, to a target that takes as many.
const mostSimultaneous = 16

// noBurst is why nothing is known of simultaneous requests.
const noBurst = "--simultaneous or --rate leaves no room for two simultaneous requests, or the target does not"

// bursts is how many simultaneous requests the target takes.
type bursts struct {
	next, most int
	// none says that there is no room for two at a time.
	none bool
}

// simultaneously sends as many requests at once as the target takes, and returns the answers; none when there is no
// room for two. The function is asked for the requests of a burst, and asked again for a smaller one when the target
// limits its callers. A request without a barrier is sent alone.
func (r *run) simultaneously(requests func() func(i int, b *barrier) *answer) []*answer {
	if r.bursts.next == 0 {
		r.bursts.next, r.bursts.most = mostSimultaneous, mostSimultaneous
		if window, _ := r.courtesy.state(); window < firstAtATime { // requests wait for one another as it is
			r.bursts.next = max(2, window)
		}
	}
	for !r.bursts.none && r.ctx.Err() == nil {
		n := min(r.bursts.next, r.courtesy.burst())
		if n < 2 {
			r.bursts.none = true
			break
		}
		if err := r.start(r.ctx, n); err != nil {
			break
		}
		b, send := newBarrier(n), requests()
		answers := make([]*answer, n)
		each(n, func(i int) { answers[i] = send(i, b) })
		r.courtesy.started(n, b.since)
		limited := 0
		for i, a := range answers {
			if a.limited {
				limited++
				if n == 2 { // there are no fewer: the front door lets them in one after another
					answers[i] = send(i, nil)
				}
			}
		}
		if limited > 0 && n > 2 {
			r.bursts.most = max(2, n-limited)
			r.bursts.next = min(r.bursts.next, r.bursts.most)
			continue
		}
		if !r.dry && limited == 0 {
			_, best := r.courtesy.state()
			r.bursts.learn(b.together, time.Since(b.since)-best, r.cfg.Timeout)
		}
		return answers
	}
	return nil
}

// learn chooses the next number: fewer when not all connections were open together, or when the target served them so
// slowly one after another that the last of more might time out.
func (b *bursts) learn(together int, waited, timeout time.Duration) {
	switch {
	case together < b.next:
		b.most = max(2, together)
		b.next = b.most
	case waited > timeout/4:
		b.next = max(2, b.next/2)
	case waited < timeout/10:
		b.next = min(2*b.next, b.most)
	}
}
