//go:build checkdata

package spike

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// nabSeries is one file of the Numenta Anomaly Benchmark with what the detector says.
type nabSeries struct {
	times   []time.Time
	counts  []float64
	windows [][2]int
	scores  []float64 // 0 where it says nothing
}

const nabTime = "2006-01-02 15:04:05"

func readNAB(t *testing.T, dir string) []*nabSeries {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "windows.json"))
	if err != nil {
		t.Fatal(err)
	}
	var windows map[string][][2]string
	if err := json.Unmarshal(b, &windows); err != nil {
		t.Fatal(err)
	}
	var names []string
	for n := range windows {
		names = append(names, n)
	}
	slices.Sort(names)
	var all []*nabSeries
	for _, name := range names {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			continue // kept aside
		}
		rows, err := csv.NewReader(f).ReadAll()
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		s := &nabSeries{}
		for _, r := range rows[1:] {
			at, err := time.Parse(nabTime, r[0])
			if err != nil {
				t.Fatal(err)
			}
			n, err := strconv.ParseFloat(r[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			s.times, s.counts = append(s.times, at), append(s.counts, n)
		}
		for _, w := range windows[name] {
			var x [2]int
			for k, text := range w {
				at, err := time.Parse("2006-01-02 15:04:05.000000", text)
				if err != nil {
					t.Fatal(err)
				}
				x[k], _ = slices.BinarySearchFunc(s.times, at, time.Time.Compare)
			}
			s.windows = append(s.windows, x)
		}
		all = append(all, s)
	}
	return all
}

// run plays the counts of five minutes into a detector as the people of one minute, and
// keeps the evidence of each signal.
func (s *nabSeries) run() {
	d := New(Options{})
	d.expect.factor = 1
	v := d.series("v")
	s.scores = make([]float64, len(s.counts))
	for i, n := range s.counts {
		v.now = frame{people: n, alone: n, reports: n, mentions: n}
		v.now.bySource[0] = n
		d.expect.minutes++
		d.edges = nil
		d.step(v, s.times[i])
		for _, e := range d.edges {
			if e.To == Signal {
				s.scores[i] = e.Score
			}
		}
	}
}

func sigmoid(y float64) float64 {
	if y > 3 {
		return -1
	}
	return 2/(1+math.Exp(5*y)) - 1
}

// score is the standard profile of NAB for signals of at least a score.
func (s *nabSeries) score(threshold float64) (raw, perfect, null float64) {
	const tp, fn, fp = 1, 1, 0.11
	probation := min(int(0.15*float64(len(s.counts))), 750)
	found := make([]bool, len(s.windows))
	for i, x := range s.scores {
		if i < probation || x < threshold || x == 0 {
			continue
		}
		k := slices.IndexFunc(s.windows, func(w [2]int) bool { return i >= w[0] && i <= w[1] })
		if k >= 0 {
			if !found[k] {
				found[k] = true
				w := s.windows[k]
				raw += tp * sigmoid(-float64(w[1]-i+1)/float64(w[1]-w[0]+1)) / sigmoid(-1)
			}
			continue
		}
		position := math.Inf(1)
		for _, w := range s.windows {
			if w[1] < i {
				position = float64(i-w[1]) / float64(w[1]-w[0])
			}
		}
		raw += fp * sigmoid(position)
	}
	for _, f := range found {
		if !f {
			raw -= fn
		}
	}
	n := float64(len(s.windows))
	return raw, tp * n, -fn * n
}

// TestCheckDataNAB gives the standard score of the detector on the Twitter volumes of
// the Numenta Anomaly Benchmark. It is no test of the detector's work: these are counts
// of all talk about companies, five minutes each, and it is made for reports.
func TestCheckDataNAB(t *testing.T) {
	all := readNAB(t, filepath.Join(os.Getenv("OUTCRY_DATA_CHECKS"), "nab"))
	if len(all) == 0 {
		t.Fatal("there is no series")
	}
	windows, signals := 0, 0
	var thresholds []float64
	for _, s := range all {
		s.run()
		windows += len(s.windows)
		for _, x := range s.scores {
			if x > 0 {
				signals++
				thresholds = append(thresholds, x)
			}
		}
	}
	at := func(threshold float64) float64 {
		raw, perfect, null := 0.0, 0.0, 0.0
		for _, s := range all {
			r, p, n := s.score(threshold)
			raw, perfect, null = raw+r, perfect+p, null+n
		}
		return 100 * (raw - null) / (perfect - null)
	}
	best, where := math.Inf(-1), 0.0
	for _, x := range append(thresholds, math.Inf(1)) {
		if v := at(x); v > best {
			best, where = v, x
		}
	}
	if at(0) <= 0 {
		t.Errorf("the score %.1f is no better than silence", at(0))
	}
	t.Logf("%d series, %d windows, %d signals: NAB standard score %.1f at our own threshold, %.1f at the best one (%.1f)", len(all), windows, signals, at(0), best, where)
}
