package model

// Share is what the words First to Last of a text, or one of its features, add to the
// lead of one label over another.
type Share struct {
	First, Last int32
	// Bucket is the feature; it is NoBucket for the answers of filters.
	Bucket uint32
	Weight float32
}

// NoBucket marks shares that come from filters, not from a feature.
const NoBucket = ^uint32(0)

// Explain appends what adds to label a of head h over label b, in a text that m just
// ran: one share for each feature, in their order, then those of the filters. The shares sum to the difference of the two logits, less a constant that is
// the same for every text. What a filter adds is given to that word of its window
// which it answered to most.
func (m *Model) Explain(in *Input, out *Output, h, a, b int, into []Share) []Share {
	n, from := m.outs(), 0
	for _, k := range m.Heads[:h] {
		from += len(k.Labels)
	}
	a, b = a+from, b+from
	for _, f := range in.Features {
		row := m.w.sparse[int(f.Bucket)*n:]
		into = append(into, Share{f.First, f.Last, f.Bucket, row[a] - row[b]})
	}
	for j, v := range out.pooled {
		if out.best[j] < 0 {
			continue
		}
		if w := v * (m.w.pooled[j*n+a] - m.w.pooled[j*n+b]); w != 0 {
			k := m.strongest(out, j)
			into = append(into, Share{k, k, NoBucket, w})
		}
	}
	return into
}

// strongest is the word that filter j answered to most where it was strongest.
func (m *Model) strongest(out *Output, j int) int32 {
	at, half := int(out.best[j]), m.Width/2
	word, most := out.best[j], float32(0)
	for o := range m.Width {
		k := at + o - half
		if k < 0 || k >= len(out.rows) {
			continue
		}
		if v := out.rows[k][o*m.Filters+j]; v > most {
			word, most = int32(k), v
		}
	}
	return word
}
