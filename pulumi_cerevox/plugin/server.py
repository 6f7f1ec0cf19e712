"""The gRPC server that the engine starts as `pulumi-resource-cerevox`.

It passes the engine's calls to the same code as the dynamic host. It knows nothing of
the account. `provider/` does.

The SDK's own class for providers in Python does not fit. It can't leave the details of
a diff to the engine, and puts a traceback around every error (read in SDK 3.272).
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi import RunError
from pulumi.output import Unknown
from pulumi.runtime import rpc
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from pulumi_cerevox.account import AccountError
from pulumi_cerevox.plugin import inputs
from pulumi_cerevox.provider import RoleCalls, RosterCalls, UserCalls, host
from pulumi_cerevox.provider.configuration import INSTANCE, NAMESPACE

if TYPE_CHECKING:
    from pulumi_cerevox.plugin.functions import Functions

Calls: TypeAlias = UserCalls | RoleCalls | RosterCalls
Properties: TypeAlias = dict[str, Any]
Context: TypeAlias = grpc.ServicerContext

SCHEMA = Path(__file__).with_name("schema.json")
_KINDS: Mapping[str, Callable[[], Calls]] = {
    "User": UserCalls,
    "RoleAssignment": RoleCalls,
    "Roster": RosterCalls,
}
_OF_THE_ENGINE = frozenset({"version", "pluginDownloadURL", "__internal"})
"""Inputs that the engine adds to a provider, and that are no settings of ours."""

PICKLES = {
    "User": (
        "gASVLwAAAAAAAACMF3B1bHVtaV9jZXJldm94LnByb3ZpZGVylIwMVXNl"
        "clByb3ZpZGVylJOUKYGULg=="
    ),
    "RoleAssignment": (
        "gASVLwAAAAAAAACMF3B1bHVtaV9jZXJldm94LnByb3ZpZGVylIwMUm9s"
        "ZVByb3ZpZGVylJOUKYGULg=="
    ),
    "Roster": (
        "gASVMQAAAAAAAACMF3B1bHVtaV9jZXJldm94LnByb3ZpZGVylIwOUm9zd"
        "GVyUHJvdmlkZXKUk5QpgZQu"
    ),
}
"""The dynamic provider's class of each kind, as its states hold it.

It stands in the outputs here too, so that a stack may go back to the dynamic provider.
"""
_PICKLE = "__provider"


class Urn:
    """A resource's name for the engine: `urn:pulumi:STACK::PROJECT::TYPES::NAME`."""

    def __init__(self, text: str) -> None:
        """Parse it."""
        self.text = text
        head, _, rest = text.partition("::")
        _, types, self.name = (rest + "::::").split("::", 2)
        self.name = self.name.removesuffix("::::")
        self.stack = head.removeprefix("urn:pulumi:")
        self.kind = types.rpartition(":")[2]


