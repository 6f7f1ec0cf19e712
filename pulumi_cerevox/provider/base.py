"""What every resource and every provider class of this package has in common."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar

import pulumi
from pulumi import dynamic

from pulumi_cerevox.provider import (
    engine,
    phase_notes,
    plain_errors,
    sdk_mends,
)
from pulumi_cerevox.provider.configuration import (
    NAMESPACE,
    Settings,
    misspelt,
    read_settings,
)
from pulumi_cerevox.provider.connection import Connection, connect
from pulumi_cerevox.provider.naming import camel, snake

_PROGRAM_RUNNER = "pulumi-language-python-exec"
_INTERRUPTED = 130
_CLEAN_UP_SECONDS = 1.0


class AccountProvider(dynamic.ResourceProvider):
    """A provider class without state of its own until the host configures it."""

    # There is no secret in the pickle: it is a module's path and a class's name.
    serialize_as_secret_always = False

    _settings: Settings

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Read the settings; a missing key is no fault before the first request."""
        plain_errors.install()
        engine.end_with_engine()
        bag = _bag(req.config)
        for line in misspelt(bag):
            engine.warning(line)
        self._settings = read_settings(bag.get)
        if self._settings.instance:
            # Before anybody is deleted; a program without instances has one host.
            phase_notes.of_this_phase().warn_if_alone()

    def connection(self) -> Connection:
        """Give this process's one connection to the account.

        Raises:
            ProviderError: the key that was asked for can't be had.
        """
        return connect(self._settings)

    def refuse_foreign(self, owner: str | None, subject: str) -> None:
        """Refuse in a preview what an explicit instance's key must not touch.

        Editing an instance, or moving a resource to another one, shows every resource
        as unchanged (run on the engine): without this, two keys that were swapped
        would pass an `up` that changes nothing, and stay.

        Args:
            owner: The account that the resource remembers.
            subject: Whom the resource is about, for the message.

        Raises:
            ForeignAccountError: the key's account is another one (promise 6).
        """
        settings = self._settings
        if owner is not None and settings.instance and settings.api_key:
            connect(settings).refuse_foreign(owner, subject)


def _bag(config: dynamic.Config) -> Mapping[str, Any]:
    """Give the bag that the engine gave the host, under the very names in it.

    `Config.get` puts the project's name before a name without a colon, and the inputs
    of an explicit instance have none (SDK 3.272, run on the engine).
    """
    bag: Mapping[str, Any] = config._props  # noqa: SLF001
    return bag


class AccountResource(dynamic.Resource):
    """A resource of a Cerevox account.

    Properties are snake_case in Python and camelCase in the state, as in every
    Pulumi SDK.
    """

    _hidden: ClassVar[tuple[str, ...]] = ("__provider",)

    _instead = (
        'Declare the person with on_existing="adopt" and run `pulumi up`: that takes '
        "them over as they are"
    )

    def __init__(
        self,
        provider: AccountProvider,
        resource_name: str,
        props: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        """Register the resource.

        Raises:
            pulumi.RunError: `opts` asks for an import, which the engine can't do.
        """
        if opts is not None and opts.import_ is not None:
            raise pulumi.RunError(self._import_refusal(resource_name))
        leave_quietly_on_interrupt()
        _warn_of_open_key()
        sdk_mends.await_calls_first()
        with sdk_mends.pickler_restored():
            super().__init__(
                provider,
                resource_name,
                dict(props),
                self._hiding(opts),
            )

    def _hiding(self, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
        """Add to the options what no diff is to show."""
        hidden = pulumi.ResourceOptions(hide_diffs=list(self._hidden))
        return pulumi.ResourceOptions.merge(opts, hidden) if opts else hidden

    def _output(self, name: str) -> pulumi.Output[Any]:
        """Give an output by its Python name.

        Outputs are declared as in every generated SDK, and not by annotations: the SDK
        works out a class's properties once, its annotations for each resource anew.
        """
        output: pulumi.Output[Any] = self.__dict__[name]
        return output

    def translate_input_property(self, prop: str) -> str:
        """Name a property as the state does: `user_id` is `userId` there."""
        return camel(prop)

    def translate_output_property(self, prop: str) -> str:
        """Name a property as Python does: `userId` is `user_id` here."""
        return snake(prop)

    def _import_refusal(self, resource_name: str) -> str:
        kind = type(self).__name__
        return (
            f"{kind} {resource_name!r}: import_ does not work for resources of a "
            "Python dynamic provider, because the engine's import gives the provider "
            f"nothing to start from. {self._instead}"
        )


def _warn_of_open_key() -> None:
    """Warn of a key that stands in plain in the stack's config, so in the state."""
    key = f"{NAMESPACE}:apiKey"
    if pulumi.runtime.get_config(key) and not pulumi.runtime.is_config_secret(key):
        pulumi.log.warn(
            f"{key} is not a secret in this stack's config: it is kept in plain text, "
            f"also in the state. `pulumi config set {key} --secret` mends that"
        )


def leave_quietly_on_interrupt() -> None:
    """Let the language host end the program without a dump of 50 lines.

    After a refusal the engine interrupts the program, which Python answers with a
    KeyboardInterrupt traceback that buries our message. A handler that somebody has
    set is left alone.
    """
    runner = any(Path(word).name == _PROGRAM_RUNNER for word in sys.orig_argv[1:])
    default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if runner and default:
        signal.signal(signal.SIGINT, _leave)


def _leave(_signal: int, frame: FrameType | None) -> None:
    """Exit: in order, but not waiting for answers that the engine no longer gives.

    The program's own clean-up gets a second. When the program is over already and
    Python waits for its threads, there is nothing to clean up.
    """
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    if frame is None or frame.f_code.co_name != "<module>":
        os._exit(_INTERRUPTED)
    last_word = threading.Timer(_CLEAN_UP_SECONDS, os._exit, [_INTERRUPTED])
    last_word.daemon = True
    last_word.start()
    sys.exit(_INTERRUPTED)
