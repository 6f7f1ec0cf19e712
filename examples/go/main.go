package main

import (
	"example.com/pulumi-cerevox/sdk/go/cerevox"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		team := cerevox.ReadRosterOutput(ctx, cerevox.ReadRosterOutputArgs{
			Paths: pulumi.StringArray{pulumi.String("team.yaml")},
		})
		account := cerevox.GetAccountInfoOutput(ctx)

		everybody, err := cerevox.NewRoster(ctx, "everybody", &cerevox.RosterArgs{
			Members:    team.Members(),
			Guards:     team.Guards(),
			Undeclared: team.Undeclared(),
			Expired:    team.Expired(),
		})
		if err != nil {
			return err
		}

		ctx.Export("plan", account.Plan())
		ctx.Export("counts", everybody.Counts)
		return nil
	})
}
