// Package suite judges an implementation of the Create Account endpoint at a URL, clause by clause. It has two doors: Run runs
// it, and Register adds its specs to a ginkgo suite of the caller's own.
//
// The catalogue has one section for each section of the page. A section has checks, one for each clause, and probes, which send
// requests and bind what comes back to the checks as evidence. All probes run at once, so that a slow target is judged as fast as
// a quick one, and the specs assert on the evidence afterwards.
package suite
