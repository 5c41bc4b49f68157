package main

import (
	"strconv"
	"strings"
)

// outcome says how a fetch ended.
type outcome string

// How a fetch may end.
const (
	outcomeOK        outcome = "ok"        // the token is kept
	outcomeStatus    outcome = "status"    // the reply was no 200
	outcomeMissing   outcome = "missing"   // a 200 without the header
	outcomeAmbiguous outcome = "ambiguous" // several of the header: which is meant?
	outcomeTooLong   outcome = "too_long"  // a header that would not fit a response's
	outcomeMalformed outcome = "malformed" // not a JWT: an injected CRLF cuts it short, for one
	outcomeStale     outcome = "stale"     // an older fetch's reply after a newer one's
)

// reply is what became of one fetch.
type reply struct {
	outcome outcome
	status  uint64 // 0 where there was none
	token   string // the header's value, where the outcome is outcomeOK
}

// judge decides whether a reply brings a token to keep.
func judge(headers [][2]string, tokenHeader string, maxBytes int) reply {
	var status uint64
	var values []string
	for _, header := range headers {
		switch name, value := header[0], header[1]; name {
		case ":status":
			status = statusOf(value)
		case tokenHeader:
			values = append(values, value)
		}
	}
	judged := outcomeOf(status, values, maxBytes)
	if judged != outcomeOK {
		return reply{outcome: judged, status: status}
	}
	return reply{outcome: judged, status: status, token: values[0]}
}

// statusOf reads a status; 0, like a missing one, where it is no number.
func statusOf(text string) uint64 {
	status, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return status
}

// outcomeOf puts its questions in this order because each makes sense only after the one before: an
// error page may carry any header, and which of two headers is too long nobody asks.
func outcomeOf(status uint64, values []string, maxBytes int) outcome {
	switch {
	case status != 200:
		return outcomeStatus
	case len(values) == 0:
		return outcomeMissing
	case len(values) > 1:
		return outcomeAmbiguous
	case len(values[0]) > maxBytes:
		return outcomeTooLong
	case !wellFormed(values[0]):
		return outcomeMalformed
	}
	return outcomeOK
}

// wellFormed tells whether a header value is a JWT, with or without `Bearer ` before it: three parts
// of base64url with a dot between them. Nothing of that can end a header or begin another, so it is
// safe to hand on.
func wellFormed(value string) bool {
	parts := strings.Split(strings.TrimPrefix(value, "Bearer "), ".")
	if len(parts) != 3 {
		return false
	}
	for _, part := range parts {
		if part == "" || strings.IndexFunc(part, notBase64URL) >= 0 {
			return false
		}
	}
	return true
}

func notBase64URL(char rune) bool {
	switch {
	case 'A' <= char && char <= 'Z', 'a' <= char && char <= 'z', '0' <= char && char <= '9':
		return false
	}
	return char != '-' && char != '_'
}
