package corpus

import (
	"archive/zip"
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/outcry/outcry/nlp/tag"
)

// Text is a text of a public data set, with what the set says of it.
type Text struct {
	Set  string
	Text string
	// Sentiment and Emotion are empty where the set does not say.
	Sentiment tag.Sentiment
	Emotion   tag.Emotion
	// Spam is "spam" or "ham", or empty.
	Spam string
	// Target is a phrase of the text, and Toward the sentiment towards it.
	Target string
	Toward tag.Sentiment
}

// Set is a public data set that may be trained with.
type Set struct {
	Name, Licence string
	read          func(dir fs.FS) ([]Text, error)
}

// Sets are the public data sets, in the order in which they are read. Their places are
// those of the folder that outcry train --data names.
var Sets = []Set{
	{"tweeteval/sentiment", "SemEval terms: research; weights only", readTweetEval},
	{"tweet_sentiment_extraction", "CC BY 4.0", readExtraction},
	{"goemotions", "Apache-2.0, CC BY 4.0", readGoEmotions},
	{"sentiment140", "research; unlabelled use only", readSentiment140},
	{"wnut17", "CC BY 4.0; unlabelled use", readWNUT},
	{"twitter_entity_sentiment", "CC0", readEntities},
	{"target_sentiment_acl14", "research; weights only", readTargets},
	{"sms_spam", "CC BY 4.0", readSMS},
	{"youtube_spam", "CC BY 4.0", readYouTube},
}

// ReadSets reads all sets below dir.
func ReadSets(dir string) ([]Text, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("reading public data sets: %w", err)
	}
	var all []Text
	for _, s := range Sets {
		texts, err := s.read(os.DirFS(dir))
		if err != nil {
			return nil, fmt.Errorf("reading data set %s: %w", s.Name, err)
		}
		for i := range texts {
			texts[i].Set = s.Name
		}
		all = append(all, texts...)
	}
	return all, nil
}

var byNumber = map[string]tag.Sentiment{"0": tag.Negative, "1": tag.Neutral, "2": tag.Positive, "-1": tag.Negative}

// lines gives the lines of a file, without their ends.
func lines(dir fs.FS, name string) ([]string, error) {
	b, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n"), "\n"), nil
}

// table gives the rows of a CSV file.
func table(r io.Reader) ([][]string, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord, c.LazyQuotes = -1, true
	return c.ReadAll()
}

func readTweetEval(dir fs.FS) ([]Text, error) {
	rows, err := lines(dir, "tweeteval/sentiment/train.tsv")
	if err != nil {
		return nil, err
	}
	var all []Text
	for _, row := range rows[1:] {
		if f := strings.Split(row, "\t"); len(f) >= 3 {
			all = append(all, Text{Text: f[2], Sentiment: byNumber[f[1]]})
		}
	}
	return all, nil
}

func readExtraction(dir fs.FS) ([]Text, error) {
	f, err := dir.Open("tweet_sentiment_extraction/Tweets.csv")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	rows, err := table(f)
	if err != nil {
		return nil, err
	}
	var all []Text
	for _, r := range rows[1:] {
		if len(r) == 4 && strings.TrimSpace(r[1]) != "" {
			all = append(all, Text{Text: r[1], Sentiment: tag.Sentiment(r[3])})
		}
	}
	return all, nil
}

func readGoEmotions(dir fs.FS) ([]Text, error) {
	rows, err := lines(dir, "goemotions/data/ekman/train.tsv")
	if err != nil {
		return nil, err
	}
	names := []tag.Emotion{tag.Anger, tag.Disgust, tag.Fear, tag.Joy, tag.NoEmotion, tag.Sadness, tag.Surprise}
	var all []Text
	for _, row := range rows {
		f := strings.Split(row, "\t")
		if len(f) < 2 || len(f[1]) != 1 || f[1][0] < '0' || f[1][0] > '6' { // several emotions: none is the strongest
			continue
		}
		all = append(all, Text{Text: f[0], Emotion: names[f[1][0]-'0']})
	}
	return all, nil
}

func readSentiment140(dir fs.FS) ([]Text, error) {
	var all []Text
	for _, name := range []string{"negative.txt", "positive.txt"} { // told by emoticons: too rough to learn from
		rows, err := lines(dir, "sentiment140/sample100k/data/tweets_100k/"+name)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			all = append(all, Text{Text: row})
		}
	}
	return all, nil
}

func readWNUT(dir fs.FS) ([]Text, error) {
	var all []Text
	for _, name := range []string{"gurez.10000", "ile.10000", "palm.10000", "rigo.10000", "redd.tok.uniq", "stacko-src", "yt-filter"} {
		rows, err := lines(dir, "wnut17/source/raw_data/"+name)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if strings.TrimSpace(row) != "" {
				all = append(all, Text{Text: row})
			}
		}
	}
	return all, nil
}

func readEntities(dir fs.FS) ([]Text, error) {
	b, err := fs.ReadFile(dir, "twitter_entity_sentiment/twitter_training.csv.zip")
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(strings.NewReader(string(b)), int64(len(b)))
	if err != nil {
		return nil, err
	}
	var all []Text
	for _, file := range z.File {
		if filepath.Ext(file.Name) != ".csv" {
			continue
		}
		f, err := file.Open()
		if err != nil {
			return nil, err
		}
		rows, err := table(bufio.NewReader(f))
		_ = f.Close()
		if err != nil {
			return nil, err
		}
		seen := map[string]int{}
		for _, r := range rows {
			if len(r) != 4 || strings.TrimSpace(r[3]) == "" || r[2] == "Irrelevant" {
				continue
			}
			if seen[r[0]]++; seen[r[0]] > 2 { // of six rewordings of a tweet, two say enough
				continue
			}
			all = append(all, Text{Text: r[3], Target: r[1], Toward: tag.Sentiment(strings.ToLower(r[2]))})
		}
	}
	return all, nil
}

func readTargets(dir fs.FS) ([]Text, error) {
	rows, err := lines(dir, "target_sentiment_acl14/train.raw")
	if err != nil {
		return nil, err
	}
	var all []Text
	for i := 0; i+2 < len(rows); i += 3 {
		toward := map[string]tag.Sentiment{"-1": tag.Negative, "0": tag.Neutral, "1": tag.Positive}[strings.TrimSpace(rows[i+2])]
		all = append(all, Text{Text: strings.ReplaceAll(rows[i], "$T$", rows[i+1]), Target: rows[i+1], Toward: toward})
	}
	return all, nil
}

func readSMS(dir fs.FS) ([]Text, error) {
	rows, err := lines(dir, "sms_spam/data/sms.tsv")
	if err != nil {
		return nil, err
	}
	var all []Text
	for _, row := range rows {
		if kind, text, ok := strings.Cut(row, "\t"); ok {
			all = append(all, Text{Text: text, Spam: kind})
		}
	}
	return all, nil
}

func readYouTube(dir fs.FS) ([]Text, error) {
	names, err := fs.Glob(dir, "youtube_spam/dataset/*.csv")
	if err != nil {
		return nil, err
	}
	var all []Text
	for _, name := range names {
		f, err := dir.Open(name)
		if err != nil {
			return nil, err
		}
		rows, err := table(f)
		_ = f.Close()
		if err != nil {
			return nil, err
		}
		for _, r := range rows[1:] {
			if len(r) == 5 {
				all = append(all, Text{Text: r[3], Spam: map[string]string{"0": "ham", "1": "spam"}[r[4]]})
			}
		}
	}
	return all, nil
}
