"""Where settings come from, and which source wins."""

from __future__ import annotations

from dataclasses import fields

import pytest

from pulumi_cerevox import ProviderArgs, ProviderArgsDict
from pulumi_cerevox.account import Settings, SettingsDict
from pulumi_cerevox.provider import ProviderError
from pulumi_cerevox.provider.configuration import SETTINGS, read_settings
from pulumi_cerevox.text import camel


def test_a_setting_of_the_client_is_one_everywhere() -> None:
    assert [one.name for one in fields(Settings)] == list(SettingsDict.__annotations__)
    arguments = [one.name for one in fields(ProviderArgs)]
    assert arguments == list(ProviderArgsDict.__annotations__)
    assert {camel(name) for name in arguments} == SETTINGS | {"apiKeyEnv", "native"}


def test_nothing_set_is_no_fault() -> None:
    settings = read_settings(lambda _: None, {})
    assert settings.api_key is None
    assert settings.max_removals == 5


def test_stack_config_comes_before_the_environment() -> None:
    config = {"cerevox:apiKey": "from-config", "cerevox:baseUrl": "https://a/v1"}
    environ = {"CEREVOX_API_KEY": "exported", "CEREVOX_BASE_URL": "https://b/v1"}
    settings = read_settings(config.get, environ)
    assert settings.api_key == "from-config"
    assert settings.base_url == "https://a/v1"
    assert "stack config" in settings.key_source


def test_two_different_keys_are_told_without_either() -> None:
    config = {"cerevox:apiKey": "from-config"}
    note = read_settings(config.get, {"CEREVOX_API_KEY": "exported"}).key_note
    assert note is not None
    assert "from-config" not in note
    assert "exported" not in note
    assert (
        read_settings(config.get, {"CEREVOX_API_KEY": "from-config"}).key_note is None
    )


def test_the_removal_limit_comes_from_the_environment_first() -> None:
    config = {"cerevox:maxRemovals": "2"}
    environ = {"CEREVOX_MAX_REMOVALS": "9"}
    assert read_settings(config.get, environ).max_removals == 9
    assert read_settings(config.get, {}).max_removals == 2


def test_the_key_is_not_in_the_settings_repr() -> None:
    settings = read_settings(lambda _: None, {"CEREVOX_API_KEY": "canary-key"})
    assert "canary-key" not in repr(settings)


def test_every_bad_number_is_named_at_once() -> None:
    config = {
        "cerevox:requestTimeout": "soon",
        "cerevox:maxWaitSeconds": "nan",
        "cerevox:parallelism": "0",
        "cerevox:maxRemovals": "1.5",
    }
    with pytest.raises(ProviderError) as caught:
        read_settings(config.get, {})
    for key in config:
        assert key in str(caught.value)


INSTANCE = {"__instance": "prod"}


def test_an_instances_own_settings_come_first() -> None:
    bag = {**INSTANCE, "baseUrl": "https://own/v1", "cerevox:baseUrl": "https://a/v1"}
    environ = {"CEREVOX_BASE_URL": "https://b/v1"}
    assert read_settings(bag.get, environ).base_url == "https://own/v1"
    del bag["baseUrl"]
    assert read_settings(bag.get, environ).base_url == "https://a/v1"
    del bag["cerevox:baseUrl"]
    assert read_settings(bag.get, environ).base_url == "https://b/v1"


def test_an_instances_own_key_leaves_the_stacks_account_out() -> None:
    stack = {"cerevox:apiKey": "k", "cerevox:accountId": "acc_stack"}
    environ = {"CEREVOX_ACCOUNT_ID": "acc_env"}
    for key in ({"apiKey": "own"}, {"apiKeyEnv": "X"}):
        settings = read_settings({**INSTANCE, **stack, **key}.get, environ | {"X": "x"})
        assert settings.account_id is None
        assert "Provider 'prod'" in settings.key_source
    settings = read_settings({**INSTANCE, **stack}.get, environ)
    assert settings.account_id == "acc_stack"
    assert settings.account_source == "cerevox:accountId"
    own = {**INSTANCE, "accountId": "acc_own", "apiKey": "own"}
    assert read_settings(own.get, environ).account_id == "acc_own"


def test_a_named_variable_that_is_missing_lets_no_other_key_in() -> None:
    bag = {**INSTANCE, "apiKeyEnv": "NOT_THERE", "cerevox:apiKey": "k"}
    settings = read_settings(bag.get, {"CEREVOX_API_KEY": "exported"})
    assert settings.api_key is None
    assert settings.key_fault is not None
    assert "NOT_THERE" in settings.key_fault


def test_two_keys_of_an_instance_are_a_fault() -> None:
    bag = {**INSTANCE, "apiKeyEnv": "X", "apiKey": "own"}
    settings = read_settings(bag.get, {"X": "x"})
    assert settings.api_key is None
    assert settings.key_fault is not None
    assert "own" not in settings.key_fault


def test_an_approval_comes_from_the_environment_first() -> None:
    bag = {"cerevox:approve": "from-config"}
    assert read_settings(bag.get, {"CEREVOX_APPROVE": "now"}).approve == "now"
    assert read_settings(bag.get, {}).approve == "from-config"
    own = {**INSTANCE, **bag, "approve": "own"}
    assert read_settings(own.get, {}).approve == "own"


def test_an_instances_numbers_are_named_as_its_own() -> None:
    bag = {**INSTANCE, "parallelism": "0"}
    with pytest.raises(ProviderError, match="parallelism of Provider 'prod'"):
        read_settings(bag.get, {})


def test_a_blank_around_a_setting_is_nothing() -> None:
    """It comes from a file or an editor, and the command leaves it out as well."""
    environ = {"CEREVOX_BASE_URL": " https://b/v1\n", "CEREVOX_API_KEY": "k\n"}
    settings = read_settings(lambda _: None, environ)
    assert (settings.base_url, settings.api_key) == ("https://b/v1", "k")
    assert read_settings(lambda _: None, {"CEREVOX_BASE_URL": " \n"}).base_url is None
