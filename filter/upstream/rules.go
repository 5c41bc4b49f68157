package main

import (
	"slices"
	"strings"
)

const (
	// aDayMs is the longest that a period or a timeout may be.
	aDayMs = 24 * 60 * 60 * 1000
)

// rule says what a text may be: the words go into the message of a text that breaks it.
type rule struct {
	words string
	holds func(text string) bool
}

// What a text may be.
var (
	isName = rule{"a name in ASCII without spaces", func(text string) bool {
		return text != "" && !strings.Contains(text, " ") && printable(text)
	}}
	isPath = rule{"a path that begins with / and holds no spaces", func(text string) bool {
		return strings.HasPrefix(text, "/") && !strings.Contains(text, " ") && printable(text)
	}}
	isHeaderName = rule{"a header name in lower case, not one of the connection's own", func(text string) bool {
		return httpToken(text) && text == strings.ToLower(text) && !ofTheConnection(text)
	}}
	isHeaderNameOrNone = rule{"a header name in lower case, not one of the connection's own, or empty", func(text string) bool {
		return text == "" || isHeaderName.holds(text)
	}}
)

// oneOf is a word of a list.
func oneOf(words ...string) rule {
	return rule{"one of " + strings.Join(words, ", "), func(text string) bool {
		return slices.Contains(words, text)
	}}
}

// printable keeps line ends out of headers: one could smuggle in another header.
func printable(text string) bool {
	return strings.IndexFunc(text, func(char rune) bool { return char < ' ' || char > '~' }) < 0
}

// ofTheConnection tells whether Envoy keeps a header for itself: it takes such a one out again, or
// believes it (a wrong content-length makes every client wait in vain).
func ofTheConnection(header string) bool {
	switch header {
	case "connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer",
		"transfer-encoding", "upgrade":
		return true
	}
	return false
}

// httpToken tells whether a text is a token of RFC 9110, section 5.6.2: what names are made of.
func httpToken(text string) bool {
	return text != "" && strings.IndexFunc(text, notTokenChar) < 0
}

func notTokenChar(char rune) bool {
	switch {
	case 'A' <= char && char <= 'Z', 'a' <= char && char <= 'z', '0' <= char && char <= '9':
		return false
	}
	return !strings.ContainsRune("-_!#$%&'*+.^`|~", char)
}
