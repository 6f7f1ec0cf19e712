// Command host is pulumi-language-yaml of Pulumi's Go module, which answers Link too.
//
// Newer engines ask for Link after `pulumi package add`. The newest version that the
// module proxy serves has none. The host of the official CLI answers with nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/pulumi/pulumi-yaml/pkg/server"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

type languageHost struct {
	pulumirpc.LanguageRuntimeServer
}

func (languageHost) Link(
	context.Context, *pulumirpc.LinkRequest,
) (*pulumirpc.LinkResponse, error) {
	return &pulumirpc.LinkResponse{}, nil
}

func main() {
	flag.String("tracing", "", "taken and not used")
	flag.String("root", "", "taken and not used")
	flag.Parse()
	if err := serve(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(engine string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	if engine != "" {
		if err := rpcutil.Healthcheck(ctx, engine, 5*time.Minute, cancel); err != nil {
			return err
		}
	}
	stop := make(chan bool)
	go func() {
		<-ctx.Done()
		close(stop)
	}()
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(grpcServer *grpc.Server) error {
			host := languageHost{server.NewLanguageHost(engine, "", false)}
			pulumirpc.RegisterLanguageRuntimeServer(grpcServer, host)
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port)
	return <-handle.Done
}
