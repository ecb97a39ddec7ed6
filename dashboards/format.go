package dashboards

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Spaces that do not break, and signs that tabular figures have.
const (
	thin  = "\u202f"
	minus = "\u2212"
	times = "\u00d7"
)

// rate prints a number a minute: 214, 6.2, 0.4.
func rate(x float64) string {
	if x >= 9.95 {
		return count(uint64(math.Round(x)))
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

// count prints a whole number: 12,345.
func count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// factor prints how many times as much: ×40, ×2.5.
func factor(x float64) string {
	if x >= 9.95 {
		return times + count(uint64(math.Round(x)))
	}
	return times + strconv.FormatFloat(x, 'f', 1, 64)
}

// percent prints a share of 1: 61 %, and <1 % for what is little but not nothing.
func percent(x float64) string {
	if x > 0 && x < 0.005 {
		return "<1" + thin + "%"
	}
	return strconv.Itoa(int(math.Round(100*x))) + thin + "%"
}

// signed prints a number in [-1, 1] with its sign.
func signed(x float64) string {
	s := strconv.FormatFloat(math.Abs(x), 'f', 2, 64)
	switch {
	case s == "0.00":
		return s
	case x < 0:
		return minus + s
	}
	return "+" + s
}

// plural prints a number with its noun.
func plural(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// ago prints how long something is: 40 s, 12 min, 3 h, 2 days.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// list joins words: a, b and c.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
