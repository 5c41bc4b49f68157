package main

import (
	"fmt"

	"github.com/valyala/fastjson"
)

// Which bodies are rewritten.
const (
	bodiesRequest  = "request"
	bodiesResponse = "response"
	bodiesBoth     = "both"
)

// settings are what an Envoy configuration may say about this filter, as JSON.
type settings struct {
	keys       map[string]string // whose each key is: {"the key": "its owner"}; without any, nobody passes
	keyHeader  string            // the request header with the key
	nameHeader string            // the header that tells the upstream whose it is
	cluster    string            // the cluster of the service that is asked; none is asked where empty
	path       string
	timeoutMs  uint32 // how long a request waits for it at most
	find       string // what is replaced in bodies; nothing where empty
	replace    string // by what
	bodies     string // request, response or both
}

func readSettings() (settings, error) {
	read := settings{
		keys:       map[string]string{},
		keyHeader:  "x-api-key",
		nameHeader: "x-gate-name",
		cluster:    "my_custom_svc",
		path:       "/auth",
		timeoutMs:  5_000,
		bodies:     bodiesResponse,
	}
	if err := readFields(read.setters()); err != nil {
		return read, err
	}
	if read.keyHeader == read.nameHeader {
		return read, fmt.Errorf("settings %q and %q both name the header %q", "key_header", "name_header", read.keyHeader)
	}
	if read.find == "" && read.replace != "" {
		return read, fmt.Errorf("setting %q needs %q", "replace", "find")
	}
	return read, nil
}

func (s *settings) setters() map[string]setter {
	return map[string]setter{
		"keys":        s.setKeys,
		"key_header":  setText(&s.keyHeader, isHeaderName),
		"name_header": setText(&s.nameHeader, isHeaderName),
		"cluster":     setText(&s.cluster, isNameOrNone),
		"path":        setText(&s.path, isPath),
		"timeout_ms":  setNumber(&s.timeoutMs, 1, aDayMs),
		"find":        setText(&s.find, isText1024),
		"replace":     setText(&s.replace, isText1024),
		"bodies":      setText(&s.bodies, oneOf(bodiesRequest, bodiesResponse, bodiesBoth)),
	}
}

// setKeys reads whose each key is. What it refuses it says without the key, which is a secret.
func (s *settings) setKeys(name string, value *fastjson.Value) error {
	object, err := value.Object()
	if err != nil {
		return fmt.Errorf("setting %q must be an object from key to owner, not %s", name, value.Type())
	}
	object.Visit(func(key []byte, owner *fastjson.Value) {
		if err != nil {
			return // the first problem is the one to tell
		}
		text, wrong := owner.StringBytes()
		switch {
		case !isName.holds(string(key)):
			err = fmt.Errorf("setting %q has a key that is not %s", name, isName.words)
		case wrong != nil || !isName.holds(string(text)):
			err = fmt.Errorf("setting %q has an owner that is not %s", name, isName.words)
		case s.keys[string(key)] != "":
			err = fmt.Errorf("setting %q has a key twice, the second is of %q", name, string(text))
		default:
			s.keys[string(key)] = string(text)
		}
	})
	return err
}

// rewrites tells whether the bodies of requests, or of responses, are rewritten.
func (s *settings) rewrites(which string) bool {
	return s.find != "" && (s.bodies == which || s.bodies == bodiesBoth)
}
