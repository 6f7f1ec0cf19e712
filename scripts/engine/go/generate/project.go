package main

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// project writes a Python project of a program that `pulumi convert` has read, as the
// official language host does: SOURCE TARGET PROJECT LOADER.
func project(source, target, settings, loader string) error {
	var made workspace.Project
	if err := json.Unmarshal([]byte(settings), &made); err != nil {
		return err
	}
	schemas, err := schema.NewLoaderClient(loader)
	if err != nil {
		return err
	}
	defer schemas.Close()
	program, faults, err := pcl.BindDirectory(source, schema.NewCachedLoader(schemas))
	if err != nil {
		return err
	}
	if faults.HasErrors() {
		return fmt.Errorf("the program: %w", faults)
	}
	return python.GenerateProject(target, made, program, nil, "", "")
}
