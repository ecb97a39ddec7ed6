package spike

import (
	"math"
	"slices"
	"time"
)

const (
	// together is how far apart incidents of one cause may open.
	together = 45 * time.Minute
	// priorFailure is the probability that a spike is the supplier's doing before anything
	// is known of the others.
	priorFailure = 0.05
	// spikesIfFails is the probability that a customer spikes when the supplier fails, and
	// spikesAnyway that it happens to spike in the same hour.
	spikesIfFails, spikesAnyway = 0.3, 0.004
	// mostSilence is the most that the silence of all other customers says against a
	// supplier: many a failure is of one region or one service.
	mostSilence = -2
	// fewBlamers are too few people to speak of a crowd.
	fewBlamers = 20
	// crowdFrom is the share of the blame from which on a crowd is of one mind.
	crowdFrom = 0.5
	// causeFrom is the probability from which on a cause is named.
	causeFrom = 0.6
)

// roots looks for suppliers that explain the open incidents of their customers.
func (d *Detector) roots(at time.Time) {
	for _, i := range d.opened {
		for _, s := range d.supply[i.Vendor] {
			if !s.holds(at) {
				continue
			}
			if p := d.explains(s.Supplier, i, at); p >= causeFrom && p > i.CauseProbability {
				i.Cause, i.CauseProbability = s.Supplier, p
				if s := d.vendors[i.Cause]; s != nil && i.OfficialAt.IsZero() && at.Sub(s.admitted) <= admittedFor {
					i.OfficialAt = s.admitted
				}
			} else if s.Supplier == i.Cause {
				i.CauseProbability = max(p, i.CauseProbability)
			}
		}
		i.misattribute()
	}
}

// misattribute notes whom the crowd blames in place of the cause. That it blames the
// vendor that it uses is no error: the vendor chose its supplier.
func (i *Incident) misattribute() {
	i.Misattributed = ""
	if i.Cause == "" {
		return
	}
	if who, share := i.Crowd(); i.blamers() >= fewBlamers && share >= crowdFrom && who != i.Cause && who != i.Vendor {
		i.Misattributed = who
	}
}

// explains is the probability that a failure of supplier is behind incident i: by which
// of its other customers spike at the same time and which do not, by whether it spikes
// itself, and by whom people blame. The relations are independent given the failure.
func (d *Detector) explains(supplier string, i *Incident, at time.Time) float64 {
	odds, silence := math.Log(priorFailure/(1-priorFailure)), 0.0
	for _, s := range d.order {
		if s.vendor == i.Vendor || s.vendor == supplier || !d.runsOn(s.vendor, supplier, at) || s.mentions.events < 1 {
			continue
		}
		if d.near(s.vendor, i) {
			odds += math.Log(spikesIfFails / spikesAnyway)
		} else {
			silence += math.Log((1-spikesIfFails)/(1-spikesAnyway)) * s.audible()
		}
	}
	odds += max(silence, mostSilence)
	if d.spikes(supplier) {
		odds += math.Log(0.8 / 0.01)
	}
	if total := i.Authors + i.Reactions; total > 0 {
		odds += min(4, 30*i.Blamed[supplier]/total)
	}
	if blamers := i.blamers(); blamers >= fewBlamers {
		odds += 4 * i.Blamed[supplier] / blamers
	}
	return 1 / (1 + math.Exp(-odds))
}

// audible is how far the silence of a vendor says that it works: few complain of a
// vendor that few speak of.
func (l *level) audible() float64 { return min(1, l.mentionRate()*60) }

// near reports whether the vendor has an incident that opened about when i did.
func (d *Detector) near(vendor string, i *Incident) bool {
	for _, o := range d.opened {
		if o.Vendor == vendor {
			gap := o.OpenedAt.Sub(i.OpenedAt)
			return gap <= together && gap >= -together
		}
	}
	return false
}

// spikes reports whether the vendor has an incident now: a supplier is often named only
// hours after its customers have failed.
func (d *Detector) spikes(vendor string) bool {
	return slices.ContainsFunc(d.opened, func(i *Incident) bool { return i.Vendor == vendor })
}

func (d *Detector) runsOn(customer, supplier string, at time.Time) bool {
	for _, s := range d.supply[customer] {
		if s.Supplier == supplier && s.holds(at) {
			return true
		}
	}
	return false
}

// holds reports whether the relation was so at that time. Of a year or month the first
// day counts, of an end the last.
func (s Supply) holds(at time.Time) bool {
	day := at.Format("2006-01-02")
	return (s.Since == "" || s.Since <= day) && (s.Until == "" || s.Until >= day[:len(s.Until)])
}
