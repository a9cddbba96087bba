package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"
)

// load is creates, every one of a name that was never sent before.
type load struct {
	base        *url.URL
	connections int
	// rate is in requests a second over all connections. 0 is a closed loop: each connection sends its next request as soon as
	// it has its answer, as wrk does.
	rate float64
	// warmUp comes before what is measured, which takes time.
	warmUp, time time.Duration
	// accepted are the statuses that are no error; 201 alone when empty.
	accepted []int
}

// outcome is what a load met.
type outcome struct {
	// requests counts all answers, those of the warm-up included; statuses counts them by status.
	requests int
	statuses map[int]int
	// perSecond is how many answers came per second of the measured time.
	perSecond float64
	// latencies of the answers of the measured time, ascending. In a closed loop, from the sending of a request to the end of its
	// answer; this leaves out the requests that a slow answer kept from being sent (coordinated omission). At a rate, from when
	// the request was due, when its connection was still busy then, so that a wait which the server caused counts; the client's own
	// lateness on an idle connection does not.
	latencies []time.Duration
}

// quantile of the latencies: 0.5 is the median.
func (o *outcome) quantile(q float64) time.Duration {
	if len(o.latencies) == 0 {
		return 0
	}
	return o.latencies[min(int(q*float64(len(o.latencies))), len(o.latencies)-1)]
}

func (l load) run() (*outcome, error) {
	if len(l.accepted) == 0 {
		l.accepted = []int{201}
	}
	workers := make([]*worker, l.connections)
	for i := range workers {
		conn, err := dial(l.base)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(l.warmUp + l.time + exchangeTimeout))
		workers[i] = &worker{load: l, conn: conn, number: i, statuses: map[int]int{}}
	}
	begin := time.Now()
	var all sync.WaitGroup
	for _, worker := range workers {
		all.Go(func() { worker.err = worker.run(begin) })
	}
	all.Wait()

	sum := &outcome{statuses: map[int]int{}}
	var errs []error
	for _, worker := range workers {
		errs = append(errs, worker.err)
		sum.latencies = append(sum.latencies, worker.latencies...)
		for status, count := range worker.statuses {
			sum.statuses[status] += count
			sum.requests += count
		}
	}
	slices.Sort(sum.latencies)
	sum.perSecond = float64(len(sum.latencies)) / l.time.Seconds()
	return sum, errors.Join(errs...)
}

// worker is one connection of a load.
type worker struct {
	load
	conn   *connection
	number int

	statuses  map[int]int
	latencies []time.Duration
	err       error
}

func (w *worker) run(begin time.Time) error {
	first := fmt.Sprintf("%06d-000000000", w.number) // 16 bytes: a connection's number, and the request's
	request := createRequest(w.base, first)
	name := request[bytes.Index(request, []byte(first)):][:len(first)]
	w.latencies = make([]time.Duration, 0, int(w.time.Seconds()*20_000))

	from := begin.Add(w.warmUp)
	until := from.Add(w.time)
	var interval time.Duration
	if w.rate > 0 {
		interval = time.Duration(float64(w.connections) / w.rate * float64(time.Second))
	}
	due := begin.Add(interval * time.Duration(w.number) / time.Duration(w.connections))
	for now := time.Now(); now.Before(until); {
		sent := now
		if w.rate > 0 {
			if sent = due; now.Before(due) {
				time.Sleep(due.Sub(now)) // the pace of the load, not a wait for something
				sent = time.Now()
			}
			due = due.Add(interval)
		}
		status, answer, err := w.conn.exchange(request)
		if err != nil {
			return err
		}
		now = time.Now()
		w.statuses[status]++
		if !slices.Contains(w.accepted, status) {
			return fmt.Errorf("unexpected answer: %s", answer)
		}
		if !now.Before(from) && now.Before(until) {
			w.latencies = append(w.latencies, now.Sub(sent))
		}
		increment(name)
	}
	return nil
}

// increment adds 1 to the decimal number at the end of name.
func increment(name []byte) {
	for i := len(name) - 1; name[i] != '-'; i-- {
		if name[i] < '9' {
			name[i]++
			return
		}
		name[i] = '0'
	}
}
