import * as cerevox from "@pulumi/cerevox";

const team = cerevox.readRosterOutput({ paths: ["team.yaml"] });
const account = cerevox.getAccountInfoOutput();

const everybody = new cerevox.Roster("everybody", {
    members: team.members,
    guards: team.guards,
    undeclared: team.undeclared,
    expired: team.expired,
});

export const plan = account.plan;
export const counts = everybody.counts;
