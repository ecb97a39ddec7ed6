package dashboards

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
)

// plot is a drawing of lines over one time axis, in panels under each other, as SVG. It
// needs no script and prints; colours come from classes.
type plot struct {
	from, to time.Time
	width    float64
	panels   []panel
	marks    []mark
	label    string // for those who do not see it
	zone     *time.Location
}

// panel is one field with an axis of its own.
type panel struct {
	title  string
	height float64
	lo, hi float64
	// percent writes the axis as shares, signs as numbers with a sign.
	percent, signs bool
	lines          []curve
	deaf           [][2]time.Time
}

// curve is a line with, where given, a band about it.
type curve struct {
	class, name string
	points      []point
	area        bool // filled down to zero
	band        bool // only the band, without the line
	steps       bool
}

type point struct {
	at        time.Time
	y         float64
	low, high float64
	gap       bool
}

// mark is something that happened: a statement, an official entry, a change of state.
type mark struct {
	at                time.Time
	kind, text, title string
	href              string
}

const (
	plotLeft, plotRight = 46.0, 92.0
	panelGap            = 34.0
	markRows            = 3
	marksHeight         = 15.0 * markRows
)

func num(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// svg draws.
func (p plot) svg() template.HTML {
	if p.width == 0 {
		p.width = 960
	}
	if p.zone == nil {
		p.zone = time.UTC
	}
	top := 8.0
	if len(p.marks) > 0 {
		top += marksHeight
	}
	height := top + 24
	for _, f := range p.panels {
		height += f.height + panelGap
	}
	inner := p.width - plotLeft - plotRight
	x := func(t time.Time) float64 {
		return plotLeft + inner*float64(t.Sub(p.from))/math.Max(1, float64(p.to.Sub(p.from)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="drawn" viewBox="0 0 %s %s" width="%s" height="%s" role="%s" aria-label="%s" data-from="%d" data-to="%d" data-left="%s" data-right="%s">`,
		num(p.width), num(height), num(p.width), num(height), p.role(), html.EscapeString(p.label), p.from.Unix(), p.to.Unix(), num(plotLeft), num(p.width-plotRight))
	y0 := top
	for _, f := range p.panels {
		y0 += panelGap - 12
		p.panel(&b, f, x, y0)
		y0 += f.height + 12
	}
	p.timeAxis(&b, x, y0)
	p.drawMarks(&b, x, top, y0)
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // all text in it is escaped above and below
}

// role is what the drawing is to those who do not see it: a group where it holds links.
func (p plot) role() string {
	for _, m := range p.marks {
		if m.href != "" {
			return "group"
		}
	}
	return "img"
}

func (p plot) panel(b *strings.Builder, f panel, x func(time.Time) float64, y0 float64) {
	y := func(v float64) float64 {
		return y0 + f.height*(1-(math.Max(f.lo, math.Min(f.hi, v))-f.lo)/(f.hi-f.lo))
	}
	fmt.Fprintf(b, `<text class="panel-title" x="0" y="%s">%s</text>`, num(y0-9), html.EscapeString(f.title))
	for _, v := range ticksOf(f.lo, f.hi) {
		label := strconv.FormatFloat(v, 'f', -1, 64)
		switch {
		case f.percent:
			label = percent(v)
		case f.signs:
			label = signed(v)
		case v >= 1000:
			label = count(uint64(v))
		}
		fmt.Fprintf(b, `<line class="grid" x1="%s" x2="%s" y1="%[3]s" y2="%[3]s"/><text class="tick" text-anchor="end" x="%s" y="%s">%s</text>`,
			num(plotLeft), num(p.width-plotRight), num(y(v)), num(plotLeft-6), num(y(v)+4), label)
	}
	for _, d := range f.deaf {
		fmt.Fprintf(b, `<rect class="deaf" x="%s" y="%s" width="%s" height="%s"><title>no posts were collected</title></rect>`,
			num(x(d[0])), num(y0), num(math.Max(1, x(d[1])-x(d[0]))), num(f.height))
	}
	var ends []label
	for _, c := range f.lines {
		if end, ok := drawCurve(b, c, x, y, y(math.Max(0, f.lo))); ok && c.name != "" {
			ends = append(ends, end)
		}
	}
	spread(ends, 15, y0+8, y0+f.height)
	for _, e := range ends {
		fmt.Fprintf(b, `<text class="end %s" x="%s" y="%s">%s</text>`, e.class, num(p.width-plotRight+6), num(e.y+4), html.EscapeString(e.text))
	}
}

// label is a name at the right end of a line.
type label struct {
	y           float64
	class, text string
}

// spread moves labels apart that would stand on each other.
func spread(all []label, gap, top, bottom float64) {
	for i := range all {
		for j := i + 1; j < len(all); j++ {
			if all[j].y < all[i].y {
				all[i], all[j] = all[j], all[i]
			}
		}
	}
	for i := range all {
		all[i].y = math.Max(all[i].y, top)
		if i > 0 {
			all[i].y = math.Max(all[i].y, all[i-1].y+gap)
		}
	}
	for i := len(all) - 1; i >= 0; i-- {
		all[i].y = math.Min(all[i].y, bottom-float64(len(all)-1-i)*gap)
	}
}

// drawCurve draws a line with gaps; its end is where its name goes.
func drawCurve(b *strings.Builder, c curve, x func(time.Time) float64, y func(float64) float64, zero float64) (end label, ok bool) {
	var run []point
	flush := func() {
		if len(run) == 0 {
			return
		}
		var line, back strings.Builder
		banded := false
		for i, p := range run {
			letter := "L"
			if i == 0 {
				letter = "M"
			}
			fmt.Fprintf(&line, "%s%s %s", letter, num(x(p.at)), num(y(p.y)))
			banded = banded || p.low != p.high
		}
		if banded {
			for i, p := range run {
				letter := "L"
				if i == 0 {
					letter = "M"
				}
				fmt.Fprintf(&back, "%s%s %s", letter, num(x(p.at)), num(y(p.high)))
			}
			for i := len(run) - 1; i >= 0; i-- {
				fmt.Fprintf(&back, "L%s %s", num(x(run[i].at)), num(y(run[i].low)))
			}
			fmt.Fprintf(b, `<path class="band %s" d="%sZ"/>`, c.class, back.String())
		}
		last := run[len(run)-1]
		if c.area {
			fmt.Fprintf(b, `<path class="area %s" d="%sL%s %sL%s %sZ"/>`, c.class, line.String(), num(x(last.at)), num(zero), num(x(run[0].at)), num(zero))
		}
		if !c.band {
			fmt.Fprintf(b, `<path class="line %s" d="%s"/>`, c.class, line.String())
			if len(run) == 1 {
				fmt.Fprintf(b, `<circle class="spot %s" cx="%s" cy="%s" r="2"/>`, c.class, num(x(last.at)), num(y(last.y)))
			}
		}
		end, ok = label{y(last.y), c.class, c.name}, true
		run = run[:0]
	}
	for _, p := range c.points {
		if p.gap {
			flush()
			continue
		}
		run = append(run, p)
	}
	flush()
	return end, ok
}

// ticksOf are about four round numbers between the ends.
func ticksOf(lo, hi float64) []float64 {
	raw := (hi - lo) / 4
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := unit
	for _, f := range []float64{1, 2, 5, 10} {
		if step = f * unit; step >= raw {
			break
		}
	}
	var all []float64
	for v := math.Ceil(lo/step-1e-9) * step; v <= hi+1e-9; v += step {
		all = append(all, math.Round(v/step)*step+0) // no negative zero
	}
	return all
}

func (p plot) timeAxis(b *strings.Builder, x func(time.Time) float64, y float64) {
	length := p.to.Sub(p.from)
	step := 24 * time.Hour
	most := math.Max(3, (p.width-plotLeft-plotRight)/90)
	for _, s := range []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour} {
		if float64(length/s) <= most {
			step = s
			break
		}
	}
	for at := p.from.Truncate(step); !at.After(p.to); at = at.Add(step) {
		if at.Before(p.from) {
			continue
		}
		layout := "15:04"
		if step >= 24*time.Hour {
			layout = "2 Jan"
		}
		// The script writes the reader's zone; without it UTC stands there.
		fmt.Fprintf(b, `<line class="tick-mark" x1="%[1]s" x2="%[1]s" y1="%[2]s" y2="%[3]s"/><text class="tick" text-anchor="middle" x="%[1]s" y="%[4]s" data-time="%[5]d">%[6]s</text>`,
			num(x(at)), num(y), num(y+4), num(y+17), at.Unix(), at.In(p.zone).Format(layout))
	}
	fmt.Fprintf(b, `<text class="tick zone" x="%s" y="%s">%s</text>`, num(p.width-plotRight+28), num(y+17), html.EscapeString(p.from.In(p.zone).Format("MST")))
}

func (p plot) drawMarks(b *strings.Builder, x func(time.Time) float64, top, bottom float64) {
	var taken [markRows]float64 // up to where each row is written on
	for _, m := range p.marks {
		if m.at.Before(p.from) || m.at.After(p.to) {
			continue
		}
		at, wide := x(m.at), 18.0
		switch {
		case m.kind == "state" && m.text == "":
			wide = 0
		case m.kind == "state":
			wide = 10 + 7*float64(len(m.text))
		}
		row := 0
		for row < markRows-1 && at < taken[row] {
			row++
		}
		taken[row] = at + wide
		y := 12 + 15*float64(row)
		fmt.Fprintf(b, `<g class="mark mark-%s">`, m.kind)
		if m.href != "" {
			fmt.Fprintf(b, `<a href="%s">`, html.EscapeString(m.href))
		}
		fmt.Fprintf(b, `<title>%s</title><line x1="%[2]s" x2="%[2]s" y1="%[3]s" y2="%[4]s"/>`, html.EscapeString(m.title), num(at), num(y-2), num(bottom))
		switch m.kind {
		case "statement":
			fmt.Fprintf(b, `<path d="M%[1]s %[2]sh13v9h-13z"/><text x="%[3]s" y="%[4]s" text-anchor="middle">%[5]s</text>`, num(at), num(y-10), num(at+6.5), num(y-2.2), html.EscapeString(m.text))
		case "official":
			fmt.Fprintf(b, `<rect x="%s" y="%s" width="8" height="8"/>`, num(at-4), num(y-9))
		default:
			fmt.Fprintf(b, `<text x="%s" y="%s">%s</text>`, num(at+3), num(y), html.EscapeString(m.text))
		}
		if m.href != "" {
			b.WriteString(`</a>`)
		}
		b.WriteString(`</g>`)
	}
}
