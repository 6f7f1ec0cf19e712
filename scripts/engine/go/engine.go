// Package engine names the program to build, so that go.sum covers all of it.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
