"""The common part of all resources: arguments, options, outputs, program runs.

The SDK patches for large programs are here too. Each says why it is needed.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar, Generic, TypeVar
from weakref import WeakKeyDictionary

import pulumi
from pulumi import dynamic
from pulumi.runtime import settings
from pulumi.runtime.settings import get_root_resource

from pulumi_cerevox.provider.configuration import NAMESPACE
from pulumi_cerevox.provider.dynamic_host import DynamicProvider
from pulumi_cerevox.provider.stack_state import SELF
from pulumi_cerevox.text import camel, snake

A = TypeVar("A")


def sort_out(
    kind: type[A],
    args: A | Mapping[str, Any] | pulumi.ResourceOptions | None = None,
    opts: pulumi.ResourceOptions | None = None,
    **keywords: Any,
) -> tuple[A, pulumi.ResourceOptions | None]:
    """Return the arguments as their class, and the options.

    Args:
        kind: The class of the arguments, such as `UserArgs`.
        args: An object of that class, a dictionary, or the options.
        opts: The options.
        keywords: The arguments by name.

    Raises:
        TypeError: something is missing, unknown, or given in two ways.
    """
    if isinstance(args, pulumi.ResourceOptions):
        args, opts = None, args
    resource = kind.__name__.removesuffix("Args")
    if isinstance(args, kind):
        if keywords:
            raise TypeError(f"{resource}(): give {kind.__name__} or names, not both")
        return args, opts
    if args is not None and not isinstance(args, Mapping):
        raise TypeError(
            f"{resource}() takes {kind.__name__}, a dictionary or arguments by name, "
            f"not {type(args).__name__}"
        )
    try:
        return kind(**(args or {}), **keywords), opts
    except TypeError as error:
        text = str(error).replace(f"{kind.__name__}.__init__()", f"{resource}()")
        raise TypeError(text) from None


@contextmanager
def pickler_restored() -> Iterator[None]:
    """Undo what the SDK leaves behind each time it pickles a provider.

    It wraps the pickler's method once more at each call; after about 1000 resources
    any dict that is pickled in the program meets a RecursionError.
    """
    pickler: Any = pickle._Pickler  # noqa: SLF001
    batch_setitems, save_dict = pickler._batch_setitems, pickler.save_dict  # noqa: SLF001
    try:
        yield
    finally:
        pickler._batch_setitems, pickler.save_dict = batch_setitems, save_dict  # noqa: SLF001


def await_calls_first() -> None:
    """Have the SDK await the engine's answers before the outputs that hang on them.

    That is its own order, but none of its calls has begun when an ordinary program
    ends: it takes that for "all are answered", and looks through every output of
    every resource again each time that some are done. One call that is there already,
    and does nothing, lets it begin where it should. It took a quarter of a preview of
    a thousand people.
    """
    manager = getattr(settings, "_get_rpc_manager", lambda: None)()
    calls = getattr(manager, "rpcs", None)
    if isinstance(calls, list) and not calls:
        calls.append(asyncio.ensure_future(asyncio.sleep(0)))


_PROGRAM_RUNNER = "pulumi-language-python-exec"
_INTERRUPTED = 130
_CLEAN_UP_SECONDS = 1.0


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
        provider: DynamicProvider,
        resource_name: str,
        props: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        """Register the resource, with the plugin where it goes through that.

        Raises:
            pulumi.RunError: `opts` asks for an import, which the engine can't do with
                a dynamic provider.
        """
        native = uses_plugin(opts)
        if not native and opts is not None and opts.import_ is not None:
            raise pulumi.RunError(self._import_refusal(resource_name))
        leave_quietly_on_interrupt()
        _warn_of_open_key()
        await_calls_first()
        # The stack's full name, as `pulumi stack export --stack` takes it.
        project = f"{pulumi.get_organization()}/{pulumi.get_project()}"
        own_name = f"{project}/{pulumi.get_stack()}::{resource_name}"
        inputs = {**props, SELF: own_name}
        types = {
            True: f"{NATIVE}:index:{type(self).__name__}",
            False: f"{PLUGIN}:{self._resource_type_name}",
        }
        options = self._hiding(opts, other_type=types[not native])
        if native:
            pulumi.CustomResource.__init__(
                self, types[native], resource_name, inputs, options
            )
            return
        with pickler_restored():
            super().__init__(provider, resource_name, inputs, options)

    def _hiding(
        self, opts: pulumi.ResourceOptions | None, other_type: str
    ) -> pulumi.ResourceOptions:
        """Add to the options what no diff is to show, and the other provider's type.

        By that alias, a stack that the other provider made stays as it is.
        """
        hidden = pulumi.ResourceOptions(
            hide_diffs=list(self._hidden), aliases=[pulumi.Alias(type_=other_type)]
        )
        return pulumi.ResourceOptions.merge(opts, hidden) if opts else hidden

    def _output(self, name: str) -> pulumi.Output[Any]:
        """Return an output by its Python name.

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
            f"nothing to start from. {self._instead}. Or use the native provider: "
            f"`pulumi config set {NAMESPACE}:native true`"
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
    # The engine and the language host each interrupt: a second time must not break into
    # the first, which left locks half taken and a traceback (run: 1 of 60).
    signal.signal(signal.SIGINT, lambda *_: None)
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    if frame is None or frame.f_code.co_name != "<module>":
        os._exit(_INTERRUPTED)
    last_word = threading.Timer(_CLEAN_UP_SECONDS, os._exit, [_INTERRUPTED])
    last_word.daemon = True
    last_word.start()
    sys.exit(_INTERRUPTED)