class CerevoxPlugin(provider_pb2_grpc.ResourceProviderServicer):
    """One instance of the provider: its settings, and the calls for its resources."""

    def __init__(self) -> None:
        """Start without settings."""
        self._bag: Properties = {}
        self._lock = threading.Lock()
        self._calls: dict[str, Calls] = {}
        self._claims = inputs.Claims()

    @cached_property
    def _functions(self) -> Functions:
        from pulumi_cerevox.plugin.functions import Functions  # noqa: PLC0415  slow

        return Functions(self._bag)

    # The engine and the plugin -------------------------------------------------

    def attach(self, address: str) -> None:
        """Learn where the engine listens."""
        host.attach(address)

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Learn where the engine listens, and what it sends."""
        with _plainly(context):
            self.attach(request.engine_address)
            return provider_pb2.ProviderHandshakeResponse()

    def Attach(
        self, request: plugin_pb2.PluginAttach, context: Context
    ) -> empty_pb2.Empty:
        """Learn where the engine listens, when it did not start this process."""
        with _plainly(context):
            self.attach(request.address)
            return empty_pb2.Empty()

    def GetPluginInfo(
        self, request: empty_pb2.Empty, context: Context
    ) -> plugin_pb2.PluginInfo:
        """Return the package's version."""
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi-cerevox"))

    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: Context
    ) -> provider_pb2.GetSchemaResponse:
        """Return what there is, for the languages."""
        return provider_pb2.GetSchemaResponse(schema=SCHEMA.read_text("utf-8"))

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """Let what is running come to its end, as the dynamic host does."""
        return empty_pb2.Empty()

    # Settings ------------------------------------------------------------------

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        """Refuse a setting that there is not; keep the API key as a secret."""
        with _plainly(context):
            own = is_default(Urn(request.urn).name)
            # A Python program's `Provider` brings along what the stack's config says.
            given = {
                name
                for name in set(request.news) - _OF_THE_ENGINE
                if ":" not in name and not name.startswith("__")
            }
            failures = inputs.config_faults(given, is_default=own)
            struct = struct_pb2.Struct()
            struct.CopyFrom(request.news)
            key = request.news.fields.get("apiKey")
            if key is not None and key.string_value not in {"", rpc.UNKNOWN}:
                struct["apiKey"] = {
                    rpc._special_sig_key: rpc._special_secret_sig,  # noqa: SLF001
                    "value": key.string_value,
                }
            return provider_pb2.CheckResponse(
                inputs=struct, failures=[_failure(text) for text in failures]
            )

    def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        """Never ask for a replacement: each resource remembers its account itself."""
        same = request.olds == request.news
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_NONE if same else kinds.DIFF_SOME)

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        """Read the settings. The first resource reports a fault in them."""
        with _plainly(context):
            given = rpc.deserialize_properties(request.args, keep_unknowns=True)
            plain = {
                key: _whole(rpc.unwrap_rpc_secret(value))
                for key, value in given.items()
                if key not in _OF_THE_ENGINE
            }
            name = request.name or Urn(request.urn).name
            if is_default(name):
                self._bag = {f"{NAMESPACE}:{key}": one for key, one in plain.items()}
            else:
                self._bag = {INSTANCE: name, **plain}
            return provider_pb2.ConfigureResponse()

    # Resources -----------------------------------------------------------------

    def Check(
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        """Judge inputs: the declaration itself, its neighbours, and the account."""
        with self._resource(request.urn, context) as (urn, calls):
            olds, news = _known(request.olds), _known(request.news)
            olds |= inputs.sighted(urn, olds)
            news, faults = inputs.prepared(urn.kind, news)
            faults = faults or self._claims.enter(urn.text, urn.kind, urn.name, news)
            if faults:
                failures = [_failure(text) for text in faults]
                return provider_pb2.CheckResponse(
                    inputs=request.news, failures=failures
                )
            # A Python program says it itself, and knows those that come later as well.
            news = inputs.what_the_program_says(urn, self._claims) | news
            result = calls.check(olds, news)
            return provider_pb2.CheckResponse(
                inputs=struct_of(inputs.shown(result.inputs)),
                failures=[_failure(one.reason) for one in result.failures],
            )

    def Diff(
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        """Say whether anything differs; the engine works out the details itself."""
        with self._resource(request.urn, context) as (_, calls):
            result = calls.diff(request.id, _known(request.olds), _known(request.news))
            kinds = provider_pb2.DiffResponse
            if result.changes is None:
                changes = kinds.DIFF_UNKNOWN
            else:
                changes = kinds.DIFF_SOME if result.changes else kinds.DIFF_NONE
            return kinds(
                changes=changes,
                replaces=result.replaces,
                deleteBeforeReplace=bool(result.delete_before_replace),
            )

    def Create(
        self, request: provider_pb2.CreateRequest, context: Context
    ) -> provider_pb2.CreateResponse:
        """Create."""
        with self._resource(request.urn, context) as (urn, calls):
            news = _known(request.properties)
            if request.preview:
                outs = struct_of(inputs.expected(urn.kind, {}, news))
                return provider_pb2.CreateResponse(properties=outs)
            result = calls.create(news)
            properties = struct_of(result.outs | {_PICKLE: PICKLES[urn.kind]})
            return provider_pb2.CreateResponse(id=result.id, properties=properties)

    def Read(
        self, request: provider_pb2.ReadRequest, context: Context
    ) -> provider_pb2.ReadResponse:
        """Read what a state knows; without one, look up what is to be imported."""
        with self._resource(request.urn, context) as (urn, calls):
            outputs = _known(request.properties)
            known = "accountId" in outputs
            result = (
                calls.read(request.id, outputs) if known else calls.look_up(request.id)
            )
            if not result.id:
                return provider_pb2.ReadResponse()
            inputs.note_sighted(urn, result.outs)
            return provider_pb2.ReadResponse(
                id=result.id,
                properties=struct_of(result.outs | {_PICKLE: PICKLES[urn.kind]}),
                inputs=struct_of(inputs.shown(result.inputs or {})),
            )

    def Update(
        self, request: provider_pb2.UpdateRequest, context: Context
    ) -> provider_pb2.UpdateResponse:
        """Update."""
        with self._resource(request.urn, context) as (urn, calls):
            olds, news = _known(request.olds), _known(request.news)
            if request.preview:
                outs = inputs.expected(urn.kind, olds, news)
            else:
                from pulumi_cerevox.provider.host import (  # noqa: PLC0415  when used
                    StaleStateError,
                )

                try:
                    outs = calls.update(request.id, olds, news).outs
                except StaleStateError as error:
                    context.set_trailing_metadata(error.metadata(request))
                    raise
            properties = struct_of(outs | {_PICKLE: PICKLES[urn.kind]})
            return provider_pb2.UpdateResponse(properties=properties)

    def Delete(
        self, request: provider_pb2.DeleteRequest, context: Context
    ) -> empty_pb2.Empty:
        """Delete."""
        with self._resource(request.urn, context) as (_, calls):
            calls.delete(request.id, _known(request.properties))
            return empty_pb2.Empty()

    def Invoke(
        self, request: provider_pb2.InvokeRequest, context: Context
    ) -> provider_pb2.InvokeResponse:
        """Answer a function."""
        with _plainly(context):
            arguments = rpc.deserialize_properties(request.args)
            answer = self._functions.call(
                request.tok, arguments, is_preview=request.preview
            )
            return provider_pb2.InvokeResponse(**{"return": struct_of(answer)})

    @contextmanager
    def _resource(self, text: str, context: Context) -> Iterator[tuple[Urn, Calls]]:
        """Find what serves a resource; its messages and errors belong to it."""
        urn = Urn(text)
        with _plainly(context), host.about(text):
            with self._lock:
                if urn.kind not in self._calls:
                    if urn.kind not in _KINDS:
                        raise host.ProviderError(
                            f"there is no resource {urn.kind} in this provider, but "
                            f"{', '.join(sorted(_KINDS))}"
                        )
                    calls = _KINDS[urn.kind]()
                    calls.configure_with(self._bag)
                    self._calls[urn.kind] = calls
            yield urn, self._calls[urn.kind]


def is_default(name: str) -> bool:
    """Return whether an instance is the stack's own, whose settings are its config."""
    return name == "default" or name.startswith("default_")


@contextmanager
def _plainly(context: Context) -> Iterator[None]:
    """Answer with an error of ours as its text, and any other with its traceback."""
    try:
        yield
    except (host.ProviderError, AccountError, RunError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))
    except Exception:  # noqa: BLE001  whatever it is, the user must see it
        context.abort(grpc.StatusCode.UNKNOWN, traceback.format_exc())


def _known(properties: struct_pb2.Struct) -> Properties:
    """Return properties as the provider's code takes them: no pickle, unknowns as such.

    The default `acceptSecrets=false` keeps every secret encrypted in the state: the
    engine sends plain values and puts the marks back.
    """
    found: Properties = rpc.deserialize_properties(properties, keep_unknowns=True)
    found.pop(_PICKLE, None)
    return found


def struct_of(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return properties as the engine takes them; what is None is left out."""
    struct = struct_pb2.Struct()
    struct.update(
        {key: _sent(one) for key, one in properties.items() if one is not None}
    )
    return struct


def _sent(value: Any) -> Any:
    if isinstance(value, Unknown):
        return rpc.UNKNOWN
    if isinstance(value, Mapping):
        return {key: _sent(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_sent(one) for one in value]
    return value


def _whole(value: Any) -> Any:
    """Return a whole number as one: the engine sends every number as a float."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _failure(reason: str) -> provider_pb2.CheckFailure:
    # One that names a property would have its value printed, which may be a secret.
    return provider_pb2.CheckFailure(reason=reason)
