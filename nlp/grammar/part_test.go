package grammar

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParts(t *testing.T) {
	t.Parallel()
	m := load(t)
	for _, x := range []struct {
		in   string
		want []Part
	}{
		{"Aldra took Belton down", []Part{
			{Vendor: 0, Object: 1, After: "VBD", Does: "took"},
			{Vendor: 1, Object: -1, Before: "VBD", After: "RP", Suffers: "took"},
		}},
		{"Aldra is down because of Belton", []Part{
			{Vendor: 0, Object: -1, After: "VBZ", Does: "is down"},
			{Vendor: 1, Object: -1, Before: "IN", Preposition: "of"},
		}},
		{"Aldra isn't working", []Part{
			{Vendor: 0, Object: -1, After: "VBZ", Does: "working", Denied: true},
		}},
	} {
		got, err := m.Parts(x.in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(x.want, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", x.in, diff)
		}
	}
}
