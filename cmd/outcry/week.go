package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/outcry/outcry/ingest/scenario/week"
)

// weekName is what simulate calls an invented week.
const weekName = "week"

// invented makes the week or drill of that name; nil where there is none.
func (o *simulation) invented(name string) *week.Week {
	if name == weekName {
		return week.New(o.seed)
	}
	w, err := week.Drill(name, o.seed)
	if err != nil {
		return nil
	}
	return w
}

// week writes an invented week or drill and its truth.
func (o *simulation) week(ctx context.Context, w *week.Week, stdout io.Writer) (err error) {
	truth, err := openLines(o.truthFile, stdout)
	if err != nil {
		return err
	}
	if truth.w != nil {
		b, err := json.MarshalIndent(w.Truth, "", "  ")
		if err != nil {
			return fmt.Errorf("writing the truth: %w", err)
		}
		if err := truth.write(b); err != nil {
			return fmt.Errorf("writing the truth: %w", err)
		}
	}
	if err := truth.close(); err != nil {
		return err
	}
	posts, err := openLines(o.out, stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, posts.close()) }()
	for p := range w.Posts() {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := p.Encode()
		if err != nil {
			return err
		}
		if err := posts.write(b); err != nil {
			return err
		}
	}
	return nil
}
