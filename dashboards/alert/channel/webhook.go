package channel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// webhookBytes is the most that a Standard Webhook should weigh.
const webhookBytes = 20 << 10

// webhook posts alerts as JSON, signed as Standard Webhooks 1.0 describes: the header
// webhook-signature has "v1," and the HMAC-SHA256 of "id.timestamp.body" in base64, once
// for each secret, so that a receiver can change its secret without a gap.
type webhook struct {
	url    string
	keys   [][]byte
	client *http.Client
	now    func() time.Time
}

func newWebhook(c Config, client *http.Client) (*webhook, error) {
	w := &webhook{url: c.URL, client: client, now: time.Now}
	for _, s := range strings.Fields(c.Secret) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if err != nil || len(key) < 24 || len(key) > 64 {
			return w, errors.New("needs a secret of whsec_ and 24 to 64 bytes in base64; make one with: echo whsec_$(head -c 32 /dev/urandom | base64)")
		}
		w.keys = append(w.keys, key)
	}
	return w, nil
}

// webhookBody is the payload: type, timestamp and data, as the standard recommends.
type webhookBody struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Title     string    `json:"title"`
	Data      *Alert    `json:"data"`
}

func (w *webhook) Send(ctx context.Context, m Message) (string, error) {
	body, err := webhookJSON(&m)
	if err != nil {
		return "", err
	}
	at := w.now().Unix()
	header := map[string]string{"webhook-id": m.ID, "webhook-timestamp": strconv.FormatInt(at, 10)}
	if len(w.keys) > 0 {
		header["webhook-signature"] = w.sign(m.ID, at, body)
	}
	_, err = send(ctx, w.client, w.url, header, body)
	return "", err
}

// webhookJSON writes the body; of a large group the smallest incidents are left out.
func webhookJSON(m *Message) ([]byte, error) {
	alert := *m.Alert
	for {
		body, err := json.Marshal(webhookBody{"incident." + alert.Event, alert.At, m.Title, &alert})
		if err != nil {
			return nil, &Error{Permanent: true, Err: fmt.Errorf("writing the message: %w", err)}
		}
		if len(body) <= webhookBytes || len(alert.Incidents) <= 1 {
			return body, nil
		}
		alert.Incidents = alert.Incidents[:len(alert.Incidents)*3/4]
	}
}

func (w *webhook) sign(id string, at int64, body []byte) string {
	var all []string
	for _, key := range w.keys {
		h := hmac.New(sha256.New, key)
		_, _ = fmt.Fprintf(h, "%s.%d.", id, at)
		_, _ = h.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return strings.Join(all, " ")
}

// uuidOf makes an identifier of the form of a UUID, the same for the same id.
func uuidOf(id string) string {
	h := sha256.Sum256([]byte(id))
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80 // version 8: of our own making
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
