package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAccountAddsUp(t *testing.T) {
	t.Parallel()
	c := account{
		Read: 20, Accepted: 18, Stored: 10, Repeated: 3,
		Filtered: map[string]int{"no_match": 4, "empty_text": 1}, DeadLettered: map[string]int{"bad_json": 2},
	}
	if n := c.missing(); n != 0 {
		t.Errorf("%d posts are missing, want 0", n)
	}
	var out bytes.Buffer
	c.write(&out)
	want := `read                 20
accepted             18
stored               10
filtered              5  empty_text 1  no_match 4
dead-lettered         2  bad_json 2
repeated              3  (the same source and id again; each post counts once)
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("account (-want +got):\n%s", d)
	}
	c.Stored--
	if n := c.missing(); n != 1 {
		t.Errorf("%d posts are missing, want 1", n)
	}
}
