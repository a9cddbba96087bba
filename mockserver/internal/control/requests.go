package control

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
)

func listRequests(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	filter, problem := readFilter(r)
	if problem != nil {
		return problem
	}
	page := mock.Journal().Read(filter)
	sendJSON(w, http.StatusOK, struct {
		Complete bool                    `json:"complete"`
		Total    int                     `json:"total"`
		Requests list[endpoint.Exchange] `json:"requests"`
	}{page.Complete, page.Total, listOf(r, slices.Values(page.Entries))})
	return nil
}

func readFilter(r *http.Request) (filter journal.Filter, problem *problem) {
	query := queryOf(r)
	filter.Name, filter.HasName = query.text("name")
	filter.Contains, _ = query.text("contains")
	if filter.Status, problem = query.number("status", 0, -1); problem != nil {
		return filter, problem
	}
	filter.HasStatus = filter.Status >= 0
	if filter.Limit, problem = query.number("limit", 1, defaultLimit); problem != nil {
		return filter, problem
	}
	if since, given := query.text("since"); given {
		var errID, errTime error
		if filter.AfterID, errID = strconv.ParseUint(since, 10, 64); errID != nil {
			if filter.AfterTime, errTime = time.Parse(time.RFC3339Nano, since); errTime != nil {
				return filter, badRequest(fmt.Errorf("the parameter since cannot be %q; use the id of a request or "+
					"a time such as 2026-01-31T12:00:00Z", since))
			}
		}
	}
	return filter, nil
}

func clearRequests(w http.ResponseWriter, _ *http.Request, mock Mock) *problem {
	mock.ClearJournal()
	w.WriteHeader(http.StatusNoContent)
	return nil
}