T = TypeVar("T")


class PerRun(Generic[T]):
    """One value for each run.

    A value must not hold resources: they lead to their stack, which would never go.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        """Make the value of a run when it is first asked for."""
        self._make = make
        self._lock = threading.Lock()
        self._values: WeakKeyDictionary[pulumi.Resource, T] = WeakKeyDictionary()

    def current(self) -> T:
        """Return the value of the present run; outside of any, a new one each time.

        Unit tests with mocks have no root stack, and nothing of one test may be left
        over for the next.
        """
        stack = get_root_resource()
        if stack is None:
            return self._make()
        with self._lock:
            if stack not in self._values:
                self._values[stack] = self._make()
            return self._values[stack]


NATIVE = "cerevox"
"""The native provider, which is a plugin of its own (`plugin/`)."""

PLUGIN = "pulumi-python"
"""The plugin that hosts every Python dynamic provider."""

_ANY_OF_OURS = {
    PLUGIN: f"{PLUGIN}:dynamic/cerevox:User",
    NATIVE: f"{NATIVE}:index:User",
}


def default_package() -> str:
    """Return the provider that the stack's config chooses for its resources."""
    return NATIVE if pulumi.Config(NAMESPACE).get_bool("native") else PLUGIN


def uses_plugin(opts: pulumi.ResourceOptions | None) -> bool:
    """Return whether a resource goes through the native provider.

    Its instance decides; without one, the stack's config.
    """
    provider = provider_of(opts)
    return (provider.package if provider else default_package()) == NATIVE


def provider_of(
    opts: pulumi.ResourceOptions | pulumi.InvokeOptions | None,
) -> pulumi.ProviderResource | None:
    """Return the instance that the options name or inherit; None for the default one.

    The order is the SDK's own: `provider`, `providers`, the parent's. Of two instances
    at one place, one of each provider, the stack's config chooses.
    """
    if opts is None:
        return None
    given = getattr(opts, "providers", None) or ()
    listed = list(given.values() if hasattr(given, "values") else given)
    parent = opts.parent
    inherited = [parent.get_provider(one) for one in _ANY_OF_OURS.values() if parent]
    default = default_package()
    for candidates in ([opts.provider], listed, inherited):
        found = [one for one in candidates if one and _is_ours(one, default)]
        if found:
            return min(found, key=lambda one: one.package != default)
    return None


def _is_ours(provider: pulumi.ProviderResource, default: str) -> bool:
    """Return whether an instance may be one of ours.

    `pulumi-python` hosts everybody's dynamic providers: where it is not the default,
    only a `cerevox.Provider`, which has settings, is taken.
    """
    is_of_default = provider.package == default
    return is_of_default or (
        provider.package in _ANY_OF_OURS and hasattr(provider, "settings")
    )


def bound_account(opts: pulumi.ResourceOptions | None) -> object:
    """Return the account that a resource's provider is bound to.

    None where there is none; an Output where the program is to learn it. The host
    settles it in the same order (`configuration`), and asks the API.
    """
    settings = getattr(provider_of(opts), "settings", {})
    if "accountId" in settings:
        return settings["accountId"]
    if "apiKey" in settings or "apiKeyEnv" in settings:
        return None
    configured = pulumi.Config(NAMESPACE).get("accountId")
    return configured or os.environ.get("CEREVOX_ACCOUNT_ID") or None
