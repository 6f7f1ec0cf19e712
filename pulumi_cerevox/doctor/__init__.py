"""What may stand between this machine and the account: looked at, one by one."""

from pulumi_cerevox.doctor.check import Check, Fault, State
from pulumi_cerevox.doctor.examination import examine

__all__ = ["Check", "Fault", "State", "examine"]
