package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// labPassing is what became of one request in one step.
type labPassing struct {
	Number      int         `json:"number"` // the how manyth request
	Came        [][2]string `json:"came"`   // the request's headers, as the client sent them
	Request     [][2]string `json:"request"`
	RequestBody string      `json:"request_body"`
	Waits       bool        `json:"waits"` // the filter keeps the request
	Headers     [][2]string `json:"headers"`
	Body        string      `json:"body"`
	Held        bool        `json:"held"` // the filter keeps the response
	Own         bool        `json:"own"`  // the filter's own answer, in the upstream's place
	Resumed     bool        `json:"resumed"` // the filter let a request go on that it answers as well
	Lost        labLost     `json:"lost"`
}

// labLost are headers that were set when the others had gone on: nobody gets them.
type labLost struct {
	Request  [][2]string `json:"request"`
	Response [][2]string `json:"response"`
}

// labStream is one request and its response. As in Envoy, headers that have gone on cannot be read
// any more; those of a request that the filter itself answered never went.
type labStream struct {
	labPassing
	id         uint32
	properties [][2]string
	half       *labHalf                     // what passes now: the request, then the response
	request    *labHalf                     // the request
	own        *proxytest.LocalHttpResponse // the filter's, once it was seen
	over       bool
}

// labHalf is a request or a response on its way through the filter.
type labHalf struct {
	field  string // where the emulator keeps its headers
	call   func(piece []byte, last bool) types.Action
	now    func() []byte
	pieces []string // of the body, that have not come yet
	inBody bool
	paused bool // now
	whole  bool
	heads  [][2]string // as they went on
	gone   string      // what went on of the body
}

func (play *labPlay) request(step labStep, seen *labSeen) *labStream {
	stream := &labStream{id: play.host.InitializeHttpContext(), properties: step.Properties}
	play.streams = append(play.streams, stream)
	stream.Number, stream.Came = len(play.streams), step.Headers
	stream.half = &labHalf{field: "requestHeaders", pieces: step.Pieces,
		call: func(piece []byte, last bool) types.Action { return play.host.CallOnRequestBody(stream.id, piece, last) },
		now:  func() []byte { return play.host.GetCurrentRequestBody(stream.id) }}
	stream.request = stream.half
	play.inside.properties(stream.properties)
	action := play.host.CallOnRequestHeaders(stream.id, step.Headers, len(step.Pieces) == 0)
	play.goOn(stream, action)
	play.note(stream, seen)
	return stream
}

// response lets the upstream answer the oldest request that has reached it.
func (play *labPlay) response(step labStep, seen *labSeen) {
	var asked, waiting *labStream
	for _, stream := range play.streams {
		reached := stream.half.whole && stream.half == stream.request
		switch {
		case stream.over:
		case reached && asked == nil:
			asked = stream
		case !reached && waiting == nil:
			waiting = stream
		}
	}
	if asked == nil && waiting == nil {
		plain := labStep{Headers: [][2]string{{":method", "GET"}, {":path", "/"}, {":authority", "example.com"}}}
		asked = play.request(plain, &labSeen{})
		if asked.over {
			seen.Passings = append(seen.Passings, asked.labPassing)
			return
		}
		if !asked.half.whole {
			waiting, asked = asked, nil
		}
	}
	if asked == nil {
		seen.Note = "request " + strconv.Itoa(waiting.Number) + " waits: none has reached the upstream"
		return
	}
	play.respond(asked, step.Headers, step.Pieces)
	play.note(asked, seen)
}

func (play *labPlay) respond(stream *labStream, headers [][2]string, pieces []string) {
	stream.half = &labHalf{field: "responseHeaders", pieces: pieces,
		call: func(piece []byte, last bool) types.Action {
			return play.host.CallOnResponseBody(stream.id, piece, last)
		},
		now: func() []byte { return play.host.GetCurrentResponseBody(stream.id) }}
	play.inside.properties(stream.properties)
	play.goOn(stream, play.host.CallOnResponseHeaders(stream.id, headers, len(pieces) == 0))
}

