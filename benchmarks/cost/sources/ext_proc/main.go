// Package main is an ext_proc service: Envoy asks it about each response, over gRPC, and it answers with the
// two headers that the other filters of this benchmark set themselves.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	// Who started this program reads the port from its first line.
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	server := grpc.NewServer()
	extprocv3.RegisterExternalProcessorServer(server, &processor{answer: twoHeaders(os.Args[1])})
	log.Fatal(server.Serve(listener))
}

type processor struct {
	extprocv3.UnimplementedExternalProcessorServer
	answer *extprocv3.ProcessingResponse // the same for each, so it is made once
}

// Process serves one stream: each filter of the chain opens one for each request.
func (p *processor) Process(stream extprocv3.ExternalProcessor_ProcessServer) error {
	for {
		_, err := stream.Recv()
		if errors.Is(err, io.EOF) || status.Code(err) == codes.Canceled {
			return nil // the request is over
		}
		if err != nil {
			return err
		}
		if err := stream.Send(p.answer); err != nil {
			return err
		}
	}
}

func twoHeaders(auth string) *extprocv3.ProcessingResponse {
	return &extprocv3.ProcessingResponse{
		Response: &extprocv3.ProcessingResponse_ResponseHeaders{
			ResponseHeaders: &extprocv3.HeadersResponse{
				Response: &extprocv3.CommonResponse{
					HeaderMutation: &extprocv3.HeaderMutation{
						SetHeaders: []*corev3.HeaderValueOption{
							header("x-wasm-filter", "hello from wasm"), header("x-auth", auth),
						},
					},
				},
			},
		},
	}
}

func header(name, value string) *corev3.HeaderValueOption {
	return &corev3.HeaderValueOption{
		Header:       &corev3.HeaderValue{Key: name, RawValue: []byte(value)},
		AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
	}
}
