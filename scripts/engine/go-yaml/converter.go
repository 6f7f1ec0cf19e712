// Package yaml names the converter, so that go.sum covers all of it.
package yaml

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-converter-yaml"
