package main

import (
	"bytes"
	"reflect"
	"strings"
	"unsafe"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
)

// labInside reaches what the SDK's emulator keeps to itself. It names no metric, takes back no
// property, gives a callout the number of one that still waits, and keeps texts that lie in the
// memory of a Wasm module, which may use it again. Where a field has another name in another
// version of the SDK, this panics.
type labInside struct {
	host proxytest.HostEmulator
}

func labField[T any](from reflect.Value, name string) *T {
	return (*T)(unsafe.Pointer(from.FieldByName(name).UnsafeAddr()))
}

func (inside labInside) part(name string) reflect.Value {
	return reflect.ValueOf(inside.host).Elem().FieldByName(name).Elem()
}

// stream is what the emulator knows of a request.
func (inside labInside) stream(id uint32) reflect.Value {
	streams := inside.part("httpHostEmulator").FieldByName("httpStreams")
	return streams.MapIndex(reflect.ValueOf(id)).Elem()
}

// headers are a stream's; field is requestHeaders or responseHeaders.
func (inside labInside) headers(id uint32, field string) *[][2]string {
	return labField[[][2]string](inside.stream(id), field)
}

// properties takes the place of those that another request had.
func (inside labInside) properties(given [][2]string) {
	fresh := map[string][]byte{}
	for _, property := range given {
		path := strings.ReplaceAll(property[0], ".", "\x00")
		fresh[path] = []byte(property[1])
	}
	*labField[map[string][]byte](reflect.ValueOf(inside.host).Elem(), "properties") = fresh
}

// neverAgain lets no callout have a number that another one had: the emulator counts those that wait.
func (inside labInside) neverAgain(answered int) {
	known := *labField[map[uint32]uint32](inside.part("rootHostEmulator"), "httpCalloutIDToContextID")
	known[^uint32(0)-uint32(answered)] = 0
}

// metrics are all that the filter has defined, with what they are at.
func (inside labInside) metrics() map[string]uint64 {
	root := inside.part("rootHostEmulator")
	values := *labField[map[uint32]uint64](root, "metricIDToValue")
	found := map[string]uint64{}
	for name, id := range *labField[map[string]uint32](root, "metricNameToID") {
		found[name] = values[id]
	}
	return found
}

// own copies what the emulator keeps out of the memory of the filter.
func (inside labInside) own() {
	names := labField[map[string]uint32](inside.part("rootHostEmulator"), "metricNameToID")
	copied := make(map[string]uint32, len(*names))
	for name, id := range *names {
		copied[strings.Clone(name)] = id
	}
	*names = copied
	streams := inside.part("httpHostEmulator").FieldByName("httpStreams").MapRange()
	for streams.Next() {
		stream := streams.Value().Elem()
		for _, field := range []string{"requestHeaders", "responseHeaders"} {
			headers := labField[[][2]string](stream, field)
			if *headers != nil {
				*headers = labCopied(*headers)
			}
		}
		for _, field := range []string{"requestBody", "responseBody", "requestBodyBuffer", "responseBodyBuffer"} {
			body := labField[[]byte](stream, field)
			*body = bytes.Clone(*body)
		}
	}
}
