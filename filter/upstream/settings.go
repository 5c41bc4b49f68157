package main

// What becomes of a request while there is no token.
const (
	without503  = "answer_503" // the client gets a 503
	withoutPass = "pass"       // it goes on without an authorization: the upstream decides
)

const mostTokenBytes = 48 * 1024 // Envoy refuses headers of more than 60 KiB in all

// settings are what an Envoy configuration may say about this filter, as JSON. What it leaves out is as
// in the article.
type settings struct {
	tickMs        uint32 // the timer's period
	cluster       string // the cluster of the JWT service
	path          string
	timeoutMs     uint32 // how long a callout may take
	tokenHeader   string // the reply's header that holds the token
	maxTokenBytes int    // a longer token is not kept
	withoutToken  string // answer_503 or pass
	vmHeader      string // the response header that gets the VM's tag; none where empty
}

func readSettings() (settings, error) {
	read := settings{
		tickMs:        15_000,
		cluster:       "my_custom_svc",
		path:          "/auth",
		timeoutMs:     5_000,
		tokenHeader:   "authorization",
		maxTokenBytes: 8_192,
		withoutToken:  without503,
	}
	err := readFields(read.setters())
	return read, err
}

func (s *settings) setters() map[string]setter {
	return map[string]setter{
		"tick_ms":         setNumber(&s.tickMs, 1, aDayMs),
		"cluster":         setText(&s.cluster, isName),
		"path":            setText(&s.path, isPath),
		"timeout_ms":      setNumber(&s.timeoutMs, 1, aDayMs),
		"token_header":    setText(&s.tokenHeader, isHeaderName),
		"max_token_bytes": setNumber(&s.maxTokenBytes, 1, mostTokenBytes),
		"without_token":   setText(&s.withoutToken, oneOf(without503, withoutPass)),
		"vm_header":       setText(&s.vmHeader, isHeaderNameOrNone),
	}
}
