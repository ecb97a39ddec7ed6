package query_test

import (
	"cmp"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/dashboards/query"
)

// writer is the connection that may write.
type writer struct{ driver.Conn }

func sortMinutes(v *query.Vendor) {
	type pair struct {
		minute uint16
		people uint64
	}
	var all []pair
	for i := range v.Minutes {
		all = append(all, pair{v.Minutes[i], v.People[i]})
	}
	slices.SortFunc(all, func(a, b pair) int { return cmp.Compare(a.minute, b.minute) })
	for i, p := range all {
		v.Minutes[i], v.People[i] = p.minute, p.people
	}
}
