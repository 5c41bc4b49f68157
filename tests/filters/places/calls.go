package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
)

var (
	ask = [][2]string{{":method", "GET"}, {":path", "/"}, {":authority", "any"}, {":scheme", "http"}}
	say = [][2]string{{":status", "200"}, {"x-said", "1"}}
	end = [][2]string{{"x-end", "1"}}
)

// calls are those for which it matters where they are made.
var calls = map[string]func() error{
	"GetVMConfiguration":        func() error { return second(proxywasm.GetVMConfiguration()) },
	"GetPluginConfiguration":    func() error { return second(proxywasm.GetPluginConfiguration()) },
	"SetTickPeriodMilliSeconds": func() error { return proxywasm.SetTickPeriodMilliSeconds(50) },
	"RegisterSharedQueue":       func() error { return second(proxywasm.RegisterSharedQueue("queue")) },
	"SetSharedData":             func() error { return proxywasm.SetSharedData("key", []byte("value"), 0) },
	"DispatchHttpCall": func() error {
		return second(proxywasm.DispatchHttpCall(cluster, ask, nil, nil, 5000, func(int, int, int) {}))
	},
	"GetHttpCallResponseHeaders":  func() error { return second(proxywasm.GetHttpCallResponseHeaders()) },
	"GetHttpCallResponseBody":     func() error { return second(proxywasm.GetHttpCallResponseBody(0, 100)) },
	"GetHttpCallResponseTrailers": func() error { return second(proxywasm.GetHttpCallResponseTrailers()) },

	"GetHttpRequestHeaders":      func() error { return second(proxywasm.GetHttpRequestHeaders()) },
	"ReplaceHttpRequestHeaders":  func() error { return proxywasm.ReplaceHttpRequestHeaders(ask) },
	"GetHttpRequestHeader":       func() error { return second(proxywasm.GetHttpRequestHeader("x-call")) },
	"RemoveHttpRequestHeader":    func() error { return proxywasm.RemoveHttpRequestHeader("x-call") },
	"ReplaceHttpRequestHeader":   func() error { return proxywasm.ReplaceHttpRequestHeader("x-call", "other") },
	"AddHttpRequestHeader":       func() error { return proxywasm.AddHttpRequestHeader("x-added", "1") },
	"GetHttpRequestBody":         func() error { return second(proxywasm.GetHttpRequestBody(0, 100)) },
	"AppendHttpRequestBody":      func() error { return proxywasm.AppendHttpRequestBody([]byte("more")) },
	"PrependHttpRequestBody":     func() error { return proxywasm.PrependHttpRequestBody([]byte("more")) },
	"ReplaceHttpRequestBody":     func() error { return proxywasm.ReplaceHttpRequestBody([]byte("other")) },
	"GetHttpRequestTrailers":     func() error { return second(proxywasm.GetHttpRequestTrailers()) },
	"ReplaceHttpRequestTrailers": func() error { return proxywasm.ReplaceHttpRequestTrailers(end) },
	"GetHttpRequestTrailer":      func() error { return second(proxywasm.GetHttpRequestTrailer("x-end")) },
	"RemoveHttpRequestTrailer":   func() error { return proxywasm.RemoveHttpRequestTrailer("x-end") },
	"ReplaceHttpRequestTrailer":  func() error { return proxywasm.ReplaceHttpRequestTrailer("x-end", "2") },
	"AddHttpRequestTrailer":      func() error { return proxywasm.AddHttpRequestTrailer("x-more", "1") },
	"ResumeHttpRequest":          proxywasm.ResumeHttpRequest,

	"GetHttpResponseHeaders":      func() error { return second(proxywasm.GetHttpResponseHeaders()) },
	"ReplaceHttpResponseHeaders":  func() error { return proxywasm.ReplaceHttpResponseHeaders(say) },
	"GetHttpResponseHeader":       func() error { return second(proxywasm.GetHttpResponseHeader(":status")) },
	"RemoveHttpResponseHeader":    func() error { return proxywasm.RemoveHttpResponseHeader("x-said") },
	"ReplaceHttpResponseHeader":   func() error { return proxywasm.ReplaceHttpResponseHeader("x-said", "2") },
	"AddHttpResponseHeader":       func() error { return proxywasm.AddHttpResponseHeader("x-added", "1") },
	"GetHttpResponseBody":         func() error { return second(proxywasm.GetHttpResponseBody(0, 100)) },
	"AppendHttpResponseBody":      func() error { return proxywasm.AppendHttpResponseBody([]byte("more")) },
	"PrependHttpResponseBody":     func() error { return proxywasm.PrependHttpResponseBody([]byte("more")) },
	"ReplaceHttpResponseBody":     func() error { return proxywasm.ReplaceHttpResponseBody([]byte("other")) },
	"GetHttpResponseTrailers":     func() error { return second(proxywasm.GetHttpResponseTrailers()) },
	"ReplaceHttpResponseTrailers": func() error { return proxywasm.ReplaceHttpResponseTrailers(end) },
	"GetHttpResponseTrailer":      func() error { return second(proxywasm.GetHttpResponseTrailer("x-end")) },
	"RemoveHttpResponseTrailer":   func() error { return proxywasm.RemoveHttpResponseTrailer("x-end") },
	"ReplaceHttpResponseTrailer":  func() error { return proxywasm.ReplaceHttpResponseTrailer("x-end", "2") },
	"AddHttpResponseTrailer":      func() error { return proxywasm.AddHttpResponseTrailer("x-more", "1") },
	"ResumeHttpResponse":          proxywasm.ResumeHttpResponse,
	"SendHttpResponse":            func() error { return proxywasm.SendHttpResponse(418, say, []byte("sent"), -1) },
}

// second returns a call's error without what else it gives.
func second[Any any](_ Any, err error) error {
	return err
}
