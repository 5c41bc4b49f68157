package advice

import (
	"go/types"
	"strings"
)

// replyFunction stands for what the Go SDK has in place of a callback.
const replyFunction = "the function given to DispatchHttpCall"

// otherSDKs are the names of other languages' SDKs, of the ABI, and of older drafts, as key writes them.
var otherSDKs = map[string]string{
	"configure":        "OnPluginStart",
	"pluginconfigure":  "OnPluginStart",
	"pluginconfig":     "OnPluginStart",
	"configuration":    "OnPluginStart",
	"rootstart":        "OnPluginStart",
	"start":            "OnPluginStart",
	"init":             "OnPluginStart",
	"timer":            "OnTick",
	"ticker":           "OnTick",
	"ticked":           "OnTick",
	"tickevent":        "OnTick",
	"interval":         "OnTick",
	"schedule":         "OnTick",
	"log":              "OnHttpStreamDone",
	"complete":         "OnHttpStreamDone",
	"streamcomplete":   "OnHttpStreamDone",
	"destroy":          "OnHttpStreamDone",
	"close":            "OnHttpStreamDone",
	"closed":           "OnHttpStreamDone",
	"end":              "OnHttpStreamDone",
	"finish":           "OnHttpStreamDone",
	"finished":         "OnHttpStreamDone",
	"streamclose":      "OnHttpStreamDone",
	"streamclosed":     "OnHttpStreamDone",
	"streamend":        "OnHttpStreamDone",
	"streamfinished":   "OnHttpStreamDone",
	"requestcomplete":  "OnHttpStreamDone",
	"requestdone":      "OnHttpStreamDone",
	"responsedone":     "OnHttpStreamDone",
	"responsecomplete": "OnHttpStreamDone",
	"delete":           "OnHttpStreamDone",
	"done":             "OnHttpStreamDone",
	"request":          "OnHttpRequestHeaders",
	"response":         "OnHttpResponseHeaders",
	"header":           "OnHttpRequestHeaders",
	"requestdata":      "OnHttpRequestBody",
	"responsedata":     "OnHttpResponseBody",
	"body":             "OnHttpRequestBody",
	"queue":            "OnQueueReady",
	"downstream":       "OnDownstreamData",
	"upstream":         "OnUpstreamData",
	"connection":       "OnNewConnection",
	"connect":          "OnNewConnection",
	"callresponse":     replyFunction,
	"call":             replyFunction,
	"calloutresponse":  replyFunction,
	"calloutreply":     replyFunction,
	"callreply":        replyFunction,
	"dispatchresponse": replyFunction,
}

// shortened are words that people write shorter; of two that fit, the longer one stands first.
var shortened = [][2]string{{"req", "request"}, {"resp", "response"}, {"rsp", "response"}, {"res", "response"}}

// key brings a callback's name to what tells it from others: `OnHTTPRequestHeader` → `requestheader`.
func key(name string) string {
	short := strings.ToLower(strings.ReplaceAll(name, "_", ""))
	for _, prefix := range []string{"proxy", "on", "handle"} {
		short = strings.TrimPrefix(short, prefix)
	}
	short = strings.ReplaceAll(short, "http", "")
	short = strings.TrimPrefix(short, "on")
	for _, pair := range shortened {
		if rest, ok := strings.CutPrefix(short, pair[0]); ok && !strings.HasPrefix(short, pair[1]) {
			short = pair[1] + rest
			break
		}
	}
	return strings.TrimSuffix(strings.Replace(short, "hdr", "header", 1), "s")
}

// looksLike tells whether a name is written as a callback's.
func looksLike(name string) bool {
	lower := strings.ToLower(name)
	for _, prefix := range []string{"on", "proxy_on", "proxyon", "handle", "new", "http", "vm", "tick"} {
		if strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	return false
}

// nearest returns the callback that a name is nearly, of one of these contexts if possible: by its
// letters, one or two of which may be wrong, or by what another SDK calls it. Nil for none.
func (seen *filter) nearest(name string, contexts []string) (string, *types.Func) {
	if !looksLike(name) {
		return "", nil
	}
	short := key(name)
	best, context, found := 3, "", (*types.Func)(nil)
	try := func(of string, method *types.Func, far int) {
		if far < best {
			best, context, found = far, of, method
		}
	}
	for _, of := range append(append([]string{}, contexts...), contextNames...) {
		for _, method := range seen.contractOf(of) {
			wanted := key(method.Name())
			if far := distance(short, wanted); far == 0 || far <= 1 && len(wanted) >= 4 && len(short) >= 4 || far == 2 && len(wanted) >= 9 {
				if isNew(name) == isNew(method.Name()) {
					try(of, method, far)
				}
			}
		}
	}
	if found != nil {
		return context, found
	}
	return seen.otherName(short, contexts)
}

func isNew(name string) bool { return strings.HasPrefix(strings.ToLower(name), "new") }

func (seen *filter) otherName(short string, contexts []string) (string, *types.Func) {
	meant := otherSDKs[short]
	for _, of := range contexts {
		if of == "PluginContext" && meant == "OnHttpStreamDone" {
			meant = "OnPluginDone"
		}
		if of == "TcpContext" && meant == "OnHttpStreamDone" {
			meant = "OnStreamDone"
		}
		if of == "VMContext" && meant == "OnPluginStart" {
			meant = "OnVMStart"
		}
		if method := seen.wanted(of, meant); method != nil {
			return of, method
		}
	}
	return "", nil
}

// distance counts the letters to put in, take out, change, or swap with their neighbour.
func distance(a, b string) int {
	before, row := []int(nil), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
