package nlp

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/outcry/outcry/nlp/model"
	"github.com/outcry/outcry/nlp/tag"
)

// weights holds post.bin and mention.bin, which training.go writes.
//
//go:embed weights
var weights embed.FS

// load reads a network from the program.
func load(name string) (*model.Model, error) {
	b, err := weights.ReadFile("weights/" + name + ".bin")
	if err != nil {
		return nil, fmt.Errorf("loading weights: %w", err)
	}
	m, err := model.Read(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("loading weights of %s: %w", name, err)
	}
	return m, nil
}

// Heads of the networks, in the order of their probabilities.
const (
	headOutage    = "outage"
	headSentiment = "sentiment"
	headEmotion   = "emotion"
	headSpam      = "spam"
	headRole      = "role"
	headToward    = "toward"
)

// Places of the heads in their networks.
const (
	atOutage, atSentiment, atEmotion, atSpam = 0, 1, 2, 3
	atRole, atToward                         = 0, 1
)

// none is the place of tag.None among the outages.
const none = 3

var (
	outages    = []tag.Outage{tag.Report, tag.Reaction, tag.News, tag.None}
	sentiments = []tag.Sentiment{tag.Negative, tag.Neutral, tag.Positive}
	roleNames  = []tag.Role{tag.Blamed, tag.Affected, tag.Alternative, tag.Mentioned}
	emotions   = []tag.Emotion{tag.Anger, tag.Disgust, tag.Fear, tag.Joy, tag.Sadness, tag.Surprise, tag.NoEmotion}
)

// buckets is how many hashed features have weights, in both networks: what is read for
// one serves the other.
const buckets = 1 << 17

// postShape and mentionShape are the networks that training makes.
func postShape() model.Shape {
	return model.Shape{
		Dim: 64, Width: 3, Filters: 160, Buckets: buckets, Grams: 1 << 12,
		Heads: []model.Head{head(headOutage, outages), head(headSentiment, sentiments), head(headEmotion, emotions), {Name: headSpam, Labels: []string{"ham", "spam"}, Temperature: 1}},
	}
}

func mentionShape() model.Shape {
	return model.Shape{
		Dim: 48, Width: 3, Filters: 128, Buckets: buckets, Grams: 1 << 11, Places: places,
		Heads: []model.Head{head(headRole, roleNames), head(headToward, sentiments)},
	}
}

func head[L ~string](name string, labels []L) model.Head {
	h := model.Head{Name: name, Temperature: 1}
	for _, l := range labels {
		h.Labels = append(h.Labels, string(l))
	}
	return h
}
