package file

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// layouts are the forms of time that are understood, besides numbers. Fractions
// of a second may follow the seconds in any of them. Without a zone it is UTC.
var layouts = []string{
	time.RFC3339,
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05 MST",
	"2006-01-02T15:04:05-0700",
	"2006-01-02T15:04:05",
	"2006-01-02 15:04:05",
	"2006-01-02T15:04",
	"2006-01-02 15:04",
	"2006-01-02",
	"2006/01/02 15:04:05",
	"2006/01/02 15:04",
	"2006/01/02",
	"Mon Jan _2 15:04:05 -0700 2006", // Twitter
	"Mon Jan _2 15:04:05 MST 2006",
	"Mon Jan _2 15:04:05 2006",
	"Mon, _2 Jan 2006 15:04:05 -0700", // RSS
	"Mon, _2 Jan 2006 15:04:05 MST",
	"_2 Jan 2006 15:04:05 -0700",
	"_2 Jan 2006 15:04:05 MST",
	"_2 Jan 2006 15:04:05",
	"Jan _2, 2006 15:04:05",
	"20060102T150405Z0700",
}

// zones are abbreviations that time.Parse does not know by itself. Others are
// refused: a wrong guess would move posts by hours without anyone noticing.
var zones = map[string]int{
	"UTC": 0, "GMT": 0, "Z": 0, "BST": 1, "CET": 1, "CEST": 2,
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}

// parseTime reads a time in any of the common forms.
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, false
	}
	if t, ok := parseNumber(s); ok {
		return t, true
	}
	if strings.Count(s, "/") == 2 {
		if t, ok := parseSlashes(s); ok {
			return t, true
		}
	}
	for _, layout := range layouts {
		t, err := time.ParseInLocation(layout, s, time.UTC)
		if err != nil {
			continue
		}
		if strings.Contains(layout, "MST") {
			name, offset := t.Zone()
			hours, ok := zones[name]
			if !ok && offset == 0 {
				return time.Time{}, false
			}
			if offset == 0 {
				t = t.Add(-time.Duration(hours) * time.Hour)
			}
		}
		return t.UTC(), true
	}
	return time.Time{}, false
}

// parseNumber reads Unix time in seconds, milliseconds, microseconds or
// nanoseconds, told apart by size, and dates written as one number.
func parseNumber(s string) (time.Time, bool) {
	if len(s) == 8 || len(s) == 14 {
		t, err := time.ParseInLocation("20060102150405"[:len(s)], s, time.UTC)
		if err == nil && t.Year() >= 1990 && t.Year() <= 2100 {
			return t, true
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		switch abs := math.Abs(float64(n)); {
		case abs < 1e11:
			return time.Unix(n, 0).UTC(), true
		case abs < 1e14:
			return time.UnixMilli(n).UTC(), true
		case abs < 1e17:
			return time.UnixMicro(n).UTC(), true
		}
		return time.Unix(0, n).UTC(), true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) >= 1e14 {
		return time.Time{}, false
	}
	if math.Abs(f) >= 1e11 {
		f /= 1e3
	}
	return time.UnixMicro(int64(math.Round(f * 1e6))).UTC(), true
}

// parseSlashes reads dates such as 24/12/2012 20:24 where it is plain which number
// is the day. Where it is not, a guess would be wrong half of the time.
func parseSlashes(s string) (time.Time, bool) {
	first, rest, _ := strings.Cut(s, "/")
	second, _, _ := strings.Cut(rest, "/")
	a, errA := strconv.Atoi(first)
	b, errB := strconv.Atoi(second)
	if errA != nil || errB != nil || len(first) > 2 {
		return time.Time{}, false
	}
	date := "2/1/2006"
	switch {
	case a > 12:
	case b > 12 || a == b:
		date = "1/2/2006"
	default:
		return time.Time{}, false
	}
	for _, clock := range []string{" 15:04:05", " 15:04", " 3:04:05 PM", " 3:04 PM", ""} {
		if t, err := time.ParseInLocation(date+clock, s, time.UTC); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