// goOn takes a request, or its response, as far as the filter lets it.
func (play *labPlay) goOn(stream *labStream, action types.Action) {
	half := stream.half
	for {
		play.inside.own()
		if !half.inBody {
			half.heads = labCopied(*play.inside.headers(stream.id, half.field))
		}
		if own := play.host.GetSentLocalResponse(stream.id); own != nil && own != stream.own {
			play.answer(stream, own)
			return
		}
		half.paused = action == types.ActionPause
		if !half.inBody {
			if half.paused {
				// Envoy gathers the body meanwhile, and hands it over as one.
				if len(half.pieces) > 0 {
					half.pieces = []string{strings.Join(half.pieces, "")}
				}
				break
			}
			*play.inside.headers(stream.id, half.field) = nil
			half.inBody = true
		} else if !half.paused {
			half.gone += string(half.now())
		}
		if len(half.pieces) == 0 {
			half.whole = !half.paused
			break
		}
		piece := half.pieces[0]
		half.pieces = half.pieces[1:]
		action = half.call([]byte(piece), len(half.pieces) == 0)
	}
	play.told(stream)
	if half.whole && half != stream.request {
		play.end(stream)
	}
}

// answer sends what the filter itself says, in the upstream's place. Until a response has begun, this
// passes the filter as a response does.
func (play *labPlay) answer(stream *labStream, own *proxytest.LocalHttpResponse) {
	begun := stream.half != stream.request
	stream.own, stream.Own = own, true
	headers := append([][2]string{{":status", strconv.Itoa(int(own.StatusCode))}}, labCopied(own.Headers)...)
	body := string(own.Data)
	var pieces []string
	if body != "" {
		pieces = []string{body}
		headers = append(headers, [2]string{"content-length", strconv.Itoa(len(body))})
		if _, typed := labValue(headers, "content-type"); !typed {
			headers = append(headers, [2]string{"content-type", "text/plain"})
		}
	}
	if !begun {
		play.told(stream)
		play.respond(stream, headers, pieces)
		return
	}
	stream.half.heads, stream.half.gone, stream.half.whole, stream.half.paused = headers, body, true, false
	play.told(stream)
	play.end(stream)
}

// resumed goes on with what the filter has let go, or answered, in another's callback.
func (play *labPlay) resumed(seen *labSeen) {
	for _, stream := range play.streams {
		if stream.over || !stream.half.paused {
			continue
		}
		own := play.host.GetSentLocalResponse(stream.id)
		action := play.host.GetCurrentHttpStreamAction(stream.id)
		if (own == nil || own == stream.own) && action == types.ActionPause {
			continue
		}
		answered := own != nil && own != stream.own
		stream.Resumed = answered && action == types.ActionContinue && stream.half == stream.request
		play.inside.properties(stream.properties)
		play.goOn(stream, action)
		play.note(stream, seen)
	}
}

func (play *labPlay) end(stream *labStream) {
	stream.over = true
	*play.inside.headers(stream.id, "requestHeaders") = stream.Request
	*play.inside.headers(stream.id, "responseHeaders") = stream.Headers
	play.host.CompleteHttpContext(stream.id)
}

// told keeps what has become of it so far.
func (play *labPlay) told(stream *labStream) {
	half := stream.half
	stream.Lost.Request = play.lost(stream.id, stream.request)
	if half == stream.request {
		stream.Request, stream.RequestBody, stream.Waits = half.heads, half.gone, !half.whole
		return
	}
	stream.Waits = false
	stream.Headers, stream.Body, stream.Held = half.heads, half.gone, !half.whole
	stream.Lost.Response = play.lost(stream.id, half)
}

func (play *labPlay) lost(id uint32, half *labHalf) [][2]string {
	var late [][2]string
	for _, header := range *play.inside.headers(id, half.field) {
		if !slices.Contains(half.heads, header) {
			late = append(late, header)
		}
	}
	return late
}

func (play *labPlay) note(stream *labStream, seen *labSeen) {
	seen.Passings = append(seen.Passings, stream.labPassing)
}

func labValue(headers [][2]string, name string) (string, bool) {
	for _, header := range headers {
		if header[0] == name {
			return header[1], true
		}
	}
	return "", false
}
