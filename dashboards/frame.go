package dashboards

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// frame is the page Now in pieces: regions that are replaced as a whole, and lists
// whose items are replaced one by one.
type frame struct {
	regions map[string]string
	lists   map[string]items
}

// items are the pieces of a list in their order.
type items struct {
	order []string
	html  map[string]string
}

// update is what a reader is sent: what differs from the frame that it has.
type update struct {
	Regions map[string]string     `json:"regions,omitempty"`
	Lists   map[string]listUpdate `json:"lists,omitempty"`
	Title   string                `json:"title,omitempty"`
}

// listUpdate gives the order of a list, and the items that are new or changed.
type listUpdate struct {
	Order []string          `json:"order"`
	Items map[string]string `json:"items,omitempty"`
}

// regions of the page; each is a template of now.html.
var regions = []string{"clock", "ribbon", "headline", "notes", "rest", "chart-head", "posts-head", "posts-foot", "pipeline"}

// frame makes the pieces of a view.
func (s *Server) frame(v *nowView) (*frame, error) {
	f := &frame{regions: map[string]string{"title": v.Title()}, lists: map[string]items{}}
	for _, name := range regions {
		html, err := fragment(s.pages["now"], name, v)
		if err != nil {
			return nil, err
		}
		f.regions[name] = html
	}
	rows := items{html: map[string]string{}}
	for _, r := range v.Rows {
		if err := s.item(&rows, r.ID, "row", []any{v, r}); err != nil {
			return nil, err
		}
	}
	posts := items{html: map[string]string{}}
	for _, p := range v.Posts {
		if err := s.item(&posts, p.Key, "post", []any{v, p}); err != nil {
			return nil, err
		}
	}
	points := items{html: map[string]string{}}
	if v.Chart != nil {
		for _, p := range v.Chart.Points {
			if err := s.item(&points, strconv.FormatInt(p.At.Unix(), 10), "point", p); err != nil {
				return nil, err
			}
		}
	}
	f.lists = map[string]items{"vendors": rows, "posts": posts, "points": points}
	return f, nil
}

func (s *Server) item(list *items, key, template string, view any) error {
	html, err := fragment(s.pages["now"], template, view)
	if err != nil {
		return err
	}
	list.order = append(list.order, key)
	list.html[key] = html
	return nil
}

// since gives what a reader who has old must be sent; nil where nothing differs. A
// reader who has nothing is sent all of it.
func (f *frame) since(old *frame) *update {
	u := &update{Regions: map[string]string{}, Lists: map[string]listUpdate{}}
	for name, html := range f.regions {
		if old != nil && old.regions[name] == html {
			continue
		}
		if name == "title" {
			u.Title = html
			continue
		}
		u.Regions[name] = html
	}
	for name, list := range f.lists {
		var before items
		if old != nil {
			before = old.lists[name]
		}
		changed := listUpdate{Order: list.order, Items: map[string]string{}}
		same := old != nil && len(before.order) == len(list.order)
		for i, key := range list.order {
			if same && before.order[i] != key {
				same = false
			}
			if html := list.html[key]; before.html[key] != html {
				changed.Items[key] = html
			}
		}
		if changed.Order == nil {
			changed.Order = []string{}
		}
		if !same || len(changed.Items) > 0 {
			u.Lists[name] = changed
		}
	}
	if len(u.Regions) == 0 && len(u.Lists) == 0 && u.Title == "" {
		return nil
	}
	return u
}

// message is the update as an event of the stream.
func (u *update) message(id uint64) ([]byte, error) {
	b, err := json.Marshal(u)
	if err != nil {
		return nil, fmt.Errorf("writing a live update: %w", err)
	}
	return fmt.Appendf(nil, "id: %d\ndata: %s\n\n", id, b), nil
}
