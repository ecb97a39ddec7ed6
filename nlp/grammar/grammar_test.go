package grammar

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var model = sync.OnceValues(Load)

func load(t testing.TB) *Model {
	t.Helper()
	m, err := model()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWords(t *testing.T) {
	t.Parallel()
	ws, err := load(t).Words("Acme Bank is not working for my sister")
	if err != nil {
		t.Fatal(err)
	}
	if len(ws) != 8 || !ws[0].Proper() || !ws[1].Proper() || ws[2].Tag != "VBZ" || ws[7].Tag != "NN" {
		t.Errorf("words are %v", ws)
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"Brightline Bank is down again":                     {"Brightline Bank"},
		"why is the Zorbly app not working":                 {"Zorbly"},
		"So Mailhaven has been down since nine":             {"Mailhaven"},
		"Kettlecast keeps crashing on my phone":             {"Kettlecast"},
		"is Zorbly down for anyone else":                    {"Zorbly"},
		"Anyone else? Internet is down":                     nil,
		"AGAIN down, I cannot believe it":                   nil,
		"The Dow is down 3 percent":                         nil,
		"I am so down for pizza":                            nil,
		"my router is broken":                               nil,
		"Monday is slow":                                    nil,
		"walked down to Greenfield with Martha":             nil,
		"Tarnwick Telecom and Quillnet are down, both down": {"Quillnet"},
	} {
		if d := cmp.Diff(want, load(t).Unknown([]string{text})); d != "" {
			t.Errorf("%q (-want +got):\n%s", text, d)
		}
	}
}

// TestTraps are texts on which prose itself panics or cuts characters apart.
func TestTraps(t *testing.T) {
	t.Parallel()
	m := load(t)
	for _, text := range []string{"ȺȺȺȺ'll", "a\xff\xfe'll", "İİİ's down", "", "😀😀 is down", "\u202eis down", strings.Repeat("x", 5000) + " is down", strings.Repeat("É", 300) + "'s"} {
		if _, err := m.Words(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := m.Names(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestShared reads with one model from many goroutines; the race detector watches.
func TestShared(t *testing.T) {
	t.Parallel()
	m := load(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if got := m.Unknown([]string{"Brightline Bank is down again"}); len(got) != 1 {
					t.Errorf("found %v", got)
				}
			}
		})
	}
	all.Wait()
}

func FuzzUnknown(f *testing.F) {
	for _, s := range []string{"Acme is down", "ȺȺȺȺ'll is down", "a\xff\xfe'll down", "Å̈ngström-Bank isn't loading"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := load(t)
		if _, err := m.Words(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		if n := len(m.Unknown([]string{s})); n > maxUnknown {
			t.Errorf("%q gives %d names", s, n)
		}
	})
}

func BenchmarkUnknown(b *testing.B) {
	m := load(b)
	for b.Loop() {
		m.Unknown([]string{"Brightline Bank is down again for everyone in my office"})
	}
}
