// Tells Afterclick that an order was delivered. Go 1.20 or newer, nothing to install. Call send
// from a job or a queue worker, never inside the checkout request or a database transaction:
// with all its pauses it may take 45 minutes.
package main

import (
	"fmt"
	"io"
	"log"
	"math"
	"math/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const endpoint = "https://in.example.com/ds/STREAM_ID"

var pauses = []float64{1, 5, 30, 300, 1800} // seconds between the tries

var client = http.Client{
	Timeout: 10 * time.Second, // for each try
	// A redirected POST arrives without its body.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send sends the same bytes under the same name until they are stored, and returns the hit_id.
// It fails where they are refused, or where all tries have failed: call it again later with the
// same arguments, nothing is stored twice.
func send(webhookID, contentType, body string) (string, error) {
	for try := 0; ; try++ {
		status, headers, said := attempt(webhookID, contentType, body)
		if hitID := headers.Get("Afterclick-Hit-Id"); status == 200 && hitID != "" {
			log.Printf("%s is stored as hit %s", webhookID, hitID)
			return hitID, nil
		}
		again := status == 0 || status == 408 || status == 429 || status >= 500
		if !again || try == len(pauses) {
			return "", fmt.Errorf("%s is not stored: HTTP %d %s", webhookID, status, said)
		}
		// 20 % more or less: not all senders at once. Never sooner than the server asks.
		retryAfter, _ := strconv.Atoi(headers.Get("Retry-After"))
		wait := math.Max(pauses[try]*(0.8+0.4*rand.Float64()), math.Min(float64(retryAfter), 3600))
		log.Printf("%s: HTTP %d %s, next try in %.0f s", webhookID, status, said, wait)
		time.Sleep(time.Duration(wait * float64(time.Second)))
	}
}

// attempt returns the status 0 where there was no answer.
func attempt(webhookID, contentType, body string) (int, http.Header, string) {
	request, err := http.NewRequest("POST", endpoint, strings.NewReader(body))
	if err != nil {
		return 0, nil, err.Error()
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("webhook-id", webhookID)
	answer, err := client.Do(request)
	if err != nil {
		return 0, nil, err.Error()
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, 2000))
	return answer.StatusCode, answer.Header, string(said)
}

// An example: order N1 was delivered.
func main() {
	orderID, status := "N1", "delivered"
	changedAt := 1579478400 // when the status changed, from your database; not now
	// The id names this fact: the same in each try and after a restart of the job.
	webhookID := fmt.Sprintf("order-%s-%s-%d", orderID, status, changedAt)
	// Built once, and always the same bytes.
	body := url.Values{
		"orderId": {orderID}, "status": {status}, "total": {"120.13"}, "userId": {"U1"},
	}.Encode()
	if _, err := send(webhookID, "application/x-www-form-urlencoded", body); err != nil {
		log.Fatal(err)
	}
}
