// Package yaml names the program to build, so that go.sum covers all of it.
package yaml

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
