// Command generate writes the SDK of a schema for one language, as
// `pulumi package add` does by a language host: generate LANGUAGE SCHEMA FOLDER.
// With the word project it writes the program of `pulumi convert` in Python.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	if len(os.Args) == 6 && os.Args[1] == "project" {
		report(project(os.Args[2], os.Args[3], os.Args[4], os.Args[5]))
		return
	}
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: generate nodejs|go SCHEMA FOLDER")
		os.Exit(2)
	}
	report(write(os.Args[1], os.Args[2], os.Args[3]))
}

func report(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(language, file, folder string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return err
	}
	// The schema refers to no other package, so there is nothing to load.
	nothing := schema.NewCachedLoader(nil)
	bound, err := schema.ImportSpec(spec, nil, nothing, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	// As the command sets it, whatever the schema says.
	bound.SupportPack = true
	var files map[string][]byte
	switch language {
	case "nodejs":
		files, err = nodejs.GeneratePackage("pulumi", bound, nil, nil, true, nil)
	case "go":
		files, err = golang.GeneratePackage("pulumi", bound, nil)
	default:
		err = fmt.Errorf("no SDK for %q", language)
	}
	if err != nil {
		return err
	}
	for name, content := range files {
		place := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(place, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
